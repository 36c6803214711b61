package redisstore

import (
	"context"
	"strconv"
	"time"

	"github.com/ginauth/ginauth/plugin/internal/redisx"
	"github.com/ginauth/ginauth/plugin/session"
)

// victims is the number of sessions over the limit that one step of Create names.
const victims = 64

// Create begins a session. Sessions over the limit are ended afterwards, each in a step of its
// own; if that fails, so does Create, and the next one ends them.
func (s *Store) Create(ctx context.Context, c session.Create) (session.Created, error) {
	if !session.ValidSubject(c.Subject) {
		return session.Created{}, session.ErrInvalidSubject
	}
	n := s.shardOf(c.Subject)
	id := session.NewID(time.Time{}, n)
	ctx, cancel := s.budget(ctx)
	defer cancel()
	r, err := s.begin(ctx, n, id, c)
	if err != nil {
		return session.Created{}, err
	}
	switch r.text(0) {
	case "LIMIT":
		return session.Created{}, session.ErrLimit
	case "OVERTAKEN":
		return session.Created{}, session.ErrOvertaken
	}
	out := session.Created{
		Session: begun(id, time.UnixMilli(r.int(3)), c),
		Now:     time.UnixMilli(r.int(2)),
	}
	for len(r) > 4 {
		ids, err := parseIDs(r.texts(4))
		if err != nil {
			return session.Created{}, err
		}
		evicted, err := s.evict(ctx, n, c.Subject, ids)
		if err != nil {
			return session.Created{}, err
		}
		out.Evicted = append(out.Evicted, evicted...)
		if len(ids) < victims {
			break
		}
		if r, err = s.begin(ctx, n, id, c); err != nil { // the same again: it names the next ones
			return session.Created{}, err
		}
	}
	return out, nil
}

// A login's beginning is translated to the server's clock by an estimate that is never ahead, and
// lags by as much as some reply took. If the cut-off that seems to have overtaken the login came
// within doubtful, create.lua is run again: each reply may make the estimate better.
const (
	doubtful       = 100 * time.Millisecond
	overtakenTries = 8
)

// begin runs create.lua.
func (s *Store) begin(ctx context.Context, n uint8, id session.ID, c session.Create) (reply, error) {
	if err := s.ready(ctx, n); err != nil {
		return nil, err
	}
	refuse := 0
	if c.RefuseOverLimit {
		refuse = 1
	}
	sh := &s.shards[n]
	keys := []string{sh.session(id.String()), sh.list(c.Subject), sh.ended(c.Subject)}
	run := func(start any, ago int64) (reply, error) {
		return s.run(ctx, createScript, n, keys,
			id.Tail(), c.Subject, start, c.IdleTTL.Milliseconds(), c.MaxTTL.Milliseconds(), ceilSecond(c.TokenEnd),
			c.Limit, refuse, victims, client(c.IP, c.UserAgent),
			pack(strconv.FormatInt(c.AuthTime.Unix(), authTimeBase), cut(c.Device, session.MaxDevice), string(c.Claims)),
			ago)
	}
	if c.Began.IsZero() {
		return run("", 0)
	}
	for tries := 1; ; tries++ {
		start, ago := s.translate(c.Began, n)
		r, err := run(start, ago)
		late := time.Duration(r.int(3)-start) * time.Microsecond
		if err != nil || r.text(0) != "OVERTAKEN" || tries == overtakenTries || late < 0 || late > doubtful {
			return r, err
		}
	}
}

// evict ends sessions that are over the limit. It returns those that it has ended: another
// login may have been faster. What was not alive, although the list has it, leaves the list: else
// it would be named again.
func (s *Store) evict(ctx context.Context, n uint8, subject string, ids []session.ID) ([]session.ID, error) {
	ended := make([]bool, len(ids))
	err := s.all(len(ids), func(i int) error {
		count, err := s.endOne(ctx, n, ids[i], "", 0, redisx.Nonce(), session.ReasonLimit)
		ended[i] = count > 0
		if err == nil && count == 0 {
			err = s.single(ctx, n, "zrem", s.shards[n].list(subject), ids[i].String())
		}
		return err
	})
	var evicted []session.ID
	for i, id := range ids {
		if ended[i] {
			evicted = append(evicted, id)
		}
	}
	return evicted, err
}

// ceilSecond returns the time in seconds, rounded up; 0 for the zero time.
func ceilSecond(t time.Time) int64 {
	if t.IsZero() {
		return 0
	}
	return t.Add(time.Second - 1).Unix()
}

// begun returns the session as create.lua writes it.
func begun(id session.ID, now time.Time, c session.Create) session.Session {
	sess := session.Session{
		ID:         id.WithTime(now),
		Subject:    c.Subject,
		Generation: 1,
		CreatedAt:  now,
		RotatedAt:  now,
		LastUsedAt: now,
		IdleAt:     now.Add(c.IdleTTL.Truncate(time.Millisecond)),
		EndsAt:     now.Add(c.MaxTTL.Truncate(time.Millisecond)),
		AuthTime:   time.Unix(c.AuthTime.Unix(), 0),
		IP:         cut(c.IP, session.MaxIP),
		UserAgent:  cut(c.UserAgent, session.MaxUserAgent),
		Device:     cut(c.Device, session.MaxDevice),
	}
	if len(c.Claims) > 0 {
		sess.Claims = append([]byte(nil), c.Claims...)
	}
	sess.IdleAt = sess.Deadline()
	return sess
}

func parseIDs(texts []string) ([]session.ID, error) {
	ids := make([]session.ID, len(texts))
	for i, text := range texts {
		var err error
		if ids[i], err = session.ParseID(text); err != nil {
			return nil, unavailable(err)
		}
	}
	return ids, nil
}
