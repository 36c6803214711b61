package main_test

import (
	"fmt"
	"net/http"
	"strconv"
	"strings"
	"testing"
)

// loginFrom is a login that a trusted proxy forwards from an address.
func loginFrom(addr, name, password string) request {
	q := loginRequest(name, password)
	q.Header = map[string]string{"X-Forwarded-For": addr}
	return q
}

const behindProxy = "TRUSTED_PROXIES=127.0.0.1"

// wantThrottled fails the test unless a login gets a 429 with a Retry-After within the window
// of the default rate.
func wantThrottled(t *testing.T, n *node, q request) {
	t.Helper()
	got := n.refused(t, q, http.StatusTooManyRequests, "too_many_attempts")
	if wait, err := strconv.Atoi(got.header.Get("Retry-After")); err != nil || wait < 1 || wait > 60 {
		t.Errorf("Retry-After %q", got.header.Get("Retry-After"))
	}
}

func TestFailedLoginsAreLimitedByDefault(t *testing.T) {
	t.Parallel()
	n := start(t, behindProxy)
	for range 10 {
		n.refused(t, loginFrom("192.0.2.1", "user1", "wrong"), http.StatusUnauthorized, "invalid_credentials")
	}
	wantThrottled(t, n, loginFrom("192.0.2.1", "user1", "wrong"))
	wantThrottled(t, n, loginFrom("192.0.2.1", "user1", demo["user1"]))
	wantThrottled(t, n, loginFrom("192.0.2.1", "user2", demo["user2"])) // the limit of the address
	n.ok(t, loginFrom("198.51.100.7", "user1", demo["user1"]))
	wantThrottled(t, n, loginFrom("198.51.100.7", "user1", "wrong")) // not 401: the limit of the name applies
	wantThrottled(t, n, loginFrom("198.51.100.7", "user1", demo["user1"]))
	n.ok(t, loginFrom("198.51.100.7", "user2", demo["user2"]))
}

func TestUnknownNamesAreLimitedAsUsersAre(t *testing.T) {
	t.Parallel()
	n := start(t, behindProxy, "LOGIN_RATE=2/1m")
	for _, name := range []string{"user1", "nobody"} {
		for i := range 2 {
			n.refused(t, loginFrom(fmt.Sprintf("192.0.2.%d", i), name, "wrong"), http.StatusUnauthorized, "invalid_credentials")
		}
		wantThrottled(t, n, loginFrom("192.0.2.9", name, "wrong"))
	}
}

func TestLoginsThatSucceedAreNotLimited(t *testing.T) {
	t.Parallel()
	n := start(t, "LOGIN_RATE=1/1m")
	for range 4 {
		n.login(t, "user1")
	}
}

func TestLoginRateOff(t *testing.T) {
	t.Parallel()
	n := start(t, "LOGIN_RATE=off")
	for range 12 {
		n.refused(t, loginRequest("user1", "wrong"), http.StatusUnauthorized, "invalid_credentials")
	}
	n.login(t, "user1")
}

func TestNodesLimitFailedLoginsTogether(t *testing.T) {
	t.Parallel()
	server := anyRedis(t)
	a, b := start(t, server.url(), behindProxy, "LOGIN_RATE=4/1m"), start(t, server.url(), behindProxy, "LOGIN_RATE=4/1m")
	for i := range 4 {
		n := []*node{a, b}[i%2]
		n.refused(t, loginFrom("192.0.2.1", "user1", "wrong"), http.StatusUnauthorized, "invalid_credentials")
	}
	for _, n := range []*node{a, b} {
		wantThrottled(t, n, loginFrom("192.0.2.1", "user1", demo["user1"]))
		n.ok(t, loginFrom("198.51.100.7", "user1", demo["user1"]))
	}
}

// Parallel guesses on any number of nodes are answered only as often as the rate allows.
func TestParallelGuessesOnTwoNodesAreLimited(t *testing.T) {
	t.Parallel()
	server := anyRedis(t)
	nodes := []*node{start(t, server.url(), "LOGIN_RATE=3/1m"), start(t, server.url(), "LOGIN_RATE=3/1m")}
	const guesses = 12
	statuses := make(chan int, guesses)
	for i := range guesses {
		go func() {
			got, err := nodes[i%2].try(t, loginRequest("user1", fmt.Sprintf("guess %d", i)))
			if err != nil {
				t.Error(err)
			}
			statuses <- got.status
		}()
	}
	count := map[int]int{}
	for range guesses {
		count[<-statuses]++
	}
	if count[http.StatusUnauthorized] != 3 || count[http.StatusTooManyRequests] != guesses-3 {
		t.Errorf("%v, want 3 of 401 and %d of 429", count, guesses-3)
	}
}

func TestLimiterThatCannotAnswerLetsNobodyIn(t *testing.T) {
	t.Parallel()
	server := realRedis(t)
	n := start(t, server.url())
	n.login(t, "user1")
	server.pause(t)
	got := n.refused(t, loginRequest("user1", demo["user1"]), http.StatusServiceUnavailable, "unavailable")
	server.resume(t)
	if got.took.Seconds() > 3 {
		t.Errorf("took %v", got.took)
	}
	healed(t, n)
	n.login(t, "user1")
}

// A thief who knows the password must not end the owner's sessions by logging in too often, nor
// fill the log that every node reads.
func TestNodesLimitWhatOneUserDoes(t *testing.T) {
	t.Parallel()
	server := anyRedis(t)
	nodes := []*node{start(t, server.url(), "USER_RATE=4/1m"), start(t, server.url(), "USER_RATE=4/1m")}
	owner := nodes[0].login(t, "user1")
	thief := nodes[1].login(t, "user1")
	for i := range 2 {
		nodes[i].login(t, "user1")
	}
	for i := range 4 {
		nodes[i%2].ok(t, request{Method: http.MethodPost, Path: "/logout/others", Token: owner.access})
	}
	for i := range 4 {
		wantThrottled(t, nodes[i%2], loginRequest("user1", demo["user1"]))
		wantThrottled(t, nodes[i%2], request{Method: http.MethodPost, Path: "/logout/others", Token: owner.access})
		wantThrottled(t, nodes[i%2], request{Method: http.MethodPost, Path: "/logout/all", Token: owner.access})
	}
	nodes[0].refused(t, request{Path: "/protected", Token: thief.access}, http.StatusUnauthorized, "token_revoked")
	nodes[1].login(t, "user2")
	nodes[1].ok(t, request{Method: http.MethodPost, Path: "/logout", Token: owner.access})
}

func TestUserRateOff(t *testing.T) {
	t.Parallel()
	n := start(t, "USER_RATE=off")
	for range 3 {
		n.login(t, "user1")
	}
}

func TestALimitBehindProxiesThatAnybodyCanBeIsToldAtStart(t *testing.T) {
	t.Parallel()
	const told = "TRUSTED_PROXIES trusts every address"
	for _, test := range []struct {
		env  []string
		told bool
	}{
		{[]string{"TRUSTED_PROXIES=0.0.0.0/0"}, true},
		{[]string{"TRUSTED_PROXIES=10.0.0.0/8,::/0"}, true},
		{[]string{"TRUSTED_PROXIES=10.0.0.0/8"}, false},
		{[]string{"TRUSTED_PROXIES=0.0.0.0/0", "LOGIN_RATE=off"}, false},
		{nil, false},
	} {
		n := start(t, test.env...)
		if strings.Contains(n.stderr.String(), told) != test.told {
			t.Errorf("%v:\n%s", test.env, n.stderr)
		}
	}
}

// Pages of other sites cannot lock a visitor out: header mode has no cookies, and yet the origin
// counts.
func TestForeignPagesSpendNoLoginAttempts(t *testing.T) {
	t.Parallel()
	n := start(t, "LOGIN_RATE=1/1m")
	for range 3 {
		q := loginRequest("user1", "wrong")
		q.Form, q.Header = true, map[string]string{"Origin": "https://evil.example"}
		n.refused(t, q, http.StatusForbidden, "cross_origin")
	}
	n.login(t, "user1")
}
