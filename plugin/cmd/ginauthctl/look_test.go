package main_test

import (
	"context"
	"fmt"
	"strings"
	"testing"
	"time"

	"github.com/ginauth/ginauth/plugin/internal/rig/redistest"
	"github.com/ginauth/ginauth/plugin/mirror"
	"github.com/ginauth/ginauth/plugin/redisstore"
	"github.com/ginauth/ginauth/plugin/session"
)

func TestTheLogIsShownOldestFirst(t *testing.T) {
	t.Parallel()
	r := newRig(t)
	a, b := r.login("user1"), r.login("user2\n")
	token := session.NewTokenID()
	r.ok("revoke", "token", "-session", a.ID.String(), "-jti", token.String())
	r.ok("revoke", "session", a.ID.String())
	r.ok("revoke", "subject", "user2\n", "-except", a.ID.String())
	r.ok("revoke", "all", "-yes")
	entries, _, err := r.store.Read(t.Context(), 0, session.Position{}, 10, 0)
	if err != nil || len(entries) != 4 {
		t.Fatal(entries, err)
	}
	ms := func(e session.Entry) string {
		return time.UnixMilli(e.Cutoff.At).UTC().Format("2006-01-02T15:04:05.000Z")
	}
	var rows []string
	for i, what := range []string{
		fmt.Sprintf("token    %s %s", a.ID, token),
		fmt.Sprintf("session  %s", a.ID),
		fmt.Sprintf("subject  user2? begun until %s except %s", ms(entries[2]), a.ID),
		fmt.Sprintf("all      begun until %s", ms(entries[3])),
	} {
		rows = append(rows, strings.Join(strings.Fields("0 "+what+" "+utc(entries[i].Until)), " "))
	}
	squeeze := func(text string) (lines []string) {
		for line := range strings.Lines(text) {
			lines = append(lines, strings.Join(strings.Fields(line), " "))
		}
		return lines
	}
	want := "SHARD KIND WHAT UNTIL\n" + strings.Join(rows, "\n")
	wants(t, strings.Join(squeeze(r.ok("log")), "\n"), want)
	wants(t, strings.Join(squeeze(r.ok("log", "-limit", "0")), "\n"), want)
	wants(t, strings.Join(squeeze(r.ok("log", "-limit", "1")), "\n"), "SHARD KIND WHAT UNTIL\n"+rows[3])
	var view struct {
		Entries []struct {
			Shard                                 int
			Kind, Session, Token, Subject, Except string
			Before, Until                         time.Time
		}
	}
	r.json(&view, "log")
	if e := view.Entries; len(e) != 4 || e[0].Token != token.String() || e[2].Subject != b.Subject || !e[3].Before.Equal(time.UnixMilli(entries[3].Cutoff.At)) {
		t.Errorf("%+v", e)
	}
}

// announce puts a node on the roster.
func (r *rig) announce(name string, at ...session.Position) {
	r.t.Helper()
	if err := r.store.Announce(r.t.Context(), session.Node{ID: "id-" + name, Name: name, Applied: at}, time.Minute); err != nil {
		r.t.Fatal(err)
	}
}

// rosterRig makes a log of three revocations and a node in each state. late is the lag, in ms,
// of the node that is behind.
func rosterRig(t *testing.T) (r *rig, last session.Position, late uint64) {
	t.Helper()
	r = newRig(t)
	var ends []session.Position
	for range 3 {
		r.ok("revoke", "session", r.login("user1").ID.String())
		st, err := r.store.State(t.Context(), 0)
		if err != nil {
			t.Fatal(err)
		}
		ends = append(ends, st.Last)
	}
	last = ends[2]
	r.announce("a", last)
	wants(t, r.ok("lag"), "in step: 1 node\n")
	r.announce("b", ends[0])
	r.announce("c", session.Position{MS: last.MS + 5})
	r.announce("d", session.Position{})
	r.announce("e", last, last)
	return r, last, last.MS - ends[0].MS
}

func TestWithoutNodesThereIsNoLag(t *testing.T) {
	t.Parallel()
	r := newRig(t)
	const nobody = "no node follows the log: all ask Redis on each request, or none runs\n"
	wants(t, r.ok("nodes"), nobody)
	wants(t, r.ok("lag"), nobody)
}

func TestNodesAreHeldAgainstTheLog(t *testing.T) {
	t.Parallel()
	r, _, late := rosterRig(t)
	wants(t, r.ok("nodes"), fmt.Sprintf("NODE  STATE         LAG MS  BEHIND\n"+
		"a     in step       0       0\n"+
		"b     behind        %-6d  2\n"+
		"c     ahead         0       0\n"+
		"d     reading       0       3\n"+
		"e     other shards  0       0\n", late))
	got := r.ctl("lag")
	if want := fmt.Sprintf("not in step: 4 of 5 nodes, at most %d ms and 3 entries behind: b, c, d, e\n", late); got.status != 3 || got.out != want || got.stderr != "" {
		t.Errorf("%+v, want status 3 and %s", got, want)
	}
	got = r.ctl("lag", "-json")
	if want := fmt.Sprintf("{\n  \"in_step\": false,\n  \"nodes\": 5,\n  \"lag_ms\": %d,\n  \"behind\": 3,\n  \"waiting\": [\n    \"b\",\n    \"c\",\n    \"d\",\n    \"e\"\n  ]\n}\n", late); got.status != 3 || got.out != want {
		t.Errorf("%+v, want %s", got, want)
	}
	var nodes struct {
		Nodes []struct {
			ID     string
			Name   string
			Shards []struct {
				Shard  int
				State  string
				LagMS  uint64 `json:"lag_ms"`
				Behind int
			}
		}
	}
	r.json(&nodes, "nodes")
	if n := nodes.Nodes; len(n) != 5 || n[1].Name != "b" || n[1].ID != "id-b" || n[1].Shards[0].Behind != 2 || n[1].Shards[0].State != "behind" {
		t.Errorf("%+v", n)
	}
}

func TestNodesOfOneNameAreListedApart(t *testing.T) {
	t.Parallel()
	r := newRig(t)
	for _, id := range []string{"1", "2"} {
		if err := r.store.Announce(t.Context(), session.Node{ID: id, Name: "web | \x1b[2J", Applied: []session.Position{{}}}, time.Minute); err != nil {
			t.Fatal(err)
		}
	}
	wants(t, r.ok("nodes"), "NODE        STATE    LAG MS  BEHIND\nweb | ?[2J  in step  0       0\nweb | ?[2J  in step  0       0\n")
}

func TestShardsCountTheirNodesByState(t *testing.T) {
	t.Parallel()
	r, last, _ := rosterRig(t)
	var shards struct {
		Shards []struct {
			Shard               int
			Epoch, Server, Last string
			Trimmed             string
			Entries             int
			Nodes               map[string]int
		}
	}
	r.json(&shards, "shards")
	if s := shards.Shards; len(s) != 1 || s[0].Entries != 3 || s[0].Epoch == "" || s[0].Nodes["ahead"] != 1 || s[0].Nodes["in step"] != 1 {
		t.Errorf("%+v", s)
	}
	position := fmt.Sprintf("%d-%d", last.MS, last.Seq)
	if text := r.ok("shards"); strings.Join(strings.Fields(text), " ") != "SHARD ENTRIES LAST TRIMMED IN STEP BEHIND READING AHEAD OTHER 0 3 "+position+" 0-0 1 1 1 1 1" {
		t.Error(text)
	}
}

// Running nodes obey the revocations of the program, and the program sees it.
func TestRunningNodesObeyAndAreSeenToObey(t *testing.T) {
	t.Parallel()
	r := newRig(t)
	var nodes []*mirror.Mirror
	for _, name := range []string{"one", "two"} {
		n := mirror.Must(mirror.New(r.store, mirror.Options{Node: name}))
		t.Cleanup(func() { _ = n.Close(context.Background()) })
		nodes = append(nodes, n)
	}
	s := r.login("user1")
	until(t, "the nodes are in step", func() bool {
		return nodes[0].Ready() && nodes[1].Ready() && r.ctl("lag").out == "in step: 2 nodes\n"
	})
	r.ok("revoke", "subject", "user1")
	until(t, "the nodes obey", func() bool { return r.ctl("lag").out == "in step: 2 nodes\n" })
	for _, n := range nodes {
		if err := n.Check(t.Context(), session.Probe{ID: s.ID, Subject: s.Subject, Token: session.NewTokenID()}); err == nil {
			t.Error("lag says that all is applied, and a node lets the session pass")
		}
	}
}

func until(t *testing.T, what string, ok func() bool) {
	t.Helper()
	for end := time.Now().Add(20 * time.Second); !ok(); {
		if time.Now().After(end) {
			t.Fatalf("waited in vain: %s", what)
		}
	}
}

func TestCheckNamesWhatIsWrongWithRedis(t *testing.T) {
	t.Parallel()
	fine := newRig(t, "--appendonly", "yes")
	wants(t, fine.ok("check"), "nothing was found\n")
	wants(t, fine.ok("check", "-json"), "{\n  \"usable\": true,\n  \"findings\": []\n}\n")

	risky := newRig(t, "--appendonly", "yes", "--maxmemory", "100mb", "--maxmemory-policy", "allkeys-lru")
	wants(t, risky.ok("check"), "risk: redis: maxmemory-policy allkeys-lru can evict sessions and revocations; want noeviction\n")

	err := fine.rdb.Do(t.Context(), "ACL", "SETUSER", "weak", "on", ">"+redisPassword, "~*", "+@all", "-eval", "-evalsha", "-script").Err()
	if err != nil {
		t.Fatal(err)
	}
	weak := *fine
	weak.env = []string{strings.Replace(fine.env[0], "//:", "//weak:", 1)}
	if got := weak.ctl("check"); got.status != 3 || !strings.HasPrefix(got.out, "fatal: redis: command EVAL is not allowed to this Redis user") {
		t.Errorf("%+v", got)
	}
}

func TestOnACluster(t *testing.T) {
	t.Parallel()
	rig := redistest.Cluster(t)
	if len(rig.Nodes) == 0 {
		t.Skip("miniredis is no Cluster")
	}
	r := newRigOn(t, rig.Client(t, nil), redisstore.Options{Shards: 16}, "REDIS_URL=redis://"+rig.Addrs[0]+"?addr="+rig.Addrs[1], "REDIS_MODE=cluster", "REDIS_SHARDS=16")
	var all []session.Session
	for i := range 40 {
		all = append(all, r.login(fmt.Sprintf("user%d", i)))
	}
	if text := r.ok("sessions", "user7"); !strings.Contains(text, all[7].ID.String()) {
		t.Error(text)
	}
	r.ok("revoke", "session", all[0].ID.String())
	wants(t, r.ok("revoke", "all", "-yes"), "revoked; 39 sessions had been live\n")
	if text := r.ok("shards"); strings.Count(text, "\n") != 17 { // with a heading
		t.Error(text)
	}
	wrong := *r
	wrong.env = []string{"REDIS_URL=redis://" + rig.Addrs[0]}
	if got := wrong.ctl("check"); got.status == 0 {
		t.Errorf("a cluster as a single server: %+v", got)
	}
}
