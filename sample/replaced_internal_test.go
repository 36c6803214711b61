package main

import (
	"context"
	"errors"
	"log/slog"
	"net/http"
	"net/http/httptest"
	"strings"
	"testing"

	ginauth "github.com/ginauth/ginauth/plugin"
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
	a, send := inProcess(t, nil)
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
		_, reply := send("/login", "", `{"username":"`+name+`","password":"`+password+`"}`)
		token := accessOf(reply)
		a.users = overtaking{plain, meanwhile}
		status, reply := send("/protected/password", token, `{"old_password":"`+password+`","new_password":"a new password 11"}`)
		if status != http.StatusServiceUnavailable || strings.Contains(reply, "access_token") {
			t.Errorf("%s: %d %s", name, status, reply)
		}
		if list, err := a.auth.Sessions(t.Context(), name); err != nil || len(list) > 0 {
			t.Errorf("%s: %d sessions live, %v", name, len(list), err)
		}
	}
}

// inProcess runs the sample's routes without a server.
func inProcess(t *testing.T, env map[string]string) (*app, func(path, token, body string, header ...string) (status int, reply string)) {
	t.Helper()
	c, mistakes := loadConfig(func(name string) string { return env[name] })
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
	return a, func(path, token, body string, header ...string) (int, string) {
		method := http.MethodPost
		if body == "" {
			method = http.MethodGet
		}
		r := httptest.NewRequestWithContext(t.Context(), method, path, strings.NewReader(body))
		r.Header.Set("Content-Type", "application/json")
		r.Header.Set("Authorization", "Bearer "+token)
		for i := 0; i < len(header); i += 2 {
			r.Header.Set(header[i], header[i+1])
		}
		w := httptest.NewRecorder()
		routes.ServeHTTP(w, r)
		reply := w.Body.String()
		for _, cookie := range w.Result().Cookies() {
			if cookie.Name == "__Host-access_token" {
				reply += `"access_token":"` + cookie.Value + `"`
			}
		}
		return w.Code, reply
	}
}

const (
	loginOfUser1 = `{"username":"user1","password":"password123"}`
	newPassword  = `{"old_password":"password123","new_password":"a new password 11"}`
)

func accessOf(reply string) string {
	_, reply, _ = strings.Cut(reply, `"access_token":"`)
	token, _, _ := strings.Cut(reply, `"`)
	return token
}

// Two clicks judge the old password at the same time. One changes it, and the session that it
// begins must live.
func TestASecondClickOnANewPasswordEndsNothingOfTheFirst(t *testing.T) {
	a, send := inProcess(t, nil)
	_, reply := send("/login", "", loginOfUser1)
	second, err := a.judgeChange(t.Context(), "user1", "password123", "a new password 11")
	if err != nil {
		t.Fatal(err)
	}
	status, reply := send("/protected/password", accessOf(reply), newPassword)
	if status != http.StatusOK {
		t.Fatal(status, reply)
	}
	if err := a.applyChange(t.Context(), second); !errors.Is(err, ginauth.ErrForbidden) {
		t.Error(err)
	}
	if status, reply := send("/protected", accessOf(reply), ""); status != http.StatusOK {
		t.Errorf("the new session: %d %s", status, reply)
	}
}

// What refuses a change must do so before anything is changed.
func TestANewPasswordIsRefusedBeforeItIsInForce(t *testing.T) {
	for name, row := range map[string]struct {
		env    map[string]string
		header []string
		status int
	}{
		"a user without turns": {map[string]string{"USER_RATE": "1/1m"}, nil, http.StatusTooManyRequests},
		"another origin":       {map[string]string{"COOKIES": "true"}, []string{"Origin", "https://app.example.org"}, http.StatusForbidden},
	} {
		_, send := inProcess(t, row.env)
		_, reply := send("/login", "", loginOfUser1)
		token := accessOf(reply)
		status, reply := send("/protected/password", token, newPassword, row.header...)
		if status != row.status {
			t.Errorf("%s: %d %s", name, status, reply)
		}
		if status, reply := send("/protected", token, ""); status != http.StatusOK {
			t.Errorf("%s: the session: %d %s", name, status, reply)
		}
	}
}
