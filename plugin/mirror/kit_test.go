package mirror_test

import (
	"context"
	"crypto/rand"
	"errors"
	"slices"
	"sync"
	"sync/atomic"
	"testing"
	"time"

	"github.com/ginauth/ginauth/plugin/memstore"
	"github.com/ginauth/ginauth/plugin/mirror"
	"github.com/ginauth/ginauth/plugin/session"
)

// life is how long access tokens live in these tests.
const life = 15 * time.Minute

// tokenEnd is the exp of a token that is minted now by the store's clock.
func tokenEnd(s session.Store) time.Time { return s.Now().Add(life) }

// clock stands still until Advance is called.
type clock struct{ ms atomic.Int64 }

func newClock() *clock {
	c := &clock{}
	c.ms.Store(1_800_000_000_000)
	return c
}

func (c *clock) Now() time.Time          { return time.UnixMilli(c.ms.Load()) }
func (c *clock) Advance(d time.Duration) { c.ms.Add(d.Milliseconds()) }

// journal collects the notices of a mirror.
type journal struct {
	mu      sync.Mutex
	notices []session.Notice
}

func journalOf(m *mirror.Mirror) *journal {
	j := &journal{}
	m.Notify(j.add)
	return j
}

func (j *journal) add(n session.Notice) {
	j.mu.Lock()
	defer j.mu.Unlock()
	j.notices = append(j.notices, n)
}

func (j *journal) all() []session.Notice {
	j.mu.Lock()
	defer j.mu.Unlock()
	return slices.Clone(j.notices)
}

func (j *journal) has(want func(session.Notice) bool) bool {
	return slices.ContainsFunc(j.all(), want)
}

func (j *journal) count(kind session.NoticeKind) (n int) {
	for _, notice := range j.all() {
		if notice.Kind == kind {
			n++
		}
	}
	return n
}

func resyncedFor(cause error) func(session.Notice) bool {
	return func(n session.Notice) bool { return n.Kind == session.NoticeResync && errors.Is(n.Err, cause) }
}

// quick returns Options with short times.
func quick() mirror.Options {
	return mirror.Options{MaxStaleness: 400 * time.Millisecond, Heartbeat: 20 * time.Millisecond}
}

// open makes a Mirror and closes it when the test ends.
func open(t testing.TB, s session.LoggedStore, o mirror.Options) *mirror.Mirror {
	t.Helper()
	r := mirror.Must(mirror.New(s, o))
	t.Cleanup(func() {
		ctx, cancel := context.WithTimeout(context.Background(), 10*time.Second)
		defer cancel()
		if f, ok := s.(*faulty); ok {
			f.repair() // otherwise Close waits for the store
		}
		if err := r.Close(ctx); err != nil {
			t.Errorf("Close: %v", err)
		}
	})
	return r
}

// ready opens a Mirror and waits until it is in step.
func ready(t testing.TB, s session.LoggedStore, o mirror.Options) *mirror.Mirror {
	t.Helper()
	r := open(t, s, o)
	eventually(t, "the copy is in step", r.Ready)
	return r
}

const patience = 10 * time.Second

func eventually(t testing.TB, what string, ok func() bool) {
	t.Helper()
	eventuallyIn(t, patience, what, ok)
}

func eventuallyIn(t testing.TB, d time.Duration, what string, ok func() bool) {
	t.Helper()
	for end := time.Now().Add(d); time.Now().Before(end); time.Sleep(time.Millisecond) {
		if ok() {
			return
		}
	}
	t.Fatalf("waited %v in vain: %s", d, what)
}

func creation(s session.Store, subject string) session.Create {
	return session.Create{Subject: subject, IdleTTL: time.Hour, MaxTTL: 24 * time.Hour, TokenEnd: tokenEnd(s)}
}

func login(t testing.TB, s session.Store, subject string) session.Session {
	t.Helper()
	c, err := s.Create(t.Context(), creation(s, subject))
	if err != nil {
		t.Fatalf("Create: %v", err)
	}
	return c.Session
}

func revoke(t testing.TB, s session.Store, r session.Revocation) {
	t.Helper()
	r.Until = tokenEnd(s)
	if _, err := s.Revoke(t.Context(), r); err != nil {
		t.Fatalf("Revoke: %v", err)
	}
}

func probe(sess session.Session) session.Probe {
	return session.Probe{ID: sess.ID, Subject: sess.Subject, Token: session.TokenID{1}}
}

func refused(t testing.TB, s session.Store, p session.Probe) bool {
	t.Helper()
	return errors.Is(s.Check(t.Context(), p), session.ErrRevoked)
}

// victims holds one session for each kind of revocation, and one that is spared.
type victims struct {
	session, token, subject, spared session.Session
	jti                             session.TokenID
	other                           string
}

func newVictims(t testing.TB, s session.Store) victims {
	t.Helper()
	v := victims{jti: session.NewTokenID(), other: rand.Text()}
	v.session, v.token = login(t, s, rand.Text()), login(t, s, rand.Text())
	v.subject, v.spared = login(t, s, v.other), login(t, s, v.other)
	return v
}

// revoke makes all three revocations.
func (v victims) revoke(t testing.TB, s session.Store) {
	t.Helper()
	for _, r := range v.revocations() {
		revoke(t, s, r)
	}
}

func (v victims) revocations() []session.Revocation {
	return []session.Revocation{
		{Kind: session.KindSession, ID: v.session.ID},
		{Kind: session.KindToken, ID: v.token.ID, Token: v.jti},
		{Kind: session.KindSubject, Subject: v.other, Except: v.spared.ID},
	}
}

func (v victims) probes() []session.Probe {
	token := probe(v.token)
	token.Token = v.jti
	return []session.Probe{probe(v.session), token, probe(v.subject)}
}

// dead reports whether all are refused.
func (v victims) dead(t testing.TB, s session.Store) bool {
	t.Helper()
	for _, p := range v.probes() {
		if !refused(t, s, p) {
			return false
		}
	}
	return true
}

// othersLive expects that the sessions which were not revoked pass.
func (v victims) othersLive(t testing.TB, s session.Store) {
	t.Helper()
	for _, sess := range []session.Session{v.token, v.spared} {
		if err := s.Check(t.Context(), probe(sess)); err != nil {
			t.Errorf("a session that was not revoked: %v", err)
		}
	}
}

func entriesOf(t testing.TB, s session.Log) (n int) {
	t.Helper()
	for shard := range s.Shards() {
		st, err := s.State(t.Context(), shard)
		if err != nil {
			t.Fatal(err)
		}
		n += int(st.Length)
	}
	return n
}

func memory(c *clock) *memstore.Store { return memstore.NewWith(memstore.Options{Now: c.Now}) }
