package ginauth

import (
	"encoding/json"
	"errors"
	"net/http"

	jwt "github.com/appleboy/gin-jwt/v2"
	"github.com/gin-gonic/gin"

	"github.com/ginauth/ginauth/plugin/internal/token"
	"github.com/ginauth/ginauth/plugin/session"
)

var errNoSubject = errors.New("Authenticator's data names no subject of 1 to 255 bytes; set Config.Subject") //nolint:staticcheck // names a field

// LoginHandler runs the Authenticator, ends the session that the request presented,
// if any (no fixation), begins a new one, and replies with Tokens or through gin-jwt's
// LoginResponse hook.
//
// What the Authenticator returns as an error decides the answer: one of this package's
// classes gives its row (ErrInvalidRequest, ErrTooManyAttempts, ErrUnavailable, ...),
// jwt.ErrMissingLoginValues is ErrInvalidRequest, anything else is ErrInvalidCredentials. The
// body is at most MaxBody bytes. Failed logins are limited by Config.LoginLimiter alone.
func (a *Auth) LoginHandler(c *gin.Context) {
	noStore(c)
	tokens, err := a.login(c)
	if err != nil {
		a.emit(c.Request.Context(), c, Event{Kind: EventLoginFailed, Reason: classOf(err).Word, Err: err})
		a.Refuse(c, err)
		return
	}
	a.reply(c, tokens, a.hooks.login)
}

func (a *Auth) login(c *gin.Context) (Tokens, error) {
	if err := a.checkLoginOrigin(c); err != nil {
		return Tokens{}, err
	}
	old, err := a.presentedSessions(c)
	if err != nil {
		return Tokens{}, err
	}
	if a.jwt.Authenticator == nil {
		return Tokens{}, refuse(ErrInternal, jwt.ErrMissingAuthenticatorFunc)
	}
	device := a.device(c)
	data, err := a.authenticate(c)
	if err != nil {
		return Tokens{}, err
	}
	claims, subject, err := a.identify(data)
	if err != nil {
		return Tokens{}, err
	}
	ctx, cancel := storeContext(c)
	defer cancel()
	for _, id := range old {
		if _, err := a.revoke(ctx, c, session.Revocation{Kind: session.KindSession, ID: id}, reasonLogin); err != nil {
			return Tokens{}, err
		}
	}
	kept, err := a.keepClaims(claims)
	if err != nil {
		return Tokens{}, err
	}
	created, err := a.store.Create(ctx, session.Create{
		Subject: subject, AuthTime: a.now(), IP: c.ClientIP(), UserAgent: c.Request.UserAgent(), Device: device, Claims: kept,
		IdleTTL: a.policy.idle, MaxTTL: a.policy.max, Retain: a.policy.retain,
		Limit: a.policy.limit, RefuseOverLimit: a.policy.refuseOverLimit,
	})
	if err != nil {
		return Tokens{}, a.storeError(ctx, c, err)
	}
	for _, id := range created.Evicted {
		a.emit(ctx, c, Event{Kind: EventRevoked, Subject: subject, Session: id, Reason: "session_limit", Count: 1})
	}
	tokens, err := a.mint(created.Session, claims, created.Now)
	if err == nil {
		a.emit(ctx, c, Event{Kind: EventLogin, Subject: subject, Session: created.Session.ID})
	}
	return tokens, err
}

// checkLoginOrigin keeps another site from logging the browser in as somebody else: its
// form brings no cookie of ours along, and the reply would set them all the same.
func (a *Auth) checkLoginOrigin(c *gin.Context) error {
	if !a.cookies.only {
		return nil
	}
	if err := a.transport.origin.Check(c.Request); err != nil {
		return refuse(ErrCrossOrigin, err)
	}
	return nil
}

// loginError is the class of an Authenticator's error.
func loginError(err error) error {
	var known *class
	switch {
	case errors.Is(err, jwt.ErrMissingLoginValues):
		return refuse(ErrInvalidRequest, err)
	case errors.As(err, &known):
		return err
	}
	return refuse(ErrInvalidCredentials, err)
}

// identify turns Authenticator's (or Reload's) data into claims and the subject.
func (a *Auth) identify(data any) (jwt.MapClaims, string, error) {
	claims := jwt.MapClaims{}
	var named any = data
	if a.hooks.payload != nil {
		for name, value := range a.hooks.payload(data) {
			claims[name] = value
		}
		named = claims[a.jwt.IdentityKey]
	}
	subject := token.SubjectText(named)
	if a.subject != nil {
		subject = a.subject(data)
	}
	if subject == "" || len(subject) > session.MaxSubject {
		return nil, "", refuse(ErrInternal, errNoSubject)
	}
	if _, ok := claims[a.jwt.IdentityKey]; !ok {
		claims[a.jwt.IdentityKey] = subject
	}
	return claims, subject, nil
}

// keepClaims is what the session must remember for refreshes: nothing when Reload
// reads the user again, else PayloadFunc's claims.
func (a *Auth) keepClaims(claims jwt.MapClaims) ([]byte, error) {
	if a.reload != nil {
		return nil, nil
	}
	kept, err := json.Marshal(claims)
	if err != nil {
		return nil, refuse(ErrInternal, err)
	}
	return kept, nil
}

// setCookies sends the tokens as cookies, if that is how they travel.
func (a *Auth) setCookies(c *gin.Context, tokens Tokens) {
	var csrf string
	if a.csrf != nil {
		csrf = a.csrf.mint(tokens.session)
	}
	a.cookies.set(c, tokens, csrf)
}

// reply hands out tokens: cookie first, as gin-jwt does, then the user's hook or Tokens.
func (a *Auth) reply(c *gin.Context, tokens Tokens, hook ginJWTReply) {
	a.setCookies(c, tokens)
	if a.cookies.only && hook == nil {
		tokens.AccessToken, tokens.RefreshToken = "", ""
	}
	if hook == nil {
		c.JSON(http.StatusOK, tokens)
		return
	}
	c.Set(tokensKey, tokens)
	hook(c, http.StatusOK, tokens.AccessToken, tokens.expires)
}
