package history_test

import (
	"testing"

	"github.com/ginauth/ginauth/plugin/internal/rig/history"
)

// honest holds histories that break no rule, most of them only just.
var honest = map[string]func() *story{
	"nothing happens": begin,
	"a mirror hears at the last moment": func() *story {
		return begin().logout(100, "a", "s1", 200).use(2110, "b", "s1", 200).use(2120, "b", "s1", 401)
	},
	"a use at the same time as the logout": func() *story { return begin().logout(100, "a", "s1", 200).use(105, "a", "s1", 200) },
	"a refusal at the same time":           func() *story { return begin().use(95, "b", "s1", 401).logout(100, "a", "s1", 200) },
	"a logout that was not acknowledged and did not happen": func() *story {
		return begin().fault(0, 200, nil).logout(100, "a", "s1", 503).use(5000, "b", "s1", 200)
	},
	"a logout that was not acknowledged and did happen": func() *story {
		return begin().fault(0, 200, nil).logout(100, "a", "s1", 503).use(5000, "b", "s1", 401)
	},
	"a session begun after the cut-off": func() *story {
		return begin().revokeSubject(100, "a", "s1").login(120, "s4", "ann").use(5000, "b", "s4", 200)
	},
	"a login during the cut-off may end either way": func() *story {
		return begin().revokeAll(100, "a").login(105, "s4", "joe").login(105, "s5", "joe").
			use(5000, "b", "s4", 200).use(5000, "b", "s5", 401)
	},
	"logins are told to try again, since they were overtaken": func() *story {
		return begin().revokeSubject(100, "a", "s1").failedLogin(91, "ann").failedLogin(109, "ann").
			revokeAll(200, "a").failedLogin(205, "joe")
	},
	"another token of the session": func() *story {
		return begin().revokeToken(100, "b", "s1", "another").use(5000, "b", "s1", 200)
	},
	"the session of a revoked token is refreshed": func() *story {
		return begin().revokeToken(100, "a", "s1", "s1.access").refresh(5000, "b", "s1", "s1.1", "s1.2", 200)
	},
	"a flush loses sessions": func() *story { return begin().flushed(100, 110).use(200, "strict", "s1", 401).use(200, "b", "s1", 200) },
	"a flush loses what others had not heard, for a while": func() *story {
		return begin().logout(2900, "a", "s1", 200).flushed(3000, 3010).use(4900, "b", "s1", 200).use(5100, "b", "s1", 401)
	},
	"a standstill delays the healing": func() *story {
		return begin().logout(2900, "a", "s1", 200).flushed(3000, 3010).halt("", 3100, 4100).use(5500, "b", "s1", 200)
	},
	"the only node that knew died before the store was back": func() *story {
		return begin().node(func(n *history.Node) { n.Stopped = ms(3005) }).
			logout(2900, "new", "s1", 200).flushed(3000, 3010).use(9000, "b", "s1", 200)
	},
	"theft that a loss made": func() *story {
		return begin().reuse(5000, "a", "s1", "s1.0", "", 401).flushed(4000, 4010).use(9000, "b", "s1", 200)
	},
	"a new process knows what was revoked before": func() *story {
		return begin().logout(100, "a", "s1", 200).logout(600, "a", "s2", 200).
			node(func(n *history.Node) { n.Launched, n.Started = ms(500), ms(700) }).
			use(800, "new", "s1", 401).use(800, "new", "s2", 200)
	},
	"a killed node does not answer": func() *story {
		return begin().node(func(n *history.Node) { n.Stopped = ms(105) }).use(100, "new", "s1", 0)
	},
	"a paused node answers late": func() *story {
		return begin().halt("b", 100, 9000).use(100, "b", "s1", 200).last(func(o *history.Op) { o.Ended = ms(9100) })
	},
	"a 503 that a standstill made slow": func() *story {
		return begin().fault(0, 9000, nil).halt("", 500, 1000).
			use(100, "b", "s1", 503).last(func(o *history.Op) { o.Ended = ms(3300) })
	},
	"a strict node asks the wrong server for a while": func() *story {
		return begin().astray(50).logout(100, "a", "s1", 200).use(890, "strict", "s1", 200).use(910, "strict", "s1", 401)
	},
	"a new session is unknown to the wrong server": func() *story {
		return begin().astray(50).login(60, "s4", "joe").use(100, "strict", "s4", 401).use(910, "strict", "s4", 200)
	},
	"a machine that is too busy for the store": func() *story {
		return begin().halt("", 200, 260).halt("", 900, 960).
			use(100, "b", "s1", 503).last(func(o *history.Op) { o.Ended = ms(2200) })
	},
	"503 of what the fault does not spare": func() *story {
		return begin().fault(100, 200, func(f *history.Fault) { f.Spares = []history.Kind{history.Logout} }).use(150, "b", "s1", 503)
	},
	"a login that a revocation overtook": func() *story {
		return begin().revokeSubject(100, "a", "s1").add(history.Op{Kind: history.Login, Node: "b", Subject: "ann"}, 105, 503).
			revokeAll(200, "a").add(history.Op{Kind: history.Login, Node: "b", Subject: "joe"}, 195, 503)
	},
	"503 in a fault and right after it": func() *story {
		return begin().fault(100, 200, nil).use(95, "b", "s1", 503).use(3150, "b", "s1", 503)
	},
	"a cut node serves by its copy, then asks in vain, then heals": func() *story {
		return begin().cut(100, 9000, "b").use(2090, "b", "s1", 200).use(2150, "b", "s1", 503).use(8990, "b", "s1", 200).
			use(200, "strict", "s1", 200).login(300, "s4", "joe")
	},
	"a lost reply is asked for again": func() *story {
		return begin().refresh(100, "a", "s1", "s1.1", "s1.2", 200).refresh(200, "b", "s1", "s1.1", "s1.2", 200)
	},
	"theft ends the session": func() *story {
		return begin().refresh(100, "a", "s1", "s1.1", "s1.2", 200).refresh(200, "a", "s1", "s1.2", "s1.3", 200).
			reuse(300, "b", "s1", "s1.1", "", 401).use(320, "b", "s1", 401).refresh(320, "a", "s1", "s1.3", "", 401)
	},
	"a superseded token is current again in a store that went back": func() *story {
		return begin().refresh(100, "a", "s1", "s1.1", "s1.2", 200).refresh(200, "a", "s1", "s1.2", "s1.3", 200).
			fault(400, 500, func(f *history.Fault) { f.Loses, f.LostSince = true, ms(150) }).
			reuse(600, "b", "s1", "s1.1", "s1.2", 200)
	},
}

func TestHonestHistoriesPass(t *testing.T) {
	for name, told := range honest {
		t.Run(name, func(t *testing.T) {
			for _, v := range history.Check(told().end(), promise) {
				t.Error(v)
			}
		})
	}
}

func TestSummaryCounts(t *testing.T) {
	s := history.Summarize(begin().
		logout(100, "a", "s1", 200).use(1100, "b", "s1", 200).use(1200, "b", "s1", 401). // answered late, and already refused
		logout(1300, "a", "s2", 503).fault(1300, 1400, nil).use(1900, "b", "s3", 503).
		halt("", 50, 90).end(), promise)
	want := "12 operations, 9 x 200, 1 x 401, 2 x 503; 1 revocations acknowledged, 1 refusals because of them; " +
		"staleness at most 990ms, healed 510ms after a fault, slowest answer 10ms; the machine stood still for at most 40ms"
	if got := s.String(); got != want {
		t.Errorf("got  %s\nwant %s", got, want)
	}
}

func TestAboutTellsOneSession(t *testing.T) {
	h := begin().use(300, "b", "s1", 200).use(300, "b", "s3", 200).logout(200, "a", "s2", 200).
		revokeSubject(400, "a", "s2").revokeAll(500, "b").History
	var kinds []history.Kind
	for _, o := range h.About("s1") {
		kinds = append(kinds, o.Kind)
	}
	want := []history.Kind{history.Login, history.Use, history.RevokeSubject, history.RevokeAll}
	if len(kinds) != len(want) {
		t.Fatalf("got %v, want %v", kinds, want)
	}
	for i := range want {
		if kinds[i] != want[i] {
			t.Errorf("got %v, want %v", kinds, want)
		}
	}
}
