package main_test

import (
	"fmt"
	"net/http"
	"strings"
	"sync"
	"testing"
)

// canary holds the secrets that a node received or handed out and must not reveal elsewhere:
// passwords, and tokens in pieces. It also holds everything the node has said in places where
// no secret may appear.
type canary struct {
	mu      sync.Mutex
	secrets map[string]bool
	pieces  map[string]bool
	told    strings.Builder // refusals and metrics; the log is added when the node has stopped
}

// leastSecret excludes values that are too short to search for, like "wrong".
const leastSecret = 10

func (c *canary) keep(secrets ...string) {
	c.mu.Lock()
	defer c.mu.Unlock()
	if c.secrets == nil {
		c.secrets = make(map[string]bool)
	}
	for _, s := range secrets {
		if len(s) >= leastSecret {
			c.secrets[s] = true
		}
	}
}

// hear records a request and its reply.
func (c *canary) hear(q request, got reply) {
	for _, field := range []string{"password", "old_password", "new_password"} {
		if value, ok := q.Fields[field].(string); ok && len(value) < 200 {
			c.keep(value)
		}
	}
	tokens := tokensOf(got)
	c.keepToken(tokens.access)
	c.keepToken(tokens.refresh)
	for _, cookie := range (&http.Response{Header: got.header}).Cookies() {
		c.keepToken(cookie.Value)
	}
	if got.status >= http.StatusBadRequest || q.Path == "/metrics" {
		c.mu.Lock()
		defer c.mu.Unlock()
		fmt.Fprintf(&c.told, "%v %s\n", got.header, got.raw)
	}
}

// pieceLen is the length of a token fragment that counts as a leak.
const pieceLen = 16

// keepToken stores every fragment of a JWT's payload and signature, and of a refresh token
// after its prefix. A JWT's header is the same for all tokens and not secret.
func (c *canary) keepToken(token string) {
	if header, rest, ok := strings.Cut(token, "."); ok && header != "" {
		token = rest
	}
	token = strings.TrimPrefix(token, "rt1_")
	c.mu.Lock()
	defer c.mu.Unlock()
	if c.pieces == nil {
		c.pieces = make(map[string]bool)
	}
	for at := 0; at+pieceLen <= len(token); at++ {
		c.pieces[token[at:at+pieceLen]] = true
	}
}

// check searches everything the node said, and log, for the secrets.
func (c *canary) check(t *testing.T, log string) {
	t.Helper()
	c.mu.Lock()
	defer c.mu.Unlock()
	told := c.told.String() + log
	report := func(at int, secret string) {
		t.Errorf("%q was told: %q", secret, told[max(0, at-80):at+len(secret)])
	}
	for secret := range c.secrets {
		if at := strings.Index(told, secret); at >= 0 {
			report(at, secret)
		}
	}
	for at := 0; at+pieceLen <= len(told); at++ {
		if piece := told[at : at+pieceLen]; c.pieces[piece] {
			report(at, piece)
		}
	}
}

// Marked secrets pass through everything the sample does, including an outage of the store,
// with tokens in headers and in cookies. checkLog searches every node of every test in the
// same way when it stops.
func TestNoMarkedSecretIsEmittedByTheSample(t *testing.T) {
	t.Parallel()
	const redisPassword, clientSecret = "canary-redis-password", testClientSecret
	server := realRedis(t, "--requirepass", redisPassword)
	env := []string{
		strings.Replace(server.url(), "://", "://:"+redisPassword+"@", 1), strictCheck,
		"INTROSPECTION_CLIENT=api", "INTROSPECTION_SECRET=" + clientSecret, "JWT_PREVIOUS_SECRETS=canary-previous-secret-of-32-bytes-and-more",
	}
	n := start(t, env...)
	c, cookies := cookieNode(t, env...)
	for _, node := range []*node{n, c} {
		node.canary.keep(redisPassword, clientSecret, secret, "canary-previous-secret")
	}
	n.served(t)
	n.refusedInEveryWay(t)
	c.foreignOrigins(t, cookies)
	admin, user := n.login(t, "admin"), n.login(t, "user2")
	n.ok(t, refreshRequest(tokensOf(n.ok(t, refreshRequest(user.refresh))).refresh))
	n.deadRefresh(t, user.refresh) // this is reuse
	user = n.login(t, "user2")
	server.kill()
	n.down(t, admin, user)
	for _, node := range []*node{n, c} {
		if text := node.ok(t, get("/metrics", "")).raw; !strings.Contains(text, `ginauth_events_total{kind="refused"}`) {
			t.Error("no metrics")
		}
		if !strings.Contains(node.stderr.String(), `"msg":"ginauth: login"`) {
			t.Error("no login in the log")
		}
	}
	n.canary.mu.Lock()
	defer n.canary.mu.Unlock()
	if len(n.canary.secrets) < 8 || len(n.canary.pieces) < 1000 || n.canary.told.Len() < 1000 {
		t.Errorf("%d secrets and %d pieces were looked for in %d bytes", len(n.canary.secrets), len(n.canary.pieces), n.canary.told.Len())
	}
}
