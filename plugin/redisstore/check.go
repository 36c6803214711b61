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

// Check returns nil if the session is alive, belongs to the subject, and the token is not
// revoked; otherwise [session.ErrRevoked]. For a token without a session only the cut-offs
// count. Check is one round trip, shared with concurrent checks. It judges deadlines by an
// estimate of the server's clock that lags by at most the time a reply takes. Probe.Strict
// changes nothing, since the store keeps no copy.
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

// judge asks Redis about probes of one shard and answers each of them.
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

// facts are what Redis holds about a batch of probes, as texts; an absent one is empty.
type facts struct {
	epoch, all string
	own        []string                // the cut-offs of the probes' subjects
	sessions   []*redis.StringSliceCmd // the probed fields, one reply per session
}

// The fields of a session's hash that a check reads.
const (
	probedSubject = iota
	probedGeneration
	probedCreated
	probedIdle
	probedToken
	probedFields
)

// fetch reads the facts in one round trip. Its error is a failure on the way, or concerns what
// all probes share. An error reply about one session stays with that session.
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

// wentWrong returns the first failure on the way, if there is one. An error reply is not one.
func wentWrong(cmds []redis.Cmder) error {
	var said redis.Error
	for _, cmd := range cmds {
		if err := cmd.Err(); err != nil && !errors.As(err, &said) {
			return err
		}
	}
	return nil
}

// verdict returns the answer to probe i.
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

// tokenRevoked reads "until nonce". Unreadable text counts as revoked.
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

// covers reports whether the cut-off covers the token. An unreadable cut-off covers all.
func (c cutoff) covers(p session.Probe) bool { return c.unreadable || p.EndedBy(c.Cutoff) }

// parseCutoff reads "at except" and ignores what follows.
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

// parseMS returns -1 for text that is not a number, which no live session has as a time.
func parseMS(text string) int64 {
	ms, err := strconv.ParseInt(text, 10, 64)
	if err != nil {
		return -1
	}
	return ms
}

// now returns the shard's time, by which the age of sessions is judged. The shard must be
// ready.
func (s *Store) now(n uint8) time.Time {
	if s.fakeNow != nil {
		return s.fakeNow()
	}
	t, _ := s.shards[n].clock.now()
	return t
}
