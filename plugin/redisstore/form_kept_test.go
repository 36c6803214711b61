package redisstore_test

import (
	"bytes"
	"context"
	"errors"
	"maps"
	"slices"
	"strings"
	"time"

	"github.com/ginauth/ginauth/plugin/session"
)

// readsOn compares what the store says with what the flows have done.
func (f form) readsOn(d dump) {
	f.t.Helper()
	ctx := context.Background()
	for name, generation := range map[string]uint32{
		"alice laptop": 1, "alice phone": 3, "alice tablet": 1, "bob here": 2, "carol two": 1, "kate late": 2, "frank second": 1, "gina again": 1,
	} {
		one := session.Session{ID: f.id(name), Subject: strings.Fields(name)[0]}
		got, err := f.s.Get(ctx, one.ID)
		if err != nil || got.Generation != generation || got.Subject != one.Subject || got.Confirmed != (generation == 3) {
			f.t.Errorf("%s: %+v, %v; want generation %d", name, got, err, generation)
		}
		f.fails(name, checks(f.s, one, session.NewTokenID(), nil))
	}
	for name, reason := range map[string]string{
		"bob left": "log out", "bob reused": session.ReasonReuse, "carol one": "password changed", "dave one": "password changed",
		"dave two": "password changed", "erin one": "password changed", "erin two": "password changed", "gina one": "password changed",
		"frank first": session.ReasonLimit, "heidi idle": session.ReasonExpired, "ivan long": "logout", "old a": "", "lost a": "",
	} {
		one := session.Session{ID: f.id(name), Subject: strings.Fields(name)[0]}
		f.fails(name, checks(f.s, one, session.TokenID{}, session.ErrRevoked), gets(f.s, one.ID, session.ErrNotFound),
			rotates(f.s, one.ID, 1, session.OutcomeGone))
		how, err := f.s.Ending(ctx, one.ID)
		if how.Reason != reason || (err != nil) != (reason == "") {
			f.t.Errorf("%s: ended by %q, %v; want %q", name, how.Reason, err, reason)
		}
	}
	f.fails("stolen token", checks(f.s, session.Session{ID: f.id("alice tablet"), Subject: "alice"}, f.token("stolen"), session.ErrRevoked))
	f.fails("lists", lists(f.s, "alice", f.id("alice laptop"), f.id("alice phone"), f.id("alice tablet")), lists(f.s, "bob", f.id("bob here")),
		lists(f.s, "carol", f.id("carol two")), lists(f.s, "dave"), lists(f.s, "erin"), lists(f.s, "frank", f.id("frank second")),
		lists(f.s, "gina", f.id("gina again")), lists(f.s, "heidi"), lists(f.s, "old"))
	f.readsFields()
	f.readsLog(d)
	nodes, err := f.s.Nodes(ctx)
	if err != nil || len(nodes) != 1 || nodes[0].Name != "node | one" || !slices.Equal(nodes[0].Applied, []session.Position{{MS: 1, Seq: 2}, {MS: 3}}) {
		f.t.Errorf("nodes %+v, %v", nodes, err)
	}
}

func (f form) fails(name string, errs ...error) {
	f.t.Helper()
	if err := errors.Join(errs...); err != nil {
		f.t.Errorf("%s: %v", name, err)
	}
}

func (f form) readsFields() {
	f.t.Helper()
	one, err := f.s.Get(context.Background(), f.id("alice phone"))
	began := formTime.Add(time.Minute + time.Millisecond)
	refreshed := formTime.Add(time.Minute + 3*time.Millisecond)
	if err != nil || one.IP != "192.0.2.8" || one.UserAgent != "curl/8" || one.Device != "phone" || !bytes.Equal(one.Claims, []byte("{\"role\":\"ü\"}\n")) ||
		!one.AuthTime.Equal(formTime.Add(-time.Minute)) || !one.CreatedAt.Equal(began) || !one.EndsAt.Equal(began.Add(maxTTL)) ||
		!one.RotatedAt.Equal(refreshed) || !one.LastUsedAt.Equal(refreshed) || !one.IdleAt.Equal(refreshed.Add(idleTTL)) {
		f.t.Errorf("%+v, %v", one, err)
	}
	one, err = f.s.Get(context.Background(), f.id("kate late"))
	if err != nil || one.LateRetries != 1 || !one.RetriedLate {
		f.t.Errorf("retried late: %+v, %v", one, err)
	}
}

// readsLog compares the entries with the ends of the tokens that they cover.
func (f form) readsLog(d dump) {
	f.t.Helper()
	until := map[string]time.Duration{} // by session or subject
	for shard := range formShards {
		st, err := f.s.State(context.Background(), shard)
		if epoch := d.Keys["ginauth:{"+string(rune('0'+shard))+"}:shard"].Hash["e"]; err != nil || st.Epoch == "" || st.Epoch != epoch {
			f.t.Errorf("shard %d: epoch %q, %v; want %q", shard, st.Epoch, err, epoch)
		}
		entries, last, err := f.s.Read(context.Background(), shard, session.Position{}, 1000, 0)
		if err != nil || int64(len(entries)) != st.Length || last != st.Last {
			f.t.Errorf("shard %d: %d entries up to %v, %v; want %d up to %v", shard, len(entries), last, err, st.Length, st.Last)
		}
		for _, e := range entries {
			name := e.Subject
			for session, id := range f.ids {
				if id == e.ID.String() {
					name = session
				}
			}
			if e.Kind == session.KindToken && e.Token != f.token("stolen") {
				f.t.Errorf("a token %v", e.Token)
			}
			until[name] = max(until[name], e.Until.Sub(formTime).Truncate(time.Minute))
		}
	}
	names := slices.Sorted(maps.Keys(until))
	want := []string{"", "alice tablet", "bob left", "bob reused", "carol", "dave", "erin", "frank first", "gina", "ivan long", "lost a"}
	if !slices.Equal(names, want) {
		f.t.Errorf("entries for %q, want %q", names, want)
	}
	for name, least := range map[string]time.Duration{
		"": retain, "alice tablet": 10 * time.Minute, "bob left": retain + time.Minute, "bob reused": retain + time.Minute,
		"frank first": retain + time.Minute, "dave": retain + 2*time.Minute, "ivan long": 2*time.Hour + time.Minute, "lost a": retain + 2*time.Minute,
	} {
		if until[name] < least {
			f.t.Errorf("the entry for %q counts until %v, want at least %v", name, until[name], least)
		}
	}
	if exact := until["alice tablet"]; exact != 10*time.Minute {
		f.t.Errorf("the token counts until %v", exact)
	}
}

// goesOn uses the sessions.
func (f form) goesOn() {
	f.t.Helper()
	f.rotate("bob here", 1, session.OutcomeRetried)
	f.rotate("bob here", 2, session.OutcomeAdvanced)
	for generation := range uint32(3) {
		one := f.rotate("alice phone", generation+3, session.OutcomeAdvanced)
		if one.Device != "phone" || !one.IdleAt.Equal(f.now().Add(idleTTL)) {
			f.t.Errorf("after a refresh: %+v", one)
		}
	}
	f.rotate("carol two", 1, session.OutcomeAdvanced)
	if one := f.rotate("kate late", 2, session.OutcomeAdvanced); one.LateRetries != 1 || one.RetriedLate {
		f.t.Errorf("refreshed after a late retry: %+v", one)
	}
	created := f.begin("alice", "fourth", func(c *session.Create) { c.Limit = 3 })
	if !slices.Equal(created.Evicted, []session.ID{f.id("alice laptop")}) {
		f.t.Errorf("the login has ended %v, want the laptop", created.Evicted)
	}
	for _, subject := range []string{"dave", "erin", "old", "carol"} {
		f.begin(subject, "again", nil)
	}
	f.fails("lists", lists(f.s, "dave", f.id("dave again")), lists(f.s, "erin", f.id("erin again")), lists(f.s, "old", f.id("old again")),
		lists(f.s, "carol", f.id("carol two"), f.id("carol again")))
	for subject, want := range map[string]int{"dave": 1, "erin": 1, "carol": 2, "alice": 3, "heidi": 0} {
		f.revoke(session.Revocation{Kind: session.KindSubject, Subject: subject, Until: f.now().Add(retain)}, want)
		f.fails(subject, lists(f.s, subject))
	}
	f.revoke(session.Revocation{Kind: session.KindToken, ID: f.id("bob here"), Token: session.NewTokenID(), Until: f.now().Add(retain)}, 1)
	f.rotate("bob here", 1, session.OutcomeReused)
	f.rotate("frank second", 1, session.OutcomeAdvanced)
	if _, err := f.s.Revoke(context.Background(), session.Revocation{Kind: session.KindAll, Until: f.now().Add(retain)}); err != nil {
		f.t.Error(err)
	}
	f.rotate("frank second", 2, session.OutcomeGone)
}
