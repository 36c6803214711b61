package ginauth

import (
	"context"
	"errors"
	"time"

	"github.com/gin-gonic/gin"
)

// LoginLimiter limits failed logins. Package throttle has one for a single process and
// one on Redis.
//
// Both methods return how long the client must wait; 0 lets the attempt go on. name is
// what LoginName says, addr is gin's ClientIP. An error of either refuses the login as
// ErrUnavailable. They are called concurrently, with a context that ends after 2.5
// seconds and not when the client hangs up.
type LoginLimiter interface {
	// Begin is asked before the Authenticator. What has to wait is refused unseen.
	Begin(ctx context.Context, name, addr string) (wait time.Duration, err error)

	// End is told the Authenticator's answer: failed is ErrInvalidCredentials, any other
	// refusal is not reported. What has to wait is refused as if the Authenticator had not
	// been asked, a right password too: attempts that run in parallel are judged here.
	End(ctx context.Context, name, addr string, failed bool) (wait time.Duration, err error)
}

var errNoLoginName = errors.New("no name to limit logins by; set Config.LoginName")

// loginNameBy is Config.LoginName, or the field that ReadCredentials reads. A request
// without a name is refused: it would be counted by its address alone.
func loginNameBy(user func(*gin.Context) string) func(*gin.Context) (string, error) {
	return func(c *gin.Context) (name string, err error) {
		if user != nil {
			name = user(c)
		} else {
			name, err = usernameField(c)
		}
		if err == nil && name == "" {
			err = refuse(ErrInvalidRequest, errNoLoginName)
		}
		return name, err
	}
}

func usernameField(c *gin.Context) (string, error) {
	body, err := ReadBody(c)
	if err != nil {
		return "", err
	}
	name, _, err := body.String("username")
	return name, err
}

// authenticate asks the Authenticator, if the limiter lets it.
func (a *Auth) authenticate(c *gin.Context) (any, error) {
	if a.limiter == nil {
		return a.askAuthenticator(c)
	}
	name, err := a.loginName(c)
	if err != nil {
		return nil, err
	}
	err = a.askLimiter(c, func(ctx context.Context) (time.Duration, error) {
		return a.limiter.Begin(ctx, name, c.ClientIP())
	})
	if err != nil {
		return nil, err
	}
	data, refused := a.askAuthenticator(c)
	failed := errors.Is(classOf(refused), ErrInvalidCredentials)
	if refused != nil && !failed {
		return nil, refused
	}
	err = a.askLimiter(c, func(ctx context.Context) (time.Duration, error) {
		return a.limiter.End(ctx, name, c.ClientIP(), failed)
	})
	if err != nil {
		return nil, err
	}
	return data, refused
}

func (a *Auth) askAuthenticator(c *gin.Context) (any, error) {
	data, err := a.jwt.Authenticator(c)
	if err != nil {
		return nil, loginError(err)
	}
	return data, nil
}

// askLimiter turns a limiter's answer into a refusal.
func (a *Auth) askLimiter(c *gin.Context, ask func(context.Context) (time.Duration, error)) error {
	ctx, cancel := storeContext(c)
	defer cancel()
	wait, err := ask(ctx)
	if err != nil {
		return a.storeError(ctx, c, err)
	}
	if wait > 0 {
		return Throttled(wait)
	}
	return nil
}
