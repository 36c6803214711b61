package ginauth

import (
	"context"
	"errors"
	"maps"
	"time"

	jwt "github.com/appleboy/gin-jwt/v2"
	"github.com/gin-gonic/gin"

	"github.com/ginauth/ginauth/plugin/internal/refusal"
	"github.com/ginauth/ginauth/plugin/internal/token"
	"github.com/ginauth/ginauth/plugin/internal/wire"
	"github.com/ginauth/ginauth/plugin/session"
)

var (
	errGone      = errors.New("no live session")
	errReused    = errors.New("refresh token reused")
	errOtherUser = errors.New("Reload returned another user") //nolint:staticcheck // names a field
)

// The reasons of an EventRefreshReuse: see Config.ReportReuse.
const (
	reuseEnded    = "session_ended"
	reuseReported = "reported"
)

// reasonOtherClient is the reason of an EventRefreshRetry whose address or User-Agent is not that
// of the client that got the first answer.
const reasonOtherClient = "other_client"

// RefreshHandler takes the refresh token from a JSON or form body (refresh_token; grant_type,
// if given, must be refresh_token) or from its cookie, rotates it, and replies with [Tokens]
// or through gin-jwt's hook RefreshResponse. It needs no access token, so mount it outside
// the protected group; inside, it works only while the access token does.
//
// Every refused refresh token gets the same answer, [ErrInvalidGrant]; the reason is in the
// event alone. Its status is 401 or, where the request has grant_type, 400 without a challenge
// (RFC 6749 section 5.2). If the token came in a cookie, the cookies of this Auth are deleted. A
// request without one is [ErrTokenMissing], unless [AccessRefresh] lets its access token refresh.
// Where the reply sets cookies, a request from another origin is [ErrCrossOrigin]. See
// [session.Outcome] for the rules, and Config.RefreshGrace for second tabs and lost responses.
func (a *Auth) RefreshHandler(c *gin.Context) {
	wire.NoStore(c)
	tokens, err := a.rotate(c)
	if err != nil {
		if errors.Is(err, ErrInvalidGrant) {
			err = inOAuth(c, err)
		}
		a.Refuse(c, err)
		return
	}
	a.reply(c, tokens, a.config.JWT.RefreshResponse)
}

// inOAuth gives a refused refresh token the status that an OAuth client expects. A request with
// grant_type is one to a token endpoint: RFC 6749 section 5.2 wants 400 and no challenge. Others
// come from pages that take a 401 for the end of the login.
func inOAuth(c *gin.Context, refused error) error {
	if grant, err := Field(c, "grant_type"); err != nil || grant == "" {
		return refused
	}
	return refuse(refusal.InvalidGrantOAuth, refused)
}

func (a *Auth) rotate(c *gin.Context) (Tokens, error) {
	read := a.transport.Presented
	if a.config.AccessRefresh != nil {
		read = a.transport.PresentedBeside
	}
	presented, byCookie, err := read(c)
	if err != nil {
		return Tokens{}, err
	}
	if presented == "" {
		return a.refreshByAccess(c)
	}
	if err := a.checkOrigin(c); err != nil {
		return Tokens{}, err
	}
	tokens, err := a.rotateToken(c, presented, byCookie)
	if byCookie && errors.Is(err, ErrInvalidGrant) {
		a.clearCookies(c)
	}
	return tokens, err
}

// rotateToken rotates a refresh token. guarded means that it needs a double-submit token
// beside it.
func (a *Auth) rotateToken(c *gin.Context, presented string, guarded bool) (Tokens, error) {
	ctx, cancel := writeContext(c)
	defer cancel()
	refresh, err := a.refresh.Decode(presented)
	if err != nil {
		return Tokens{}, a.refuseRefresh(ctx, session.ID{}, err)
	}
	if guarded {
		if err := a.checkCSRF(c, refresh.ID); err != nil {
			return Tokens{}, err
		}
	}
	claims, err := a.reloadFirst(ctx, refresh)
	if err != nil {
		return Tokens{}, err
	}
	end := a.config.tokenEnd(a.now())
	rotation := session.Rotation{
		ID: refresh.ID, Generation: refresh.Generation, IP: clientAddress(ctx), UserAgent: c.Request.UserAgent(),
		IdleTTL: a.config.SessionIdleTTL, Grace: a.config.RefreshGrace, TokenEnd: end, ReportReuse: a.config.ReportReuse,
	}
	rotated, err := a.config.Store.Rotate(ctx, rotation)
	if err != nil {
		return Tokens{}, a.storeError(ctx, err)
	}
	if err := a.judge(ctx, rotation, rotated); err != nil {
		return Tokens{}, err
	}
	if claims == nil {
		if claims, err = a.reloadClaims(ctx, rotated.Session); err != nil {
			return Tokens{}, err
		}
	}
	return a.tokensFor(ctx, rotated.Session, claims, rotated.Now, end)
}

// reloadFirst calls Reload before the token is used up, if the token cannot be used again:
// with StrictRotation, a retry after Reload has failed, or has brought claims too long for a
// token, would count as reuse. It returns nil claims if Reload was not called, because it is not
// needed or because Rotate will refuse the token. Rotate decides in any case; a change in between
// only makes the claims that much older.
func (a *Auth) reloadFirst(ctx context.Context, refresh token.Refresh) (jwt.MapClaims, error) {
	if a.config.Reload == nil || a.config.RefreshGrace > 0 {
		return nil, nil
	}
	s, err := a.config.Store.Get(ctx, refresh.ID)
	if errors.Is(err, session.ErrNotFound) {
		return nil, nil
	}
	if err != nil {
		return nil, a.storeError(ctx, err)
	}
	if !a.config.acceptable(s, refresh.Generation, a.now()) {
		return nil, nil
	}
	claims, err := a.reloadClaims(ctx, s)
	if err == nil {
		// A trial, thrown away, that shows whether the new claims fit into a token. Its store time
		// is RotatedAt, since Rotate has not said the store's clock yet: the text is as long.
		s.Generation++
		_, err = a.tokensFor(ctx, s, maps.Clone(claims), s.RotatedAt, a.config.tokenEnd(a.now()))
	}
	return claims, err
}

// tokensFor is mint with the event of its failure.
func (a *Auth) tokensFor(ctx context.Context, s session.Session, claims jwt.MapClaims, storeNow, end time.Time) (Tokens, error) {
	tokens, err := a.mint(s, claims, a.lifeAtRefresh(claims), storeNow, end)
	if err != nil {
		a.emit(ctx, Event{Kind: EventRefreshRefused, Subject: s.Subject, Session: s.ID, Reason: word(err), Err: err})
		return Tokens{}, err
	}
	return tokens, nil
}

// judge emits the event of an outcome, and refuses what the rules refuse.
func (a *Auth) judge(ctx context.Context, presented session.Rotation, r session.Rotated) error {
	e := Event{Kind: EventRefresh, Subject: r.Session.Subject, Session: presented.ID}
	switch r.Outcome {
	case session.OutcomeAdvanced:
	case session.OutcomeRetried:
		e.Kind = EventRefreshRetry
		if presented.OtherClient(r.Session) {
			e.Reason = reasonOtherClient
		}
	case session.OutcomeAhead:
		e.Kind = EventRefreshAhead
	case session.OutcomeReused:
		e.Kind, e.Reason, e.Err = EventRefreshReuse, reuseEnded, errReused
		if a.config.ReportReuse {
			e.Reason = reuseReported
		}
		a.emit(ctx, e)
		return refuse(ErrInvalidGrant, errReused)
	default:
		return a.refuseRefresh(ctx, presented.ID, errGone)
	}
	a.emit(ctx, e)
	return nil
}

func (a *Auth) refuseRefresh(ctx context.Context, id session.ID, cause error) error {
	a.emit(ctx, Event{Kind: EventRefreshRefused, Session: id, Err: cause})
	return refuse(ErrInvalidGrant, cause)
}

// reloadClaims returns the claims of the next access token: those of the user as they are now
// or, without Reload, those of the login. A user who may no longer log in loses the session.
func (a *Auth) reloadClaims(ctx context.Context, s session.Session) (jwt.MapClaims, error) {
	if a.config.Reload == nil {
		return keptClaims(s.Claims)
	}
	claims, err := a.reload(ctx, s)
	if errors.Is(err, ErrUserDisabled) {
		if _, err := a.revokeOwn(ctx, session.Revocation{Kind: session.KindSession, ID: s.ID}, "user_disabled"); err != nil {
			return nil, err
		}
		return nil, a.refuseRefresh(ctx, s.ID, ErrUserDisabled)
	}
	return claims, err
}

// reload returns the claims of the user as they are now, or ErrUserDisabled.
func (a *Auth) reload(ctx context.Context, s session.Session) (jwt.MapClaims, error) {
	data, err := a.config.Reload(ctx, s)
	if errors.Is(err, ErrUserDisabled) {
		return nil, ErrUserDisabled
	}
	if err != nil {
		// Whatever the error wraps: an error of the user database says nothing about the
		// store.
		err = refuse(ErrUnavailable, err)
		a.emit(ctx, Event{Kind: EventRefreshRefused, Subject: s.Subject, Session: s.ID, Reason: word(err), Err: err})
		return nil, err
	}
	claims, subject, err := a.config.identify(data)
	if err == nil && subject != s.Subject {
		err = refuse(ErrInternal, errOtherUser)
	}
	return claims, err
}
