package storetest

import (
	"bytes"
	"errors"
	"slices"
	"strings"
	"time"

	"github.com/ginauth/ginauth/plugin/session"
)

var createCases = []Case{
	newCase("create keeps every field", createKeepsEveryField),
	newCase("create cuts address, user agent and device", createCuts),
	newCase("claims come back verbatim", claimsVerbatim),
	newCase("no memory is shared with the caller", noSharedMemory),
	newCase("list is newest first and holds only the subject's sessions", listNewestFirst),
	newCase("subjects of every shape are kept apart", weirdSubjects),
	newCase("invalid subjects are refused", unfitSubjects),
}

func createKeepsEveryField(k *kit) {
	subject := k.subject()
	c := k.loginOf(subject)
	c.AuthTime = k.clock.Now().Add(-time.Minute)
	c.Claims = []byte(`{"role":"admin"}`)
	created := k.create(c)
	now := k.clock.Now()
	want := session.Session{
		ID: created.Session.ID, Subject: subject, Generation: 1,
		CreatedAt: now, RotatedAt: now, LastUsedAt: now, IdleAt: now.Add(idleTTL), EndsAt: now.Add(maxTTL),
		AuthTime: time.Unix(c.AuthTime.Unix(), 0), IP: c.IP, UserAgent: c.UserAgent, Device: c.Device, Claims: c.Claims,
	}
	if !created.Now.Equal(now) || len(created.Evicted) != 0 {
		k.failf("Create: Now = %v at %v, evicted %v", created.Now, now, created.Evicted)
	}
	if id := created.Session.ID; !id.Created().Equal(now) || int(id.Shard()) != k.shardOf(subject) {
		k.failf("the id says %v, shard %d; want %v, shard %d", id.Created(), id.Shard(), now, k.shardOf(subject))
	}
	k.same("Create", created.Session, want)
	k.same("Get", k.get(want.ID), want)
	list, err := k.store.List(k.ctx, subject)
	k.must("List", err)
	if len(list) != 1 {
		k.failf("List returned %d sessions, want 1", len(list))
	}
	k.same("List", list[0], want)
	k.alive("just created", want)
}

// same compares two sessions field by field.
func (k *kit) same(what string, got, want session.Session) {
	type times struct{ created, rotated, used, idle, ends, auth int64 }
	split := func(s session.Session) (session.Session, times) {
		t := times{
			s.CreatedAt.UnixNano(), s.RotatedAt.UnixNano(), s.LastUsedAt.UnixNano(),
			s.IdleAt.UnixNano(), s.EndsAt.UnixNano(), s.AuthTime.UnixNano(),
		}
		return session.Session{
			ID: s.ID, Subject: s.Subject, Generation: s.Generation, Confirmed: s.Confirmed,
			LateRetries: s.LateRetries, RetriedLate: s.RetriedLate,
			IP: s.IP, UserAgent: s.UserAgent, Device: s.Device,
		}, t
	}
	g, gt := split(got)
	w, wt := split(want)
	equal := g.ID == w.ID && g.Subject == w.Subject && g.Generation == w.Generation &&
		g.Confirmed == w.Confirmed &&
		g.LateRetries == w.LateRetries && g.RetriedLate == w.RetriedLate && g.IP == w.IP && g.UserAgent == w.UserAgent && g.Device == w.Device
	if !equal || gt != wt || !bytes.Equal(got.Claims, want.Claims) {
		k.failf("%s: the session is\n%+v, want\n%+v", what, got, want)
	}
}

func createCuts(k *kit) {
	c := k.loginOf(k.subject())
	c.IP = strings.Repeat("1", session.MaxIP) + "2"
	c.UserAgent = strings.Repeat("a", session.MaxUserAgent) + "b"
	c.Device = strings.Repeat("d", session.MaxDevice) + "e"
	sess := k.create(c).Session
	for _, got := range []session.Session{sess, k.get(sess.ID)} {
		if got.IP != c.IP[:session.MaxIP] || got.UserAgent != c.UserAgent[:session.MaxUserAgent] || got.Device != c.Device[:session.MaxDevice] {
			k.failf("kept %d bytes of address and %d of user agent", len(got.IP), len(got.UserAgent))
		}
	}
	r := k.rotationOf(sess.ID, 1)
	r.IP, r.UserAgent = c.IP, c.UserAgent
	k.rotate(r, session.OutcomeAdvanced)
	if got := k.get(sess.ID); got.IP != c.IP[:session.MaxIP] || got.UserAgent != c.UserAgent[:session.MaxUserAgent] {
		k.failf("after a refresh: kept %d bytes of address and %d of user agent", len(got.IP), len(got.UserAgent))
	}
}

func claimsVerbatim(k *kit) {
	every := make([]byte, 256)
	for i := range every {
		every[i] = byte(i)
	}
	for _, claims := range [][]byte{nil, {}, {0}, []byte("\r\n"), every, bytes.Repeat(every, 64)} {
		c := k.loginOf(k.subject())
		c.Claims = claims
		sess := k.create(c).Session
		rotated := k.rotate(k.rotationOf(sess.ID, 1), session.OutcomeAdvanced)
		for _, got := range [][]byte{sess.Claims, rotated.Claims, k.get(sess.ID).Claims} {
			if !bytes.Equal(got, claims) {
				k.failf("%d bytes of claims came back as %d other ones", len(claims), len(got))
			}
		}
	}
}

func noSharedMemory(k *kit) {
	c := k.loginOf(k.subject())
	c.Claims = []byte("original")
	created := k.create(c).Session
	copy(c.Claims, "XXXXXXXX")
	copy(created.Claims, "YYYYYYYY")
	copy(k.get(created.ID).Claims, "ZZZZZZZZ")
	rotated := k.rotate(k.rotationOf(created.ID, 1), session.OutcomeAdvanced)
	copy(rotated.Claims, "WWWWWWWW")
	if got := k.get(created.ID).Claims; string(got) != "original" {
		k.failf("a caller changed the claims to %q", got)
	}
}

func listNewestFirst(k *kit) {
	subject, other := k.subject(), k.subject()
	if ids := k.list(subject); len(ids) != 0 {
		k.failf("a subject without sessions has %d", len(ids))
	}
	const n = 5
	want := make([]session.ID, 0, n)
	for range n {
		want = append(want, k.login(subject).ID)
		k.login(other)
	}
	slices.Reverse(want)
	if got := k.list(subject); !slices.Equal(got, want) {
		k.failf("List = %v, want %v", got, want)
	}
	k.rotate(k.rotationOf(want[3], 1), session.OutcomeAdvanced)
	if got := k.list(subject); !slices.Equal(got, want) {
		k.failf("a refresh changed the order of the list")
	}
	k.revoke(session.Revocation{Kind: session.KindSession, ID: want[2]}, 1)
	if got := k.list(subject); !slices.Equal(got, slices.Delete(want, 2, 3)) {
		k.failf("a revoked session is still in the list")
	}
}

func weirdSubjects(k *kit) {
	unique := k.subject()
	subjects := []string{
		unique + "{a}", unique + "{b}", unique + "}{", unique + ":", unique + "::", unique + " ", unique + "  ",
		unique + "ü", unique + "u\u0308", unique + "名", unique + "A", unique + "a", unique + "*", unique + "[a]",
		unique + "\x00", unique + "\ufffd", unique + "\r\n", unique + `"\`, unique + "%s", "{}" + unique,
		unique + strings.Repeat("x", session.MaxSubject-len(unique)),
	}
	sessions := make([]session.Session, 0, len(subjects))
	for _, subject := range subjects {
		sess := k.create(k.loginOf(subject)).Session
		if got := k.get(sess.ID); sess.Subject != subject || got.Subject != subject {
			k.failf("subject %q came back as %q and %q", subject, sess.Subject, got.Subject)
		}
		sessions = append(sessions, sess)
	}
	k.alive("subjects differ", sessions...)
	for i, subject := range subjects {
		shard := k.shardOf(subject)
		mark := k.mark(shard)
		k.revoke(session.Revocation{Kind: session.KindSubject, Subject: subject}, 1)
		if got := k.since(shard, mark); len(got) != 1 || got[0].Subject != subject {
			k.failf("revoking %q was logged as %+v", subject, got)
		}
		k.dead("revoked subject", sessions[i])
		if i+1 < len(sessions) {
			k.alive("another subject was revoked", sessions[i+1])
		}
	}
}

func unfitSubjects(k *kit) {
	for _, subject := range []string{"", strings.Repeat("x", session.MaxSubject+1), "not UTF-8 \xff", "half a pair \xed\xa0\x80"} {
		if _, err := k.store.Create(k.ctx, k.loginOf(subject)); !errors.Is(err, session.ErrInvalidSubject) {
			k.failf("Create for %q: %v, want ErrInvalidSubject", subject, err)
		}
		r := session.Revocation{Kind: session.KindSubject, Subject: subject, Until: k.tokenEnd()}
		if _, err := k.store.Revoke(k.ctx, r); !errors.Is(err, session.ErrInvalidSubject) {
			k.failf("Revoke of %q: %v, want ErrInvalidSubject", subject, err)
		}
		if list, err := k.store.List(k.ctx, subject); len(list) > 0 || !errors.Is(err, session.ErrInvalidSubject) {
			k.failf("List of %q: %d sessions, %v, want ErrInvalidSubject", subject, len(list), err)
		}
		k.old("of no possible subject", subject, k.clock.Now(), true)
	}
}
