package redisstore

import (
	"context"
	"errors"
	"strconv"
	"strings"
	"time"

	"github.com/redis/go-redis/v9"

	"github.com/ginauth/ginauth/plugin/internal/redisx"
	"github.com/ginauth/ginauth/plugin/session"
)

// Check answers nil when the session is alive, belongs to the subject, and the
// token is not revoked; otherwise session.ErrRevoked. Of a token without a session the
// cut-offs alone are asked. It is one round trip, shared
// with others who ask at the same time. Deadlines are judged by an estimate of the
// server's clock, which lags behind by no more than a reply's way. Probe.Strict
// changes nothing: there is no copy.
func (s *Store) Check(ctx context.Context, p session.Probe) error {
	n := s.shardOf(p.Subject)
	if p.Sessionless() {
		if p.IssuedAt.IsZero() || !fit(p.Subject) {
			return session.ErrRevoked
		}
		return s.ask(ctx, n, p)
	}
	if !s.has(p.ID) || p.ID.Shard() != n {
		return session.ErrRevoked
	}
	return s.ask(ctx, n, p)
}

// judge asks Redis about probes of one shard and hands each its verdict.
func (s *Store) judge(ctx context.Context, batch []*question) {
	n := batch[0].shard
	f, err := s.find(ctx, n, batch)
	if err != nil {
		for _, q := range batch {
			q.answer <- err
		}
		return
	}
	now, all := s.now(n), readCutoff(f.all)
	for i, q := range batch {
		q.answer <- f.verdict(i, q.probe, all, now)
	}
}

func (s *Store) find(ctx context.Context, n uint8, batch []*question) (facts, error) {
	if err := s.ready(ctx, n); err != nil {
		return facts{}, err
	}
	f, err := try(ctx, s, func(ctx context.Context) (facts, error) {
		return s.fetch(ctx, n, batch)
	})
	if err == nil && !s.ours(f.epoch) {
		err = ErrShards
	}
	return f, err
}

// facts is what Redis holds about a batch of probes: texts, empty if absent.
type facts struct {
	epoch, all string
	own        []string                // the cut-offs of the probes' subjects
	sessions   []*redis.StringSliceCmd // the probed fields, each in a reply of its own
}

// The fields of a session's hash that a probe asks for.
const (
	probedSubject = iota
	probedGeneration
	probedCreated
	probedIdle
	probedToken
	probedFields
)

// fetch is one round trip. An error is one of the way, or about what all probes share;
// what the server says of a single session stays with it.
func (s *Store) fetch(ctx context.Context, n uint8, batch []*question) (facts, error) {
	base := s.shards[n].base
	f := facts{sessions: make([]*redis.StringSliceCmd, len(batch))}
	shared := make([]any, 0, 3+len(batch))
	shared = append(shared, "mget", base+":epoch", base+":cutoff")
	cmds := make([]redis.Cmder, 0, 1+len(batch))
	for i, q := range batch {
		f.sessions[i] = redis.NewStringSliceCmd(ctx, "hmget", base+":session:"+q.probe.ID.Tail(),
			"sub", "g", "c", "i", "t:"+q.probe.Token.String())
		cmds = append(cmds, f.sessions[i])
		shared = append(shared, base+":cutoff:"+q.probe.Subject)
	}
	keys := redis.NewStringSliceCmd(ctx, shared...)
	cmds = append(cmds, keys)
	pipe := s.rdb.Pipeline()
	_ = pipe.BatchProcess(ctx, cmds...) // only queues
	if _, err := pipe.Exec(ctx); err != nil {
		if err := wentWrong(cmds); err != nil {
			return facts{}, err
		}
	}
	texts, err := keys.Result()
	if err != nil {
		return facts{}, err
	}
	if len(texts) != len(shared)-1 {
		return facts{}, redisx.ErrReply
	}
	f.epoch, f.all, f.own = texts[0], texts[1], texts[2:]
	return f, nil
}

// wentWrong is what went wrong on the way, if anything did.
func wentWrong(cmds []redis.Cmder) error {
	var said redis.Error
	for _, cmd := range cmds {
		if err := cmd.Err(); err != nil && !errors.As(err, &said) {
			return err
		}
	}
	return nil
}

// verdict is the answer to probe i.
func (f facts) verdict(i int, p session.Probe, all cutoff, now time.Time) error {
	h, err := f.sessions[i].Result()
	if err == nil && len(h) != probedFields {
		err = redisx.ErrReply
	}
	own := readCutoff(f.own[i])
	switch {
	case err != nil:
		return unavailable(err)
	case p.Sessionless():
		if all.covers(p) || own.covers(p) {
			return session.ErrRevoked
		}
	case h[probedGeneration] == "", h[probedSubject] != p.Subject,
		parseMS(h[probedCreated]) != p.ID.Created().UnixMilli(),
		now.UnixMilli() >= parseMS(h[probedIdle]),
		tokenRevoked(h[probedToken], now),
		all.covers(p), own.covers(p):
		return session.ErrRevoked
	}
	return nil
}

// tokenRevoked reads "until nonce". What cannot be read is revoked.
func tokenRevoked(text string, now time.Time) bool {
	if text == "" {
		return false
	}
	until, _, _ := strings.Cut(text, " ")
	ms, err := strconv.ParseInt(until, 10, 64)
	return err != nil || now.UnixMilli() < ms
}

// cutoff is a cut-off as Redis holds it.
type cutoff struct {
	session.Cutoff
	unreadable bool
}

func readCutoff(text string) cutoff {
	if text == "" {
		return cutoff{}
	}
	c, err := parseCutoff(text)
	return cutoff{Cutoff: c, unreadable: err != nil}
}

// covers reports whether the cut-off covers the token. One that cannot be read does.
func (c cutoff) covers(p session.Probe) bool { return c.unreadable || p.CutBy(c.Cutoff) }

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
