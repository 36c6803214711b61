package ginauth

import (
	"context"
	"errors"
	"time"

	"github.com/gin-gonic/gin"

	"github.com/ginauth/ginauth/plugin/internal/wire"
)

// LoginLimit limits failed logins: [Config].LoginLimit. A refused attempt is
// [ErrTooManyAttempts] with Retry-After.
type LoginLimit struct {
	// Limiter counts: throttle.Redis for all nodes together, throttle.Memory for one process,
	// or your own. Required.
	Limiter LoginLimiter

	// Name returns the name to count by from a login request. Names are compared byte by byte:
	// fold case as your user store does, or every spelling gets its own attempts. "" is
	// [ErrInvalidRequest]. Read what the Authenticator reads: [Field] reads the body and leaves
	// it for the Authenticator. A login whose query has a field of its body too is refused
	// ([ErrInvalidRequest]), since gin's binding of a form reads both.
	// Default: the body's field "username", in this spelling.
	Name func(c *gin.Context) string
}

// LoginLimiter counts failed logins. Package throttle has one for a single process and one on
// Redis.
//
// Both methods return how long the client must wait; 0 lets the attempt go on. name comes
// from LoginLimit.Name, addr from gin's ClientIP, without a port that a proxy has written beside
// it. Set gin's trusted proxies ([TrustsEveryProxy]), or clients choose addr. An error of either
// refuses the login as [ErrUnavailable]. Both are called concurrently, with a context that ends
// after 2.5 seconds and not when the client hangs up. Config.ClientLimit calls End alone.
type LoginLimiter interface {
	// Begin is called before the Authenticator. An attempt that must wait is refused without
	// asking the Authenticator.
	Begin(ctx context.Context, name, addr string) (wait time.Duration, err error)

	// End receives the Authenticator's answer. failed means [ErrInvalidCredentials]; other
	// refusals are not reported. An attempt that must wait is refused as if the Authenticator
	// had not been asked, even with a right password: this is where parallel attempts count.
	End(ctx context.Context, name, addr string, failed bool) (wait time.Duration, err error)
}

var errNoLoginName = errors.New("the login request has no name to limit by; see Config.LoginLimit.Name")

// loginName returns the name to count by. A request without a name is refused, since only its
// address could be counted.
func (l *LoginLimit) loginName(c *gin.Context) (name string, err error) {
	if l.Name != nil {
		name = l.Name(c)
	} else {
		name, err = Field(c, "username")
	}
	if err == nil && name == "" {
		err = refuse(ErrInvalidRequest, errNoLoginName)
	}
	if err != nil {
		return "", err
	}
	// A body that cannot be read here is left to a Name that reads it in its own way.
	if body, unread := wire.ReadBody(c); unread == nil {
		err = body.OnlyHere(c.Request)
	}
	return name, err
}

// authenticate calls the Authenticator, if the limiter allows it.
func (a *Auth) authenticate(c *gin.Context) (any, error) {
	if a.config.LoginLimit == nil {
		return a.config.authenticate(c)
	}
	name, err := a.config.LoginLimit.loginName(c)
	if err != nil {
		return nil, err
	}
	var data any
	_, err = a.limited(c, name, func() (bool, error) {
		var refused error
		data, refused = a.config.authenticate(c)
		return refused == nil, refused
	})
	if err != nil {
		return nil, err
	}
	return data, nil
}

// authenticate calls the Authenticator.
func (c Config) authenticate(request *gin.Context) (any, error) {
	data, err := c.JWT.Authenticator(request)
	if err != nil {
		return nil, loginError(err)
	}
	return data, nil
}

// limited runs a password check between the two questions to the limiter. [ErrInvalidCredentials]
// is a wrong password too, and so is a panic; other errors of check count nothing.
func (a *Auth) limited(c *gin.Context, name string, check func() (right bool, err error)) (bool, error) {
	by := a.config.LoginLimit.Limiter
	a.addresses.look(c, a.config.Logger)
	err := a.askLimiter(c, func(ctx context.Context) (time.Duration, error) {
		return by.Begin(ctx, name, clientAddress(ctx))
	})
	if err != nil {
		return false, err
	}
	right, back := false, false
	end := func() error {
		return a.askLimiter(c, func(ctx context.Context) (time.Duration, error) {
			return by.End(ctx, name, clientAddress(ctx), !right)
		})
	}
	defer func() {
		if !back { // it panics, which would tell a wrong password from a right one for nothing
			_ = end()
		}
	}()
	right, wrong := check()
	back, right = true, right && wrong == nil
	if wrong != nil && word(wrong) != word(ErrInvalidCredentials) {
		return false, wrong
	}
	if err = end(); err == nil {
		err = wrong
	}
	return right && err == nil, err
}

// askLimiter asks a limiter within the time that the store calls of a request may take.
func (a *Auth) askLimiter(c *gin.Context, ask func(context.Context) (time.Duration, error)) error {
	ctx, cancel := writeContext(c)
	defer cancel()
	return a.heed(ctx, ask)
}

// heed turns a limiter's answer into a refusal.
func (a *Auth) heed(ctx context.Context, ask func(context.Context) (time.Duration, error)) error {
	wait, err := ask(ctx)
	if err != nil {
		return a.storeError(ctx, err)
	}
	if wait > 0 {
		return TooManyAttempts(wait)
	}
	return nil
}
