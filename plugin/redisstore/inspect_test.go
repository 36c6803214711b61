package redisstore_test

import (
	"errors"
	"strings"
	"testing"

	"github.com/redis/go-redis/v9"

	"github.com/ginauth/ginauth/plugin/internal/rig/redistest"
	"github.com/ginauth/ginauth/plugin/redisstore"
	"github.com/ginauth/ginauth/plugin/session"
)

func inspect(t *testing.T, rdb redis.UniversalClient) []redisstore.Finding {
	t.Helper()
	found, err := newStore(t, rdb, redisstore.Options{}).Inspect(t.Context())
	if err != nil {
		t.Fatal(err)
	}
	return found
}

func wantFinding(t *testing.T, found []redisstore.Finding, fatal bool, part string) {
	t.Helper()
	for _, f := range found {
		if f.Fatal == fatal && strings.Contains(f.String(), part) {
			return
		}
	}
	t.Errorf("nothing about %q (fatal %v) in %v", part, fatal, found)
}

func TestInspectFindsWhatWouldLoseSessions(t *testing.T) {
	t.Parallel()
	server := redistest.Real(t, "--maxmemory", "100mb", "--maxmemory-policy", "allkeys-lru", "--appendonly", "no")
	found := inspect(t, redistest.Client(t, server.Addr(), redisstore.Tune))
	wantFinding(t, found, false, "maxmemory-policy allkeys-lru")
	wantFinding(t, found, false, "append-only")
	if len(found) != 2 {
		t.Errorf("found %v", found)
	}
}

func TestInspectFindsNothingWhereAllIsWell(t *testing.T) {
	t.Parallel()
	server := redistest.Real(t, "--maxmemory-policy", "noeviction", "--appendonly", "yes")
	if found := inspect(t, redistest.Client(t, server.Addr(), redisstore.Tune)); len(found) != 0 {
		t.Errorf("found %v", found)
	}
}

func TestInspectFindsAReplica(t *testing.T) {
	t.Parallel()
	rig := redistest.Sentinel(t, 1)
	found := inspect(t, redistest.Client(t, rig.Nodes[1].Addr(), redisstore.Tune))
	wantFinding(t, found, true, "read-only replica")
	wantFinding(t, found, true, "scripts cannot write")
}

func TestInspectFindsAUserWithoutScripts(t *testing.T) {
	t.Parallel()
	found := inspect(t, as(t, redistest.Real(t, "--appendonly", "yes"), "~*", "+@all", "-@scripting", "-info"))
	wantFinding(t, found, true, "scripts cannot write")
	wantFinding(t, found, true, "command EVALSHA is not allowed")
	wantFinding(t, found, false, "command INFO is not allowed")
}

func TestInspectFindsAUserWithoutTheKeys(t *testing.T) {
	t.Parallel()
	found := inspect(t, as(t, redistest.Real(t, "--appendonly", "yes"), "~other:*", "+@all"))
	wantFinding(t, found, true, "command XREAD may not touch the keys")
}

// The pattern ~a:* would be for the keys of a prefix a:b too.
func TestTheRightsOfOnePrefixAreNotThoseOfALongerOne(t *testing.T) {
	t.Parallel()
	server := redistest.Real(t, "--appendonly", "yes")
	rdb := as(t, server, "~a:{*", "+@all", "-@admin", "-@dangerous", "+info")
	own := newStore(t, rdb, redisstore.Options{Prefix: "a"})
	if found, err := own.Inspect(t.Context()); err != nil || len(found) != 0 {
		t.Errorf("its own prefix: %v, %v", found, err)
	}
	login(t, own, "alice")
	if n, err := own.Revoke(t.Context(), session.Revocation{Kind: session.KindAll}); err != nil || n != 1 {
		t.Errorf("its own prefix: ended %d, %v", n, err)
	}
	other := newStore(t, rdb, redisstore.Options{Prefix: "a:b"})
	if _, err := other.Create(t.Context(), loginOf("alice")); !errors.Is(err, session.ErrUnavailable) || !strings.Contains(err.Error(), "NOPERM") {
		t.Errorf("a longer prefix: %v", err)
	}
}

// as opens a client whose user has these rights.
func as(t *testing.T, server *redistest.Server, rights ...any) redis.UniversalClient {
	t.Helper()
	admin := redistest.Client(t, server.Addr(), nil)
	if err := admin.Do(t.Context(), append([]any{"ACL", "SETUSER", "poor", "on", "nopass"}, rights...)...).Err(); err != nil {
		t.Fatal(err)
	}
	return redistest.Client(t, server.Addr(), func(o *redis.UniversalOptions) {
		redisstore.Tune(o)
		o.Username, o.Password = "poor", "none"
	})
}

func TestInspectLooksAtEveryMaster(t *testing.T) {
	t.Parallel()
	rig := redistest.Cluster(t)
	if len(rig.Nodes) == 0 {
		t.Skip("miniredis has no masters")
	}
	servers := make(map[string]bool)
	for _, f := range inspect(t, rig.Client(t, redisstore.Tune)) {
		servers[f.Server] = true
	}
	if len(servers) != 3 { // none of them has an append-only file
		t.Errorf("findings about %v", servers)
	}
}

func TestInspectSaysWhenNobodyAnswers(t *testing.T) {
	t.Parallel()
	server := redistest.Real(t)
	s := newStore(t, redistest.Client(t, server.Addr(), redisstore.Tune), redisstore.Options{})
	server.Stop()
	if _, err := s.Inspect(t.Context()); !errors.Is(err, session.ErrUnavailable) {
		t.Errorf("got %v", err)
	}
}
