package main

import (
	"context"
	"errors"
	"fmt"
	"log/slog"
	"time"

	jwt "github.com/appleboy/gin-jwt/v2"
	"github.com/redis/go-redis/v9"

	ginauth "github.com/ginauth/ginauth/plugin"
	"github.com/ginauth/ginauth/plugin/memstore"
	"github.com/ginauth/ginauth/plugin/redisstore"
	"github.com/ginauth/ginauth/plugin/session"
)

// app is the running application.
type app struct {
	config    config
	logger    *slog.Logger
	store     pingStore
	users     users
	passwords *passwords
	auth      *ginauth.Auth
	rdb       redis.UniversalClient // nil on the embedded store
	stopping  chan struct{}         // closed when the server shuts down
}

// pingStore is a store that can be asked whether it is there.
type pingStore interface {
	session.Store
	Ping(ctx context.Context) error
}

// newApp puts everything together. It talks to no Redis: one that is down is found out
// by /readyz, and the application heals when it comes.
func newApp(c config, logger *slog.Logger) (*app, error) {
	a := &app{config: c, logger: logger, passwords: newPasswords(), stopping: make(chan struct{})}
	if c.keys.random {
		logger.Warn("JWT_SECRET is not set: keys are random, and no token outlives this process or is valid on another node")
	}
	seeded, err := seed(context.Background(), a.passwords)
	if err != nil {
		return nil, fmt.Errorf("demo users: %w", err)
	}
	if err := a.openStore(seeded); err != nil {
		return nil, err
	}
	if a.auth, err = ginauth.New(a.authConfig()); err != nil {
		return nil, errors.Join(err, a.closeRedis())
	}
	return a, nil
}

func (a *app) openStore(seeded map[string]user) error {
	if a.config.redis.connect == nil {
		a.store, a.users = memstore.New(), newMemoryUsers(seeded)
		return nil
	}
	redis.SetLogger(redisLog{a.logger})
	a.rdb = a.config.redis.connect()
	store, err := redisstore.NewWith(a.rdb, redisstore.Options{Prefix: a.config.redis.prefix})
	if err != nil {
		return errors.Join(err, a.closeRedis())
	}
	a.store, a.users = store, newRedisUsers(a.rdb, a.config.redis.prefix, seeded)
	return nil
}

func (a *app) authConfig() ginauth.Config {
	c := a.config
	return ginauth.Config{
		JWT: &jwt.GinJWTMiddleware{
			Realm:         "ginauth sample",
			Timeout:       c.accessTTL,
			Authenticator: a.authenticate,
			PayloadFunc:   claims,
		},
		Store:               a.store,
		Keys:                c.keys.ring,
		RefreshKey:          c.keys.refresh,
		PreviousRefreshKeys: c.keys.previousRefresh,
		Issuer:              c.issuer,
		Audience:            []string{c.audience},
		SessionIdleTTL:      c.sessionIdleTTL,
		SessionMaxTTL:       c.sessionMaxTTL,
		RefreshGrace:        c.refreshGrace,
		StrictRotation:      c.refreshGrace == 0,
		MaxSessions:         c.maxSessions,
		OnStoreDown:         c.onStoreDown,
		Reload:              a.reload,
		Cookies:             c.cookies,
		InsecureCookies:     c.insecureCookies,
		AuthenticateClient:  ginauth.ClientSecret(c.clientID, c.clientSecret),
		Logger:              a.logger,
	}
}

// close ends what newApp began. Requests have ended by now.
func (a *app) close() {
	ctx, cancel := context.WithTimeout(context.Background(), 2*time.Second)
	defer cancel()
	if err := errors.Join(a.auth.Close(ctx), a.closeRedis()); err != nil {
		a.logger.Warn("closing", "error", err)
	}
}

func (a *app) closeRedis() error {
	if a.rdb == nil {
		return nil
	}
	return a.rdb.Close()
}
