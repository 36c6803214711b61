package main

import (
	"context"
	"net/http"
	"time"

	"github.com/gin-gonic/gin"
)

// readyTimeout bounds the call to the store. A store that does not answer in time is not
// ready.
const readyTimeout = time.Second

// healthz reports that the process is alive, whatever the state of the store.
func (a *app) healthz(c *gin.Context) {
	c.JSON(http.StatusOK, gin.H{"status": "ok"})
}

// readyz reports whether the store answers and the mirror is in step. A load balancer sends
// requests elsewhere while it is not.
func (a *app) readyz(c *gin.Context) {
	ctx, cancel := context.WithTimeout(c.Request.Context(), readyTimeout)
	defer cancel()
	if err := a.auth.Ping(ctx); err != nil {
		a.auth.Refuse(c, err)
		return
	}
	reply := gin.H{"status": "ready", "mode": a.config.revocationCheck}
	if a.list != nil {
		status := a.list.Status()
		reply["lag_ms"], reply["entries"] = status.Lag.Milliseconds(), status.Entries
	}
	c.Header("Cache-Control", "no-store")
	c.JSON(http.StatusOK, reply)
}
