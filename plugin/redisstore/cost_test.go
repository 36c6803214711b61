package redisstore_test

import (
	"context"
	"flag"
	"fmt"
	"math/rand/v2"
	"regexp"
	"slices"
	"strconv"
	"testing"
	"time"

	"github.com/redis/go-redis/v9"

	"github.com/ginauth/ginauth/plugin/internal/rig/redistest"
	"github.com/ginauth/ginauth/plugin/redisstore"
	"github.com/ginauth/ginauth/plugin/session"
)

var cost = flag.Int("cost", 10_000, "sessions of TestCostGrowsHardlyWithTheSessions; from 1000000 on the ratios count")

// maxGrowth is how much more of Redis's time a verb may take with ten times the sessions.
const maxGrowth = 1.5

const sessionsOfOne = 5 // sessions of each subject

// crowdedStore holds many sessions, and knows a sample of them.
type crowdedStore struct {
	t      *testing.T
	rdb    redis.UniversalClient
	s      *redisstore.Store
	sample []session.Session
}

// The time that Redis spends on a verb, with a tenth of the sessions and with all of them. Two
// servers take turns, so that what else the machine does weighs on both. To measure:
// go test ./plugin/redisstore -run TestCostGrows -v -timeout 1h -args -cost=1000000
func TestCostGrowsHardlyWithTheSessions(t *testing.T) {
	few, many := newCrowdedStore(t, *cost/10), newCrowdedStore(t, *cost)
	each := len(few.sample) / (costPieces * len(few.verbs()))
	t.Logf("%-28s %12d %12d sessions", "us of Redis's time", *cost/10, *cost)
	for i, verb := range few.verbs() {
		var short, long []float64
		for range costPieces {
			short, long = append(short, few.measure(i, each)), append(long, many.measure(i, each))
		}
		slices.Sort(short)
		slices.Sort(long)
		a, b := short[costPieces/4], long[costPieces/4] // the machine may be busy, and is never too fast
		t.Logf("%-28s %12.1f %12.1f   x %.2f", verb.name, a, b, b/a)
		if *cost >= 1_000_000 && b/a > maxGrowth {
			t.Errorf("%s takes %.2f times as long, want at most %v", verb.name, b/a, maxGrowth)
		}
	}
}

const costPieces = 15

// newCrowdedStore starts a server and begins n sessions there.
func newCrowdedStore(t *testing.T, n int) *crowdedStore {
	t.Helper()
	rdb := redistest.Client(t, redistest.Real(t).Addr(), tunePatiently)
	c := &crowdedStore{t: t, rdb: rdb, s: newStore(t, rdb, redisstore.Options{Timeout: patience, ConnLife: 4 * patience})}
	users := n / sessionsOfOne
	begun := make([]session.Session, users) // one of each
	inParallel(t, users, func(i int) error {
		for range sessionsOfOne {
			created, err := c.s.Create(context.Background(), loginOf(fmt.Sprintf("user-%08d", i)))
			if err != nil {
				return err
			}
			begun[i] = created.Session
		}
		return nil
	})
	rng := rand.New(rand.NewPCG(1, 2)) //nolint:gosec // the same draws in every run
	rng.Shuffle(users, func(i, j int) { begun[i], begun[j] = begun[j], begun[i] })
	c.sample = begun
	return c
}

type costly struct {
	name string
	do   func(one session.Session) error
}

// verbs are in an order in which each finds what it needs: the last ones end the sessions.
func (c *crowdedStore) verbs() []costly {
	ctx := context.Background()
	until := time.Now().Add(retain)
	revoke := func(r session.Revocation) error {
		_, err := c.s.Revoke(ctx, r)
		return err
	}
	return []costly{
		{"check", func(one session.Session) error { return checks(c.s, one, session.TokenID{}, nil) }},
		{"get", func(one session.Session) error { return gets(c.s, one.ID, nil) }},
		{"list, 5 sessions", func(one session.Session) error {
			_, err := c.s.List(ctx, one.Subject)
			return err
		}},
		{"confirm", func(one session.Session) error {
			return c.s.Confirm(ctx, []session.Use{{ID: one.ID, Generation: 1}})
		}},
		{"login", func(session.Session) error {
			_, err := c.s.Create(ctx, loginOf("new-"+session.NewTokenID().String()))
			return err
		}},
		{"login at the limit", func(one session.Session) error {
			l := loginOf(one.Subject)
			l.Limit = sessionsOfOne
			_, err := c.s.Create(ctx, l)
			return err
		}},
		{"refresh", func(one session.Session) error {
			_, err := c.s.Rotate(ctx, rotationOf(one.ID, 1))
			return err
		}},
		{"logout", func(one session.Session) error {
			return revoke(session.Revocation{Kind: session.KindSession, ID: one.ID, Until: until})
		}},
		{"end of a user, all steps", func(one session.Session) error {
			return revoke(session.Revocation{Kind: session.KindSubject, Subject: one.Subject, Until: until})
		}},
	}
}

// measure returns Redis's time for a verb, in us, on sessions that no measurement has touched.
func (c *crowdedStore) measure(verb, calls int) float64 {
	c.t.Helper()
	before, do := c.spent(), c.verbs()[verb].do
	for _, one := range c.sample[:calls] {
		if err := do(one); err != nil {
			c.t.Fatalf("%s: %v", c.verbs()[verb].name, err)
		}
	}
	c.sample = c.sample[calls:]
	return (c.spent() - before) / float64(calls)
}

var usedTime = regexp.MustCompile(`cmdstat_(?:evalsha|eval|get|hmget|zrangebyscore):calls=\d+,usec=(\d+)`)

// spent returns the time, in us, that Redis has spent on scripts and on what reads. Commands of
// a script count twice, the same in all measurements.
func (c *crowdedStore) spent() float64 {
	c.t.Helper()
	var sum float64
	for _, found := range usedTime.FindAllStringSubmatch(c.rdb.Info(context.Background(), "commandstats").Val(), -1) {
		us, err := strconv.ParseFloat(found[1], 64)
		if err != nil {
			c.t.Fatal(err)
		}
		sum += us
	}
	return sum
}
