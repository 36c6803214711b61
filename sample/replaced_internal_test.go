package main

import (
	"context"
	"log/slog"
	"net/http"
	"net/http/httptest"
	"strings"
	"testing"
)

// overtaking is a user store in which something else happens right after a new password.
type overtaking struct {
	users
	meanwhile func(name string) error
}

func (o overtaking) replaceHash(ctx context.Context, name, old, replacement string) (bool, error) {
	ok, err := o.users.replaceHash(ctx, name, old, replacement)
	if err == nil && o.meanwhile != nil {
		err = o.meanwhile(name)
	}
	return ok, err
}

// The new session begins after the revocations of a change of password, so nothing would end
// one of a user who was disabled, or whose password was changed once more, just before.
func TestANewPasswordThatIsOvertakenBeginsNoSession(t *testing.T) {
	c, mistakes := loadConfig(func(string) string { return "" })
	if len(mistakes) > 0 {
		t.Fatal(mistakes)
	}
	a, err := newApp(c, slog.New(slog.DiscardHandler))
	if err != nil {
		t.Fatal(err)
	}
	t.Cleanup(a.close)
	routes, err := a.routes()
	if err != nil {
		t.Fatal(err)
	}
	post := func(path, token, body string) (status int, reply string) {
		r := httptest.NewRequestWithContext(t.Context(), http.MethodPost, path, strings.NewReader(body))
		r.Header.Set("Content-Type", "application/json")
		r.Header.Set("Authorization", "Bearer "+token)
		w := httptest.NewRecorder()
		routes.ServeHTTP(w, r)
		return w.Code, w.Body.String()
	}
	plain := a.users
	for name, meanwhile := range map[string]func(name string) error{
		"user1": func(name string) error { return plain.setDisabled(t.Context(), name, true) },
		"user2": func(name string) error {
			now, err := plain.find(t.Context(), name)
			if err == nil {
				_, err = plain.replaceHash(t.Context(), name, now.hash, "the hash of a thief's password")
			}
			return err
		},
	} {
		a.users = plain
		password := map[string]string{"user1": "password123", "user2": "password456"}[name]
		_, reply := post("/login", "", `{"username":"`+name+`","password":"`+password+`"}`)
		_, reply, _ = strings.Cut(reply, `"access_token":"`)
		token, _, _ := strings.Cut(reply, `"`)
		a.users = overtaking{plain, meanwhile}
		status, reply := post("/protected/password", token, `{"old_password":"`+password+`","new_password":"a new password 11"}`)
		if status != http.StatusServiceUnavailable || strings.Contains(reply, "access_token") {
			t.Errorf("%s: %d %s", name, status, reply)
		}
		if list, err := a.auth.Sessions(t.Context(), name); err != nil || len(list) > 0 {
			t.Errorf("%s: %d sessions live, %v", name, len(list), err)
		}
	}
}
