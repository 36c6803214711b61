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

// openStore opens the sessions and the users. With Redis there is a local copy of the
// revocation list in strict mode too: what this node knows to be revoked stays refused, and is
// written back when Redis has lost it.
func (a *app) openStore(seeded map[string]user) error {
	a.closers = append(a.closers, a.closeStore)
	store := a.config.redis.store
	if store == nil {
		embedded := memstore.New()
		a.store, a.users = embedded, newMemoryUsers(seeded)
		if a.config.revocationCheck == checkMirror {
			return a.follow(embedded)
		}
		return nil
	}
	redis.SetLogger(redisLog{a.logger})
	a.store, a.rdb = store, store.Client()
	a.users = newRedisUsers(a.rdb, a.config.redis.prefix, seeded)
	ctx, cancel := context.WithCancel(context.Background())
	a.closers = append(a.closers, func() error { cancel(); return nil })
	go a.inspect(ctx, store)
	return a.follow(store)
}

// closeStore closes the store chain if newApp failed before there was an Auth to do it.
func (a *app) closeStore() error {
	if a.auth != nil {
		return nil
	}
	ctx, cancel := context.WithTimeout(context.Background(), closeTimeout)
	defer cancel()
	return session.Close(ctx, a.store)
}

// inspectAgain is the pause before the next try while Redis does not answer.
const inspectAgain = 5 * time.Second

// inspect logs what makes this Redis unsuitable for sessions, once it answers.
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

// follow puts a mirror of the revocation list in front of a store.
func (a *app) follow(store session.LoggedStore) error {
	list, err := mirror.New(store, mirror.Options{MaxStaleness: a.config.maxStaleness, Node: a.config.nodeName})
	if err != nil {
		return err
	}
	a.store, a.list = list, list
	return nil
}
