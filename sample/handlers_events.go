package main

import (
	"context"
	"errors"
	"net/http"
	"time"

	"github.com/gin-gonic/gin"

	ginauth "github.com/ginauth/ginauth/plugin"
)

const (
	// eventsBeat is short enough that proxies do not take a quiet stream for a dead one.
	eventsBeat = 15 * time.Second
	// eventsWrite bounds one write. The server's own write limit is for whole replies.
	eventsWrite = 5 * time.Second
	// maxStreams is how many streams of one session a node keeps open.
	maxStreams = 16
)

// events serves a stream of server-sent events that lasts as long as the caller's token and
// session. The last event says which of the two ended.
func (a *app) events(c *gin.Context) {
	ctx := ginauth.SessionContext(c)
	c.Header("Content-Type", "text/event-stream")
	c.Header("Cache-Control", "no-store")
	c.Header("X-Accel-Buffering", "no")
	c.Status(http.StatusOK)
	if c.Request.Method == http.MethodHead {
		return
	}
	stream := eventStream{c.Writer, http.NewResponseController(c.Writer)}
	beat := time.NewTicker(eventsBeat)
	defer beat.Stop()
	for err := stream.send(": connected\n\n"); err == nil; {
		select {
		case <-beat.C:
			err = stream.send(": still there\n\n")
		case <-a.stopping:
			return
		case <-ctx.Done():
			switch cause := context.Cause(ctx); {
			case errors.Is(cause, ginauth.ErrTokenRevoked):
				_ = stream.send("event: revoked\ndata: {}\n\n") // the client may be gone
			case errors.Is(cause, ginauth.ErrTokenExpired):
				_ = stream.send("event: expired\ndata: {}\n\n")
			}
			return
		}
	}
}

type eventStream struct {
	http.ResponseWriter
	control *http.ResponseController
}

func (s eventStream) send(text string) error {
	if err := s.control.SetWriteDeadline(time.Now().Add(eventsWrite)); err != nil {
		return err
	}
	if _, err := s.Write([]byte(text)); err != nil {
		return err
	}
	return s.control.Flush()
}
