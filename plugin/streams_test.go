package ginauth_test

import (
	"net/http"
	"testing"

	"github.com/gin-gonic/gin"

	ginauth "github.com/ginauth/ginauth/plugin"
	"github.com/ginauth/ginauth/plugin/internal/rig/authtest"
)

// streaming is an App with two streams that share a limit of two a session, and stay open until
// they are told to end.
type streaming struct {
	*authtest.App
	opened chan struct{}
	ended  chan authtest.Reply
	end    chan struct{}
}

func newStreaming(t *testing.T) *streaming {
	s := &streaming{App: authtest.New(t), opened: make(chan struct{}), ended: make(chan authtest.Reply), end: make(chan struct{})}
	limit := s.Auth.LimitStreams(2)
	for _, path := range []string{"/stream", "/other"} {
		s.Engine.GET(path, s.Auth.MiddlewareFunc(), limit, func(c *gin.Context) {
			s.opened <- struct{}{}
			<-s.end
			if c.Query("panic") != "" {
				panic("a handler that fails")
			}
		})
	}
	return s
}

func (s *streaming) open(path, access string) {
	go func() { s.ended <- s.Get(path, access) }()
	<-s.opened
}

func TestOneTokenCannotHoldAnyNumberOfStreams(t *testing.T) {
	s := newStreaming(t)
	mine, others, second := s.Login("user1"), s.Login("user2"), s.Login("user1")
	s.open("/stream", mine.AccessToken)
	s.open("/other?panic=yes", mine.AccessToken)
	renewed := s.Refreshed(mine.RefreshToken)
	for _, access := range []string{mine.AccessToken, renewed.AccessToken} { // a refresh brings no more of them
		reply := s.Get("/stream", access)
		wantRefusal(t, reply, http.StatusTooManyRequests, "too_many_attempts")
		if wait := reply.Header.Get("Retry-After"); wait != "10" {
			t.Errorf("Retry-After %q", wait)
		}
	}
	if refused := s.Events.Of(ginauth.EventRefused); len(refused) != 2 || refused[0].Session.String() != mine.SessionID {
		t.Errorf("events: %+v", refused)
	}
	s.open("/stream", others.AccessToken)
	s.open("/stream", second.AccessToken)
	close(s.end)
	for range 4 {
		<-s.ended
	}
	for range 3 { // also after the handler that has panicked
		go func() { s.ended <- s.Get("/stream", mine.AccessToken) }()
		<-s.opened
		wantStatus(t, <-s.ended, http.StatusOK)
	}
}

func TestALimitOfStreamsWithoutAMiddlewareLetsNobodyIn(t *testing.T) {
	app := authtest.New(t)
	app.Engine.GET("/stream", app.Auth.LimitStreams(1), func(c *gin.Context) { c.Status(http.StatusOK) })
	wantRefusal(t, app.Get("/stream", ""), http.StatusUnauthorized, "token_missing")
	wantRefusal(t, app.Get("/stream", "junk"), http.StatusUnauthorized, "token_invalid")
	wantStatus(t, app.Get("/stream", app.Login("user1").AccessToken), http.StatusOK)
}
