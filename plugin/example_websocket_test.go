package ginauth_test

import (
	"context"
	"errors"
	"fmt"
	"log"
	"net/http"
	"net/http/httptest"

	"github.com/coder/websocket"
	"github.com/gin-gonic/gin"

	ginauth "github.com/ginauth/ginauth/plugin"
)

// Context ends with the session: a WebSocket closes as soon as its user is logged out,
// on whichever node that happens. Browsers cannot set a header on a WebSocket; there,
// Config.Cookies carries the token.
//
// Read with the request's context, not with this one: a read whose context ends tears
// the connection down, and the client would not learn why.
func ExampleContext() {
	auth, r := exampleEngine(exampleConfig())
	r.GET("/live", auth.MiddlewareFunc(), func(c *gin.Context) {
		conn, err := websocket.Accept(c.Writer, c.Request, nil)
		if err != nil {
			return
		}
		defer func() { _ = conn.CloseNow() }()
		session := ginauth.SessionContext(c)
		client := conn.CloseRead(c.Request.Context()) // a real handler reads here, and writes below
		select {
		case <-client.Done():
		case <-session.Done():
			if errors.Is(context.Cause(session), ginauth.ErrTokenRevoked) {
				_ = conn.Close(websocket.StatusPolicyViolation, "logged out")
			}
		}
	})
	server := httptest.NewServer(r)
	defer server.Close()

	ctx := context.Background()
	_, tokens := serve(r, "POST", "/login", "", `{"username":"ada","password":"x"}`)
	header := http.Header{"Authorization": {fmt.Sprint("Bearer ", tokens["access_token"])}}
	conn, _, err := websocket.Dial(ctx, server.URL+"/live", &websocket.DialOptions{HTTPHeader: header}) //nolint:bodyclose // the library closes it
	if err != nil {
		log.Fatal(err)
	}
	defer func() { _ = conn.CloseNow() }()
	if _, err := auth.RevokeSubject(ctx, "ada"); err != nil {
		log.Fatal(err)
	}
	_, _, err = conn.Read(ctx)
	fmt.Println(websocket.CloseStatus(err))
	// Output: StatusPolicyViolation
}
