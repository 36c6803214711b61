package main

import (
	"strings"
	"time"

	"github.com/gin-gonic/gin"

	ginauth "github.com/ginauth/ginauth/plugin"
	"github.com/ginauth/ginauth/plugin/throttle"
)

// off is the value of a variable that switches something off.
const off = "off"

// rate is a number of failed logins, or of what a user does, per window; nil is off.
func (e *environment) rate(name, fallback string) *throttle.Rate {
	v := e.text(name, fallback)
	if v == off {
		return nil
	}
	rate, err := throttle.ParseRate(v)
	if err != nil {
		e.wrong(name, "%s, or off", strings.TrimPrefix(err.Error(), "throttle: "))
	}
	return &rate
}

// limiter is the one for a rate, for both fields of ginauth.Config.
type limiter interface {
	ginauth.LoginLimiter
	ginauth.UserLimiter
}

// limiter counts in Redis, for all nodes together, or on the embedded store in memory.
func (a *app) limiter(rate throttle.Rate) (limiter, error) {
	if a.rdb == nil {
		return throttle.Memory(rate)
	}
	return throttle.Redis(a.rdb, a.config.redis.prefix, rate)
}

// limit sets the limits that LOGIN_RATE and USER_RATE do not switch off, and the one of clients.
func (a *app) limit(c *ginauth.Config) error {
	if a.config.loginRate != nil {
		failures, err := a.limiter(*a.config.loginRate)
		if err != nil {
			return err
		}
		c.LoginLimit = &ginauth.LoginLimit{Limiter: failures}
	}
	if a.config.userRate != nil {
		turns, err := a.limiter(*a.config.userRate)
		if err != nil {
			return err
		}
		c.UserLimit = turns
	}
	clients, err := throttle.Memory(clientRate)
	c.ClientLimit = clients
	return err
}

// warnOfProxies tells at start that LOGIN_RATE counts by addresses that clients choose.
func (a *app) warnOfProxies(r *gin.Engine) {
	if a.config.loginRate != nil && ginauth.TrustsEveryProxy(r) {
		a.logger.Warn("TRUSTED_PROXIES trusts every address: a client chooses the address that LOGIN_RATE counts by")
	}
}

// clientRate limits wrong credentials at /revoke and /introspect, on each node by itself. A secret
// of 32 random bytes cannot be guessed at any rate, so it is generous: a client with an old secret
// should see that, and not that it is too fast.
var clientRate = throttle.Rate{Times: 60, Window: time.Minute}
