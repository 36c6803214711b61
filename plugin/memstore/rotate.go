package memstore

import (
	"container/heap"
	"context"
	"math"
	"time"

	"github.com/ginauth/ginauth/plugin/session"
)

// Rotate presents a refresh generation; [session.Outcome] has the rules.
func (s *Store) Rotate(ctx context.Context, r session.Rotation) (session.Rotated, error) {
	if err := s.enter(ctx); err != nil {
		return session.Rotated{}, err
	}
	defer s.mu.Unlock()
	rec := s.live(r.ID)
	if rec == nil || r.Generation == 0 || r.Generation == math.MaxUint32 {
		return session.Rotated{Outcome: session.OutcomeGone, Now: s.now}, nil
	}
	outcome := r.Judge(rec.Session, s.now)
	switch outcome {
	case session.OutcomeAdvanced, session.OutcomeAhead:
		rec.count(outcome)
		s.advance(rec, r)
		s.minted(rec, r.TokenEnd)
	case session.OutcomeRetried:
		rec.retry(r, s.now)
		s.minted(rec, r.TokenEnd)
	case session.OutcomeReused:
		if !r.ReportReuse {
			s.endSession(rec.ID, s.until(rec.tokenEnd), session.ReasonReuse)
		}
	}
	return session.Rotated{Outcome: outcome, Session: rec.clone(), Now: s.now}, nil
}

// count ends the row of late retries, unless the generation that is left was retried late.
func (rec *record) count(outcome session.Outcome) {
	if outcome == session.OutcomeAhead || !rec.RetriedLate {
		rec.LateRetries = 0
	}
	rec.RetriedLate = false
}

// retry counts a late retry, each generation once.
func (rec *record) retry(r session.Rotation, now time.Time) {
	if r.Late(rec.Session, now) && !rec.RetriedLate {
		rec.LateRetries++
		rec.RetriedLate = true
	}
}

func (s *Store) advance(rec *record, r session.Rotation) {
	rec.Generation = r.Generation + 1
	rec.Confirmed = false
	rec.RotatedAt = s.now
	rec.LastUsedAt = s.now
	rec.IdleAt = idleAt(s.now, r.IdleTTL, rec.EndsAt)
	rec.IP = cutText(r.IP, session.MaxIP)
	rec.UserAgent = cutText(r.UserAgent, session.MaxUserAgent)
	heap.Fix(rec.group, rec.index)
}
