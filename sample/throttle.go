package main

import (
	"strings"

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

// newLimiter is nil when LOGIN_RATE is off. On Redis all nodes count together.
func (a *app) newLimiter() (ginauth.LoginLimiter, error) {
	switch {
	case a.config.loginRate == nil:
		return nil, nil
	case a.rdb == nil:
		return throttle.Memory(*a.config.loginRate)
	default:
		return throttle.Redis(a.rdb, a.config.redis.prefix, *a.config.loginRate)
	}
}
