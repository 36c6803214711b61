package main

import "fmt"

// These are the contenders. The texts appear in reports.
const (
	bare         = "bare gin" // gets the same requests with the same tokens, but checks no token
	bareNoToken  = "bare gin, requests without a token"
	ginjwt       = "gin-jwt v2"
	exists       = "gin-jwt v2 + EXISTS"
	existsPiped  = "gin-jwt v2 + EXISTS, AutoPipeline"
	strict       = "ginauth, strict"
	onMirror     = "ginauth, mirror"
	mirrorBare   = "ginauth, mirror, no token cache"
	handRotation = "gin-jwt v2 + GET, DEL, SET"
)

// spec describes what a server process serves.
type spec struct {
	Who   string
	Alg   string // HS256 or RS256
	Redis string // the address; unused by bare gin and gin-jwt v2
	Key   []byte // the RSA key in PEM, for RS256

	Profile string // the file for a CPU profile; "": none
}

// entry is one row of a table.
type entry struct {
	label string
	who   string
	alg   string
	list  int // the size of the revocation list
}

// table is a set of entries that are measured side by side.
type table struct {
	name    string
	title   string
	load    kind
	entries []entry
	targets []target
}

// target is a ratio between two rows that the project promises.
type target struct {
	of, to string // labels
	least  float64
}

// kind is a kind of load.
type kind int

const (
	protected kind = iota // GET /protected, one session per connection
	refresh               // POST /refresh, each connection rotates its own session
	login                 // POST /login, a new user each time
)

func tables(o options) []table {
	hs := func(who string) entry { return entry{label: who, who: who, alg: "HS256"} }
	rs := func(who string) entry { return entry{label: who, who: who, alg: "RS256"} }
	out := []table{{
		name: "hs256", title: "A protected route, HS256", load: protected,
		entries: []entry{hs(bare), hs(bareNoToken), hs(ginjwt), hs(exists), hs(existsPiped), hs(strict), hs(onMirror), hs(mirrorBare)},
		targets: []target{
			{onMirror, bare, 0.90},
			{onMirror, ginjwt, 1.35},
			{onMirror, exists, 2.2},
			{strict, existsPiped, 1.0},
			{strict, exists, 1.2},
		},
	}, {
		name: "rs256", title: "A protected route, RS256", load: protected,
		entries: []entry{
			{label: onMirror + ", HS256", who: onMirror, alg: "HS256"},
			rs(ginjwt), rs(exists), rs(existsPiped), rs(strict), rs(onMirror), rs(mirrorBare),
		},
		targets: []target{{onMirror, onMirror + ", HS256", 0.95}},
	}}
	lists := table{name: "lists", title: "A protected route with many revoked tokens, HS256", load: protected}
	for _, who := range []string{exists, strict, onMirror} {
		for _, n := range o.lists {
			lists.entries = append(lists.entries, entry{label: listLabel(who, n), who: who, alg: "HS256", list: n})
		}
		lists.targets = append(lists.targets, target{listLabel(who, o.lists[len(o.lists)-1]), listLabel(who, o.lists[0]), 0.90})
	}
	lists.targets = lists.targets[1:] // only the targets of ginauth
	return append(out, lists, table{
		name: "refresh", title: "Refresh, HS256", load: refresh,
		entries: []entry{hs(handRotation), hs(strict)},
		targets: []target{{strict, handRotation, 1.2}},
	}, table{
		name: "login", title: "Login without the work of a password hash, HS256", load: login,
		entries: []entry{hs(ginjwt), hs(handRotation), hs(strict)},
		targets: []target{{strict, handRotation, 0.6}},
	})
}

func listLabel(who string, n int) string { return fmt.Sprintf("%s, %d revoked", who, n) }
