package ginauth

import (
	"context"
	"time"

	"github.com/gin-gonic/gin"
)

// Context is the request's context, which also ends when the access token expires or
// its token, session or user is revoked; context.Cause then says ErrTokenExpired or
// ErrTokenRevoked. Handlers that stay (server-sent events, WebSockets, long polls) stop
// on it. Without a logged-in user it is the request's context.
//
// It hears of revocations through the store's feed or log, within milliseconds while
// the store can be reached; a store that has neither leaves expiry. It ends with the
// request: a handler that hands its connection on keeps its own.
func Context(c *gin.Context) context.Context {
	parent := c.Request.Context()
	access, ok := verifiedFrom(c)
	if !ok {
		return parent
	}
	v, _ := c.Get(liveKey)
	live, _ := v.(*liveSet)
	ctx, cancel := context.WithCancelCause(parent)
	timer := time.AfterFunc(access.DeadAt.Sub(live.now()), func() { cancel(ErrTokenExpired) })
	entry := &liveToken{access: *access, probe: access.Probe(false), cancel: cancel}
	live.add(entry)
	context.AfterFunc(ctx, func() {
		timer.Stop()
		live.remove(entry)
		cancel(nil)
	})
	// What was revoked between the middleware's check and this line is heard of here.
	live.recheck(ctx, entry)
	return ctx
}
