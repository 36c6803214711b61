package ginauth

import (
	"context"
	"time"

	"github.com/gin-gonic/gin"

	"github.com/ginauth/ginauth/plugin/internal/wire"
	"github.com/ginauth/ginauth/plugin/session"
)

// LoginOption adds what [Auth.Login] or [Auth.BeginSession] cannot know by itself.
type LoginOption func(*loginOptions)

// loginOptions are all that a login knows besides its user.
type loginOptions struct {
	began         time.Time
	ip, userAgent string
	device        string
	named         bool                 // device is set, and Config.DeviceName is not asked
	old           []session.Revocation // what ends the sessions that the request presents
	authTime      time.Time            // zero: now
	reason        string               // of the event
	turnOf        string               // the subject whose turn [Auth.MayLogin] has taken
}

// Began dates a login that started before the call: at t, which [session.Store].Now returned
// before anything about the user was read or judged. A revocation of the user that was answered
// after t overtakes the login, which then begins no session and is [ErrUnavailable]. Take t
// before the password's hash is read, before the redirect to an identity provider or before a
// link is mailed.
//
// The zero time means the call itself, and so does a time in the future, which would outrun
// revocations. Of several, the earliest counts.
func Began(t time.Time) LoginOption {
	return func(o *loginOptions) {
		if !t.IsZero() && t.Before(o.began) {
			o.began = t
		}
	}
}

// OnDevice names the session's device for session lists, in place of Config.DeviceName, which
// is then not called. Control characters become _, and the name is cut to [session.MaxDevice]
// bytes. "" leaves the session without a name.
func OnDevice(name string) LoginOption {
	return func(o *loginOptions) { o.device, o.named = tidy(name, session.MaxDevice), true }
}

// FromClient gives the client's address and User-Agent, which session lists and events show, in
// place of the request's, such as those that a gateway hands on. A port beside the address is
// left out. Control characters become _, and the texts are cut to [session.MaxIP] and
// [session.MaxUserAgent] bytes. No limiter counts by this address. Config.DeviceName still sees
// the request: give the name with [OnDevice].
func FromClient(ip, userAgent string) LoginOption {
	return func(o *loginOptions) {
		o.ip = tidy(wire.AddressWithoutPort(ip), session.MaxIP)
		o.userAgent = tidy(userAgent, session.MaxUserAgent)
	}
}

// Unproven begins a session whose user has not shown just now who they are, such as one that is
// moved from another system, or from a link that has waited. Its auth_time is unknown, so
// [Auth.Fresh] never admits it: only a login does.
func Unproven() LoginOption { return func(o *loginOptions) { o.authTime = unknownAuthTime } }

// loginNow is a login that begins now, without a request.
func (a *Auth) loginNow(options ...LoginOption) loginOptions {
	return loginOptions{began: a.config.Store.Now()}.with(options)
}

// loginIn is a login of a request that begins now. Its device is not yet named.
func (a *Auth) loginIn(c *gin.Context, options ...LoginOption) loginOptions {
	o := loginOptions{began: a.config.Store.Now(), ip: clientIP(c), userAgent: c.Request.UserAgent()}
	taken, _ := c.Get(turnKey{a})
	o.turnOf, _ = taken.(string)
	return o.with(options)
}

func (o loginOptions) with(options []LoginOption) loginOptions {
	for _, option := range options {
		option(&o)
	}
	return o
}

// context shows events the address of the login's client.
func (o loginOptions) context(parent context.Context) context.Context {
	return context.WithValue(parent, addressKey, o.ip)
}
