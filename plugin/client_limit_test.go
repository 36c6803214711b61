package ginauth_test

import (
	"fmt"
	"net/http"
	"testing"
	"time"

	ginauth "github.com/ginauth/ginauth/plugin"
	"github.com/ginauth/ginauth/plugin/internal/rig/authtest"
	"github.com/ginauth/ginauth/plugin/throttle"
)

// A stranger who guesses is stopped, and the client is not, also behind one address with strangers.
func TestGuessesAtAClientSecretAreLimited(t *testing.T) {
	limiter, err := throttle.Memory(throttle.Rate{Times: 10, Window: time.Minute})
	if err != nil {
		t.Fatal(err)
	}
	app := clientApp(t, func(c *ginauth.Config) {
		clients(ginauth.Client{ID: "api", Secret: clientSecret})(c)
		c.ClientLimit = limiter
	})
	const stranger, owner = "198.51.100.9", "192.0.2.7"
	for i := range 10 {
		// Both readings of one request are one attempt.
		wantRefusal(t, introspect(app, stranger, basic("api", fmt.Sprintf("guess+%d", i))), http.StatusUnauthorized, "invalid_client")
	}
	for _, next := range []authtest.RequestOption{
		basic("api", "guess"), basic("other", "guess"), authtest.Form(map[string]string{"client_id": "api", "client_secret": "x"}),
	} {
		reply := introspect(app, stranger, next)
		wantRefusal(t, reply, http.StatusTooManyRequests, "too_many_attempts")
		if reply.Header.Get("Retry-After") == "" {
			t.Error("no Retry-After")
		}
	}
	for _, address := range []string{owner, stranger} {
		for range 20 {
			wantInactive(t, introspect(app, address, basic("api", clientSecret)))
		}
	}
	// What brings no credentials guesses nothing.
	wantRefusal(t, introspect(app, stranger), http.StatusUnauthorized, "invalid_client")
}

func TestAClientLimitThatCannotCountRefuses(t *testing.T) {
	app := clientApp(t, func(c *ginauth.Config) {
		clients(ginauth.Client{ID: "api", Secret: clientSecret})(c)
		c.ClientLimit = &scriptedLimiter{endErr: throttle.ErrUnavailable}
	})
	wantRefusal(t, introspect(app, "192.0.2.7", basic("api", "guess")), http.StatusServiceUnavailable, "unavailable")
	wantInactive(t, introspect(app, "192.0.2.7", basic("api", clientSecret))) // no guess, so nothing is counted
}
