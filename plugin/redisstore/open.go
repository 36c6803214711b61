package redisstore

import (
	"context"
	"crypto/rand"
	"fmt"
	"math"
	"strings"
	"time"

	"github.com/ginauth/ginauth/plugin/internal/redisx"
)

// ready makes sure that the shard's clock is known.
func (s *Store) ready(ctx context.Context, n uint8) error {
	sh := &s.shards[n]
	if _, ok := sh.clock.now(); ok {
		return nil
	}
	select {
	case sh.gate <- struct{}{}:
		defer func() { <-sh.gate }()
	case <-ctx.Done():
		return unavailable(ctx.Err())
	}
	if _, ok := sh.clock.now(); ok {
		return nil
	}
	return s.peek(ctx, n)
}

// open opens a shard that has no epoch. Shard 0 comes first, so that of two stores with
// different numbers of shards only one can ever start.
func (s *Store) open(ctx context.Context, n uint8) error {
	if n != 0 {
		if err := s.open(ctx, 0); err != nil {
			return err
		}
	}
	if err := s.ready(ctx, n); err != nil {
		return err
	}
	sh := &s.shards[n]
	deadline, _ := ctx.Deadline()
	now, _ := sh.clock.now()
	r, err := try(ctx, s, n, func(ctx context.Context) (reply, error) {
		return openScript.Run(ctx, s.rdb, []string{sh.hash(), sh.log(), sh.base + ":never"},
			"", now.Add(time.Until(deadline)).UnixMicro(), s.epoch()+rand.Text()).Slice()
	})
	switch {
	case err != nil:
		return err
	case r.text(0) == "LATE":
		return unavailable(errLate)
	case len(r) != 4:
		return unavailable(redisx.ErrReply)
	}
	return s.judgeEpoch(ctx, n, r.text(3))
}

// peek reads a shard's clock and epoch.
func (s *Store) peek(ctx context.Context, n uint8) error {
	sh := &s.shards[n]
	r, err := try(ctx, s, n, func(ctx context.Context) (reply, error) {
		if err := s.checkServer(ctx); err != nil {
			return nil, err
		}
		return peekScript.Run(ctx, s.rdb, []string{sh.hash()}, "", int64(math.MaxInt64)).Slice()
	})
	if err != nil {
		return err
	}
	if len(r) != 4 {
		return unavailable(redisx.ErrReply)
	}
	sh.clock.observe(r.int(1))
	return s.judgeEpoch(ctx, n, r.text(3))
}

// wrongForm returns why a script refused the epoch of a shard.
func (s *Store) wrongForm(ctx context.Context, n uint8) error {
	if err := s.peek(ctx, n); err != nil {
		return err
	}
	return unavailable(redisx.ErrReply) // it has changed since
}

// judgeEpoch returns [ErrForm] or [ErrShards] if a shard's epoch was written by a program with
// another stored form or another number of shards. No epoch is no error: the shard is opened
// when it is first written to. But another number of shards may then show in shard 0, which is
// always opened first.
func (s *Store) judgeEpoch(ctx context.Context, n uint8, epoch string) error {
	switch {
	case strings.HasPrefix(epoch, s.epoch()):
		return nil
	case epoch == "" && n == 0:
		return nil
	case epoch == "":
		return s.peek(ctx, 0)
	}
	var version, shards int
	if _, err := fmt.Sscanf(epoch, "%d %d ", &version, &shards); err != nil || version != form {
		return ErrForm
	}
	return ErrShards
}
