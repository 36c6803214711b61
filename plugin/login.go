package ginauth

import (
	"context"
	"errors"
	"time"

	jwt "github.com/appleboy/gin-jwt/v2"
	"github.com/gin-gonic/gin"

	"github.com/ginauth/ginauth/plugin/internal/refusal"
	"github.com/ginauth/ginauth/plugin/internal/wire"
	"github.com/ginauth/ginauth/plugin/session"
)

// LoginHandler runs the Authenticator, ends the session that the request presents, if any
// (against session fixation), begins a new one, and replies with [Tokens] or through gin-jwt's
// hook LoginResponse.
//
// The Authenticator's error decides the answer: a class of this package gives its row
// ([ErrInvalidRequest], [ErrTooManyAttempts], [ErrUnavailable], ...),
// jwt.ErrMissingLoginValues is [ErrInvalidRequest], and any other error is
// [ErrInvalidCredentials]. The body is limited to [MaxBody] bytes. Only Config.LoginLimit
// limits failed logins.
//
// A login from another origin is [ErrCrossOrigin] where a cookie would be set (Config.Cookies,
// JWT.SendCookie), and everywhere if its body is a form, text or of no type, which any page can
// send: it would spend the attempts of its visitor. A page of another origin that your CORS
// rules allow logs in with JSON. Mount the handler on POST: a GET has no origin to judge, so an
// Authenticator for GET must itself tie the request to its browser, as OAuth's state does.
//
// A login during which its user, or everybody, is revoked begins no session: it is
// [ErrUnavailable], and the client may log in again at once. An Authenticator that itself calls
// [Auth.RevokeSubject] for its user would refuse every login: do that in LoginResponse, with
// [Auth.RevokeOtherSessions].
//
// Claims that make an access token longer than [MaxToken], or its cookie longer than the 4,096
// bytes that browsers keep, are [ErrInternal]: nothing is handed out, and no session begins. A
// refresh answers so too, when Config.Reload has brought such claims. Its session lives on, and
// the same refresh token works again once the claims are shorter.
func (a *Auth) LoginHandler(c *gin.Context) {
	o := a.loginIn(c) // before anything is read that a revocation may follow
	wire.NoStore(c)
	tokens, err := a.login(c, o)
	if err != nil {
		a.loginFailed(o.context(c.Request.Context()), err)
		a.Refuse(c, err)
		return
	}
	a.reply(c, tokens, a.config.JWT.LoginResponse)
}

func (a *Auth) login(c *gin.Context, o loginOptions) (Tokens, error) {
	if err := a.checkOrigin(c); err != nil {
		return Tokens{}, err
	}
	if err := a.transport.CheckSimple(c.Request); err != nil { // or it would spend the visitor's attempts
		return Tokens{}, err
	}
	var err error
	if o.old, err = a.presentedSessions(c); err != nil {
		return Tokens{}, err
	}
	if a.config.JWT.Authenticator == nil {
		return Tokens{}, refuse(ErrInternal, jwt.ErrMissingAuthenticatorFunc)
	}
	o.device = a.config.device(c)
	data, err := a.authenticate(c)
	if err != nil {
		return Tokens{}, err
	}
	return a.beginIn(c, o, data)
}

// checkOrigin refuses a request from another origin whose reply would set cookies. Another
// site's form need not carry any, but the browser would accept those of the reply and be logged
// in as another user.
func (a *Auth) checkOrigin(c *gin.Context) error {
	if a.config.Cookies == nil && !a.config.JWT.SendCookie {
		return nil
	}
	return a.transport.CheckOrigin(c.Request)
}

// beginIn is begin within the time that the store calls of a request may take.
func (a *Auth) beginIn(c *gin.Context, o loginOptions, data any) (Tokens, error) {
	who, err := a.config.userOf(data)
	if err != nil {
		return Tokens{}, err
	}
	ctx, cancel := limitedContext(context.WithoutCancel(o.context(c.Request.Context())), c)
	defer cancel()
	return a.begin(ctx, o, who)
}

// begin takes the user's turn, ends the presented sessions and begins a new one. ctx must not end
// with a client: a session would be left that nobody has a token of.
func (a *Auth) begin(ctx context.Context, o loginOptions, who loginUser) (Tokens, error) {
	if o.turnOf != who.subject {
		if err := a.takeLoginTurn(ctx, who.subject); err != nil {
			return Tokens{}, err
		}
	}
	for _, presented := range o.old {
		if _, err := a.revokeOwn(ctx, presented, reasonLogin); err != nil {
			return Tokens{}, err
		}
	}
	now := a.now()
	end := a.config.tokenEnd(now)
	if o.authTime.IsZero() {
		o.authTime = now
	}
	created, err := a.config.Store.Create(ctx, session.Create{
		Subject: who.subject, AuthTime: o.authTime, IP: o.ip, UserAgent: o.userAgent, Device: o.device, Claims: who.kept,
		Began: o.began, TokenEnd: end, IdleTTL: a.config.SessionIdleTTL, MaxTTL: a.config.SessionMaxTTL,
		Limit: a.config.MaxSessions, RefuseOverLimit: a.config.RefuseOverLimit,
	})
	if err != nil {
		return Tokens{}, a.storeError(ctx, err)
	}
	for _, id := range created.Evicted {
		a.emit(ctx, Event{Kind: EventRevoked, Subject: who.subject, Session: id, Reason: session.ReasonLimit, Count: 1})
	}
	return a.firstTokens(ctx, created, who.claims, end, o.reason)
}

// firstTokens makes the tokens of a new session, and ends the session if it cannot, or if a hook
// panics: nobody has a token of it then. If the store fails too, it ends by itself.
func (a *Auth) firstTokens(ctx context.Context, created session.Created, claims jwt.MapClaims, end time.Time, reason string) (tokens Tokens, err error) {
	s, made := created.Session, false
	defer func() {
		if !made {
			_, _ = a.revokeOwn(ctx, session.Revocation{Kind: session.KindSession, ID: s.ID, Subject: s.Subject}, reasonNoTokens)
		}
	}()
	if tokens, err = a.mint(s, claims, a.lifeAtLogin(claims), created.Now, end); err != nil {
		return Tokens{}, err
	}
	a.emit(ctx, Event{Kind: EventLogin, Subject: s.Subject, Session: s.ID, Reason: reason})
	made = true
	return tokens, nil
}

// presentedSessions returns what ends the sessions whose tokens a login request carries, in
// any carrier, expired or not. A token that does not verify names no session, and neither it nor
// a heap of leftovers keeps anybody from logging in.
func (a *Auth) presentedSessions(c *gin.Context) ([]session.Revocation, error) {
	var ends []session.Revocation
	text, err := a.transport.AccessToken(c.Request)
	if err != nil && !errors.Is(err, wire.ErrTooManyTokens) {
		return nil, err
	}
	if text != "" {
		access, err := a.access.Verify(text)
		if (err == nil || errors.Is(err, ErrTokenExpired)) && !access.Legacy() {
			ends = append(ends, session.Revocation{Kind: session.KindSession, ID: access.SessionID, Until: access.ExpiresAt})
		}
	}
	if text, err = a.transport.PresentedAtLogin(c); err != nil && !errors.Is(err, wire.ErrTooManyTokens) {
		return nil, err
	}
	if r, err := a.refresh.Decode(text); err == nil && (len(ends) == 0 || ends[0].ID != r.ID) {
		ends = append(ends, session.Revocation{Kind: session.KindSession, ID: r.ID})
	}
	return ends, nil
}

// reasonOvertaken is the reason of an EventLoginFailed whose login was overtaken by a
// revocation. The client sees an outage, which it is not.
const reasonOvertaken = "overtaken"

func (a *Auth) loginFailed(ctx context.Context, err error) {
	a.emit(ctx, Event{Kind: EventLoginFailed, Reason: loginFailure(err), Err: err})
}

func loginFailure(err error) string {
	if errors.Is(err, session.ErrOvertaken) {
		return reasonOvertaken
	}
	return word(err)
}

// loginError gives an Authenticator's error its class.
func loginError(err error) error {
	var known *refusal.Class
	switch {
	case errors.Is(err, jwt.ErrMissingLoginValues):
		return refusal.FromApplication(ErrInvalidRequest, err)
	case errors.As(err, &known):
		return err
	}
	return refusal.FromApplication(ErrInvalidCredentials, err)
}
