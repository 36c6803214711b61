package ginauth

import (
	"context"
	"errors"
	"net/http"
	"time"

	"github.com/gin-gonic/gin"

	"github.com/ginauth/ginauth/plugin/internal/token"
	"github.com/ginauth/ginauth/plugin/session"
)

// AccessRefresh lets [Auth.RefreshHandler] refresh with an access token, for clients that were
// written for gin-jwt and know no other token: [Config].AccessRefresh.
//
// A request without a refresh token is refreshed with its access token, from wherever
// JWT.TokenLookup finds it, by GET or by an unsafe method. The token must be genuine, expired by
// at most Expired, and neither it nor its session or user revoked. The generation that the session
// has now is rotated, whichever the token belongs to, so a tab with an old token ends nothing.
// GET with the token in a cookie is [ErrCrossOrigin] from another origin, as POST is.
//
// Such a token is as good as a refresh token, so [Auth.RevokeToken] and [Auth.RevocationHandler]
// end its session with it: the store forgets a token that was revoked by itself soon after its
// exp. Set AccessRefresh on the first day, and on every node that revokes. There is no reuse detection: whoever has
// stolen such a token keeps the session alive, with tokens of his own, until it ends. And a client
// refreshes in one way: its refresh token is an old one after others have refreshed the session
// with access tokens, which counts as reuse.
//
// With Config.Legacy a token that gin-jwt made refreshes too, so that a deploy logs nobody out. It
// begins a session for its user as a login does, counts in Config.UserLimit and Config.MaxSessions,
// and is never fresh, since nobody knows when the password was given. The claims are those of
// Config.Reload, which gets a session with nothing but its Subject, or else the token's own. The
// old token stays valid and can do so again, until Legacy.Until, and for JWT.MaxRefresh after its
// orig_iat if that is set, as with gin-jwt: a client that repeats its request has two sessions, and
// whoever has stolen such a token can log in with it.
//
// A refused access token is [ErrTokenExpired], [ErrTokenInvalid] or [ErrTokenRevoked], as on a
// protected route; if its session is gone, or Config.Reload returns [ErrUserDisabled], it is
// ErrTokenRevoked. If it came in the cookie of JWT.SendCookie, that cookie is deleted. That cookie
// lives as long as its token can refresh, or for JWT.CookieMaxAge, and no longer than the session.
type AccessRefresh struct {
	// Expired is how long after exp an access token still refreshes. Default 0: only while it
	// is valid.
	Expired time.Duration
}

// GinJWTReply answers a login or a refresh exactly as gin-jwt does: {"code","expire","token"}, with
// expire in RFC 3339. Set it as JWT.LoginResponse and JWT.RefreshResponse, for clients that were
// written for gin-jwt. It keeps the refresh token back, so these clients refresh with
// [AccessRefresh].
func GinJWTReply(c *gin.Context, code int, token string, expire time.Time) {
	c.JSON(code, gin.H{"code": code, "expire": expire.Format(time.RFC3339), "token": token})
}

// reasonAccessToken is the reason of the events of a refresh with an access token.
const reasonAccessToken = "access_token"

// accessRotations bounds how often a refresh with an access token follows others that have rotated
// the session meanwhile.
const accessRotations = 5

var (
	errOvertakenRotations = errors.New("the session was rotated again and again")
	errSessionSubject     = errors.New("the session belongs to another subject")
)

// refreshByAccess refreshes with the access token of the request.
func (a *Auth) refreshByAccess(c *gin.Context) (Tokens, error) {
	method := c.Request.Method
	if a.config.AccessRefresh == nil || method == http.MethodHead || method == http.MethodOptions {
		return Tokens{}, ErrTokenMissing
	}
	text, err := a.transport.RefreshingAccess(c.Request)
	if err != nil {
		return Tokens{}, err
	}
	if text == "" {
		return Tokens{}, ErrTokenMissing
	}
	if !a.transport.HeaderCarries(c.Request, text) {
		if err := a.checkOrigin(c); err != nil {
			return Tokens{}, err
		}
	}
	tokens, err := a.rotateByAccess(c, text)
	if status, _ := Code(err); status == http.StatusUnauthorized && !a.transport.InHeader(c.Request, text) {
		a.jar.Clear(c) // the cookie was carried, and its origin judged, also on GET
	}
	return tokens, err
}

func (a *Auth) rotateByAccess(c *gin.Context, text string) (Tokens, error) {
	ctx, cancel := writeContext(c)
	defer cancel()
	access, err := a.access.Verify(text)
	if err == nil || a.expiredWithin(access, err) {
		if access.Legacy() {
			return a.beginByOldToken(c, access)
		}
		err = a.storeError(ctx, a.config.Store.Check(ctx, access.Probe(true)))
	}
	if err != nil {
		a.accessRefused(ctx, access, err)
		return Tokens{}, err
	}
	end := a.config.tokenEnd(a.now())
	rotated, err := a.rotatePresent(ctx, access, session.Rotation{
		ID: access.SessionID, IP: clientAddress(ctx), UserAgent: c.Request.UserAgent(),
		IdleTTL: a.config.SessionIdleTTL, Grace: a.config.RefreshGrace, TokenEnd: end, ReportReuse: true,
	})
	if err != nil {
		return Tokens{}, err
	}
	claims, err := a.reloadClaims(ctx, rotated.Session)
	if errors.Is(err, ErrUserDisabled) {
		return Tokens{}, refuse(ErrTokenRevoked, ErrUserDisabled)
	}
	if err != nil {
		return Tokens{}, err
	}
	return a.tokensFor(ctx, rotated.Session, claims, rotated.Now, end)
}

// expiredWithin reports whether the only thing wrong with an access token is that it has expired,
// by at most AccessRefresh.Expired, so that it still refreshes.
func (a *Auth) expiredWithin(access *token.Verified, err error) bool {
	if a.config.AccessRefresh == nil || !errors.Is(err, ErrTokenExpired) {
		return false
	}
	return a.now().Before(access.ExpiresAt.Add(a.config.AccessRefresh.Expired))
}

// rotatePresent rotates the generation that the session has now. Others may rotate it between the
// reading and the rotation; that is no reuse, so it is tried again with what they have left.
func (a *Auth) rotatePresent(ctx context.Context, access *token.Verified, r session.Rotation) (session.Rotated, error) {
	s, err := a.config.Store.Get(ctx, r.ID)
	if errors.Is(err, session.ErrNotFound) {
		return session.Rotated{}, a.refuseAccess(ctx, access, errGone)
	}
	if err != nil {
		return session.Rotated{}, a.storeError(ctx, err)
	}
	if s.Subject != access.Subject {
		return session.Rotated{}, a.refuseAccess(ctx, access, errSessionSubject)
	}
	for range accessRotations {
		r.Generation = s.Generation
		rotated, err := a.config.Store.Rotate(ctx, r)
		if err != nil {
			return session.Rotated{}, a.storeError(ctx, err)
		}
		if rotated.Outcome == session.OutcomeGone {
			return session.Rotated{}, a.refuseAccess(ctx, access, errGone)
		}
		if kind, done := rotatedPresent[rotated.Outcome]; done {
			a.emit(ctx, Event{Kind: kind, Subject: s.Subject, Session: s.ID, Reason: reasonAccessToken})
			return rotated, nil
		}
		s = rotated.Session // as others have left it
	}
	return session.Rotated{}, refuse(ErrUnavailable, errOvertakenRotations)
}

// rotatedPresent are the outcomes that renew the session, with their events.
var rotatedPresent = map[session.Outcome]EventKind{
	session.OutcomeAdvanced: EventRefresh, session.OutcomeRetried: EventRefreshRetry, session.OutcomeAhead: EventRefreshAhead,
}

// refuseAccess refuses an access token whose session cannot be refreshed.
func (a *Auth) refuseAccess(ctx context.Context, access *token.Verified, cause error) error {
	err := refuse(ErrTokenRevoked, cause)
	a.accessRefused(ctx, access, err)
	return err
}

// accessRefused emits the event of a refused access token. access is nil if it is not genuine. An
// outage has an event already.
func (a *Auth) accessRefused(ctx context.Context, access *token.Verified, err error) {
	if errors.Is(err, ErrUnavailable) {
		return
	}
	e := Event{Kind: EventRefreshRefused, Reason: reasonAccessToken, Err: err}
	if access != nil {
		e.Subject, e.Session = access.Subject, access.SessionID
	}
	a.emit(ctx, e)
}
