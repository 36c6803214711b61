// Command websocket serves two kinds of long-lived connections, a WebSocket and a stream of
// server-sent events. Both end when their session ends. JWT_SECRET is at least 32 random
// bytes.
package main

import (
	"context"
	"errors"
	"log"
	"os"
	"time"

	jwt "github.com/appleboy/gin-jwt/v2"
	"github.com/coder/websocket"
	"github.com/gin-gonic/gin"

	ginauth "github.com/ginauth/ginauth/plugin"
	"github.com/ginauth/ginauth/plugin/memstore"
)

func main() {
	auth, err := ginauth.New(ginauth.Config{
		JWT: &jwt.GinJWTMiddleware{
			Key:           []byte(os.Getenv("JWT_SECRET")),
			Authenticator: authenticate,
		},
		Store: memstore.New(),
	})
	if err != nil {
		log.Fatal(err)
	}
	r := gin.Default()
	_ = r.SetTrustedProxies(nil) // no proxy in front, so no X-Forwarded-For is believed
	r.POST("/login", auth.LoginHandler)
	r.POST("/logout", auth.LogoutHandler)
	streams := r.Group("", auth.MiddlewareFunc(), auth.LimitStreams(16)) // of one session, on this node
	streams.GET("/echo", echo)
	streams.GET("/events", events)
	log.Fatal(r.Run("127.0.0.1:8080"))
}

func authenticate(c *gin.Context) (any, error) {
	name, password, err := ginauth.ReadCredentials(c)
	if err == nil && (name != "user1" || password != "password123") {
		err = jwt.ErrFailedAuthentication
	}
	return name, err
}

// echo sends every message back until the client leaves or the session ends.
func echo(c *gin.Context) {
	conn, err := websocket.Accept(c.Writer, c.Request, nil) // refuses pages of other origins
	if err != nil {
		return // Accept has answered
	}
	defer func() { _ = conn.CloseNow() }()
	session := ginauth.SessionContext(c)
	context.AfterFunc(session, func() {
		_ = conn.Close(websocket.StatusPolicyViolation, reason(session))
	})
	for {
		kind, message, err := conn.Read(c.Request.Context())
		if err != nil {
			return
		}
		if err := conn.Write(session, kind, message); err != nil {
			return
		}
	}
}

// events sends the time every second. The last event says why the stream ended.
func events(c *gin.Context) {
	session := ginauth.SessionContext(c)
	c.Header("Cache-Control", "no-store")
	tick := time.NewTicker(time.Second)
	defer tick.Stop()
	for {
		c.SSEvent("time", time.Now().Unix())
		c.Writer.Flush()
		select {
		case <-tick.C:
		case <-session.Done():
			c.SSEvent("end", reason(session))
			return
		}
	}
}

// reason returns why the connection ended.
func reason(session context.Context) string {
	switch cause := context.Cause(session); {
	case errors.Is(cause, ginauth.ErrTokenRevoked):
		return "revoked"
	case errors.Is(cause, ginauth.ErrTokenExpired):
		return "expired"
	}
	return "closed"
}
