package ginauth

import (
	"time"

	"github.com/gin-gonic/gin"

	"github.com/ginauth/ginauth/plugin/internal/wire"
)

// Login begins a session for the user of data from any handler: behind an identity provider, a
// registration or a change of password. It does all that [Auth.LoginHandler] does behind the
// Authenticator, and data is what an Authenticator would return: it ends the sessions that the
// request presents, begins a new one and emits the event. Answer with [Auth.Reply], or with
// [Auth.Refuse]. It counts nothing in Config.LoginLimit. Safe for concurrent use.
//
// The login begins with the call of Login: a revocation of the user that was answered before
// does not touch it, so the handler itself may call [Auth.RevokeSubject] first. A revocation
// made while the handler was still judging the user does not end the new session either: after
// Login, look again at what was judged, and end the session if it has changed.
//
// Errors: those of [Auth.LoginHandler], such as [ErrInternal] for data without a subject, and
// [ErrUnavailable]. Where login sets cookies, an unsafe request from another site is
// [ErrCrossOrigin]: let an identity provider send the browser back with a GET. A handler that
// changes something first, such as a password, asks [Auth.MayLogin] before.
func (a *Auth) Login(c *gin.Context, data any) (Tokens, error) {
	tokens, err := a.loginAs(c, a.config.Store.Now(), data)
	if err != nil {
		a.loginFailed(c, err)
	}
	return tokens, err
}

// MayLogin asks ahead whether [Auth.Login] would refuse a login of this user in this request for
// its origin ([ErrCrossOrigin]) or by Config.UserLimit ([ErrTooManyAttempts], [ErrUnavailable]),
// so that a handler changes nothing for a reply that it cannot give. It takes the turn of the
// login, and Login then takes no other.
func (a *Auth) MayLogin(c *gin.Context, subject string) error {
	if err := a.checkOrigin(c); err != nil {
		return err
	}
	if err := a.takeLoginTurn(c, subject); err != nil {
		return err
	}
	c.Set(turnKey{a}, subject)
	return nil
}

func (a *Auth) loginAs(c *gin.Context, began time.Time, data any) (Tokens, error) {
	if err := a.checkOrigin(c); err != nil {
		return Tokens{}, err
	}
	old, err := a.presentedSessions(c)
	if err != nil {
		return Tokens{}, err
	}
	return a.begin(c, began, data, a.config.device(c), old)
}

// Reply answers with the tokens of [Auth.Login] as [Auth.LoginHandler] does: status 200, the
// cookies, if any are configured, and [Tokens] as JSON or gin-jwt's hook LoginResponse. With
// Config.Cookies the body has no tokens. The reply is kept out of caches (RFC 6749 section
// 5.1).
func (a *Auth) Reply(c *gin.Context, tokens Tokens) {
	wire.NoStore(c)
	a.reply(c, tokens, a.config.JWT.LoginResponse)
}
