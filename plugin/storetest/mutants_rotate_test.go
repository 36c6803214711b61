package storetest_test

import (
	"context"
	"sync"
	"time"

	"github.com/ginauth/ginauth/plugin/session"
	"github.com/ginauth/ginauth/plugin/storetest"
)

// rotateMutants are wrong about refreshes and confirmations.
var rotateMutants = []mutant{
	{"refuses with the wrong answer", "rule 1: without a live session the outcome is gone", rotating(func(got *session.Rotated, _ session.Rotation) {
		if got.Outcome == session.OutcomeGone {
			got.Outcome = session.OutcomeReused
		}
	})},
	{"does not note the address", "rule 2: the current generation advances", asking(func(r *session.Rotation, _ session.Session) { r.IP = "" })},
	{"ends grace a millisecond early", "rule 3: the previous generation within grace is a retry", asking(func(r *session.Rotation, _ session.Session) {
		r.Grace -= time.Millisecond
	})},
	{"ends grace a millisecond late", "rule 3: the previous generation within grace is a retry", asking(func(r *session.Rotation, _ session.Session) {
		r.Grace += time.Millisecond
	})},
	{"ends on retry", "rule 3: the previous generation within grace is a retry", acting(session.OutcomeRetried, func(ctx context.Context, s session.Store, r session.Rotation) error {
		_, err := s.Revoke(ctx, session.Revocation{Kind: session.KindSession, ID: r.ID})
		return err
	})},
	{"knows no late retry", "rule 3: unconfirmed, it is a retry for less than LateRetry", func(s session.LoggedStore, _ *storetest.Clock) broken {
		return broken{LoggedStore: s, rotate: func(ctx context.Context, r session.Rotation) (session.Rotated, error) {
			if sess, err := s.Get(ctx, r.ID); err == nil && sess.Generation == r.Generation+1 {
				_ = s.Confirm(ctx, []session.Use{{ID: r.ID, Generation: sess.Generation}})
			}
			return s.Rotate(ctx, r)
		}}
	}},
	{"counts LateRetry itself in", "rule 3: unconfirmed, it is a retry for less than LateRetry", asking(func(r *session.Rotation, sess session.Session) {
		if !sess.Confirmed && r.Grace > 0 {
			r.Grace = session.LateRetry
		}
	})},
	{"ignores confirmations in rule 3", "rule 3: confirmation closes the late retry", asking(func(r *session.Rotation, _ session.Session) {
		r.Grace = session.LateRetry - time.Millisecond
	})},
	{"takes a retry for a use", "rule 3: a retry is not a use", acting(session.OutcomeRetried, func(ctx context.Context, s session.Store, r session.Rotation) error {
		return s.Confirm(ctx, []session.Use{{ID: r.ID, Generation: r.Generation + 1}})
	})},
	{"forgives any number of late retries", "rule 3: a third late retry in a row is reuse", asking(func(r *session.Rotation, sess session.Session) {
		if sess.LateRetries >= session.MaxLateRetries && !sess.RetriedLate && r.Grace > 0 {
			r.Grace = session.LateRetry
		}
	})},
	{"forgives fewer late retries", "rule 3: a third late retry in a row is reuse", rotating(func(got *session.Rotated, _ session.Rotation) {
		if got.Outcome == session.OutcomeRetried && got.Session.LateRetries == session.MaxLateRetries {
			got.Outcome = session.OutcomeReused
		}
	})},
	{"counts late retries for ever", "rule 3: an ordinary refresh ends a row of late retries", countingLate},
	{"takes a generation ahead for theft", "rule 5: a generation ahead is continued", func(s session.LoggedStore, _ *storetest.Clock) broken {
		return broken{LoggedStore: s, rotate: func(ctx context.Context, r session.Rotation) (session.Rotated, error) {
			if sess, err := s.Get(ctx, r.ID); err == nil && r.Generation > sess.Generation {
				_, _ = s.Revoke(ctx, session.Revocation{Kind: session.KindSession, ID: r.ID})
			}
			return s.Rotate(ctx, r)
		}}
	}},
	{"takes generation 0 for the one before 1", "generations that are never issued are gone", func(s session.LoggedStore, _ *storetest.Clock) broken {
		return broken{LoggedStore: s, rotate: func(ctx context.Context, r session.Rotation) (session.Rotated, error) {
			got, err := s.Rotate(ctx, r)
			if sess, live := s.Get(ctx, r.ID); r.Generation == 0 && live == nil {
				got.Outcome, got.Session = session.OutcomeRetried, sess
			}
			return got, err
		}}
	}},
	{"slides the absolute end", "a refresh never moves the absolute end", func(s session.LoggedStore, _ *storetest.Clock) broken {
		return broken{LoggedStore: s, create: shown(s, func(c *session.Create) { c.MaxTTL *= 10 })}
	}},
	{"shows an idle end past the absolute one", "a refresh never moves the absolute end", rotating(func(got *session.Rotated, r session.Rotation) {
		got.Session.IdleAt = got.Now.Add(r.IdleTTL)
	})},
	{"forgives reuse", "rule 4: an older generation ends the session in the same step", asking(func(r *session.Rotation, _ session.Session) {
		r.ReportReuse = true
	})},
	{"ends although it shall report", "rule 4: ReportReuse reports and does not revoke", asking(func(r *session.Rotation, _ session.Session) {
		r.ReportReuse = false
	})},
	{"keeps a least grace", "grace 0 is strict single use", asking(func(r *session.Rotation, _ session.Session) {
		r.Grace = max(r.Grace, time.Second)
	})},
	{"does not move LastUsedAt", "confirm records the use of the current generation", func(s session.LoggedStore, _ *storetest.Clock) broken {
		var mu sync.Mutex
		once := make(map[session.Use]bool)
		return broken{LoggedStore: s, confirm: func(ctx context.Context, uses []session.Use) error {
			mu.Lock()
			defer mu.Unlock()
			for _, u := range uses {
				if !once[u] {
					_ = s.Confirm(ctx, []session.Use{u})
				}
				once[u] = true
			}
			return nil
		}}
	}},
	{"confirms any generation", "confirm of another generation or a dead session changes nothing", func(s session.LoggedStore, _ *storetest.Clock) broken {
		return broken{LoggedStore: s, confirm: func(ctx context.Context, uses []session.Use) error {
			for _, u := range uses {
				if sess, err := s.Get(ctx, u.ID); err == nil {
					_ = s.Confirm(ctx, []session.Use{{ID: u.ID, Generation: sess.Generation}})
				}
			}
			return nil
		}}
	}},
	{"reads, then writes", "a thousand parallel refreshes of one token advance once", func(s session.LoggedStore, _ *storetest.Clock) broken {
		return broken{LoggedStore: s, rotate: readThenWrite(s)}
	}},
	{"takes a race for a retry", "parallel refreshes without grace have at most one winner", asking(func(r *session.Rotation, _ session.Session) {
		r.Grace = max(r.Grace, time.Second)
	})},
	{"keeps a session alive while it is refreshed", "revoke racing refresh leaves nothing alive", revivesRefreshed},
	{"answers with words of its own", "all verbs at once", func(s session.LoggedStore, _ *storetest.Clock) broken {
		return broken{LoggedStore: s, check: func(ctx context.Context, p session.Probe) error {
			if err := s.Check(ctx, p); err != nil {
				return context.DeadlineExceeded
			}
			return nil
		}}
	}},
}

// asking builds a Rotate that asks for something else.
func asking(change func(*session.Rotation, session.Session)) func(session.LoggedStore, *storetest.Clock) broken {
	return func(s session.LoggedStore, _ *storetest.Clock) broken {
		return broken{LoggedStore: s, rotate: func(ctx context.Context, r session.Rotation) (session.Rotated, error) {
			sess, _ := s.Get(ctx, r.ID)
			change(&r, sess)
			return s.Rotate(ctx, r)
		}}
	}
}

// rotating builds a Rotate that answers something else.
func rotating(change func(*session.Rotated, session.Rotation)) func(session.LoggedStore, *storetest.Clock) broken {
	return func(s session.LoggedStore, _ *storetest.Clock) broken {
		return broken{LoggedStore: s, rotate: func(ctx context.Context, r session.Rotation) (session.Rotated, error) {
			got, err := s.Rotate(ctx, r)
			change(&got, r)
			return got, err
		}}
	}
}

// acting builds a Rotate that does something more on an outcome.
func acting(on session.Outcome, act func(context.Context, session.Store, session.Rotation) error) func(session.LoggedStore, *storetest.Clock) broken {
	return func(s session.LoggedStore, _ *storetest.Clock) broken {
		return broken{LoggedStore: s, rotate: func(ctx context.Context, r session.Rotation) (session.Rotated, error) {
			got, err := s.Rotate(ctx, r)
			if err == nil && got.Outcome == on {
				err = act(ctx, s, r)
			}
			return got, err
		}}
	}
}

// readThenWrite judges by what it read before: whoever read the generation that it
// presents wins.
func readThenWrite(s session.LoggedStore) func(context.Context, session.Rotation) (session.Rotated, error) {
	return func(ctx context.Context, r session.Rotation) (session.Rotated, error) {
		read, err := s.Get(ctx, r.ID)
		if err != nil || read.Generation != r.Generation {
			return s.Rotate(ctx, r)
		}
		time.Sleep(time.Millisecond) // time enough for another to read the same
		if now, err := s.Get(ctx, r.ID); err == nil {
			r.Generation = now.Generation
		}
		return s.Rotate(ctx, r)
	}
}

// revivesRefreshed answers Check from what a refresh wrote back, over a
// revocation that came between its reading and its writing.
func revivesRefreshed(s session.LoggedStore, _ *storetest.Clock) broken {
	var written sync.Map
	return broken{
		LoggedStore: s,
		rotate: func(ctx context.Context, r session.Rotation) (session.Rotated, error) {
			_, alive := s.Get(ctx, r.ID)
			time.Sleep(100 * time.Microsecond)
			got, err := s.Rotate(ctx, r)
			if alive == nil && got.Outcome == session.OutcomeGone {
				written.Store(r.ID, true)
			}
			return got, err
		},
		check: func(ctx context.Context, p session.Probe) error {
			if _, ok := written.Load(p.ID); ok {
				return nil
			}
			return s.Check(ctx, p)
		},
	}
}

// countingLate is a store that counts late retries and never begins anew.
func countingLate(s session.LoggedStore, _ *storetest.Clock) broken {
	var mu sync.Mutex
	counted := make(map[session.ID]uint8)
	return broken{LoggedStore: s, rotate: func(ctx context.Context, r session.Rotation) (session.Rotated, error) {
		before, _ := s.Get(ctx, r.ID)
		got, err := s.Rotate(ctx, r)
		mu.Lock()
		defer mu.Unlock()
		if got.Session.RetriedLate && !before.RetriedLate {
			counted[r.ID]++
		}
		got.Session.LateRetries = counted[r.ID]
		return got, err
	}}
}
