package ginauth_test

import (
	"context"
	"fmt"
	"time"

	"github.com/gin-gonic/gin"
)

// A new password replaces the session: every session of the user ends, the caller's too, and
// the reply has the tokens of a new one. Write the password before the revocation.
func ExampleAuth_Login() {
	auth, r := exampleEngine(exampleConfig())
	protected := r.Group("/protected", auth.MiddlewareFunc())
	protected.GET("", func(c *gin.Context) { c.JSON(200, gin.H{"error": "none"}) })
	protected.POST("/password", auth.Fresh(5*time.Minute), func(c *gin.Context) {
		user := c.GetString("identity")
		// Check the old password (see TryPassword) and store the hash of the new one here.
		ctx := context.WithoutCancel(c.Request.Context())
		if _, err := auth.RevokeSubject(ctx, user); err != nil {
			auth.Refuse(c, err)
			return
		}
		tokens, err := auth.Login(c, user)
		if err != nil {
			auth.Refuse(c, err)
			return
		}
		auth.Reply(c, tokens)
	})

	_, before := serve(r, "POST", "/login", "", `{"username":"ada","password":"x"}`)
	_, after := serve(r, "POST", "/protected/password", before["access_token"], `{}`)
	for _, tokens := range []map[string]any{before, after} {
		status, reply := serve(r, "GET", "/protected", tokens["access_token"], "")
		fmt.Println(status, reply["error"])
	}
	// Output:
	// 401 token_revoked
	// 200 none
}
