package ginauth

import (
	"context"
	"errors"
	"net/http"

	"github.com/gin-gonic/gin"

	"github.com/ginauth/ginauth/plugin/internal/token"
	"github.com/ginauth/ginauth/plugin/internal/wire"
	"github.com/ginauth/ginauth/plugin/session"
)

var errTwoUsers = errors.New("access token and refresh token of different users")

type codeReply struct {
	Code int `json:"code"`
}

type revokedReply struct {
	Code    int `json:"code"`
	Revoked int `json:"revoked"`
}

// LogoutHandler ends the session whose access token (expired or not) or refresh token the
// request carries, and replies {"code":200} or through gin-jwt's hook LogoutResponse, in which
// [AccessFrom] returns the access token of the user who logged out. With both tokens of one
// user, both sessions end; tokens of two users are [ErrInvalidRequest]. Logging out again is
// 200. With the access token in a header, a body that is neither JSON nor a form is not read.
//
// The reply is 200 only when the store has the revocation, else [ErrUnavailable]. Cookies are
// cleared whatever the answer, unless the request came from another origin or lacked the token
// of [Cookies].CSRFToken. Mount it on POST: a GET that cookies alone carry could be a link on
// another site, and is [ErrCrossOrigin]. So it is in the other handlers that end sessions.
func (a *Auth) LogoutHandler(c *gin.Context) {
	wire.NoStore(c)
	err := a.logout(c)
	a.forgetOthers(c) // LogoutResponse asks who logged out
	if err == nil || errors.Is(err, ErrUnavailable) || a.mayClear(c, err) {
		a.clearCookies(c)
	}
	if err != nil {
		a.Refuse(c, err)
		return
	}
	if a.config.JWT.LogoutResponse != nil {
		a.config.JWT.LogoutResponse(c, http.StatusOK)
		return
	}
	c.JSON(http.StatusOK, codeReply{http.StatusOK})
}

// mayClear reports whether a refused logout deletes the cookies, so that no leftover stays in a
// browser that its user wants to be signed out. With CSRFToken on, the check of the token may
// not have been reached, and the browser itself must say that this application's page asks.
func (a *Auth) mayClear(c *gin.Context, err error) bool {
	return a.csrf == nil || !errors.Is(err, ErrCrossOrigin) && c.GetHeader("Sec-Fetch-Site") == "same-origin"
}

func (a *Auth) logout(c *gin.Context) error {
	if err := a.transport.CheckEnding(c.Request); err != nil {
		return err
	}
	access, err := a.logoutAccess(c)
	if err != nil {
		return err
	}
	presented, byCookie, err := a.transport.PresentedBeside(c)
	if err != nil {
		return err
	}
	cookies := a.byCookie(c, access)
	var refresh session.ID // zero: none
	if presented != "" {
		decoded, err := a.refresh.Decode(presented)
		if err != nil {
			return refuse(ErrInvalidGrant, err)
		}
		if refresh = decoded.ID; byCookie {
			cookies = append(cookies, refresh)
		}
	} else if access == nil {
		return ErrTokenMissing
	}
	if err := a.checkCSRF(c, cookies...); err != nil {
		return err
	}
	ctx, cancel := writeContext(c)
	defer cancel()
	ends, err := a.loggedOut(ctx, access, refresh)
	if err != nil {
		return err
	}
	for _, r := range ends {
		if _, err := a.revokeOwn(ctx, r, reasonLogout); err != nil {
			return err
		}
	}
	return nil
}

// loggedOut returns what a logout with these tokens ends. access may be nil, and refresh zero.
func (a *Auth) loggedOut(ctx context.Context, access *token.Verified, refresh session.ID) ([]session.Revocation, error) {
	var ends []session.Revocation
	if access != nil {
		living, err := a.endsSomething(ctx, access)
		if err != nil {
			return nil, err
		}
		if living {
			ends = append(ends, access.Logout())
		}
	}
	if refresh == (session.ID{}) || access != nil && refresh == access.SessionID {
		return ends, nil
	}
	if err := a.refuseFuture(ctx, refresh, ErrInvalidGrant); err != nil {
		return nil, err
	}
	other := session.Revocation{Kind: session.KindSession, ID: refresh}
	if access != nil {
		if err := a.sameUser(ctx, access.Subject, refresh); err != nil {
			return nil, err
		}
		other.Subject = access.Subject
	}
	return append(ends, other), nil
}

// endsSomething reports whether an access token has something to end. A legacy token ends with its
// whole subject, so one that is revoked must not end it once more: its thief could log the user
// out of every later session.
func (a *Auth) endsSomething(ctx context.Context, access *token.Verified) (bool, error) {
	switch {
	case access.Legacy():
		err := a.config.Store.Check(ctx, access.Probe(true))
		if errors.Is(err, session.ErrRevoked) {
			return false, nil
		}
		return err == nil, a.storeError(ctx, err)
	case access.Foreign():
		return false, nil
	}
	return true, a.refuseFuture(ctx, access.SessionID, ErrTokenInvalid)
}

// logoutAccess returns the access token to log out with, nil if there is none. It need not be
// alive, only genuine.
func (a *Auth) logoutAccess(c *gin.Context) (*token.Verified, error) {
	text, err := a.transport.AccessToken(c.Request)
	if err != nil || text == "" {
		return nil, err
	}
	access, err := a.access.Verify(text)
	// An expired token without a session ends nothing: its subject may have other ones. One that
	// could still begin a session is not over yet.
	dead := errors.Is(err, ErrTokenRevoked) || errors.Is(err, ErrTokenExpired) && !access.Legacy() || a.expiredWithin(access, err)
	if err != nil && !dead {
		return nil, err
	}
	a.install(c, access, access.Claims)
	c.Set(leftKey{a}, true)
	return access, nil
}

// leftKey is the context key of a request that logs out. Its hook asks who does, with a token that
// need not be alive, and nobody may go on with it.
type leftKey struct{ of *Auth }

func (a *Auth) left(c *gin.Context) bool { return c.GetBool(leftKey{a}) }

// refuseFuture refuses to end a session of the future that the store does not have: such a token
// was forged. The store is asked only about an id that looks so to this machine.
func (a *Auth) refuseFuture(ctx context.Context, id session.ID, class error) error {
	if !id.Ahead(a.config.Store.Now()) {
		return nil
	}
	_, err := a.config.Store.Get(ctx, id)
	if errors.Is(err, session.ErrNotFound) {
		err = a.config.Store.Check(ctx, session.Probe{ID: id, Strict: true}) // judges by the store's clock
	}
	switch {
	case errors.Is(err, session.ErrInvalidID):
		return refuse(class, err)
	case errors.Is(err, session.ErrRevoked): // only dead
		return nil
	}
	return a.storeError(ctx, err)
}

// sameUser refuses to end a live session of another user.
func (a *Auth) sameUser(ctx context.Context, subject string, id session.ID) error {
	s, err := a.config.Store.Get(ctx, id)
	switch {
	case errors.Is(err, session.ErrNotFound):
		return nil
	case err != nil:
		return a.storeError(ctx, err)
	case s.Subject != subject:
		return refuse(ErrInvalidRequest, errTwoUsers)
	}
	return nil
}

// mayEnd is current for a handler that ends sessions.
func (a *Auth) mayEnd(c *gin.Context) (*token.Verified, error) {
	if err := a.transport.CheckEnding(c.Request); err != nil {
		return nil, err
	}
	return a.current(c)
}

// LogoutAllHandler ends all sessions of the user, this one included, and replies
// {"code":200,"revoked":N}.
func (a *Auth) LogoutAllHandler(c *gin.Context) {
	a.revokeOwnSessions(c, reasonLogoutAll, func(*token.Verified) session.ID { return session.ID{} })
}

// LogoutOthersHandler ends all other sessions of the user and replies
// {"code":200,"revoked":N}.
func (a *Auth) LogoutOthersHandler(c *gin.Context) {
	a.revokeOwnSessions(c, reasonLogoutOthers, func(access *token.Verified) session.ID { return access.SessionID })
}

func (a *Auth) revokeOwnSessions(c *gin.Context, reason string, spare func(*token.Verified) session.ID) {
	wire.NoStore(c)
	access, err := a.mayEnd(c)
	if err != nil {
		a.refused(c, err)
		return
	}
	if err := a.takeTurnToEnd(c, access); err != nil {
		a.refused(c, err)
		return
	}
	ctx, cancel := writeContext(c)
	defer cancel()
	r := session.Revocation{Kind: session.KindSubject, Subject: access.Subject, Except: spare(access)}
	n, err := a.revokeOwn(ctx, r, reason)
	if err != nil {
		a.Refuse(c, err)
		return
	}
	if r.Except == (session.ID{}) {
		a.jar.Clear(c)
	}
	c.JSON(http.StatusOK, revokedReply{http.StatusOK, n})
}
