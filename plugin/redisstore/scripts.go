package redisstore

import (
	"context"
	"crypto/rand"
	"embed"
	"errors"
	"fmt"
	"time"

	"github.com/redis/go-redis/v9"

	"github.com/ginauth/ginauth/plugin/internal/redisx"
)

//go:embed lua/*.lua
var sources embed.FS

var (
	openScript          = redis.NewScript(source("open"))
	pingScript          = behindPrelude("ping")
	createScript        = behindPrelude("create")
	getScript           = behindPrelude("get")
	listScript          = behindPrelude("list")
	rotateScript        = behindPrelude("rotate")
	confirmScript       = behindPrelude("confirm")
	revokeSessionScript = behindPrelude("revoke_session")
	revokeSubjectScript = behindPrelude("revoke_subject")
	revokeAllScript     = behindPrelude("revoke_all")
	endingScript        = behindPrelude("ending")
	restoreScript       = behindPrelude("restore")
)

// revoking are the scripts whose success can confirm a revocation.
var revoking = map[*redis.Script]bool{
	rotateScript: true, revokeSessionScript: true, revokeSubjectScript: true, revokeAllScript: true, restoreScript: true,
}

func behindPrelude(name string) *redis.Script {
	return redis.NewScript(source("prelude") + source(name))
}

func source(name string) string {
	b, err := sources.ReadFile("lua/" + name + ".lua")
	if err != nil {
		panic(err) // the files are part of the program
	}
	return string(b)
}

// errLate is the error for a step that reached the server after its deadline and did nothing.
var errLate = errors.New("the step reached the server after its deadline")

// run runs a script on a shard and returns its reply. It opens a shard that has no epoch, or has
// lost it, and tries once more if the deadline has passed on the server, whose clock may have
// been set.
func (s *Store) run(ctx context.Context, script *redis.Script, n uint8, args ...any) (reply, error) {
	ctx, cancel := s.budget(ctx)
	defer cancel()
	opened, late := false, false
	for {
		if err := s.ready(ctx, n); err != nil {
			return nil, err
		}
		r, err := try(ctx, s, func(ctx context.Context) (reply, error) {
			return s.eval(ctx, script, n, args)
		})
		if err != nil {
			return nil, err
		}
		switch status := r.text(0); {
		case status == "OK", status == "LIMIT":
			return r, nil
		case status == "SHARDS":
			return nil, ErrShards
		case status == "CLOSED" && !opened:
			opened = true
			if err := s.open(ctx, n); err != nil {
				return nil, err
			}
		case status == "LATE" && !late:
			late = true
		case status == "LATE":
			return nil, unavailable(errLate)
		default:
			return nil, unavailable(redisx.ErrReply)
		}
	}
}

// eval sends a script once. The context's deadline goes with it, by the server's clock.
func (s *Store) eval(ctx context.Context, script *redis.Script, n uint8, args []any) (reply, error) {
	sh := &s.shards[n]
	deadline, _ := ctx.Deadline()
	now, _ := sh.clock.now()
	argv := append([]any{redisx.Override(s.fakeNow), now.Add(time.Until(deadline)).UnixMilli(), len(s.shards)}, args...)
	send := s.evalOnce
	if s.replicas > 0 && revoking[script] {
		send = s.evalDurably
	}
	r, err := send(ctx, script, sh.base, argv)
	if err != nil {
		return nil, err
	}
	if len(r) < 2 {
		return nil, redisx.ErrReply
	}
	sh.clock.observe(reply(r).int(1))
	return r, nil
}

func (s *Store) evalOnce(ctx context.Context, script *redis.Script, base string, argv []any) ([]any, error) {
	return script.Run(ctx, s.rdb, []string{base}, argv...).Slice()
}

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
	return s.peek(ctx, n, "")
}

// open writes the epoch of a shard that has none. Shard 0 comes first, so that of two stores
// with different numbers of shards only one can ever start.
func (s *Store) open(ctx context.Context, n uint8) error {
	if n != 0 {
		if err := s.open(ctx, 0); err != nil {
			return err
		}
	}
	return s.peek(ctx, n, fmt.Sprintf("%d %s", len(s.shards), rand.Text()))
}

// peek reads a shard's clock and epoch. If the shard has no epoch and epoch is not empty, it
// writes it. The error is [ErrShards] for an epoch with another number of shards.
func (s *Store) peek(ctx context.Context, n uint8, epoch string) error {
	sh := &s.shards[n]
	r, err := try(ctx, s, func(ctx context.Context) (reply, error) {
		return openScript.Run(ctx, s.rdb, []string{sh.base}, epoch).Slice()
	})
	if err != nil {
		return err
	}
	if len(r) != 2 {
		return unavailable(redisx.ErrReply)
	}
	sh.clock.observe(r.int(0))
	if !s.ours(r.text(1)) {
		return ErrShards
	}
	return nil
}

// ours reports whether an epoch was written with this store's number of shards. No epoch is ours
// too.
func (s *Store) ours(epoch string) bool {
	if epoch == "" {
		return true
	}
	var n int
	_, err := fmt.Sscanf(epoch, "%d ", &n)
	return err == nil && n == len(s.shards)
}
