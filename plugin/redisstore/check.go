package redisstore

import (
	"context"
	"strconv"
	"strings"
	"time"

	"github.com/redis/go-redis/v9"

	"github.com/ginauth/ginauth/plugin/internal/redisx"
	"github.com/ginauth/ginauth/plugin/session"
)

// Check returns nil if the session is alive, belongs to the subject, and the token is not
// revoked; otherwise [session.ErrRevoked], or [session.ErrInvalidID] for a session of the future
// that the store does not have. For a token without a session only the cut-offs count. Check is one
// round trip, shared with concurrent checks. It judges deadlines by an estimate of the server's
// clock that lags by at most the time a reply takes. Probe.Strict changes nothing, since the store
// keeps no copy.
func (s *Store) Check(ctx context.Context, p session.Probe) error {
	n := s.shardOf(p.Subject)
	if p.Sessionless() {
		if p.IssuedAt.IsZero() || !session.ValidSubject(p.Subject) {
			return session.ErrRevoked
		}
		return s.check(ctx, n, p)
	}
	if !s.has(p.ID) || p.ID.Shard() != n {
		return absent(p.ID, s.now(n))
	}
	return s.check(ctx, n, p)
}

// check is what a check learns: the texts of the cut-offs, empty if there are none.
type check struct {
	subject         string
	epoch, all, own string
	err             error
}

// check reads two keys, each in a command of its own: during the move of a slot both can be
// read all the time, wherever they are.
func (s *Store) check(ctx context.Context, n uint8, p session.Probe) error {
	ctx, cancel := s.budget(ctx)
	defer cancel()
	if err := s.ready(ctx, n); err != nil {
		return err
	}
	sh := &s.shards[n]
	q, err := try(ctx, s, n, func(ctx context.Context) (*question, error) {
		q := &question{cmd: redis.NewStringCmd(ctx, "get", sh.session(p.ID.String())), check: &check{subject: p.Subject}}
		return q, s.askAll(ctx, n, []*question{q})
	})
	if err != nil {
		return err
	}
	if err := s.judgeEpoch(ctx, n, q.check.epoch); err != nil {
		return err
	}
	cmd, _ := q.cmd.(*redis.StringCmd)
	r, err := parseRecord(cmd.Val())
	if err != nil {
		return err
	}
	return q.check.verdict(r, p, s.now(n))
}

// sharedFacts returns the command that reads the shard's hash for all checks of a batch, or nil
// if it has none.
func (s *Store) sharedFacts(ctx context.Context, n uint8, batch []*question) *redis.SliceCmd {
	var args []any
	for _, q := range batch {
		if q.check == nil {
			continue
		}
		if args == nil {
			args = make([]any, 0, 4+len(batch))
			args = append(args, "hmget", s.shards[n].hash(), "e", "a")
		}
		args = append(args, cutoffField(q.check.subject))
	}
	if args == nil {
		return nil
	}
	return redis.NewSliceCmd(ctx, args...)
}

// handOut gives each check of a batch its part of the shared facts.
func handOut(shared *redis.SliceCmd, batch []*question) {
	const common = 2 // epoch and cut-off of all
	texts, err := shared.Result()
	i := common
	for _, q := range batch {
		c := q.check
		switch {
		case c == nil:
			continue
		case err != nil:
			c.err = err
		case i >= len(texts):
			c.err = redisx.ErrReply
		default:
			c.epoch, c.all, c.own = text(texts[0]), text(texts[1]), text(texts[i])
		}
		i++
	}
}

// verdict returns the answer to a probe.
func (c *check) verdict(r record, p session.Probe, now time.Time) error {
	all, own := readCutoff(c.all), readCutoff(c.own)
	switch {
	case all.covers(p), own.covers(p):
		return session.ErrRevoked
	case p.Sessionless():
		return nil
	case !r.live(p.ID, now.UnixMilli()):
		return absent(p.ID, now)
	case r.subject != p.Subject, r.revoked(p.Token):
		return session.ErrRevoked
	}
	return nil
}

// absent is the answer about a session that the store does not have.
func absent(id session.ID, now time.Time) error {
	if id.Ahead(now) {
		return session.ErrInvalidID
	}
	return session.ErrRevoked
}

// cutoff is a cut-off as Redis holds it.
type cutoff struct {
	session.Cutoff
	reason     string
	unreadable bool
}

func readCutoff(text string) cutoff {
	if text == "" {
		return cutoff{}
	}
	c, err := parseCutoff(text)
	const reason = 7 // the last of the parts, which may hold spaces: see lua/gate.lua
	parts := strings.SplitN(text, " ", reason+1)
	return cutoff{Cutoff: c, reason: parts[len(parts)-1], unreadable: err != nil || len(parts) != reason+1}
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
	if except != "" && except != none {
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
