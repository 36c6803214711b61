package main

import (
	"context"
	"fmt"
	"log/slog"
	"net/http"
	"runtime/debug"
	"time"

	"github.com/gin-gonic/gin"

	ginauth "github.com/ginauth/ginauth/plugin"
)

// logRequests writes one line per request. It logs the route's pattern instead of path and
// query, since clients put tokens there, and no headers.
func (a *app) logRequests(c *gin.Context) {
	start := time.Now()
	c.Next()
	status := c.Writer.Status()
	attrs := []slog.Attr{
		slog.String("method", c.Request.Method),
		slog.String("route", c.FullPath()),
		slog.Int("status", status),
		slog.Float64("took_ms", float64(time.Since(start).Microseconds())/1000),
		slog.String("ip", c.ClientIP()),
	}
	level := slog.LevelInfo
	if status >= http.StatusInternalServerError {
		level = slog.LevelError
		attrs = append(attrs, slog.Any("error", ginauth.RefusalFrom(c)))
	}
	a.logger.LogAttrs(c.Request.Context(), level, "request", attrs...)
}

// recoverPanics answers a panic with a 500 in the shape of every other error. gin's own
// Recovery dumps the request, cookies included, into the log.
func (a *app) recoverPanics(c *gin.Context) {
	defer func() {
		cause := recover()
		if cause == nil {
			return
		}
		if cause == http.ErrAbortHandler { //nolint:errorlint // net/http compares it so, too
			panic(cause)
		}
		a.logger.ErrorContext(c.Request.Context(), "panic", "cause", fmt.Sprint(cause), "stack", string(debug.Stack()))
		a.auth.Refuse(c, ginauth.ErrInternal)
	}()
	c.Next()
}

// redisLog passes go-redis's own messages to the structured log.
type redisLog struct{ logger *slog.Logger }

// Printf implements go-redis's logger.
func (l redisLog) Printf(ctx context.Context, format string, v ...any) {
	l.logger.WarnContext(ctx, "redis client", "message", fmt.Sprintf(format, v...))
}
