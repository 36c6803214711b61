package redisstore

import (
	"context"
	"strconv"
	"strings"
	"time"

	"github.com/ginauth/ginauth/plugin/session"
)

// Check answers nil when the session is alive, belongs to the subject, and the
// token is not revoked; otherwise session.ErrRevoked. It is one round trip.
// Deadlines are judged by an estimate of the server's clock, which lags behind by
// no more than a reply's way. Probe.Strict changes nothing: there is no copy.
func (s *Store) Check(ctx context.Context, p session.Probe) error {
	if !s.has(p.ID) || p.ID.Shard() != s.shardOf(p.Subject) {
		return session.ErrRevoked
	}
	ctx, cancel := s.budget(ctx)
	defer cancel()
	n := p.ID.Shard()
	if err := s.ready(ctx, n); err != nil {
		return err
	}
	f, err := try(ctx, s, func(ctx context.Context) (facts, error) {
		return s.ask(ctx, p)
	})
	if err != nil {
		return err
	}
	if !s.ours(f.epoch) {
		return ErrShards
	}
	if !f.alive(p, s.now(n)) {
		return session.ErrRevoked
	}
	return nil
}

// facts is what Redis holds about a probe: texts, empty if absent.
type facts struct {
	subject, generation, created, idle, token string

	epoch, all, own string // own: the subject's cut-off
}

func (s *Store) ask(ctx context.Context, p session.Probe) (facts, error) {
	base := s.shards[p.ID.Shard()].base
	pipe := s.rdb.Pipeline()
	hash := pipe.HMGet(ctx, s.sessionKey(p.ID), "sub", "g", "c", "i", "t:"+p.Token.String())
	keys := pipe.MGet(ctx, base+":epoch", base+":cutoff", base+":cutoff:"+p.Subject)
	if _, err := pipe.Exec(ctx); err != nil {
		return facts{}, err
	}
	h, k := reply(hash.Val()), reply(keys.Val())
	return facts{
		subject: h.text(0), generation: h.text(1), created: h.text(2), idle: h.text(3), token: h.text(4),
		epoch: k.text(0), all: k.text(1), own: k.text(2),
	}, nil
}

func (f facts) alive(p session.Probe, now time.Time) bool {
	if f.generation == "" || f.subject != p.Subject || parseMS(f.created) != p.ID.Created().UnixMilli() {
		return false
	}
	if now.UnixMilli() >= parseMS(f.idle) {
		return false
	}
	return !f.tokenRevoked(now) && !killed(f.all, p.ID) && !killed(f.own, p.ID)
}

// tokenRevoked reads "until nonce". What cannot be read is revoked.
func (f facts) tokenRevoked(now time.Time) bool {
	if f.token == "" {
		return false
	}
	until, _, _ := strings.Cut(f.token, " ")
	ms, err := strconv.ParseInt(until, 10, 64)
	return err != nil || now.UnixMilli() < ms
}

// killed reports whether a cut-off kills the session. One that cannot be read kills.
func killed(text string, id session.ID) bool {
	if text == "" {
		return false
	}
	c, err := parseCutoff(text)
	return err != nil || c.Kills(id)
}

// parseCutoff reads "at except", whatever stands behind.
func parseCutoff(text string) (session.Cutoff, error) {
	at, rest, _ := strings.Cut(text, " ")
	except, _, _ := strings.Cut(rest, " ")
	ms, err := strconv.ParseInt(at, 10, 64)
	if err != nil {
		return session.Cutoff{}, err
	}
	c := session.Cutoff{At: ms}
	if except != "" {
		c.Except, err = session.ParseID(except)
	}
	return c, err
}

// parseMS is -1 for what is no number: no time of a live session.
func parseMS(text string) int64 {
	ms, err := strconv.ParseInt(text, 10, 64)
	if err != nil {
		return -1
	}
	return ms
}

// now is the shard's time that sessions live by. The shard must be ready.
func (s *Store) now(n uint8) time.Time {
	if s.fakeNow != nil {
		return s.fakeNow()
	}
	t, _ := s.shards[n].clock.now()
	return t
}
