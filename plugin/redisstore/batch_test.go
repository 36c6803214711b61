package redisstore_test

import (
	"context"
	"errors"
	"net"
	"strconv"
	"strings"
	"sync"
	"sync/atomic"
	"testing"
	"time"

	"github.com/redis/go-redis/v9"

	"github.com/ginauth/ginauth/plugin/internal/rig/redistest"
	"github.com/ginauth/ginauth/plugin/redisstore"
	"github.com/ginauth/ginauth/plugin/session"
)

// gate holds round trips back, and counts them.
type gate struct {
	open  chan struct{}
	trips atomic.Int64
}

func (g *gate) DialHook(next redis.DialHook) redis.DialHook          { return next }
func (g *gate) ProcessHook(next redis.ProcessHook) redis.ProcessHook { return next }
func (g *gate) ProcessPipelineHook(next redis.ProcessPipelineHook) redis.ProcessPipelineHook {
	return func(ctx context.Context, cmds []redis.Cmder) error {
		g.trips.Add(1)
		<-g.open
		return next(ctx, cmds)
	}
}

// gated is a store whose checks wait at a gate, once it is known to Redis.
func gated(t *testing.T) (*redisstore.Store, session.Session, *gate) {
	t.Helper()
	rdb := redistest.Client(t, redistest.Single(t).Addr(), redisstore.Tune)
	s := newStore(t, rdb, redisstore.Options{Timeout: patience})
	sess := login(t, s, "carol")
	g := &gate{open: make(chan struct{})}
	rdb.AddHook(g)
	return s, sess, g
}

func TestConcurrentChecksShareRoundTrips(t *testing.T) {
	t.Parallel()
	const callers = 200
	s, sess, g := gated(t)
	var wg sync.WaitGroup
	for range callers {
		wg.Go(func() {
			if err := s.Check(context.Background(), session.Probe{ID: sess.ID, Subject: "carol"}); err != nil {
				t.Error(err)
			}
		})
	}
	time.Sleep(20 * time.Millisecond) // time for most of them to ask
	close(g.open)
	wg.Wait()
	if n := g.trips.Load(); n > callers/4 {
		t.Errorf("%d round trips for %d checks", n, callers)
	}
}

// Every caller gets the answer about its own token, whatever else the round trip carries.
func TestVerdictsAreNotMixedUp(t *testing.T) {
	t.Parallel()
	s := newStore(t, redistest.Client(t, redistest.Single(t).Addr(), redisstore.Tune), redisstore.Options{Timeout: patience})
	revoke := func(r session.Revocation) {
		r.Until = time.Now().Add(retain)
		if _, err := s.Revoke(t.Context(), r); err != nil {
			t.Fatal(err)
		}
	}
	good, ended, cut, spared := login(t, s, "carol"), login(t, s, "carol"), login(t, s, "dave"), login(t, s, "dave")
	token := session.NewTokenID()
	revoke(session.Revocation{Kind: session.KindSession, ID: ended.ID})
	revoke(session.Revocation{Kind: session.KindToken, ID: good.ID, Token: token})
	revoke(session.Revocation{Kind: session.KindSubject, Subject: "dave", Except: spared.ID})
	probes := []struct {
		name  string
		probe session.Probe
		want  error
	}{
		{"alive", session.Probe{ID: good.ID, Subject: "carol"}, nil},
		{"revoked token", session.Probe{ID: good.ID, Token: token, Subject: "carol"}, session.ErrRevoked},
		{"another subject", session.Probe{ID: good.ID, Subject: "dave"}, session.ErrRevoked},
		{"revoked session", session.Probe{ID: ended.ID, Subject: "carol"}, session.ErrRevoked},
		{"unknown session", session.Probe{ID: session.NewID(time.Now(), 0), Subject: "carol"}, session.ErrRevoked},
		{"cut-off subject", session.Probe{ID: cut.ID, Subject: "dave"}, session.ErrRevoked},
		{"spared session", session.Probe{ID: spared.ID, Subject: "dave"}, nil},
	}
	var wg sync.WaitGroup
	for i := range 4 * len(probes) {
		p := probes[i%len(probes)]
		wg.Go(func() {
			for range 100 {
				if err := s.Check(context.Background(), p.probe); !errors.Is(err, p.want) {
					t.Errorf("%s: %v, want %v", p.name, err, p.want)
					return
				}
			}
		})
	}
	wg.Wait()
}

func TestCallerThatGivesUpFailsNoOther(t *testing.T) {
	t.Parallel()
	const callers = 60
	s, sess, g := gated(t)
	ctx, giveUp := context.WithCancel(context.Background())
	var patient, impatient sync.WaitGroup
	for range callers {
		patient.Go(func() {
			if err := s.Check(context.Background(), session.Probe{ID: sess.ID, Subject: "carol"}); err != nil {
				t.Error("a patient caller:", err)
			}
		})
		impatient.Go(func() {
			err := s.Check(ctx, session.Probe{ID: sess.ID, Subject: "carol"})
			if err != nil && (!errors.Is(err, session.ErrUnavailable) || !errors.Is(err, context.Canceled)) {
				t.Error("an impatient caller:", err)
			}
		})
	}
	time.Sleep(10 * time.Millisecond)
	giveUp()
	time.Sleep(10 * time.Millisecond)
	close(g.open)
	impatient.Wait()
	patient.Wait()
}

// A caller that waits for a batch keeps its own deadline, whatever the batch does.
func TestBoardedCallerKeepsItsDeadline(t *testing.T) {
	t.Parallel()
	s, sess, g := gated(t)
	defer close(g.open)
	probe := session.Probe{ID: sess.ID, Subject: "carol"}
	for range 8 {
		go func() { _ = s.Check(context.Background(), probe) }()
	}
	for g.trips.Load() < 2 { // two are under way: the next one waits
		time.Sleep(time.Millisecond)
	}
	ctx, cancel := context.WithTimeout(context.Background(), 5*time.Millisecond)
	defer cancel()
	start := time.Now()
	err := s.Check(ctx, probe)
	var cause net.Error
	if !errors.Is(err, session.ErrUnavailable) || !errors.As(err, &cause) || !cause.Timeout() {
		t.Errorf("%v, want ErrUnavailable because of a time-out", err)
	}
	if took := time.Since(start); took > patience/2 {
		t.Errorf("it took %v", took)
	}
}

// A connection that hangs delays the checks in its batch; later callers do not wait for it.
func TestHangingFlightsHoldUpNobodyElse(t *testing.T) {
	t.Parallel()
	s, sess, g := gated(t)
	probe := session.Probe{ID: sess.ID, Subject: "carol"}
	var hung sync.WaitGroup
	for range 2 {
		hung.Go(func() { _ = s.Check(context.Background(), probe) })
	}
	for g.trips.Load() < 2 {
		time.Sleep(time.Millisecond)
	}
	time.Sleep(30 * time.Millisecond)
	hung.Go(func() { _ = s.Check(context.Background(), probe) })
	for start := time.Now(); g.trips.Load() < 3; time.Sleep(time.Millisecond) {
		if time.Since(start) > patience/2 {
			t.Fatal("a new caller waits for hanging pipelines")
		}
	}
	close(g.open)
	hung.Wait()
}

// An error reply about one session is not the error of checks that share the round trip.
func TestBrokenSessionFailsAlone(t *testing.T) {
	t.Parallel()
	rdb := redistest.Client(t, redistest.Single(t).Addr(), redisstore.Tune)
	s := newStore(t, rdb, redisstore.Options{Timeout: patience})
	good, broken := login(t, s, "carol"), login(t, s, "dave")
	if err := rdb.Set(t.Context(), "ginauth:{0}:s:"+broken.ID.Tail(), "no session", 0).Err(); err != nil {
		t.Fatal(err)
	}
	var wg sync.WaitGroup
	for range 16 {
		wg.Go(func() {
			for range 50 {
				if err := s.Check(context.Background(), session.Probe{ID: good.ID, Subject: "carol"}); err != nil {
					t.Error("the good session:", err)
				}
				err := s.Check(context.Background(), session.Probe{ID: broken.ID, Subject: "dave"})
				if !errors.Is(err, session.ErrUnavailable) || errors.Is(err, session.ErrRevoked) {
					t.Error("the broken session:", err)
				}
			}
		})
	}
	wg.Wait()
}

// After a lost reply the whole batch is sent again, once.
func TestLostReplyOfABatchIsAskedForAgain(t *testing.T) {
	t.Parallel()
	proxy := redistest.NewProxy(t, redistest.Single(t).Addr())
	rdb := redistest.Client(t, proxy.Addr(), func(o *redis.UniversalOptions) {
		o.MaxRetries = -1
		redisstore.Tune(o)
	})
	s := newStore(t, rdb, redisstore.Options{Timeout: patience})
	sess := login(t, s, "carol")
	proxy.LoseReplies(1)
	var wg sync.WaitGroup
	for range 32 {
		wg.Go(func() {
			if err := s.Check(context.Background(), session.Probe{ID: sess.ID, Subject: "carol"}); err != nil {
				t.Error(err)
			}
		})
	}
	wg.Wait()
	if proxy.Lost() != 1 {
		t.Errorf("%d replies were lost, the test wants 1", proxy.Lost())
	}
}

// slowShard holds back the checks of one shard.
type slowShard struct {
	shard string
	open  chan struct{}
}

func (*slowShard) DialHook(next redis.DialHook) redis.DialHook          { return next }
func (*slowShard) ProcessHook(next redis.ProcessHook) redis.ProcessHook { return next }
func (s *slowShard) ProcessPipelineHook(next redis.ProcessPipelineHook) redis.ProcessPipelineHook {
	return func(ctx context.Context, cmds []redis.Cmder) error {
		if key, _ := cmds[0].Args()[1].(string); strings.Contains(key, s.shard) {
			<-s.open
		}
		return next(ctx, cmds)
	}
}

// A shard that hangs, with all its pipelines under way, delays no check
// of another.
func TestSlowShardHoldsUpNoOther(t *testing.T) {
	t.Parallel()
	rdb := redistest.Client(t, redistest.Single(t).Addr(), redisstore.Tune)
	s := newStore(t, rdb, redisstore.Options{Timeout: patience, Shards: 2})
	var of [2]session.Session
	for i := 0; of[0].Subject == "" || of[1].Subject == ""; i++ {
		subject := "user" + strconv.Itoa(i)
		of[session.ShardOf(subject, 2)] = login(t, s, subject)
	}
	check := func(sess session.Session) error {
		return s.Check(context.Background(), session.Probe{ID: sess.ID, Subject: sess.Subject})
	}
	slow := &slowShard{shard: "{0}", open: make(chan struct{})}
	rdb.AddHook(slow)
	var hung sync.WaitGroup
	for range 50 {
		hung.Go(func() {
			if err := check(of[0]); err != nil {
				t.Error("the slow shard, in the end:", err)
			}
		})
	}
	start := time.Now()
	for range 100 {
		if err := check(of[1]); err != nil {
			t.Error("the other shard:", err)
		}
	}
	if took := time.Since(start); took > patience/2 {
		t.Errorf("100 checks of the other shard took %v", took)
	}
	close(slow.open)
	hung.Wait()
}
