package storetest_test

import (
	"context"
	"slices"
	"sync"
	"time"

	"github.com/ginauth/ginauth/plugin/session"
	"github.com/ginauth/ginauth/plugin/storetest"
)

const (
	crowdListed  = "a user with many sessions is listed, and ended but for Except with the exact count"
	crowdCounted = "many sessions of many users are ended with the exact count"
	crowdAtOnce  = "a cut-off of many sessions is in force before they are counted"
	deadForever  = "a session that a cut-off ended stays dead when the cut-off is forgotten"
)

// crowdMutants are wrong about many sessions at once.
var crowdMutants = []mutant{
	{"lists a thousand sessions at most", crowdListed, func(s session.LoggedStore, _ *storetest.Clock) broken {
		return broken{LoggedStore: s, list: func(ctx context.Context, subject string) ([]session.Session, error) {
			list, err := s.List(ctx, subject)
			return list[:min(len(list), 1000)], err
		}}
	}},
	{"counts a thousand sessions at most", crowdListed, counting(func(n int) int { return min(n, 1000) })},
	{"counts the spared one", crowdListed, counting(func(n int) int {
		if n > 2 {
			return n + 1
		}
		return n
	})},
	{"counts a piece of everything", crowdCounted, counting(func(n int) int { return min(n, 512) })},
	{"logs a cut-off and then ends one session after the other", crowdAtOnce, oneByOne},
	{"forgets the reason until it has counted", crowdAtOnce, countsBeforeItTells},
	{"keeps a cut-off in the place of ending the sessions", deadForever, forgetsCutoffs},
}

// oneByOne writes a cut-off that ends nothing to the log, and then ends the sessions.
func oneByOne(s session.LoggedStore, _ *storetest.Clock) broken {
	return broken{LoggedStore: s, revoke: func(ctx context.Context, r session.Revocation) (int, error) {
		list, err := s.List(ctx, r.Subject)
		if err != nil {
			return 0, err
		}
		e := session.Entry{Kind: r.Kind, Subject: r.Subject, Cutoff: session.Cutoff{At: 1}, Until: r.Until}
		if err := s.Restore(ctx, 0, []session.Entry{e}); err != nil {
			return 0, err
		}
		for _, sess := range list {
			if _, err := s.Revoke(ctx, session.Revocation{Kind: session.KindSession, ID: sess.ID, Reason: r.Reason}); err != nil {
				return 0, err
			}
			time.Sleep(10 * time.Microsecond) // as a server's round trip
		}
		return len(list), nil
	}}
}

// countsBeforeItTells knows why sessions ended when Revoke has returned.
func countsBeforeItTells(s session.LoggedStore, _ *storetest.Clock) broken {
	var mu sync.Mutex
	counting := false
	set := func(on bool) {
		mu.Lock()
		defer mu.Unlock()
		counting = on
	}
	return broken{
		LoggedStore: s,
		revoke: func(ctx context.Context, r session.Revocation) (int, error) {
			set(true)
			defer set(false)
			n, err := s.Revoke(ctx, r)
			time.Sleep(50 * time.Millisecond) // as if there were more to count
			return n, err
		},
		ending: func(ctx context.Context, id session.ID) (session.Ending, error) {
			mu.Lock()
			defer mu.Unlock()
			if counting {
				return session.Ending{}, session.ErrNotFound
			}
			return endingOf(ctx, s, id)
		},
	}
}

// forgetsCutoffs answers from the cut-offs of subjects for as long as it keeps them, and leaves
// the sessions as they are.
func forgetsCutoffs(s session.LoggedStore, clock *storetest.Clock) broken {
	var mu sync.Mutex
	type kept struct {
		session.Cutoff
		until time.Time
	}
	cuts := make(map[string]kept)
	ended := func(subject string, id session.ID) bool {
		mu.Lock()
		defer mu.Unlock()
		c, ok := cuts[subject]
		return ok && clock.Now().Before(c.until.Add(session.Afterlife)) && c.Ends(id)
	}
	return broken{
		LoggedStore: s,
		revoke: func(ctx context.Context, r session.Revocation) (int, error) {
			if r.Kind != session.KindSubject {
				return s.Revoke(ctx, r)
			}
			mu.Lock()
			defer mu.Unlock()
			cuts[r.Subject] = kept{session.CutoffAt(clock.Now(), r.Except), r.Until}
			return 0, nil
		},
		get: func(ctx context.Context, id session.ID) (session.Session, error) {
			sess, err := s.Get(ctx, id)
			if err == nil && ended(sess.Subject, id) {
				return session.Session{}, session.ErrNotFound
			}
			return sess, err
		},
		list: func(ctx context.Context, subject string) ([]session.Session, error) {
			list, err := s.List(ctx, subject)
			return slices.DeleteFunc(list, func(sess session.Session) bool { return ended(subject, sess.ID) }), err
		},
		check: func(ctx context.Context, p session.Probe) error {
			if ended(p.Subject, p.ID) {
				return session.ErrRevoked
			}
			return s.Check(ctx, p)
		},
		rotate: func(ctx context.Context, r session.Rotation) (session.Rotated, error) {
			if sess, err := s.Get(ctx, r.ID); err == nil && ended(sess.Subject, r.ID) {
				return session.Rotated{Now: clock.Now()}, nil
			}
			return s.Rotate(ctx, r)
		},
	}
}
