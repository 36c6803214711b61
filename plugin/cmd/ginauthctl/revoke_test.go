package main_test

import (
	"encoding/base64"
	"errors"
	"fmt"
	"strings"
	"testing"
	"time"

	"github.com/ginauth/ginauth/plugin/internal/token"
	"github.com/ginauth/ginauth/plugin/session"
)

func TestSessionsAreListed(t *testing.T) {
	t.Parallel()
	r := newRig(t)
	wants(t, r.ok("sessions", "nobody"), "no live sessions\n")
	wants(t, r.ok("sessions", "nobody", "-json"), "{\n  \"sessions\": []\n}\n")
	s := r.login("user1")
	wants(t, r.ok("sessions", "user1"), fmt.Sprintf(
		"SESSION                 CREATED               LAST USED             EXPIRES               ADDRESS    DEVICE  USER AGENT\n"+
			"%s  %s  %s  %s  192.0.2.7  laptop  curl/8?[2J\n", s.ID, utc(s.CreatedAt), utc(s.LastUsedAt), utc(s.IdleAt)))
	var list struct {
		Sessions []struct {
			ID         string
			Subject    string
			CreatedAt  time.Time `json:"created_at"`
			LastUsedAt time.Time `json:"last_used_at"`
			ExpiresAt  time.Time `json:"expires_at"`
			Generation int
			IP         string
			UserAgent  string `json:"user_agent"`
			Device     string
		}
	}
	r.json(&list, "sessions", "user1")
	if len(list.Sessions) != 1 || list.Sessions[0].ID != s.ID.String() || !list.Sessions[0].ExpiresAt.Equal(s.IdleAt) || list.Sessions[0].UserAgent != s.UserAgent {
		t.Errorf("%+v", list)
	}
}

func TestARevokedSessionIsDead(t *testing.T) {
	t.Parallel()
	r := newRig(t)
	a, b, c := r.login("user1"), r.login("user1"), r.login("user1")
	wants(t, r.ok("revoke", "session", a.ID.String()), "revoked; 1 session had been live\n")
	wants(t, r.ok("revoke", "session", a.ID.String(), "-json"), "{\n  \"kind\": \"session\",\n  \"revoked\": 0\n}\n")
	wants(t, r.ok("revoke", "session", a.ID.String(), b.ID.String()), "revoked; 1 session had been live\n")
	if r.alive(a) || r.alive(b) || !r.alive(c) {
		t.Error("another session than the named ones was ended")
	}
	unknown := session.NewID(time.Now(), 0)
	wants(t, r.ok("revoke", "session", unknown.String()), "revoked; 0 sessions had been live\n")
}

func TestTheReasonIsKeptWithWhatWasEnded(t *testing.T) {
	t.Parallel()
	r := newRig(t)
	a, b := r.login("user1"), r.login("user2")
	r.ok("revoke", "session", a.ID.String())
	r.ok("revoke", "subject", "user2", "-reason", "stolen phone")
	for id, want := range map[session.ID]string{a.ID: "operator", b.ID: "stolen phone"} {
		if ending, err := r.store.Ending(t.Context(), id); err != nil || ending.Reason != want {
			t.Errorf("%+v %v, want %s", ending, err, want)
		}
	}
}

func TestOneBadIDAndNoSessionIsEnded(t *testing.T) {
	t.Parallel()
	r := newRig(t)
	a := r.login("user1")
	got := r.ctl("revoke", "session", a.ID.String(), "junk")
	if got.status != 2 || got.out != "" || got.stderr != "ginauthctl: revoke session: argument 2 is no session id (22 characters of base64url)\n" || !r.alive(a) {
		t.Errorf("%+v", got)
	}
}

func TestARevokedSubjectIsDeadButForTheSparedSession(t *testing.T) {
	t.Parallel()
	r := newRig(t)
	a, b, other := r.login("user1"), r.login("user1"), r.login("user2")
	wants(t, r.ok("revoke", "subject", "user1", "-except", a.ID.String()), "revoked; 1 session had been live\n")
	if !r.alive(a) || r.alive(b) || !r.alive(other) {
		t.Error("not all but the spared session")
	}
	wants(t, r.ok("revoke", "subject", "user1"), "revoked; 1 session had been live\n")
	if r.alive(a) || !r.alive(other) {
		t.Error("not the subject, or more than it")
	}
	dashed := r.login("-user")
	wants(t, r.ok("revoke", "subject", "--", "-user"), "revoked; 1 session had been live\n")
	if r.alive(dashed) {
		t.Error("a subject that begins with a dash cannot be revoked")
	}
}

func TestEverythingIsRevokedOnlyWithYes(t *testing.T) {
	t.Parallel()
	r := newRig(t)
	a, b := r.login("user1"), r.login("user2")
	if got := r.ctl("revoke", "all"); got.status != 2 || got.out != "" || !r.alive(a) {
		t.Errorf("without -yes: %+v", got)
	}
	wants(t, r.ok("revoke", "all", "-yes", "-json"), "{\n  \"kind\": \"all\",\n  \"revoked\": 2\n}\n")
	if r.alive(a) || r.alive(b) {
		t.Error("somebody is still logged in")
	}
}

// jwtOf returns a token with an invalid signature.
func jwtOf(claims string) string {
	b64 := base64.RawURLEncoding.EncodeToString
	return b64([]byte(`{"alg":"HS256"}`)) + "." + b64([]byte(claims)) + "." + b64([]byte("signature"))
}

func TestATokenIsRevokedByItsIDsOrFromStandardInput(t *testing.T) {
	t.Parallel()
	r := newRig(t)
	s := r.login("user1")
	byID, byText, spared := session.NewTokenID(), session.NewTokenID(), session.NewTokenID()
	wants(t, r.ok("revoke", "token", "-session", s.ID.String(), "-jti", byID.String()), "revoked; 1 token had been live\n")
	text := jwtOf(fmt.Sprintf(`{"sid":%q,"jti":%q,"exp":1}`, s.ID, byText))
	r.secrets = append(r.secrets, text[20:40])
	wants(t, r.okWith(text+"\n", "revoke", "token"), "revoked; 1 token had been live\n")
	for _, token := range []session.TokenID{byID, byText} {
		if err := r.checked(s, token); !errors.Is(err, session.ErrRevoked) {
			t.Errorf("a revoked token: %v", err)
		}
	}
	if err := r.checked(s, spared); err != nil {
		t.Errorf("another token of the session: %v", err)
	}
}

func TestARefreshTokenTakesItsSessionWithIt(t *testing.T) {
	t.Parallel()
	r := newRig(t)
	s := r.login("user1")
	codec, err := token.NewCodec([]byte("a key that ginauthctl does not have"))
	if err != nil {
		t.Fatal(err)
	}
	wants(t, r.okWith(codec.Encode(token.Refresh{ID: s.ID, Generation: 7}), "revoke", "token"), "revoked; 1 session had been live\n")
	if r.alive(s) {
		t.Error("the session lives")
	}
}

// The store keeps everything that follows a revocation for as long as the revocation itself, and
// anybody can write an exp into a token that is not verified.
func TestAnUnverifiedExpInAgesNeedsTheOperatorsWord(t *testing.T) {
	t.Parallel()
	r := newRig(t)
	s := r.login("user1")
	token := jwtOf(fmt.Sprintf(`{"sid":%q,"jti":%q,"exp":253402300799}`, s.ID, session.NewTokenID()))
	if got := r.ctlWith(token, "revoke", "token"); got.status != 2 || !strings.Contains(got.stderr, "-retain") {
		t.Errorf("without -retain: %+v", got)
	}
	if got := r.ctlWith(token, "revoke", "token", "-retain=48h"); got.status != 0 {
		t.Fatalf("with -retain: %+v", got)
	}
	entries, _, err := r.store.Read(t.Context(), int(s.ID.Shard()), session.Position{}, 10, 0)
	if err != nil || len(entries) != 1 || time.Until(entries[0].Until) > 49*time.Hour {
		t.Errorf("%+v, %v; want one entry for 48 hours", entries, err)
	}
}

func TestWhatIsNoTokenRevokesNothing(t *testing.T) {
	t.Parallel()
	r := newRig(t)
	s := r.login("user1")
	for name, stdin := range map[string]string{
		"nothing":         "",
		"junk":            "junk",
		"dots":            "..",
		"no ids":          jwtOf(`{"sub":"user1"}`),
		"ids of a kind":   jwtOf(`{"sid":1,"jti":true}`),
		"half of the ids": jwtOf(fmt.Sprintf(`{"sid":%q}`, s.ID)),
		"bad ids":         jwtOf(`{"sid":"x","jti":"y"}`),
		"refresh junk":    "rt1_junk",
		"two tokens":      jwtOf(`{}`) + "\n" + jwtOf(`{}`),
		"a long one":      jwtOf(fmt.Sprintf(`{"sid":%q,"jti":%q,"pad":"%09000d"}`, s.ID, session.NewTokenID(), 0)),
	} {
		if got := r.ctlWith(stdin, "revoke", "token"); got.status != 2 || got.out != "" || got.stderr == "" {
			t.Errorf("%s: %+v", name, got)
		}
	}
	if !r.alive(s) {
		t.Error("something was revoked")
	}
}
