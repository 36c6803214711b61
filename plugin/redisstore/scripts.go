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

// revoking are the scripts that may acknowledge a revocation.
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

// errLate is a step that reached the server past its deadline, and was not done.
var errLate = errors.New("the step reached the server too late")

// run runs a script on a shard. What it returns is the reply behind the status
// and the server's clock. It opens a shard that has no epoch (any more), and tries
// once more when the server finds the deadline past: its clock may have been set.
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

// eval sends a script once, with a deadline by the server's clock that is the
// context's.
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

// ready sees to it that the shard's clock is known.
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

// open gives a shard that has none an epoch. Shard 0 goes first, so that of two
// stores with different numbers of shards only one can ever begin.
func (s *Store) open(ctx context.Context, n uint8) error {
	if n != 0 {
		if err := s.open(ctx, 0); err != nil {
			return err
		}
	}
	return s.peek(ctx, n, fmt.Sprintf("%d %s", len(s.shards), rand.Text()))
}

// peek learns a shard's clock and epoch, and writes an epoch, unless it is empty,
// if there is none. The answer ErrShards is for one of another number of shards.
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

// ours reports whether an epoch (none will do) was written with our number of shards.
func (s *Store) ours(epoch string) bool {
	if epoch == "" {
		return true
	}
	var n int
	_, err := fmt.Sscanf(epoch, "%d ", &n)
	return err == nil && n == len(s.shards)
}
