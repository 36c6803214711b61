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
	outcome := s.judge(rec, r)
	switch outcome {
	case session.OutcomeAdvanced, session.OutcomeAhead:
		s.advance(rec, r)
		s.minted(rec, r.TokenEnd)
	case session.OutcomeRetried:
		s.minted(rec, r.TokenEnd)
	case session.OutcomeReused:
		if !r.ReportReuse {
			s.endSession(rec.ID, s.until(rec.tokenEnd), session.ReasonReuse)
		}
	}
	return session.Rotated{Outcome: outcome, Session: rec.clone(), Now: s.now}, nil
}

// judge returns which of the rules 2 to 5 applies to a live session.
func (s *Store) judge(rec *record, r session.Rotation) session.Outcome {
	switch g := rec.Generation; {
	case r.Generation == g:
		return session.OutcomeAdvanced
	case r.Generation > g:
		return session.OutcomeAhead
	case r.Generation == g-1 && retryable(rec, r.Grace, s.now.Sub(rec.RotatedAt)):
		return session.OutcomeRetried
	default:
		return session.OutcomeReused
	}
}

// retryable applies rule 3 to the generation before the current one.
func retryable(rec *record, grace, age time.Duration) bool {
	if grace <= 0 {
		return false
	}
	return age <= grace || !rec.Confirmed && age < session.LateRetry
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
