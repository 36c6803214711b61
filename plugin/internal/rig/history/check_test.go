package history_test

import (
	"slices"
	"testing"

	"github.com/ginauth/ginauth/plugin/internal/rig/history"
)

// bad holds histories that break one rule each, by name.
var bad = []struct {
	name string
	rule history.Rule
	told func() *story
}{
	{"a mirror that never hears", history.Obeyed, func() *story { return begin().logout(100, "a", "s1", 200).use(2200, "b", "s1", 200) }},
	{"the node that revoked lets in", history.Obeyed, func() *story { return begin().logout(100, "a", "s1", 200).use(120, "a", "s1", 200) }},
	{"a strict node lags", history.Obeyed, func() *story { return begin().logout(100, "a", "s1", 200).use(120, "strict", "s1", 200) }},
	{"a refresh after the logout", history.Obeyed, func() *story {
		return begin().logout(100, "a", "s1", 200).refresh(120, "b", "s1", "s1.1", "s1.2", 200)
	}},
	{"a revoked token, and its session is used", history.Obeyed, func() *story {
		return begin().revokeToken(150, "a", "s2", "s2.access").use(2200, "b", "s2", 200)
	}},
	{"another session of a revoked subject", history.Obeyed, func() *story { return begin().revokeSubject(100, "a", "s1").use(2200, "b", "s2", 200) }},
	{"a dead session ends those of its subject", history.Obeyed, func() *story { return begin().logout(100, "a", "s1", 200).revokeSubject(120, "b", "s1") }},
	{"everything was revoked but for one", history.Obeyed, func() *story { return begin().revokeAll(100, "a").use(2200, "b", "s3", 200) }},
	{"theft is noticed and nothing follows", history.Obeyed, func() *story { return begin().reuse(100, "a", "s3", "s3.0", "", 401).use(2200, "b", "s3", 200) }},
	{"a new process begins with an old list", history.Obeyed, func() *story {
		return begin().logout(100, "a", "s1", 200).
			node(func(n *history.Node) { n.Launched, n.Started = ms(500), ms(700) }).use(800, "new", "s1", 200)
	}},
	{"a standstill is no excuse for an old list", history.Obeyed, func() *story {
		return begin().logout(100, "a", "s1", 200).halt("", 200, 2000).use(2200, "b", "s1", 200)
	}},

	{"a strict node asks the wrong server for too long", history.Obeyed, func() *story {
		return begin().astray(50).logout(100, "a", "s1", 200).use(910, "strict", "s1", 200)
	}},
	{"the wrong server knew of the revocation", history.Obeyed, func() *story {
		return begin().logout(100, "a", "s1", 200).astray(200).use(300, "strict", "s1", 200)
	}},
	{"a wrong server is asked for a refresh", history.Obeyed, func() *story {
		return begin().astray(50).logout(100, "a", "s1", 200).refresh(300, "b", "s1", "s1.1", "s1.2", 200)
	}},

	{"the node that revoked forgets with the store", history.NeverBack, func() *story {
		return begin().logout(100, "a", "s1", 200).flushed(200, 210).use(300, "a", "s1", 200)
	}},
	{"a node that had heard forgets with the store", history.NeverBack, func() *story {
		return begin().logout(100, "a", "s1", 200).flushed(3000, 3010).use(3100, "b", "s1", 200)
	}},
	{"nobody puts back what was lost", history.NeverBack, func() *story {
		return begin().logout(2900, "a", "s1", 200).flushed(3000, 3010).use(5100, "b", "s1", 200)
	}},
	{"a failover undoes a logout", history.NeverBack, func() *story {
		return begin().logout(2900, "a", "s1", 200).
			fault(3000, 6000, func(f *history.Fault) { f.Loses, f.LostSince = true, ms(2800) }).
			refresh(8100, "b", "s1", "s1.1", "s1.2", 200)
	}},

	{"refused without a reason", history.Live, func() *story { return begin().use(100, "b", "s1", 401) }},
	{"refused because of another's logout", history.Live, func() *story { return begin().logout(100, "a", "s1", 200).use(200, "b", "s2", 401) }},
	{"refused because another token was revoked", history.Live, func() *story {
		return begin().revokeToken(100, "a", "s1", "another").use(200, "b", "s1", 401)
	}},
	{"begun after the cut-off and refused by it", history.Live, func() *story {
		return begin().revokeSubject(100, "a", "s1").login(120, "s4", "ann").use(200, "b", "s4", 401)
	}},
	{"refused before it was revoked", history.Live, func() *story { return begin().use(50, "b", "s1", 401).logout(100, "a", "s1", 200) }},
	{"a fault that loses nothing loses a session", history.Live, func() *story { return begin().fault(100, 200, nil).use(300, "b", "s1", 401) }},
	{"a failover loses an older session", history.Live, func() *story {
		return begin().fault(100, 200, func(f *history.Fault) { f.Loses, f.LostSince = true, ms(50) }).use(300, "b", "s1", 401)
	}},
	{"refused before the store lost it", history.Live, func() *story { return begin().use(100, "b", "s1", 401).flushed(200, 210) }},
	{"the wrong server knew the session", history.Live, func() *story { return begin().astray(50).use(100, "strict", "s1", 401) }},
	{"a wrong server ends a new session", history.Live, func() *story {
		return begin().astray(50).login(60, "s4", "joe").refresh(100, "b", "s4", "s4.1", "", 401)
	}},
	{"a login is refused", history.Live, func() *story {
		return begin().add(history.Op{Kind: history.Login, Node: "a", Subject: "joe"}, 100, 401)
	}},

	{"no answer", history.Answered, func() *story { return begin().use(100, "b", "s1", 0) }},
	{"a 500", history.Answered, func() *story { return begin().use(100, "b", "s1", 500) }},
	{"a 404", history.Answered, func() *story { return begin().use(100, "b", "s1", 404) }},
	{"a slow 503", history.Answered, func() *story {
		return begin().fault(0, 9000, nil).use(100, "b", "s1", 503).last(func(o *history.Op) { o.Ended = ms(3200) })
	}},
	{"a very slow 200", history.Answered, func() *story {
		return begin().use(100, "b", "s1", 200).last(func(o *history.Op) { o.Ended = ms(5200) })
	}},
	{"no answer long before the node was killed", history.Answered, func() *story {
		return begin().node(func(n *history.Node) { n.Stopped = ms(9000) }).use(100, "new", "s1", 0)
	}},

	{"a copy is trusted for too long", history.CutOff, func() *story { return begin().cut(100, 9000, "b").use(2200, "b", "s1", 200) }},
	{"a strict node lets in what it cannot ask about", history.CutOff, func() *story { return begin().cut(50, 8000).use(200, "strict", "s1", 200) }},
	{"a login without the store", history.CutOff, func() *story { return begin().cut(100, 9000, "a").login(200, "s4", "joe") }},
	{"a logout is acknowledged without the store", history.CutOff, func() *story { return begin().cut(100, 9000, "b").logout(200, "b", "s1", 200) }},

	{"503 in peace", history.Healed, func() *story { return begin().use(100, "b", "s1", 503) }},
	{"a login is 503 in peace", history.Healed, func() *story { return begin().failedLogin(100, "ann") }},
	{"a login after the revocation is 503", history.Healed, func() *story { return begin().revokeSubject(100, "a", "s1").failedLogin(120, "ann") }},
	{"a login before the revocation is 503", history.Healed, func() *story { return begin().failedLogin(80, "ann").revokeSubject(100, "a", "s1") }},
	{"a login is 503 for another's revocation", history.Healed, func() *story { return begin().revokeSubject(100, "a", "s1").failedLogin(105, "bob") }},
	{"a login is 503 for a revocation that was refused", history.Healed, func() *story {
		return begin().logout(50, "a", "s1", 200).revokeSubject(100, "a", "s1").last(func(o *history.Op) { o.Status = 401 }).failedLogin(105, "ann")
	}},
	{"a refresh is 503 for a revocation", history.Healed, func() *story {
		return begin().revokeSubject(100, "a", "s1").refresh(105, "b", "s2", "s2.1", "", 503)
	}},
	{"503 before the fault", history.Healed, func() *story { return begin().use(100, "b", "s1", 503).fault(200, 300, nil) }},
	{"503 long after the fault", history.Healed, func() *story { return begin().fault(100, 200, nil).use(3300, "b", "s1", 503) }},
	{"503 of a node that is well", history.Healed, func() *story { return begin().cut(100, 9000, "b").use(200, "strict", "s1", 503) }},
	{"503 in peace that a standstill does not explain", history.Healed, func() *story {
		return begin().halt("", 50, 1900).use(100, "b", "s1", 503).last(func(o *history.Op) { o.Ended = ms(1900) })
	}},
	{"503 in peace after a long wait", history.Healed, func() *story {
		return begin().halt("", 100, 150).use(100, "b", "s1", 503).last(func(o *history.Op) { o.Ended = ms(2200) })
	}},
	{"503 of what the fault spares", history.Healed, func() *story {
		return begin().fault(100, 200, func(f *history.Fault) { f.Spares = []history.Kind{history.Logout, history.Use} }).use(150, "b", "s1", 503)
	}},
	{"a login is not overtaken by what came before it", history.Healed, func() *story {
		return begin().revokeAll(100, "a").add(history.Op{Kind: history.Login, Node: "a", Subject: "joe"}, 120, 503)
	}},
	{"a login is not overtaken by another's revocation", history.Healed, func() *story {
		return begin().revokeSubject(100, "a", "s1").add(history.Op{Kind: history.Login, Node: "a", Subject: "joe"}, 105, 503)
	}},
	{"a node that lets nobody in again", history.Healed, func() *story { return begin().fault(90_050, 90_105, nil) }},

	{"two successors", history.OneChain, func() *story {
		return begin().refresh(100, "a", "s1", "s1.1", "s1.2", 200).refresh(200, "b", "s1", "s1.1", "s1.x", 200)
	}},
	{"one successor of two", history.OneChain, func() *story {
		return begin().refresh(100, "a", "s1", "s1.1", "s1.2", 200).refresh(200, "b", "s2", "s2.1", "s1.2", 200)
	}},
	{"two logins get one token", history.OneChain, func() *story {
		return begin().login(100, "s4", "joe").last(func(o *history.Op) { o.Next = "s1.1" }).
			refresh(200, "b", "s1", "s0.1", "s1.1", 200)
	}},
	{"a superseded token is accepted", history.OneChain, func() *story {
		return begin().refresh(100, "a", "s1", "s1.1", "s1.2", 200).refresh(200, "a", "s1", "s1.2", "s1.3", 200).
			reuse(300, "b", "s1", "s1.1", "s1.2", 200)
	}},
	{"a superseded token is accepted, and what was lost is of later", history.OneChain, func() *story {
		return begin().refresh(100, "a", "s1", "s1.1", "s1.2", 200).refresh(200, "a", "s1", "s1.2", "s1.3", 200).
			fault(400, 500, func(f *history.Fault) { f.Loses, f.LostSince = true, ms(350) }).
			reuse(600, "b", "s1", "s1.1", "s1.2", 200)
	}},
}

// The checker reports the named rule and no other. A checker that reported everything would
// find these violations too.
func TestEveryBrokenPromiseIsFound(t *testing.T) {
	caught := map[history.Rule]int{}
	for _, c := range bad {
		t.Run(c.name, func(t *testing.T) {
			found := history.Check(c.told().end(), promise)
			if !slices.ContainsFunc(found, func(v history.Violation) bool { return v.Rule == c.rule }) {
				t.Errorf("not found: %s; found %v", c.rule, found)
			}
			for _, v := range found {
				if v.Rule != c.rule {
					t.Errorf("also found: %s", v)
				}
			}
			caught[c.rule]++
		})
	}
	for _, rule := range []history.Rule{
		history.Obeyed, history.NeverBack, history.Live, history.Answered, history.CutOff, history.Healed, history.OneChain,
	} {
		if caught[rule] < 2 {
			t.Errorf("%d bad histories for: %s", caught[rule], rule)
		}
	}
}
