package storetest_test

import (
	"context"
	"slices"
	"sync"
	"time"

	"github.com/ginauth/ginauth/plugin/session"
	"github.com/ginauth/ginauth/plugin/storetest"
)

// limitMutants are wrong about who has to go at the limit.
var limitMutants = []mutant{
	{"evicts the newest", "the limit ends the sessions that would idle out first", func(s session.LoggedStore, _ *storetest.Clock) broken {
		return broken{LoggedStore: s, create: evicts(s, func(a, b session.Session) int { return b.CreatedAt.Compare(a.CreatedAt) })}
	}},
	{"ignores RefuseOverLimit", "with RefuseOverLimit the limit refuses the new session", func(s session.LoggedStore, _ *storetest.Clock) broken {
		return broken{LoggedStore: s, create: changed(s, func(c *session.Create) { c.RefuseOverLimit = false })}
	}},
	{"counts dead sessions", "the limit counts only live sessions", countsDead},
	{"counts, then creates", "the limit holds under parallel logins", func(s session.LoggedStore, _ *storetest.Clock) broken {
		return broken{LoggedStore: s, create: countsThenCreates(s)}
	}},
	{"evicts the oldest", "the limit ends the sessions that would idle out first", func(s session.LoggedStore, _ *storetest.Clock) broken {
		return broken{LoggedStore: s, create: evicts(s, func(a, b session.Session) int { return a.CreatedAt.Compare(b.CreatedAt) })}
	}},
	{"evicts the least recently used", "the limit ends the sessions that would idle out first", func(s session.LoggedStore, _ *storetest.Clock) broken {
		return broken{LoggedStore: s, create: evicts(s, func(a, b session.Session) int { return a.LastUsedAt.Compare(b.LastUsedAt) })}
	}},
	{"ends one session at each login", "a lowered limit ends many sessions in the order of their idle ends", func(s session.LoggedStore, _ *storetest.Clock) broken {
		return broken{LoggedStore: s, create: func(ctx context.Context, c session.Create) (session.Created, error) {
			if list, err := s.List(ctx, c.Subject); err == nil && c.Limit > 0 && !c.RefuseOverLimit {
				c.Limit = max(c.Limit, len(list))
			}
			return s.Create(ctx, c)
		}}
	}},
	{"tells the last of the evicted first", "a lowered limit ends many sessions in the order of their idle ends", func(s session.LoggedStore, _ *storetest.Clock) broken {
		return broken{LoggedStore: s, create: func(ctx context.Context, c session.Create) (session.Created, error) {
			created, err := s.Create(ctx, c)
			slices.Reverse(created.Evicted)
			return created, err
		}}
	}},
	{"ends the session that it begins", "the limit never ends the session that it makes room for", evictsAfterwards},
}

// evicts is a Create that makes room in another order.
func evicts(s session.LoggedStore, order func(a, b session.Session) int) func(context.Context, session.Create) (session.Created, error) {
	return func(ctx context.Context, c session.Create) (session.Created, error) {
		list, err := s.List(ctx, c.Subject)
		if err != nil || c.Limit == 0 {
			return s.Create(ctx, c)
		}
		slices.SortStableFunc(list, order)
		evicted, err := endAll(ctx, s, list[:max(0, len(list)+1-c.Limit)])
		if err != nil {
			return session.Created{}, err
		}
		created, err := s.Create(ctx, c)
		created.Evicted = evicted
		return created, err
	}
}

func endAll(ctx context.Context, s session.Store, list []session.Session) (ended []session.ID, err error) {
	for _, sess := range list {
		ended = append(ended, sess.ID)
		if _, err := s.Revoke(ctx, session.Revocation{Kind: session.KindSession, ID: sess.ID}); err != nil {
			return nil, err
		}
	}
	return ended, nil
}

// evictsAfterwards counts the new session among those that may have to go.
func evictsAfterwards(s session.LoggedStore, _ *storetest.Clock) broken {
	return broken{LoggedStore: s, create: func(ctx context.Context, c session.Create) (session.Created, error) {
		limit := c.Limit
		c.Limit = 0
		created, err := s.Create(ctx, c)
		if err != nil {
			return created, err
		}
		list, err := s.List(ctx, c.Subject)
		if err != nil {
			return created, err
		}
		slices.SortFunc(list, func(a, b session.Session) int { return a.IdleAt.Compare(b.IdleAt) })
		created.Evicted, err = endAll(ctx, s, list[:max(0, len(list)-limit)])
		return created, err
	}}
}

func countsDead(s session.LoggedStore, _ *storetest.Clock) broken {
	var mu sync.Mutex
	ever := make(map[string]int)
	return broken{LoggedStore: s, create: func(ctx context.Context, c session.Create) (session.Created, error) {
		mu.Lock()
		defer mu.Unlock()
		if c.RefuseOverLimit && ever[c.Subject] >= c.Limit {
			return session.Created{}, session.ErrLimit
		}
		ever[c.Subject]++
		return s.Create(ctx, c)
	}}
}

func countsThenCreates(s session.LoggedStore) func(context.Context, session.Create) (session.Created, error) {
	oldestFirst := func(ctx context.Context, c session.Create) ([]session.Session, error) {
		list, err := s.List(ctx, c.Subject)
		slices.Reverse(list)
		return list, err
	}
	return func(ctx context.Context, c session.Create) (session.Created, error) {
		list, err := oldestFirst(ctx, c)
		if err != nil {
			return session.Created{}, err
		}
		time.Sleep(time.Millisecond) // time enough for another to count the same
		evicted, err := endAll(ctx, s, list[:max(0, len(list)+1-c.Limit)])
		if err != nil {
			return session.Created{}, err
		}
		c.Limit = 0
		created, err := s.Create(ctx, c)
		created.Evicted = evicted
		return created, err
	}
}
