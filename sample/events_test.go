package main_test

import (
	"bufio"
	"io"
	"net/http"
	"strings"
	"testing"
	"time"
)

// listen opens the event stream. The channel delivers the rest of the stream once it is
// closed.
func (n *node) listen(t *testing.T, token string) <-chan string {
	t.Helper()
	r, err := http.NewRequestWithContext(t.Context(), http.MethodGet, n.base+"/protected/events", http.NoBody)
	if err != nil {
		t.Fatal(err)
	}
	r.Header.Set("Authorization", "Bearer "+token)
	res, err := client.Do(r) //nolint:bodyclose // the reader below closes it
	if err != nil {
		t.Fatal(err)
	}
	if got := res.Header.Get("Content-Type"); res.StatusCode != http.StatusOK || got != "text/event-stream" {
		t.Fatalf("%d %s", res.StatusCode, got)
	}
	in := bufio.NewReader(res.Body)
	if line, err := in.ReadString('\n'); err != nil || line != ": connected\n" {
		t.Fatalf("%q %v", line, err)
	}
	rest := make(chan string, 1)
	go func() {
		defer res.Body.Close()
		text, _ := io.ReadAll(in) // a read error shows up in the text
		rest <- string(text)
	}()
	return rest
}

func wantEvent(t *testing.T, stream <-chan string, event string) {
	t.Helper()
	select {
	case text := <-stream:
		if got := strings.TrimSpace(text); got != event {
			t.Errorf("the stream ended with %q, want %q", got, event)
		}
	case <-time.After(8 * time.Second):
		t.Error("the stream is still open")
	}
}

const revokedEvent, expiredEvent = "event: revoked\ndata: {}", "event: expired\ndata: {}"

func TestEventsEndWithTheSession(t *testing.T) {
	t.Parallel()
	onEachStore(t, func(t *testing.T, n *node) {
		a, b, admin := n.login(t, "user1"), n.login(t, "user1"), n.login(t, "admin")
		first, second := n.listen(t, a.access), n.listen(t, b.access)
		n.ok(t, post("/logout", a.access))
		wantEvent(t, first, revokedEvent)
		n.ok(t, revocation(admin, map[string]any{"token": b.access}))
		wantEvent(t, second, revokedEvent)
	})
}

func TestEventsEndWithARevocationOnAnotherNode(t *testing.T) {
	t.Parallel()
	a, b := twoNodes(t)
	user := a.login(t, "user1")
	stream := a.listen(t, user.access)
	b.ok(t, post("/logout/all", user.access))
	wantEvent(t, stream, revokedEvent)
}

func TestEventsEndWhenTheTokenExpires(t *testing.T) {
	t.Parallel()
	n := start(t, "ACCESS_TTL=2s")
	wantEvent(t, n.listen(t, n.login(t, "user1").access), expiredEvent)
}

// A stream is cheap to open and costs a connection and a goroutine as long as it lasts.
func TestOneSessionHasSixteenStreamsAtMost(t *testing.T) {
	t.Parallel()
	n := start(t)
	user, other := n.login(t, "user1"), n.login(t, "user1")
	var open []<-chan string
	for range 16 {
		open = append(open, n.listen(t, user.access))
	}
	n.refused(t, get("/protected/events", user.access), http.StatusTooManyRequests, "too_many_attempts")
	another := n.listen(t, other.access)
	n.ok(t, post("/logout", user.access))
	for _, stream := range open {
		wantEvent(t, stream, revokedEvent)
	}
	n.ok(t, post("/logout", other.access))
	wantEvent(t, another, revokedEvent)
}

func TestEventsNeedATokenAndAnswerHead(t *testing.T) {
	t.Parallel()
	n := start(t)
	n.refused(t, get("/protected/events", ""), http.StatusUnauthorized, "token_missing")
	n.ok(t, request{Method: "HEAD", Path: "/protected/events", Token: n.login(t, "user1").access})
}

func TestShutdownDoesNotWaitForStreams(t *testing.T) {
	t.Parallel()
	n := start(t)
	stream := n.listen(t, n.login(t, "user1").access)
	begun := time.Now()
	if code := n.stop(t); code != 0 || time.Since(begun) > 5*time.Second {
		t.Errorf("status %d after %v", code, time.Since(begun))
	}
	wantEvent(t, stream, "")
}
