package main

import (
	"context"
	"errors"
	"time"

	"github.com/redis/go-redis/v9"

	"github.com/ginauth/ginauth/plugin/memstore"
	"github.com/ginauth/ginauth/plugin/mirror"
	"github.com/ginauth/ginauth/plugin/redisstore"
	"github.com/ginauth/ginauth/plugin/session"
)

// openStore opens the sessions and the users. With Redis there is a local copy of the
// revocation list in strict mode too: what this node knows to be revoked stays refused, and is
// written back when Redis has lost it.
func (a *app) openStore(seeded map[string]user) error {
	if a.config.redis.connect == nil {
		store := memstore.New()
		a.store, a.users = store, newMemoryUsers(seeded)
		if a.config.revocationCheck == checkMirror {
			return a.follow(store)
		}
		return nil
	}
	redis.SetLogger(redisLog{a.logger})
	a.rdb = a.config.redis.connect()
	store, err := redisstore.NewWith(a.rdb, redisstore.Options{Prefix: a.config.redis.prefix})
	if err != nil {
		return errors.Join(err, a.rdb.Close())
	}
	a.closers = append(a.closers, a.rdb.Close, store.Close)
	a.users = newRedisUsers(a.rdb, a.config.redis.prefix, seeded)
	if err := a.follow(store); err != nil {
		return err
	}
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

// follow mirrors the revocation list of a store in this process.
func (a *app) follow(store session.LoggedStore) error {
	list, err := mirror.New(store, mirror.Options{MaxStaleness: a.config.maxStaleness, Node: a.config.nodeName})
	if err != nil {
		return err
	}
	a.store, a.copy = list, list
	a.closers = append(a.closers, func() error {
		ctx, cancel := context.WithTimeout(context.Background(), closeTimeout)
		defer cancel()
		return list.Close(ctx)
	})
	return nil
}
