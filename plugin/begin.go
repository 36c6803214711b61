package ginauth

import (
	"context"

	"github.com/gin-gonic/gin"

	"github.com/ginauth/ginauth/plugin/internal/wire"
)

// Login begins a session for the user of data from any handler: behind an identity provider, a
// registration or a change of password. It does all that [Auth.LoginHandler] does behind the
// Authenticator, and data is what an Authenticator would return: it ends the sessions that the
// request presents, begins a new one and emits the event. Answer with [Auth.Reply], with
// [Auth.SetCookies] and a reply of your own, or with [Auth.Refuse]. It counts in
// Config.UserLimit and not in Config.LoginLimit. Safe for concurrent use.
//
// The login begins with the call of Login: a revocation of the user that was answered before
// does not touch it, so the handler itself may call [Auth.RevokeSubject] first. Pass [Began] where
// a revocation made while the handler was still judging the user must win.
//
// Errors: those of [Auth.LoginHandler], such as [ErrInternal] for data without a subject, and
// [ErrUnavailable]. Where login sets cookies, an unsafe request from another site is
// [ErrCrossOrigin]: let an identity provider send the browser back with a GET. A handler that
// changes something first, such as a password, asks [Auth.MayLogin] before.
func (a *Auth) Login(c *gin.Context, data any, options ...LoginOption) (Tokens, error) {
	o := a.loginIn(c, options...)
	tokens, err := a.loginAs(c, o, data)
	if err != nil {
		a.loginFailed(o.context(c.Request.Context()), err)
	}
	return tokens, err
}

// MayLogin asks ahead whether [Auth.Login] would refuse a login of this user in this request for
// its origin ([ErrCrossOrigin]) or by Config.UserLimit ([ErrTooManyAttempts], [ErrUnavailable]),
// so that a handler changes nothing for a reply that it cannot give. It takes the turn of the
// login, and Login then takes no other: ask it about a user who has proved to be that user, and not
// about a name that anybody can type.
func (a *Auth) MayLogin(c *gin.Context, subject string) error {
	if err := a.checkOrigin(c); err != nil {
		return err
	}
	ctx, cancel := writeContext(c)
	defer cancel()
	if err := a.takeLoginTurn(ctx, subject); err != nil {
		return err
	}
	c.Set(turnKey{a}, subject)
	return nil
}

func (a *Auth) loginAs(c *gin.Context, o loginOptions, data any) (Tokens, error) {
	if err := a.checkOrigin(c); err != nil {
		return Tokens{}, err
	}
	var err error
	if o.old, err = a.presentedSessions(c); err != nil {
		return Tokens{}, err
	}
	if !o.named {
		o.device = a.config.device(c)
	}
	return a.beginIn(c, o, data)
}

// BeginSession begins a session without a request, for a job, a test or another protocol. data
// is what an Authenticator would return. It counts in Config.UserLimit, ends other sessions by
// Config.MaxSessions and emits the event of a login; the address, the User-Agent and the device
// are those of [FromClient] and [OnDevice], or empty. It judges no origin, ends no presented
// session and sets no cookie: in a handler, call [Auth.Login]. The caller has made sure who the
// user is. Safe for concurrent use.
//
// Once begun it is not interrupted by the end of ctx, or there could be a session whose tokens
// nobody has. It takes at most 2.5 seconds of store time, whatever
// deadline ctx has. As with Login, it begins with the call
// unless [Began] says otherwise.
//
// Errors: [ErrInternal] for data without a subject and for claims too long for a token;
// [ErrTooManyAttempts]; [ErrForbidden] with Config.RefuseOverLimit; [ErrUnavailable], also if ctx
// has already ended. After an error there is no session, unless the store made one and could not
// say so: nobody has its tokens, and it ends by itself. A failure is an [EventLoginFailed].
func (a *Auth) BeginSession(ctx context.Context, data any, options ...LoginOption) (Tokens, error) {
	o := a.loginNow(options...)
	ctx = o.context(ctx)
	tokens, err := a.beginAlone(ctx, o, data)
	if err != nil {
		a.loginFailed(ctx, err)
	}
	return tokens, err
}

func (a *Auth) beginAlone(ctx context.Context, o loginOptions, data any) (Tokens, error) {
	if err := ctx.Err(); err != nil {
		return Tokens{}, refuse(ErrUnavailable, err)
	}
	who, err := a.config.userOf(data)
	if err != nil {
		return Tokens{}, err
	}
	ctx, cancel := context.WithTimeout(context.WithoutCancel(ctx), storeTime)
	defer cancel()
	return a.begin(ctx, o, who)
}

// Reply answers with the tokens of [Auth.Login] or [Auth.BeginSession], as they were returned, as [Auth.LoginHandler] does: status 200, the
// cookies, if any are configured, and [Tokens] as JSON or gin-jwt's hook LoginResponse. With
// Config.Cookies the body has no tokens. The reply is kept out of caches (RFC 6749 section
// 5.1).
func (a *Auth) Reply(c *gin.Context, tokens Tokens) {
	wire.NoStore(c)
	a.reply(c, tokens, a.config.JWT.LoginResponse)
}

// SetCookies puts the tokens of [Auth.Login] or [Auth.BeginSession], as they were returned, into the reply's cookies, those of Config.Cookies
// with the one of Cookies.CSRFToken, or that of JWT.SendCookie, and keeps the reply out of
// caches. It is for a reply of your own, such as the redirect of an OAuth callback; [Auth.Reply]
// sets them itself. Call it before the reply's header is written. It does nothing if no cookies
// are configured.
func (a *Auth) SetCookies(c *gin.Context, tokens Tokens) {
	if a.jar.Writes() {
		wire.NoStore(c)
		a.setCookies(c, tokens)
	}
}
