package ginauth

import (
	"errors"
	"sync"
	"time"

	"github.com/gin-gonic/gin"

	"github.com/ginauth/ginauth/plugin/internal/refusal"

	"github.com/ginauth/ginauth/plugin/session"
)

// streamWait is the Retry-After of a stream too many. The ones before it end when their client
// leaves, at the latest with their access tokens.
const streamWait = 10 * time.Second

var errStreams = errors.New("too many open streams of one session")

// LimitStreams admits at most so many requests of one session at a time: for streams and
// WebSockets, which cost little to open and much to keep. One more is [ErrTooManyAttempts] with
// a Retry-After of ten seconds. Mount it behind [Auth.Require]; below 1 it admits none.
//
// The count is of this process and of the returned handler: routes that share the handler share
// the limit. The tokens of one session count together, and tokens of Config.Legacy, which have
// no session, by user. A request counts until its handler returns. Safe for concurrent use.
func (a *Auth) LimitStreams(most int) gin.HandlerFunc {
	open := streams{count: map[streamer]int{}}
	return func(c *gin.Context) {
		access, err := a.current(c)
		if err != nil {
			a.refused(c, err)
			return
		}
		from := streamer{access.SessionID, access.Subject}
		if !open.begin(from, most) {
			a.refused(c, refuse(ErrTooManyAttempts, errors.Join(&refusal.Throttled{Wait: streamWait}, errStreams)))
			return
		}
		defer open.end(from)
		c.Next()
	}
}

// streamer is whose streams count together.
type streamer struct {
	session session.ID
	subject string
}

// streams counts open streams by session.
type streams struct {
	mu    sync.Mutex
	count map[streamer]int
}

func (s *streams) begin(from streamer, most int) bool {
	s.mu.Lock()
	defer s.mu.Unlock()
	if s.count[from] >= most {
		return false
	}
	s.count[from]++
	return true
}

func (s *streams) end(from streamer) {
	s.mu.Lock()
	defer s.mu.Unlock()
	if s.count[from]--; s.count[from] == 0 {
		delete(s.count, from)
	}
}
