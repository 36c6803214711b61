package ginauth_test

import (
	"fmt"
	"time"

	"github.com/gin-gonic/gin"
)

// Fresh requires a recent login for sensitive routes. A refresh does not make a login recent.
// The limit of the second route is negative, so no login meets it.
func ExampleAuth_Fresh() {
	auth, r := exampleEngine(exampleConfig())
	protected := r.Group("/protected", auth.MiddlewareFunc())
	done := func(c *gin.Context) { c.JSON(200, gin.H{"error": "none"}) }
	protected.POST("/password", auth.Fresh(5*time.Minute), done)
	protected.POST("/delete-everything", auth.Fresh(-time.Second), done)

	_, tokens := serve(r, "POST", "/login", "", `{"username":"ada","password":"x"}`)
	for _, path := range []string{"/protected/password", "/protected/delete-everything"} {
		status, reply := serve(r, "POST", path, tokens["access_token"], "")
		fmt.Println(status, reply["error"])
	}
	// Output:
	// 200 none
	// 401 reauthentication_required
}
