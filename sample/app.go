package main

import (
	"context"
	"fmt"
	"log/slog"
	"slices"
	"time"

	jwt "github.com/appleboy/gin-jwt/v2"
	"github.com/redis/go-redis/v9"

	ginauth "github.com/ginauth/ginauth/plugin"
	"github.com/ginauth/ginauth/plugin/metrics"
	"github.com/ginauth/ginauth/plugin/mirror"
	"github.com/ginauth/ginauth/plugin/password"
	"github.com/ginauth/ginauth/plugin/session"
)

// app is the running application.
type app struct {
	config    config
	logger    *slog.Logger
	store     session.Store
	users     users
	passwords *password.Hasher
	auth      *ginauth.Auth
	rdb       redis.UniversalClient // nil on the embedded store
	list      *mirror.Mirror        // nil on the embedded store, unless asked for
	collector *metrics.Collector
	closers   []func() error
	stopping  chan struct{} // closed when the server shuts down
	endBy     time.Time     // when SHUTDOWN_TIMEOUT is over; zero before the shutdown
}

// newApp builds the application. It sends nothing to Redis: if Redis is down, /readyz says so,
// and the application recovers when Redis answers.
func newApp(c config, logger *slog.Logger) (*app, error) {
	a := &app{config: c, logger: logger, stopping: make(chan struct{})}
	if c.keys.random {
		logger.Warn("JWT_SECRET is not set: keys are random, and no token outlives this process or is valid on another node")
	}
	if c.tryOut {
		logger.Warn("TRY_OUT is on: the example secrets of docker-compose.yml are accepted, with which everybody can make tokens")
	}
	if c.keys.exposed {
		logger.Warn("JWT_PRIVATE_KEY_FILE: everybody on this machine can read the private key")
	}
	var err error
	if a.passwords, err = password.New(password.Options{}); err != nil {
		return nil, err
	}
	seeded, err := seed(context.Background(), a.passwords)
	if err != nil {
		return nil, fmt.Errorf("demo users: %w", err)
	}
	if err := a.openStore(seeded); err != nil {
		a.close()
		return nil, err
	}
	a.collector = metrics.New(metrics.Mirror(a.list))
	config := a.authConfig()
	if err := a.limit(&config); err != nil {
		a.close()
		return nil, err
	}
	if a.auth, err = ginauth.New(config); err != nil {
		a.close()
		return nil, err
	}
	a.closers = append(a.closers, a.closeAuth)
	return a, nil
}

func (a *app) authConfig() ginauth.Config {
	c := a.config
	var cookies *ginauth.Cookies
	if c.cookies {
		cookies = &ginauth.Cookies{}
	}
	return ginauth.Config{
		JWT: &jwt.GinJWTMiddleware{
			Realm:         "ginauth sample",
			Timeout:       c.accessTTL,
			Authenticator: a.authenticate,
			PayloadFunc:   claims,
		},
		Store:           a.store,
		Keys:            c.keys.ring,
		RefreshKeys:     c.keys.refresh,
		Issuer:          c.issuer,
		Audience:        []string{c.audience},
		ClientID:        c.jwtClientID,
		SessionIdleTTL:  c.sessionIdleTTL,
		SessionMaxTTL:   c.sessionMaxTTL,
		RefreshGrace:    c.refreshGrace,
		StrictRotation:  c.refreshGrace == 0,
		MaxSessions:     c.maxSessions,
		OnStoreDown:     c.onStoreDown,
		Reload:          a.reload,
		Cookies:         cookies,
		InsecureCookies: c.insecureCookies,
		TrustedOrigins:  c.trustedOrigins,
		Clients:         c.clients(),
		OnEvent:         a.collector.OnEvent,
		Logger:          a.logger,
	}
}

// clients returns the client of /revoke and /introspect, none unless both variables are set.
func (c config) clients() []ginauth.Client {
	if c.clientID == "" || c.clientSecret == "" {
		return nil
	}
	return []ginauth.Client{{ID: c.clientID, Secret: c.clientSecret}}
}

// closeTimeout is how long each step of closing may take at least.
const closeTimeout = 2 * time.Second

// close undoes newApp in reverse order. Requests have ended by now.
func (a *app) close() {
	for _, end := range slices.Backward(a.closers) {
		if err := end(); err != nil {
			a.logger.Warn("closing", "error", err)
		}
	}
}

// closeAuth has what is left of SHUTDOWN_TIMEOUT: the node may have to put revocations back that
// Redis has lost.
func (a *app) closeAuth() error {
	ctx, cancel := context.WithTimeout(context.Background(), max(closeTimeout, time.Until(a.endBy)))
	defer cancel()
	return a.auth.Close(ctx)
}
