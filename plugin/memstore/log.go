package memstore

import (
	"context"
	"fmt"
	"sort"
	"time"

	"github.com/ginauth/ginauth/plugin/session"
)

// line is an entry of the log and its position.
type line struct {
	at    session.Position
	entry session.Entry
}

// Shards returns 1.
func (s *Store) Shards() int { return 1 }

// State returns the state of the log. [New] draws the epoch at random; LogState.Server is
// empty, and LogState.Doubt 0.
func (s *Store) State(ctx context.Context, shard int) (session.LogState, error) {
	if err := s.enterShard(ctx, shard); err != nil {
		return session.LogState{}, err
	}
	defer s.mu.Unlock()
	return session.LogState{
		Epoch:     s.epoch,
		Last:      s.last,
		Trimmed:   s.trimmed,
		Length:    int64(len(s.log)),
		Now:       s.now,
		Restoring: s.restoring,
	}, nil
}

// Read returns entries after a position. wait is real time, whatever Options.Now says. Read
// stops waiting when the context ends.
func (s *Store) Read(ctx context.Context, shard int, after session.Position, limit int, wait time.Duration) ([]session.Entry, session.Position, error) {
	timeout := time.NewTimer(wait)
	defer timeout.Stop()
	for {
		entries, pos, wake, err := s.readNow(ctx, shard, after, limit)
		if err != nil || len(entries) > 0 || wait <= 0 {
			return entries, pos, err
		}
		select {
		case <-wake:
		case <-ctx.Done(): // the next round returns the error
		case <-timeout.C:
			return nil, after, nil
		}
	}
}

func (s *Store) readNow(ctx context.Context, shard int, after session.Position, limit int) ([]session.Entry, session.Position, <-chan struct{}, error) {
	if err := s.enterShard(ctx, shard); err != nil {
		return nil, after, nil, err
	}
	defer s.mu.Unlock()
	from := sort.Search(len(s.log), func(i int) bool { return after.Before(s.log[i].at) })
	lines := s.log[from:]
	lines = lines[:max(0, min(limit, len(lines)))]
	entries := make([]session.Entry, 0, len(lines))
	for _, l := range lines {
		entries = append(entries, l.entry)
		after = l.at
	}
	return entries, after, s.wake, nil
}

func (s *Store) enterShard(ctx context.Context, shard int) error {
	if shard != 0 {
		return fmt.Errorf("memstore: no shard %d; want 0", shard)
	}
	return s.enter(ctx)
}

// append writes an entry and wakes the readers.
func (s *Store) append(e session.Entry) {
	pos := session.Position{MS: uint64(s.now.UnixMilli())}
	if !s.last.Before(pos) {
		pos = session.Position{MS: s.last.MS, Seq: s.last.Seq + 1}
	}
	s.last = pos
	s.log = append(s.log, line{pos, e})
	close(s.wake)
	s.wake = make(chan struct{})
}
