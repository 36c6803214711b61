package main

import (
	"context"
	"fmt"
	"log/slog"
	"time"

	"github.com/gin-gonic/gin"
	"github.com/redis/go-redis/v9"

	ginauth "github.com/ginauth/ginauth/plugin"
	"github.com/ginauth/ginauth/plugin/memstore"
	"github.com/ginauth/ginauth/plugin/mirror"
	"github.com/ginauth/ginauth/plugin/redisstore"
)

// syncTime bounds the first complete read of the revocation list.
const syncTime = 30 * time.Second

// buildOurs builds ginauth with its default settings.
func buildOurs(s spec) (app, error) {
	rdb := newClient(s.Redis)
	store, err := redisstore.New(rdb, redisstore.Options{})
	if err != nil {
		return app{}, err
	}
	config := ginauth.Config{
		JWT: signer(s), Store: store,
		Logger:       slog.New(slog.DiscardHandler),
		NoTokenCache: s.Who == mirrorBare,
	}
	closers := []func(){func() { _ = rdb.Close() }, func() { _ = store.Close(context.Background()) }}
	if s.Who != strict {
		r := mirror.Must(mirror.New(store, mirror.Options{}))
		config.Store = r
		closers = append(closers, func() { _ = r.Close(context.Background()) })
		if err := awaitInStep(r); err != nil {
			return app{}, err
		}
	}
	auth, err := ginauth.New(config)
	if err != nil {
		return app{}, err
	}
	return app{
		protect: gin.HandlersChain{auth.MiddlewareFunc()},
		login:   auth.LoginHandler,
		refresh: auth.RefreshHandler,
		logout:  auth.LogoutHandler,
		close: func() {
			ctx, cancel := context.WithTimeout(context.Background(), time.Second)
			defer cancel()
			_ = auth.Close(ctx)
			for i := len(closers) - 1; i >= 0; i-- {
				closers[i]()
			}
		},
	}, nil
}

// buildBare hands out ginauth's tokens but never checks one.
func buildBare(s spec) (app, error) {
	auth, err := ginauth.New(ginauth.Config{JWT: signer(s), Store: memstore.New(), Logger: slog.New(slog.DiscardHandler)})
	if err != nil {
		return app{}, err
	}
	return app{login: auth.LoginHandler, close: func() { _ = auth.Close(context.Background()) }}, nil
}

func newClient(addr string) redis.UniversalClient {
	o := &redis.UniversalOptions{Addrs: []string{addr}}
	redisstore.Tune(o)
	return redis.NewUniversalClient(o)
}

func awaitInStep(r *mirror.Mirror) error {
	for end := time.Now().Add(syncTime); time.Now().Before(end); time.Sleep(5 * time.Millisecond) {
		if r.Ready() {
			return nil
		}
	}
	return fmt.Errorf("the mirror is not in step after %v: %+v", syncTime, r.Status())
}
