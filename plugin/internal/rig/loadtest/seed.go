package main

import (
	"context"
	"crypto/rand"
	"time"

	"github.com/ginauth/ginauth/plugin/redisstore"
	"github.com/ginauth/ginauth/plugin/session"
)

const seedBatch = 5000

// seed writes n revocations in both forms: the keys that hand-written code looks up, and
// ginauth's tombstones and log, written the way a healing node writes them.
func seed(ctx context.Context, addr string, n int) error {
	rdb := newClient(addr)
	defer rdb.Close()
	store, err := redisstore.New(rdb, redisstore.Options{Timeout: 10 * time.Second})
	if err != nil {
		return err
	}
	defer store.Close(context.Background())
	until := time.Now().Add(accessTTL)
	for done := 0; done < n; done += seedBatch {
		size := min(seedBatch, n-done)
		pipe := rdb.Pipeline()
		entries := make([]session.Entry, 0, size)
		for range size {
			pipe.Set(ctx, revokedKey(rand.Text()), 1, accessTTL)
			entries = append(entries, session.Entry{
				Kind: session.KindSession, ID: session.NewID(time.Now(), 0), Until: until,
			})
		}
		if _, err := pipe.Exec(ctx); err != nil {
			return err
		}
		if err := store.Restore(ctx, 0, entries); err != nil {
			return err
		}
	}
	return nil
}
