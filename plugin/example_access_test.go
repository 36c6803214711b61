package ginauth_test

import (
	"fmt"

	"github.com/gin-gonic/gin"

	ginauth "github.com/ginauth/ginauth/plugin"
)

// AccessFrom tells a handler which user is logged in, and with which session.
func ExampleAccessFrom() {
	auth, r := exampleEngine(exampleConfig())
	r.GET("/me", auth.MiddlewareFunc(), func(c *gin.Context) {
		access, ok := ginauth.AccessFrom(c)
		c.JSON(200, gin.H{"ok": ok, "subject": access.Subject, "session": access.SessionID, "lives": access.ExpiresAt.Sub(access.IssuedAt).String()})
	})

	_, tokens := serve(r, "POST", "/login", "", `{"username":"ada","password":"x"}`)
	_, me := serve(r, "GET", "/me", tokens["access_token"], "")
	fmt.Println(me["ok"], me["subject"], me["lives"], me["session"] == tokens["session_id"])
	// Output: true ada 1h0m0s true
}
