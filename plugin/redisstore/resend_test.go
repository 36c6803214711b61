package redisstore_test

import (
	"context"
	"fmt"
	"testing"
	"time"

	"github.com/redis/go-redis/v9"

	"github.com/ginauth/ginauth/plugin/internal/rig/redistest"
	"github.com/ginauth/ginauth/plugin/redisstore"
	"github.com/ginauth/ginauth/plugin/session"
)

// A lost reply makes go-redis, or the store itself, send a script again. The
// server then runs it twice, and the caller must not be able to tell.
func TestLostReplyChangesNothing(t *testing.T) {
	t.Parallel()
	addr := redistest.Single(t).Addr()
	for _, c := range []struct {
		name    string
		retries int
		lose    int64
	}{
		{"sent again by go-redis", 1, 1},
		{"sent again by the store", -1, 1},
		{"sent four times", 1, 3},
	} {
		t.Run(c.name, func(t *testing.T) {
			proxy := redistest.NewProxy(t, addr)
			rdb := redistest.Client(t, proxy.Addr(), func(o *redis.UniversalOptions) {
				o.MaxRetries = c.retries
				redisstore.Tune(o)
			})
			l := &lossy{Store: newStore(t, rdb, redisstore.Options{Timeout: patience}), proxy: proxy, lose: c.lose}
			l.warmUp(t)
			t.Run("Create", l.create)
			t.Run("Create that evicts", l.createEvicting)
			t.Run("Rotate that advances", l.rotateAdvancing)
			t.Run("Rotate ahead", l.rotateAhead)
			t.Run("Rotate that ends", l.rotateEnding)
			t.Run("Revoke of a session", l.revokeSession)
			t.Run("Revoke of an absent session", l.revokeAbsent)
			t.Run("Revoke of a token", l.revokeToken)
			t.Run("Revoke of a subject", l.revokeSubject)
			t.Run("Revoke of everything", l.revokeAll)
			t.Run("Restore", l.restore)
		})
	}
}

type lossy struct {
	*redisstore.Store
	proxy *redistest.Proxy
	lose  int64
	names int
}

// warmUp loads the scripts into the server, so that a lost reply is the reply of a script.
func (l *lossy) warmUp(t *testing.T) {
	t.Helper()
	ctx := context.Background()
	sess := login(t, l.Store, "warm")
	for _, k := range []session.Kind{session.KindToken, session.KindSession, session.KindSubject, session.KindAll} {
		r := session.Revocation{Kind: k, ID: sess.ID, Token: session.NewTokenID(), Subject: "warm", Until: time.Now().Add(retain)}
		if _, err := l.Revoke(ctx, r); err != nil {
			t.Fatal(err)
		}
	}
	if _, err := l.Rotate(ctx, rotationOf(sess.ID, 1)); err != nil {
		t.Fatal(err)
	}
	e := session.Entry{Kind: session.KindSession, ID: sess.ID, Until: time.Now().Add(retain)}
	if err := l.Restore(ctx, int(sess.ID.Shard()), []session.Entry{e}); err != nil {
		t.Fatal(err)
	}
}

// subject returns a subject that no other case of this store uses.
func (l *lossy) subject(t *testing.T) string {
	l.names++
	return fmt.Sprintf("%s-%d", t.Name(), l.names)
}

// losing runs f while replies are lost, and returns the number of new log entries.
func (l *lossy) losing(t *testing.T, f func() error) int64 {
	t.Helper()
	before, err := l.State(context.Background(), 0)
	if err != nil {
		t.Fatal(err)
	}
	l.proxy.LoseReplies(l.lose)
	if err := f(); err != nil {
		t.Fatal(err)
	}
	if got := l.proxy.Lost(); got != l.lose {
		t.Fatalf("%d replies were lost, the test wants %d", got, l.lose)
	}
	after, err := l.State(context.Background(), 0)
	if err != nil {
		t.Fatal(err)
	}
	return after.Length - before.Length
}

func (l *lossy) create(t *testing.T) {
	subject := l.subject(t)
	var c session.Created
	l.losing(t, func() (err error) {
		c, err = l.Create(context.Background(), loginOf(subject))
		return err
	})
	list, err := l.List(context.Background(), subject)
	if err != nil || len(list) != 1 || list[0].ID != c.Session.ID {
		t.Errorf("created %v, listed %v, %v", c.Session.ID, list, err)
	}
}

func (l *lossy) createEvicting(t *testing.T) {
	subject := l.subject(t)
	old := login(t, l.Store, subject)
	next := loginOf(subject)
	next.Limit = 1
	var c session.Created
	grown := l.losing(t, func() (err error) {
		c, err = l.Create(context.Background(), next)
		return err
	})
	if len(c.Evicted) != 1 || c.Evicted[0] != old.ID || grown != 1 {
		t.Errorf("evicted %v, %d log entries; want %v, 1", c.Evicted, grown, old.ID)
	}
}

func (l *lossy) rotate(t *testing.T, sess session.Session, n uint32) (session.Rotated, int64) {
	t.Helper()
	var r session.Rotated
	grown := l.losing(t, func() (err error) {
		r, err = l.Rotate(context.Background(), rotationOf(sess.ID, n))
		return err
	})
	return r, grown
}

func (l *lossy) rotateAdvancing(t *testing.T) {
	sess := login(t, l.Store, l.subject(t))
	r, _ := l.rotate(t, sess, 1)
	if r.Outcome != session.OutcomeAdvanced || r.Session.Generation != 2 {
		t.Errorf("outcome %d, generation %d; want advanced to 2", r.Outcome, r.Session.Generation)
	}
}

func (l *lossy) rotateAhead(t *testing.T) {
	sess := login(t, l.Store, l.subject(t))
	r, _ := l.rotate(t, sess, 5)
	if r.Outcome != session.OutcomeAhead || r.Session.Generation != 6 {
		t.Errorf("outcome %d, generation %d; want ahead to 6", r.Outcome, r.Session.Generation)
	}
}

func (l *lossy) rotateEnding(t *testing.T) {
	sess := login(t, l.Store, l.subject(t))
	for n := uint32(1); n <= 2; n++ {
		if _, err := l.Rotate(context.Background(), rotationOf(sess.ID, n)); err != nil {
			t.Fatal(err)
		}
	}
	r, grown := l.rotate(t, sess, 1)
	if r.Outcome != session.OutcomeReused || r.Session.Generation != 3 || r.Session.Subject != sess.Subject || grown != 1 {
		t.Errorf("outcome %d, session %+v, %d log entries; want reused, as it died, 1", r.Outcome, r.Session, grown)
	}
	if r, err := l.Rotate(context.Background(), rotationOf(sess.ID, 1)); err != nil || r.Outcome != session.OutcomeGone {
		t.Errorf("another call: outcome %d, %v; want gone", r.Outcome, err)
	}
}

// revoke expects a count and one log entry.
func (l *lossy) revoke(t *testing.T, r session.Revocation, want int) {
	t.Helper()
	r.Until = time.Now().Add(retain)
	var n int
	grown := l.losing(t, func() (err error) {
		n, err = l.Revoke(context.Background(), r)
		return err
	})
	if n != want || grown != 1 {
		t.Errorf("ended %d, %d log entries; want %d, 1", n, grown, want)
	}
}

func (l *lossy) revokeSession(t *testing.T) {
	sess := login(t, l.Store, l.subject(t))
	l.revoke(t, session.Revocation{Kind: session.KindSession, ID: sess.ID}, 1)
}

func (l *lossy) revokeAbsent(t *testing.T) {
	l.revoke(t, session.Revocation{Kind: session.KindSession, ID: session.NewID(time.Now(), 0)}, 0)
}

func (l *lossy) revokeToken(t *testing.T) {
	sess := login(t, l.Store, l.subject(t))
	l.revoke(t, session.Revocation{Kind: session.KindToken, ID: sess.ID, Token: session.NewTokenID()}, 1)
}

func (l *lossy) revokeSubject(t *testing.T) {
	subject := l.subject(t)
	login(t, l.Store, subject)
	login(t, l.Store, subject)
	l.revoke(t, session.Revocation{Kind: session.KindSubject, Subject: subject}, 2)
}

func (l *lossy) revokeAll(t *testing.T) {
	if _, err := l.Revoke(context.Background(), session.Revocation{Kind: session.KindAll, Until: time.Now().Add(retain)}); err != nil {
		t.Fatal(err)
	}
	login(t, l.Store, l.subject(t))
	l.revoke(t, session.Revocation{Kind: session.KindAll}, 1)
}

func (l *lossy) restore(t *testing.T) {
	sess := login(t, l.Store, l.subject(t))
	e := session.Entry{Kind: session.KindSession, ID: sess.ID, Until: time.Now().Add(retain)}
	grown := l.losing(t, func() error {
		return l.Restore(context.Background(), 0, []session.Entry{e})
	})
	if _, err := l.Get(context.Background(), sess.ID); err == nil || grown != 1 {
		t.Errorf("alive: %v, %d log entries; want dead, 1", err == nil, grown)
	}
}
