package ginauth_test

import (
	"bufio"
	"context"
	"errors"
	"fmt"
	"log"
	"net/http"
	"net/http/httptest"

	"github.com/gin-gonic/gin"

	ginauth "github.com/ginauth/ginauth/plugin"
)

// A stream of server-sent events ends as soon as its user is logged out, whichever node does
// it. sample/examples/websocket does the same for a WebSocket.
func ExampleSessionContext() {
	auth, r := exampleEngine(exampleConfig())
	r.GET("/live", auth.MiddlewareFunc(), func(c *gin.Context) {
		session := ginauth.SessionContext(c)
		c.SSEvent("state", "open")
		c.Writer.Flush()
		<-session.Done() // a real handler also waits for something to send
		if errors.Is(context.Cause(session), ginauth.ErrTokenRevoked) {
			c.SSEvent("state", "logged out")
		}
	})
	server := httptest.NewServer(r)
	defer server.Close()

	ctx := context.Background()
	_, tokens := serve(r, "POST", "/login", "", `{"username":"ada","password":"x"}`)
	request, err := http.NewRequestWithContext(ctx, http.MethodGet, server.URL+"/live", http.NoBody)
	if err != nil {
		log.Fatal(err)
	}
	request.Header.Set("Authorization", fmt.Sprint("Bearer ", tokens["access_token"]))
	reply, err := server.Client().Do(request)
	if err != nil {
		log.Fatal(err)
	}
	defer reply.Body.Close()
	for lines := bufio.NewScanner(reply.Body); lines.Scan(); {
		switch lines.Text() {
		case "data:open":
			fmt.Println("open")
			if _, err := auth.RevokeSubject(ctx, "ada"); err != nil {
				log.Fatal(err)
			}
		case "data:logged out":
			fmt.Println("logged out")
		}
	}
	// Output:
	// open
	// logged out
}
