package storetest_test

import (
	"context"
	"errors"
	"slices"
	"strings"
	"sync"
	"time"

	"github.com/ginauth/ginauth/plugin/session"
	"github.com/ginauth/ginauth/plugin/storetest"
)

// loginMutants are wrong about beginning, finding and outliving sessions.
var loginMutants = []mutant{
	{"keeps no auth time", "create keeps every field", func(s session.LoggedStore, _ *storetest.Clock) broken {
		return broken{LoggedStore: s, create: changed(s, func(c *session.Create) { c.AuthTime = time.Unix(0, 0) })}
	}},
	{"cuts the user agent short by one", "create cuts address, user agent and device", func(s session.LoggedStore, _ *storetest.Clock) broken {
		return broken{LoggedStore: s, create: changed(s, func(c *session.Create) {
			c.UserAgent = c.UserAgent[:min(len(c.UserAgent), session.MaxUserAgent-1)]
		})}
	}},
	{"keeps no name of the device", "create keeps every field", func(s session.LoggedStore, _ *storetest.Clock) broken {
		return broken{LoggedStore: s, create: changed(s, func(c *session.Create) { c.Device = "" })}
	}},
	{"keeps text claims only", "claims come back verbatim", func(s session.LoggedStore, _ *storetest.Clock) broken {
		return broken{LoggedStore: s, create: changed(s, func(c *session.Create) { c.Claims = []byte(string([]rune(string(c.Claims)))) })}
	}},
	{"keeps the caller's claims", "no memory is shared with the caller", keepsCallersClaims},
	{"lists oldest first", "list is newest first and holds only the subject's sessions", func(s session.LoggedStore, _ *storetest.Clock) broken {
		return broken{LoggedStore: s, list: func(ctx context.Context, subject string) ([]session.Session, error) {
			list, err := s.List(ctx, subject)
			slices.Reverse(list)
			return list, err
		}}
	}},
	{"ends subjects at a NUL", "subjects of every shape are kept apart", func(s session.LoggedStore, _ *storetest.Clock) broken {
		return broken{LoggedStore: s, create: changed(s, func(c *session.Create) {
			if i := slices.Index([]byte(c.Subject), 0); i >= 0 {
				c.Subject = c.Subject[:i]
			}
		})}
	}},
	{"lists sessions of an invalid subject", "invalid subjects are refused", func(s session.LoggedStore, _ *storetest.Clock) broken {
		return broken{LoggedStore: s, list: func(ctx context.Context, subject string) ([]session.Session, error) {
			list, err := s.List(ctx, subject)
			if errors.Is(err, session.ErrInvalidSubject) {
				err = nil
			}
			return list, err
		}}
	}},
	{"repairs subjects", "invalid subjects are refused", func(s session.LoggedStore, _ *storetest.Clock) broken {
		return broken{LoggedStore: s, create: changed(s, func(c *session.Create) {
			c.Subject = strings.ToValidUTF8(c.Subject, "\ufffd")
		})}
	}},
	{"cuts long subjects", "invalid subjects are refused", func(s session.LoggedStore, _ *storetest.Clock) broken {
		return broken{LoggedStore: s, create: changed(s, func(c *session.Create) {
			c.Subject = c.Subject[:min(len(c.Subject), session.MaxSubject)]
		})}
	}},
	{"never lets a session idle out", "a session dies at its idle end, to the millisecond", func(s session.LoggedStore, _ *storetest.Clock) broken {
		return broken{LoggedStore: s, create: shown(s, func(c *session.Create) { c.IdleTTL = c.MaxTTL })}
	}},
	{"takes a check for a use", "looking at a session does not keep it alive", checkIsUse},
	{"takes an id of the future for a dead session", "check tells an id of the future from a dead session", func(s session.LoggedStore, _ *storetest.Clock) broken {
		return broken{LoggedStore: s, check: func(ctx context.Context, p session.Probe) error {
			err := s.Check(ctx, p)
			if errors.Is(err, session.ErrInvalidID) {
				err = session.ErrRevoked
			}
			return err
		}}
	}},
	{"allows an id no time ahead", "check tells an id of the future from a dead session", func(s session.LoggedStore, clock *storetest.Clock) broken {
		return broken{LoggedStore: s, check: func(ctx context.Context, p session.Probe) error {
			err := s.Check(ctx, p)
			if err != nil && p.ID.Created().After(clock.Now()) {
				err = session.ErrInvalidID
			}
			return err
		}}
	}},
	{"does not ask whose session it is", "check refuses unknown sessions and wrong subjects", func(s session.LoggedStore, _ *storetest.Clock) broken {
		return broken{LoggedStore: s, check: func(ctx context.Context, p session.Probe) error {
			if sess, err := s.Get(ctx, p.ID); err == nil {
				p.Subject = sess.Subject
			}
			return s.Check(ctx, p)
		}}
	}},
	{"lets absent sessions in", "check refuses unknown sessions and wrong subjects", func(s session.LoggedStore, _ *storetest.Clock) broken {
		return broken{LoggedStore: s, check: func(ctx context.Context, p session.Probe) error {
			if _, err := s.Get(ctx, p.ID); err != nil {
				return nil
			}
			return s.Check(ctx, p)
		}}
	}},
	{"does not hear of ended contexts", "a call whose context has ended gives no verdict and does nothing", func(s session.LoggedStore, _ *storetest.Clock) broken {
		return broken{LoggedStore: s, rotate: func(ctx context.Context, r session.Rotation) (session.Rotated, error) {
			return s.Rotate(context.WithoutCancel(ctx), r)
		}}
	}},
	{"calls an ended context a refusal", "a call whose context has ended gives no verdict and does nothing", func(s session.LoggedStore, _ *storetest.Clock) broken {
		return broken{LoggedStore: s, get: func(ctx context.Context, id session.ID) (session.Session, error) {
			if ctx.Err() != nil {
				return session.Session{}, session.ErrNotFound
			}
			return s.Get(ctx, id)
		}}
	}},
}

// changed is a Create that asks for something else.
func changed(s session.Store, change func(*session.Create)) func(context.Context, session.Create) (session.Created, error) {
	return func(ctx context.Context, c session.Create) (session.Created, error) {
		change(&c)
		return s.Create(ctx, c)
	}
}

// shown is a Create that asks for something else and shows what was asked for.
func shown(s session.Store, change func(*session.Create)) func(context.Context, session.Create) (session.Created, error) {
	return func(ctx context.Context, c session.Create) (session.Created, error) {
		asked := c
		change(&c)
		created, err := s.Create(ctx, c)
		created.Session.IdleAt = created.Session.CreatedAt.Add(asked.IdleTTL)
		created.Session.EndsAt = created.Session.CreatedAt.Add(asked.MaxTTL)
		return created, err
	}
}

func keepsCallersClaims(s session.LoggedStore, _ *storetest.Clock) broken {
	var mu sync.Mutex
	kept := make(map[session.ID][]byte)
	return broken{
		LoggedStore: s,
		create: func(ctx context.Context, c session.Create) (session.Created, error) {
			created, err := s.Create(ctx, c)
			mu.Lock()
			defer mu.Unlock()
			kept[created.Session.ID] = c.Claims
			return created, err
		},
		get: func(ctx context.Context, id session.ID) (session.Session, error) {
			sess, err := s.Get(ctx, id)
			mu.Lock()
			defer mu.Unlock()
			sess.Claims = kept[id]
			return sess, err
		},
	}
}

// checkIsUse counts the idle time from the last Check.
func checkIsUse(s session.LoggedStore, clock *storetest.Clock) broken {
	var mu sync.Mutex
	idle := make(map[session.ID]time.Time)
	var ttl time.Duration
	return broken{
		LoggedStore: s,
		create: func(ctx context.Context, c session.Create) (session.Created, error) {
			created, err := shown(s, func(c *session.Create) { c.IdleTTL = c.MaxTTL })(ctx, c)
			mu.Lock()
			defer mu.Unlock()
			ttl = c.IdleTTL
			idle[created.Session.ID] = created.Session.IdleAt
			return created, err
		},
		check: func(ctx context.Context, p session.Probe) error {
			mu.Lock()
			defer mu.Unlock()
			if !clock.Now().Before(idle[p.ID]) {
				return session.ErrRevoked
			}
			idle[p.ID] = clock.Now().Add(ttl)
			return s.Check(ctx, p)
		},
	}
}
