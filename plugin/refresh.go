package ginauth

import (
	"bytes"
	"context"
	"encoding/json"
	"errors"

	jwt "github.com/appleboy/gin-jwt/v2"
	"github.com/gin-gonic/gin"

	"github.com/ginauth/ginauth/plugin/session"
)

const (
	refreshField   = "refresh_token"
	grantTypeField = "grant_type"
)

var (
	errGrantType = errors.New("grant_type is not refresh_token")
	errGone      = errors.New("no live session")
	errReused    = errors.New("refresh token reused")
)

// What came of a reuse: see Config.ReportReuse.
const (
	reuseEnded    = "session_ended"
	reuseReported = "reported"
)

// RefreshHandler takes the refresh token from a JSON or form body (refresh_token; a
// grant_type, if given, must say refresh_token), rotates it, and replies with Tokens or
// through gin-jwt's RefreshResponse hook. It needs no access token, so it is mounted
// outside the protected group; inside, it works while the access token does.
//
// Whatever is wrong with a refresh token, the answer is the one ErrInvalidGrant; only
// the event tells more. A request without one is ErrTokenMissing. See session.Outcome for
// the rules, and Config.RefreshGrace for what second tabs and lost responses get.
func (a *Auth) RefreshHandler(c *gin.Context) {
	noStore(c)
	tokens, err := a.rotate(c)
	if err != nil {
		if errors.Is(err, ErrInvalidGrant) {
			a.clearCookies(c)
		}
		a.Refuse(c, err)
		return
	}
	a.reply(c, tokens, a.hooks.refresh)
}

func (a *Auth) rotate(c *gin.Context) (Tokens, error) {
	presented, byCookie, err := a.presentedRefresh(c)
	if err != nil {
		return Tokens{}, err
	}
	if presented == "" {
		return Tokens{}, refuse(ErrTokenMissing, nil)
	}
	return a.rotateToken(c, presented, byCookie)
}

// rotateToken rotates a refresh token; guarded says that it needs a CSRF token beside it.
func (a *Auth) rotateToken(c *gin.Context, presented string, guarded bool) (Tokens, error) {
	ctx, cancel := storeContext(c)
	defer cancel()
	token, err := a.refresh.Decode(presented)
	if err != nil {
		return Tokens{}, a.refuseRefresh(ctx, c, session.ID{}, err)
	}
	if guarded {
		if err := a.checkCSRF(c, token.ID); err != nil {
			return Tokens{}, err
		}
	}
	reloaded, err := a.reloadFirst(ctx, c, token)
	if err != nil {
		return Tokens{}, err
	}
	rotated, err := a.store.Rotate(ctx, session.Rotation{
		ID: token.ID, Generation: token.Generation, IP: c.ClientIP(), UserAgent: c.Request.UserAgent(),
		IdleTTL: a.policy.idle, Grace: a.policy.grace, Retain: a.policy.retain, ReportReuse: a.policy.reportReuse,
	})
	if err != nil {
		return Tokens{}, a.storeError(ctx, c, err)
	}
	if err := a.judge(ctx, c, token.ID, rotated); err != nil {
		return Tokens{}, err
	}
	if reloaded == nil {
		if reloaded, err = a.reloadClaims(ctx, c, rotated.Session); err != nil {
			return Tokens{}, err
		}
	}
	return a.mint(rotated.Session, reloaded, rotated.Now)
}

// reloadFirst asks Reload before the token is used up, where it cannot be used again: with
// StrictRotation, a retry after Reload has failed would be reuse. nil claims say that Reload
// was not asked: it is not needed, or Rotate will refuse the token, and say why. Rotate judges in
// any case; what changes meanwhile changes no more than how old the claims are.
func (a *Auth) reloadFirst(ctx context.Context, c *gin.Context, token session.Refresh) (jwt.MapClaims, error) {
	if a.reload == nil || a.policy.grace > 0 {
		return nil, nil
	}
	s, err := a.store.Get(ctx, token.ID)
	if errors.Is(err, session.ErrNotFound) {
		return nil, nil
	}
	if err != nil {
		return nil, a.storeError(ctx, c, err)
	}
	if !a.acceptable(s, token.Generation) {
		return nil, nil
	}
	return a.reloadClaims(ctx, c, s)
}

// presentedRefresh is the one refresh token of body and cookie, "" if there is none, and
// whether the cookie alone brought it. An access token beside it is not read, but two
// different ones are refused here too.
func (a *Auth) presentedRefresh(c *gin.Context) (token string, byCookie bool, err error) {
	if _, err := a.transport.accessToken(c); err != nil {
		return "", false, err
	}
	body, err := ReadBody(c)
	if err != nil {
		return "", false, err
	}
	grant, present, err := body.String(grantTypeField)
	if err != nil {
		return "", false, err
	}
	if present && grant != refreshField {
		return "", false, refuse(ErrInvalidRequest, errGrantType)
	}
	inBody, _, err := body.String(refreshField)
	if err != nil {
		return "", false, err
	}
	token, err = a.transport.refreshToken(c.Request, inBody)
	return token, token != inBody, err
}

// judge emits what the outcome means and refuses what must be refused.
func (a *Auth) judge(ctx context.Context, c *gin.Context, id session.ID, r session.Rotated) error {
	kind := EventRefresh
	switch r.Outcome {
	case session.OutcomeAdvanced:
	case session.OutcomeRetried:
		kind = EventRefreshRetry
	case session.OutcomeAhead:
		kind = EventRefreshAhead
	case session.OutcomeReused:
		e := Event{Kind: EventRefreshReuse, Subject: r.Session.Subject, Session: id, Reason: reuseEnded, Err: errReused}
		if a.policy.reportReuse {
			e.Reason = reuseReported
		}
		a.emit(ctx, c, e)
		return refuse(ErrInvalidGrant, errReused)
	default:
		return a.refuseRefresh(ctx, c, id, errGone)
	}
	a.emit(ctx, c, Event{Kind: kind, Subject: r.Session.Subject, Session: id})
	return nil
}

func (a *Auth) refuseRefresh(ctx context.Context, c *gin.Context, id session.ID, cause error) error {
	a.emit(ctx, c, Event{Kind: EventRefreshRefused, Session: id, Err: cause})
	return refuse(ErrInvalidGrant, cause)
}

// reloadClaims are the claims of the next access token: of the user as they are now,
// or, without Reload, those of the login. A user who may not go on loses the session.
func (a *Auth) reloadClaims(ctx context.Context, c *gin.Context, s session.Session) (jwt.MapClaims, error) {
	if a.reload == nil {
		return keptClaims(s.Claims)
	}
	data, err := a.reload(ctx, s)
	switch {
	case errors.Is(err, ErrUserDisabled):
		if _, err := a.revoke(ctx, c, session.Revocation{Kind: session.KindSession, ID: s.ID}, "user_disabled"); err != nil {
			return nil, err
		}
		return nil, a.refuseRefresh(ctx, c, s.ID, ErrUserDisabled)
	case err != nil:
		// Whatever it wraps: an error of the user's database is no answer of the store.
		err = refuse(ErrUnavailable, err)
		a.emit(ctx, c, Event{Kind: EventRefreshRefused, Subject: s.Subject, Session: s.ID, Reason: classOf(err).Word, Err: err})
		return nil, err
	}
	claims, subject, err := a.identify(data)
	if err == nil && subject != s.Subject {
		err = refuse(ErrInternal, errors.New("Reload returned another user")) //nolint:staticcheck // names a field
	}
	return claims, err
}

func keptClaims(kept []byte) (jwt.MapClaims, error) {
	claims := jwt.MapClaims{}
	if err := decodeNumbers(kept, &claims); err != nil {
		return nil, refuse(ErrInternal, errors.New("the session's claims are unreadable; was Reload set at login?"))
	}
	return claims, nil
}

// decodeNumbers is json.Unmarshal that keeps numbers as they are written: a 64-bit id
// comes back digit for digit.
func decodeNumbers(data []byte, v any) error {
	decoder := json.NewDecoder(bytes.NewReader(data))
	decoder.UseNumber()
	return decoder.Decode(v)
}
