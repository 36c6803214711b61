package main

import (
	"strings"
	"time"

	ginauth "github.com/ginauth/ginauth/plugin"
	"github.com/ginauth/ginauth/plugin/throttle"
)

// off is the value of a variable that switches something off.
const off = "off"

// rate is a number of failed logins per window; nil is off.
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

// loginLimit returns nil when LOGIN_RATE is off. On Redis all nodes count together.
func (a *app) loginLimit() (*ginauth.LoginLimit, error) {
	if a.config.loginRate == nil {
		return nil, nil
	}
	if a.rdb == nil {
		limiter, err := throttle.Memory(*a.config.loginRate)
		return &ginauth.LoginLimit{Limiter: limiter}, err
	}
	limiter, err := throttle.Redis(a.rdb, a.config.redis.prefix, *a.config.loginRate)
	return &ginauth.LoginLimit{Limiter: limiter}, err
}

// clientRate limits wrong credentials at /revoke and /introspect, on each node by itself. A secret
// of 32 random bytes cannot be guessed at any rate, so it is generous: a client with an old secret
// should see that, and not that it is too fast.
var clientRate = throttle.Rate{Failures: 60, Window: time.Minute}
