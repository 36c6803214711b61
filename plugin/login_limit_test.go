package ginauth_test

import (
	"context"
	"errors"
	"net/http"
	"strings"
	"sync"
	"testing"
	"time"

	"github.com/gin-gonic/gin"

	ginauth "github.com/ginauth/ginauth/plugin"
	"github.com/ginauth/ginauth/plugin/internal/rig/authtest"
	"github.com/ginauth/ginauth/plugin/throttle"
)

// throttled limits an App's logins to 3 failures a minute.
func throttled(t *testing.T) func(*ginauth.Config) {
	t.Helper()
	limiter, err := throttle.Memory(throttle.Rate{Times: 3, Window: time.Minute})
	if err != nil {
		t.Fatal(err)
	}
	return func(c *ginauth.Config) { c.LoginLimit = &ginauth.LoginLimit{Limiter: limiter} }
}

// from makes a request come from the given address.
func from(addr string) authtest.RequestOption {
	return func(r *http.Request) { r.RemoteAddr = addr + ":1234" }
}

func credentials(name, password string) authtest.RequestOption {
	return authtest.JSON(map[string]string{"username": name, "password": password})
}

func TestGuessedPasswordsAreThrottled(t *testing.T) {
	t.Parallel()
	app := authtest.New(t, throttled(t))
	guess := func(password, addr string) authtest.Reply {
		return app.Do("POST", "/login", credentials("user1", password), from(addr))
	}
	for range 3 {
		wantRefusal(t, guess("wrong", "192.0.2.1"), http.StatusUnauthorized, "invalid_credentials")
	}
	for _, password := range []string{"wrong", authtest.Passwords["user1"]} {
		reply := guess(password, "192.0.2.1")
		wantRefusal(t, reply, http.StatusTooManyRequests, "too_many_attempts")
		if wait := reply.Header.Get("Retry-After"); wait != "60" {
			t.Errorf("Retry-After: %q, want 60", wait)
		}
	}
	wantRefusal(t, app.Do("POST", "/login", credentials("user2", authtest.Passwords["user2"]), from("192.0.2.1")),
		http.StatusTooManyRequests, "too_many_attempts") // the address
	wantStatus(t, guess(authtest.Passwords["user1"], "198.51.100.7"), http.StatusOK)
	wantRefusal(t, guess("wrong", "198.51.100.7"), http.StatusTooManyRequests, "too_many_attempts")
	wantRefusal(t, guess(authtest.Passwords["user1"], "198.51.100.7"), http.StatusTooManyRequests, "too_many_attempts")
}

func TestThrottledLoginIsAnEvent(t *testing.T) {
	t.Parallel()
	app := authtest.New(t, throttled(t))
	for range 4 {
		app.Do("POST", "/login", credentials("user1", "wrong"))
	}
	failed := app.Events.Of(ginauth.EventLoginFailed)
	if len(failed) != 4 || failed[2].Reason != "invalid_credentials" || failed[3].Reason != "too_many_attempts" {
		t.Errorf("%+v", failed)
	}
}

func TestRefusedLoginBeginsNoSession(t *testing.T) {
	t.Parallel()
	limiter := &scriptedLimiter{end: time.Second}
	app := authtest.New(t, func(c *ginauth.Config) { c.LoginLimit = &ginauth.LoginLimit{Limiter: limiter} })
	reply := app.Do("POST", "/login", credentials("user1", authtest.Passwords["user1"]))
	wantRefusal(t, reply, http.StatusTooManyRequests, "too_many_attempts")
	sessions, err := app.Auth.Sessions(t.Context(), "user1")
	if err != nil || len(sessions) != 0 {
		t.Errorf("%d sessions, %v", len(sessions), err)
	}
}

// scriptedLimiter gives scripted answers and records its calls.
type scriptedLimiter struct {
	begin, end       time.Duration
	beginErr, endErr error

	mu    sync.Mutex
	asked []string
}

func (s *scriptedLimiter) Begin(_ context.Context, name, addr string) (time.Duration, error) {
	s.note("begin " + name + " " + addr)
	return s.begin, s.beginErr
}

func (s *scriptedLimiter) End(ctx context.Context, name, addr string, failed bool) (time.Duration, error) {
	if failed {
		name += " failed"
	}
	s.note("end " + name + " " + addr)
	if ctx.Err() != nil {
		return 0, ctx.Err()
	}
	return s.end, s.endErr
}

func (s *scriptedLimiter) note(what string) {
	s.mu.Lock()
	defer s.mu.Unlock()
	s.asked = append(s.asked, what)
}

func (s *scriptedLimiter) heard() string {
	s.mu.Lock()
	defer s.mu.Unlock()
	return strings.Join(s.asked, ", ")
}

func TestLimiterIsAskedAroundTheAuthenticator(t *testing.T) {
	t.Parallel()
	for name, test := range map[string]struct {
		answer error
		status int
		heard  string
	}{
		"right":     {nil, http.StatusOK, "begin user1 192.0.2.1, end user1 192.0.2.1"},
		"wrong":     {errors.New("no"), http.StatusUnauthorized, "begin user1 192.0.2.1, end user1 failed 192.0.2.1"},
		"malformed": {ginauth.ErrInvalidRequest, http.StatusBadRequest, "begin user1 192.0.2.1"},
		"outage":    {ginauth.ErrUnavailable, http.StatusServiceUnavailable, "begin user1 192.0.2.1"},
	} {
		t.Run(name, func(t *testing.T) {
			t.Parallel()
			limiter := &scriptedLimiter{}
			app := authtest.New(t, func(c *ginauth.Config) {
				c.LoginLimit = &ginauth.LoginLimit{Limiter: limiter}
				c.JWT.Authenticator = func(*gin.Context) (any, error) { return authtest.UserNamed("user1"), test.answer }
			})
			wantStatus(t, app.Do("POST", "/login", credentials("user1", "x"), from("192.0.2.1")), test.status)
			if heard := limiter.heard(); heard != test.heard {
				t.Errorf("heard %q, want %q", heard, test.heard)
			}
		})
	}
}

func TestThrottledAttemptNeverReachesTheAuthenticator(t *testing.T) {
	t.Parallel()
	app := authtest.New(t, func(c *ginauth.Config) {
		c.LoginLimit = &ginauth.LoginLimit{Limiter: &scriptedLimiter{begin: 1500 * time.Millisecond}}
		c.JWT.Authenticator = func(*gin.Context) (any, error) {
			t.Error("the Authenticator was asked")
			return nil, errors.New("no")
		}
	})
	reply := app.Do("POST", "/login", credentials("user1", "x"))
	wantRefusal(t, reply, http.StatusTooManyRequests, "too_many_attempts")
	if wait := reply.Header.Get("Retry-After"); wait != "2" {
		t.Errorf("Retry-After: %q, want 2", wait)
	}
}

// If the limiter cannot answer, the login is refused, and the reply does not reveal whether
// the password was right.
func TestLimiterThatFailsIsUnavailable(t *testing.T) {
	t.Parallel()
	down := errors.New("down")
	for _, limiter := range []*scriptedLimiter{{beginErr: down}, {endErr: down}} {
		app := authtest.New(t, func(c *ginauth.Config) { c.LoginLimit = &ginauth.LoginLimit{Limiter: limiter} })
		for _, password := range []string{authtest.Passwords["user1"], "wrong"} {
			reply := app.Do("POST", "/login", credentials("user1", password))
			wantRefusal(t, reply, http.StatusServiceUnavailable, "unavailable")
		}
		if events := app.Events.Of(ginauth.EventStoreDown); len(events) != 2 || !errors.Is(events[0].Err, down) {
			t.Errorf("%+v", events)
		}
	}
}

// Otherwise a guess would be free for a client that hangs up in time.
func TestGuessIsCountedAlthoughTheClientHangsUp(t *testing.T) {
	t.Parallel()
	limiter := &scriptedLimiter{}
	gone, hangUp := context.WithCancel(t.Context())
	app := authtest.New(t, func(c *ginauth.Config) {
		c.LoginLimit = &ginauth.LoginLimit{Limiter: limiter}
		c.JWT.Authenticator = func(*gin.Context) (any, error) {
			hangUp()
			return nil, errors.New("wrong")
		}
	})
	reply := app.Do("POST", "/login", credentials("user1", "x"), func(r *http.Request) { *r = *r.WithContext(gone) })
	wantRefusal(t, reply, http.StatusUnauthorized, "invalid_credentials")
}

func TestLoginWithoutANameIsMalformed(t *testing.T) {
	t.Parallel()
	limiter := &scriptedLimiter{}
	app := authtest.New(t, func(c *ginauth.Config) { c.LoginLimit = &ginauth.LoginLimit{Limiter: limiter} })
	for _, body := range []string{"", "{}", `{"username":""}`, `{"username":null}`, `{"username":7}`, `[]`, "{"} {
		reply := app.Do("POST", "/login", authtest.Body("application/json", body))
		wantRefusal(t, reply, http.StatusBadRequest, "invalid_request")
	}
	large := `{"username":"` + strings.Repeat("x", ginauth.MaxBody) + `"}`
	wantRefusal(t, app.Do("POST", "/login", authtest.Body("application/json", large)), http.StatusRequestEntityTooLarge, "too_large")
	if heard := limiter.heard(); heard != "" {
		t.Errorf("heard %q", heard)
	}
}

func TestLoginNameReadsTheNameElsewhere(t *testing.T) {
	t.Parallel()
	limiter := &scriptedLimiter{}
	app := authtest.New(t, func(c *ginauth.Config) {
		c.LoginLimit = &ginauth.LoginLimit{Limiter: limiter, Name: func(c *gin.Context) string { return strings.ToLower(c.GetHeader("X-User")) }}
	})
	wantStatus(t, app.Do("POST", "/login", credentials("user1", authtest.Passwords["user1"]), authtest.Header("X-User", "ALICE")), http.StatusOK)
	if heard := limiter.heard(); !strings.HasPrefix(heard, "begin alice ") {
		t.Errorf("heard %q", heard)
	}
	reply := app.Do("POST", "/login", credentials("user1", authtest.Passwords["user1"]))
	wantRefusal(t, reply, http.StatusBadRequest, "invalid_request")
}

func TestALoginLimitWithoutALimiterIsAMistake(t *testing.T) {
	t.Parallel()
	config := goodConfig()
	config.LoginLimit = &ginauth.LoginLimit{Name: func(*gin.Context) string { return "" }}
	wantMistakes(t, config, "LoginLimit.Limiter")
}
