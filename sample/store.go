package main

import (
	"context"
	"time"

	"github.com/redis/go-redis/v9"

	"github.com/ginauth/ginauth/plugin/memstore"
	"github.com/ginauth/ginauth/plugin/mirror"
	"github.com/ginauth/ginauth/plugin/redisstore"
	"github.com/ginauth/ginauth/plugin/session"
)

// pingStore is a store that can be asked whether it is there, or, for a copy of one,
// whether it is in step too.
type pingStore interface {
	session.LoggedStore
	Ping(ctx context.Context) error
}

// openStore sets up the sessions and the users. On Redis there is a local copy of the
// revocation list in strict mode too: what this node knows to be revoked stays refused,
// and is written back when Redis has lost it.
func (a *app) openStore(seeded map[string]user) error {
	store := a.config.redis.store
	if store == nil {
		a.store, a.users = memstore.New(), newMemoryUsers(seeded)
		if a.config.revocationCheck == checkMirror {
			a.follow(a.store)
		}
		return nil
	}
	redis.SetLogger(redisLog{a.logger})
	a.rdb = store.Client()
	a.closers = append(a.closers, func() error {
		ctx, cancel := context.WithTimeout(context.Background(), closeTimeout)
		defer cancel()
		return store.Close(ctx)
	})
	a.users = newRedisUsers(a.rdb, a.config.redis.prefix, seeded)
	a.follow(store)
	ctx, cancel := context.WithCancel(context.Background())
	a.closers = append(a.closers, func() error { cancel(); return nil })
	go a.inspect(ctx, store)
	return nil
}

// inspectAgain is how long after a Redis that does not answer it is asked again.
const inspectAgain = 5 * time.Second

// inspect says in the log what is wrong with Redis for keeping sessions, once it answers.
func (a *app) inspect(ctx context.Context, store *redisstore.Store) {
	for {
		findings, err := store.Inspect(ctx)
		if err == nil {
			for _, f := range findings {
				if f.Fatal {
					a.logger.Error("redis: cannot keep sessions", "server", f.Server, "finding", f.Text)
				} else {
					a.logger.Warn("redis: risk", "server", f.Server, "finding", f.Text)
				}
			}
			return
		}
		select {
		case <-ctx.Done():
			return
		case <-time.After(inspectAgain):
		}
	}
}

// follow puts a local copy in front of a store.
func (a *app) follow(store session.LoggedStore) {
	a.copy = mirror.New(store, mirror.Options{MaxStaleness: a.config.maxStaleness, OnEvent: a.observeCopy})
	a.store = a.copy
	a.closers = append(a.closers, func() error {
		ctx, cancel := context.WithTimeout(context.Background(), closeTimeout)
		defer cancel()
		return a.copy.Close(ctx)
	})
}
