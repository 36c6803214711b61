package redisstore_test

import (
	"context"
	"errors"
	"testing"
	"time"

	"github.com/redis/go-redis/v9"

	"github.com/ginauth/ginauth/plugin/internal/rig/redistest"
	"github.com/ginauth/ginauth/plugin/redisstore"
	"github.com/ginauth/ginauth/plugin/session"
)

// formEnd is when the flows end, after formTime.
const formEnd = 5 * time.Minute

// form is a store with the sessions of the flows, by name: "subject device".
type form struct {
	t      *testing.T
	s      *redisstore.Store
	ids    map[string]string
	tokens map[string]string
	after  *time.Duration
}

func (f form) must(err error) {
	f.t.Helper()
	if err != nil {
		f.t.Fatal(err)
	}
}

func (f form) id(name string) session.ID {
	f.t.Helper()
	id, err := session.ParseID(f.ids[name])
	if err != nil {
		f.t.Fatalf("%s: %v", name, err)
	}
	return id
}

func (f form) token(name string) session.TokenID {
	f.t.Helper()
	id, err := session.ParseTokenID(f.tokens[name])
	if err != nil {
		f.t.Fatalf("%s: %v", name, err)
	}
	return id
}

func (f form) now() time.Time { return f.s.Now() }

// begin logs in, with a change of the usual request.
func (f form) begin(subject, device string, change func(*session.Create)) session.Created {
	f.t.Helper()
	c := session.Create{
		Subject: subject, Device: device, IP: "2001:db8::7", UserAgent: "Mozilla/5.0 (X11; Linux)", Claims: []byte("{\"role\":\"ü\"}\n"),
		AuthTime: formTime.Add(-time.Minute), Began: f.now(), IdleTTL: idleTTL, MaxTTL: maxTTL, TokenEnd: f.now().Add(retain),
	}
	if change != nil {
		change(&c)
	}
	created, err := f.s.Create(context.Background(), c)
	f.must(err)
	f.ids[subject+" "+device] = created.Session.ID.String()
	*f.after += time.Millisecond // the order of lists is certain
	return created
}

func (f form) rotate(name string, generation uint32, want session.Outcome) session.Session {
	f.t.Helper()
	r, err := f.s.Rotate(context.Background(), session.Rotation{
		ID: f.id(name), Generation: generation, IdleTTL: idleTTL, Grace: grace, TokenEnd: f.now().Add(retain), IP: "192.0.2.8", UserAgent: "curl/8",
	})
	if err != nil || r.Outcome != want {
		f.t.Errorf("refresh of %s with %d: outcome %d, %v; want %d", name, generation, r.Outcome, err, want)
	}
	return r.Session
}

func (f form) revoke(r session.Revocation, want int) {
	f.t.Helper()
	n, err := f.s.Revoke(context.Background(), r)
	if err != nil || n != want {
		f.t.Errorf("Revoke %+v: %d, %v; want %d", r, n, err, want)
	}
}

// breaker fails pipelines with a command, as if the connection were lost.
type breaker struct{ command string }

func (b *breaker) DialHook(next redis.DialHook) redis.DialHook          { return next }
func (b *breaker) ProcessHook(next redis.ProcessHook) redis.ProcessHook { return next }

func (b *breaker) ProcessPipelineHook(next redis.ProcessPipelineHook) redis.ProcessPipelineHook {
	return func(ctx context.Context, cmds []redis.Cmder) error {
		for _, cmd := range cmds {
			if cmd.Name() == b.command {
				return errors.New("broken")
			}
		}
		return next(ctx, cmds)
	}
}

// runForm runs the flows on an empty server and returns what it holds then.
func runForm(t *testing.T) dump {
	t.Helper()
	rdb := redistest.Client(t, redistest.Real(t).Addr(), tunePatiently)
	cut := &breaker{}
	rdb.(*redis.Client).AddHook(cut)
	var after time.Duration
	f := form{t: t, s: formStore(t, rdb, &after), ids: map[string]string{}, tokens: map[string]string{}, after: &after}
	if f.s.Client() != rdb {
		t.Fatal("the store works on a copy of the client")
	}
	f.flows(cut)
	d := dump{
		About:    "What the program of stored form 1 leaves in Redis: see README.md.",
		Sessions: f.ids, Tokens: f.tokens,
	}
	d.save(t, rdb)
	return d
}

func (f form) flows(cut *breaker) {
	ctx := context.Background()
	f.begin("old", "a", nil)
	f.begin("old", "b", nil)
	f.revoke(session.Revocation{Kind: session.KindAll, Until: f.now().Add(retain), Reason: "all"}, 2)

	*f.after = time.Minute
	f.begin("alice", "laptop", nil)
	f.begin("alice", "phone", nil)
	f.begin("alice", "tablet", nil)
	f.rotate("alice phone", 1, session.OutcomeAdvanced)
	f.rotate("alice phone", 2, session.OutcomeAdvanced)
	f.must(f.s.Confirm(ctx, []session.Use{{ID: f.id("alice phone"), Generation: 3}}))
	f.tokens["stolen"] = session.NewTokenID().String()
	f.revoke(session.Revocation{Kind: session.KindToken, ID: f.id("alice tablet"), Token: f.token("stolen"), Until: f.now().Add(9 * time.Minute)}, 1)
	f.begin("ivan", "long", func(c *session.Create) { c.TokenEnd = f.now().Add(2 * time.Hour) })
	f.revoke(session.Revocation{Kind: session.KindSession, ID: f.id("ivan long"), Reason: "logout"}, 1)
	f.begin("heidi", "idle", func(c *session.Create) { c.IdleTTL = time.Minute })

	for _, device := range []string{"left", "reused", "here"} {
		f.begin("bob", device, nil)
	}
	f.revoke(session.Revocation{Kind: session.KindSession, ID: f.id("bob left"), Until: f.now().Add(retain), Reason: "log out"}, 1)
	f.rotate("bob reused", 1, session.OutcomeAdvanced)
	f.rotate("bob reused", 2, session.OutcomeAdvanced)
	f.rotate("bob reused", 1, session.OutcomeReused)
	for _, subject := range []string{"carol", "dave", "erin", "gina"} {
		f.begin(subject, "one", nil)
		f.begin(subject, "two", nil)
	}
	f.begin("kate", "late", nil)
	f.rotate("kate late", 1, session.OutcomeAdvanced)
	f.begin("frank", "first", nil)
	f.begin("frank", "second", func(c *session.Create) { c.Limit = 1 })

	*f.after = 2 * time.Minute
	f.rotate("kate late", 1, session.OutcomeRetried)
	end := func(subject string) session.Revocation {
		return session.Revocation{Kind: session.KindSubject, Subject: subject, Until: f.now().Add(retain), Reason: "password changed"}
	}
	spare := end("carol")
	spare.Except = f.id("carol two")
	f.revoke(spare, 1)
	f.revoke(end("gina"), 2)
	cut.command = "zrange" // so that nothing is cleaned
	f.revoke(end("dave"), 2)
	cut.command = "exists" // so that nothing is counted
	if _, err := f.s.Revoke(ctx, end("erin")); !errors.Is(err, session.ErrUnavailable) {
		f.t.Errorf("Revoke: %v, want ErrUnavailable", err)
	}
	cut.command = ""
	*f.after += time.Millisecond
	f.begin("gina", "again", nil)
	f.ids["lost a"] = session.NewID(f.now(), 1).String()
	f.must(f.s.Restore(ctx, 1, []session.Entry{{Kind: session.KindSession, ID: f.id("lost a"), Shard: 1, Until: f.now().Add(retain)}}))
	f.must(f.s.Announce(ctx, session.Node{ID: "n1", Name: "node | one", Applied: []session.Position{{MS: 1, Seq: 2}, {MS: 3}}}, time.Hour))

	*f.after = formEnd
	f.rotate("bob here", 1, session.OutcomeAdvanced)
}
