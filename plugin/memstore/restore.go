package memstore

import (
	"context"
	"time"

	"github.com/ginauth/ginauth/plugin/session"
)

// Restore puts entries back. Each entry is one atomic step.
func (s *Store) Restore(ctx context.Context, shard int, entries []session.Entry) error {
	if err := s.enterShard(ctx, shard); err != nil {
		return err
	}
	defer s.mu.Unlock()
	s.restoring = s.now.Add(session.RestoreHold)
	for i, e := range entries {
		if !s.over(e.Until) {
			s.putBack(e)
		}
		s.pause(i)
	}
	return nil
}

func (s *Store) putBack(e session.Entry) {
	switch e.Kind {
	case session.KindSession:
		s.endSession(e.ID, e.Until, "")
	case session.KindToken:
		if s.live(e.ID) == nil {
			s.endSession(e.ID, e.Until, "")
			return
		}
		s.endToken(tokenKey{e.ID, e.Token}, e.Until)
	case session.KindSubject:
		s.bury(s.endSubject(e.Subject, e.Cutoff, s.orderOf(e)))
	case session.KindAll:
		s.bury(s.endAll(e.Cutoff, s.orderOf(e)))
	}
}

// orderOf tells when a restored cut-off was made: at some moment of its millisecond, and not
// later than now, even if the clock of the store that lost it was ahead.
func (s *Store) orderOf(e session.Entry) order {
	made := time.UnixMilli(e.Cutoff.At + 1).Add(-1)
	if s.exact.Before(made) {
		made = s.exact
	}
	return order{until: e.Until, made: made, restored: true}
}
