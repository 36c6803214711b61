package redisstore

import (
	"context"
	"time"

	"github.com/ginauth/ginauth/plugin/session"
)

// Create begins a session. It lists evicted sessions oldest first. For a subject at its limit it
// reads all of the subject's sessions, which costs Redis about 10 us each.
func (s *Store) Create(ctx context.Context, c session.Create) (session.Created, error) {
	if !fit(c.Subject) {
		return session.Created{}, session.ErrInvalidSubject
	}
	n := s.shardOf(c.Subject)
	id := session.NewID(time.Time{}, n)
	refuse := 0
	if c.RefuseOverLimit {
		refuse = 1
	}
	args := []any{
		id.Tail(), c.Subject, c.IdleTTL.Milliseconds(), c.MaxTTL.Milliseconds(), c.Retain.Milliseconds(),
		c.Limit, refuse, "a", c.AuthTime.Unix(),
	}
	args = append(args, device(c.IP, c.UserAgent)...)
	if c.Device != "" {
		args = append(args, "dn", cut(c.Device, session.MaxDevice))
	}
	args = appendPieces(args, "d", string(c.Claims))
	r, err := s.run(ctx, createScript, n, args...)
	if err != nil {
		return session.Created{}, err
	}
	if r.text(0) == "LIMIT" {
		return session.Created{}, session.ErrLimit
	}
	created := session.Created{
		Session: begin(id, time.UnixMilli(r.int(3)), c),
		Now:     time.UnixMilli(r.int(2)),
	}
	created.Evicted, err = parseIDs(r.text(4))
	return created, err
}

// begin returns the session as create.lua writes it.
func begin(id session.ID, now time.Time, c session.Create) session.Session {
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

func parseIDs(text string) ([]session.ID, error) {
	const size = 22
	var ids []session.ID
	for ; len(text) >= size; text = text[size:] {
		id, err := session.ParseID(text[:size])
		if err != nil {
			return nil, unavailable(err)
		}
		ids = append(ids, id)
	}
	return ids, nil
}

// Get returns a live session, or [session.ErrNotFound].
func (s *Store) Get(ctx context.Context, id session.ID) (session.Session, error) {
	if !s.has(id) {
		return session.Session{}, session.ErrNotFound
	}
	r, err := s.run(ctx, getScript, id.Shard(), id.String())
	if err != nil {
		return session.Session{}, err
	}
	h := r.hash(3)
	if h == nil {
		return session.Session{}, session.ErrNotFound
	}
	return decode(id, h)
}

// List returns the subject's live sessions, newest first, in one atomic step and one reply of
// any size.
func (s *Store) List(ctx context.Context, subject string) ([]session.Session, error) {
	r, err := s.run(ctx, listScript, s.shardOf(subject), subject)
	if err != nil {
		return nil, err
	}
	list := make([]session.Session, 0, len(r)/2)
	for i := 3; i < len(r); i += 2 {
		id, err := session.ParseID(r.text(i))
		if err != nil {
			return nil, unavailable(err)
		}
		sess, err := decode(id, r.hash(i+1))
		if err != nil {
			return nil, err
		}
		list = append(list, sess)
	}
	return list, nil
}

// Confirm records that tokens of these generations were seen in use, in one atomic step per
// shard. After an error any of them may have been recorded.
func (s *Store) Confirm(ctx context.Context, uses []session.Use) error {
	byShard := make(map[uint8][]any)
	for _, u := range uses {
		if s.has(u.ID) {
			n := u.ID.Shard()
			byShard[n] = append(byShard[n], u.ID.String(), u.Generation)
		}
	}
	return s.eachShard(func(n uint8) error {
		if len(byShard[n]) == 0 {
			return nil
		}
		_, err := s.run(ctx, confirmScript, n, byShard[n]...)
		return err
	})
}
