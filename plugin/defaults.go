package ginauth

import (
	"log/slog"
	"net/http"
	"time"
)

// The defaults of Config, one place.
const (
	defaultTimeout     = time.Hour // gin-jwt's
	defaultIdleTTL     = 168 * time.Hour
	defaultMaxTTL      = 720 * time.Hour
	defaultGrace       = 10 * time.Second
	defaultMaxSessions = 50
	maxMaxSessions     = 100000
	defaultLeeway      = 30 * time.Second
	defaultCacheBytes  = 32 << 20

	// skew is how much longer than a token's life its revocation is kept: for clocks of
	// nodes that disagree.
	skew = time.Minute
)

// withDefaults returns a copy with every zero replaced by its default.
func (c Config) withDefaults() Config {
	user := *c.JWT
	c.JWT = &user
	orElse(&user.Timeout, defaultTimeout)
	orElse(&c.SessionIdleTTL, defaultIdleTTL)
	orElse(&c.SessionMaxTTL, defaultMaxTTL)
	c.SessionIdleTTL = min(c.SessionIdleTTL, c.SessionMaxTTL)
	if !c.StrictRotation {
		orElse(&c.RefreshGrace, defaultGrace)
	}
	orElse(&c.MaxSessions, defaultMaxSessions)
	orElse(&c.Leeway, defaultLeeway)
	if !c.NoTokenCache {
		orElse(&c.TokenCacheBytes, defaultCacheBytes)
	}
	if user.CookieSameSite == 0 {
		user.CookieSameSite = http.SameSiteLaxMode
	}
	if c.Logger == nil {
		c.Logger = slog.Default()
	}
	c.Audience = append([]string(nil), c.Audience...)
	return c
}

func orElse[T comparable](v *T, fallback T) {
	var zero T
	if *v == zero {
		*v = fallback
	}
}

func (c Config) policy() policy {
	longest := c.JWT.Timeout
	if c.JWT.TimeoutFunc != nil {
		longest = c.SessionMaxTTL // no token outlives its session, whatever the hook says
	}
	return policy{
		idle:            c.SessionIdleTTL,
		max:             c.SessionMaxTTL,
		grace:           c.RefreshGrace,
		retain:          min(longest, c.SessionMaxTTL) + c.ExpiryLeeway + skew,
		limit:           c.MaxSessions,
		refuseOverLimit: c.RefuseOverLimit,
		reportReuse:     c.ReportReuse,
	}
}
