package storetest_test

import (
	"context"
	"time"

	"github.com/ginauth/ginauth/plugin/session"
	"github.com/ginauth/ginauth/plugin/storetest"
)

// endingMutants are wrong about how sessions ended.
var endingMutants = []mutant{
	{"forgets the reason", "an ending has the reason and the last generation", revoking(func(r *session.Revocation) { r.Reason = "" })},
	{"tells the first generation", "an ending has the reason and the last generation", func(s session.LoggedStore, _ *storetest.Clock) broken {
		return broken{LoggedStore: s, ending: func(ctx context.Context, id session.ID) (session.Ending, error) {
			e, err := endingOf(ctx, s, id)
			e.Generation = min(e.Generation, 1)
			return e, err
		}}
	}},
	{"tells of everybody that it ended", "a session that is alive or unknown has no ending", func(s session.LoggedStore, _ *storetest.Clock) broken {
		return broken{LoggedStore: s, ending: func(ctx context.Context, id session.ID) (session.Ending, error) {
			if e, err := endingOf(ctx, s, id); err == nil {
				return e, nil
			}
			return session.Ending{Reason: session.ReasonExpired, Generation: 1}, nil
		}}
	}},
	{"forgets how a session ended in a minute", "an ending is kept as long as its revocation matters", func(s session.LoggedStore, clock *storetest.Clock) broken {
		began := clock.Now()
		return broken{LoggedStore: s, ending: func(ctx context.Context, id session.ID) (session.Ending, error) {
			if clock.Now().Sub(began) > time.Minute {
				return session.Ending{}, session.ErrNotFound
			}
			return endingOf(ctx, s, id)
		}}
	}},
}
