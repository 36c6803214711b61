package main_test

import (
	"encoding/base64"
	"net/http"
	"strings"
	"testing"
	"time"

	"golang.org/x/crypto/argon2"
)

func TestPasswordsAreKeptAsArgon2id(t *testing.T) {
	t.Parallel()
	server := anyRedis(t)
	n := start(t, server.url())
	n.login(t, "user1")
	user, err := server.client(t).HGetAll(t.Context(), "ginauth:user:user1").Result()
	if err != nil || !strings.HasPrefix(user["hash"], "$argon2id$v=19$m=19456,t=2,p=1$") {
		t.Errorf("%v %v", user, err)
	}
}

func TestLoginUpgradesAnOldHash(t *testing.T) {
	t.Parallel()
	server := anyRedis(t)
	n := start(t, server.url())
	n.login(t, "user1")
	rdb := server.client(t)
	salt := []byte("sixteen bytes ok")
	b64 := base64.RawStdEncoding.EncodeToString
	old := "$argon2id$v=19$m=1024,t=1,p=1$" + b64(salt) + "$" + b64(argon2.IDKey([]byte("password123"), salt, 1, 1024, 1, 32))
	if err := rdb.HSet(t.Context(), "ginauth:user:user1", "hash", old).Err(); err != nil {
		t.Fatal(err)
	}
	n.refused(t, loginRequest("user1", "wrong"), http.StatusUnauthorized, "invalid_credentials")
	if kept := rdb.HGet(t.Context(), "ginauth:user:user1", "hash").Val(); kept != old {
		t.Error("a wrong password changed the hash")
	}
	n.login(t, "user1")
	if kept := rdb.HGet(t.Context(), "ginauth:user:user1", "hash").Val(); !strings.HasPrefix(kept, "$argon2id$v=19$m=19456,t=2,p=1$") {
		t.Errorf("kept: %.32s", kept)
	}
	n.login(t, "user1")
}

// This Redis accepts new passwords but no revocations. Half a change would leave the other
// sessions alive and the caller with an old password that no longer works.
func TestChangeOfPasswordThatCannotEndOtherSessionsChangesNothing(t *testing.T) {
	t.Parallel()
	server := realRedis(t)
	n := start(t, server.url(), strictCheck)
	own, other := n.login(t, "user1"), n.login(t, "user1")
	acl := server.keysAllowed(t)
	change := request{Method: "POST", Path: "/protected/password", Token: own.access,
		Fields: map[string]any{"old_password": demo["user1"], "new_password": "a new password 22"}}
	acl("%R~*", "~ginauth:user:*", "~ginauth:throttle:*")
	n.refused(t, change, http.StatusServiceUnavailable, "unavailable")
	n.alive(t, other.access)
	acl("~*")
	n.alive(t, own.access)
	n.alive(t, tokensOf(n.ok(t, change)).access)
	n.dead(t, other.access)
	n.dead(t, own.access)
}

func TestUnreadableHashLetsNobodyIn(t *testing.T) {
	t.Parallel()
	server := anyRedis(t)
	n := start(t, server.url())
	n.login(t, "user1")
	for _, hash := range []string{
		"password123", "$argon2id$v=19$m=4294967295,t=1,p=1$c2l4dGVlbiBieXRlcyBvaw$AAAAAAAAAAAAAAAAAAAAAA",
		"$argon2id$v=19$m=1024,t=1,p=1$c2l4dGVlbiBieXRlcyBvaw$", "$argon2i$v=19$m=1024,t=1,p=1$c2l4dGVlbiBieXRlcyBvaw$AAAAAAAAAAAAAAAAAAAAAA",
	} {
		if err := server.client(t).HSet(t.Context(), "ginauth:user:user1", "hash", hash).Err(); err != nil {
			t.Fatal(err)
		}
		n.refused(t, loginRequest("user1", "password123"), http.StatusUnauthorized, "invalid_credentials")
	}
}

func TestManyLoginsAtOnceAllSucceed(t *testing.T) {
	t.Parallel()
	n := start(t)
	replies := make(chan int, 16)
	for range cap(replies) {
		go func() {
			status := http.StatusServiceUnavailable
			// A busy machine may answer 503, which asks the client to retry.
			for end := time.Now().Add(20 * time.Second); status == http.StatusServiceUnavailable && time.Now().Before(end); {
				got, err := n.try(t, loginRequest("user1", demo["user1"]))
				if err != nil {
					t.Error(err)
					break
				}
				status = got.status
			}
			replies <- status
		}()
	}
	for range cap(replies) {
		if status := <-replies; status != http.StatusOK {
			t.Errorf("%d", status)
		}
	}
}

// An unknown user gets the same answer as a known one. A truncated password would make a
// difference.
func TestPasswordBeyondTheBoundIsRefused(t *testing.T) {
	t.Parallel()
	n := start(t)
	for _, name := range []string{"user1", "nobody"} {
		n.refused(t, loginRequest(name, strings.Repeat("x", 1025)), http.StatusUnauthorized, "invalid_credentials")
	}
	own := n.login(t, "user1")
	change := func(old, next string) request {
		return request{Method: "POST", Path: "/protected/password", Token: own.access, Fields: map[string]any{"old_password": old, "new_password": next}}
	}
	long := strings.Repeat("x", 1024)
	n.refused(t, change(demo["user1"], long+"x"), http.StatusBadRequest, "invalid_request")
	n.refused(t, change(long+"x", "a new password 11"), http.StatusBadRequest, "invalid_request")
	n.ok(t, change(demo["user1"], long))
	n.refused(t, loginRequest("user1", long[1:]), http.StatusUnauthorized, "invalid_credentials")
	n.ok(t, loginRequest("user1", long))
}
