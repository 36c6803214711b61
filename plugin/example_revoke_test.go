package ginauth_test

import (
	"context"
	"fmt"
	"log"

	"github.com/gin-gonic/gin"
)

// RevokeSubject logs a user out everywhere, for example after a change of password or when an
// account is closed.
func ExampleAuth_RevokeSubject() {
	auth, r := exampleEngine(exampleConfig())
	r.GET("/protected", auth.MiddlewareFunc(), func(c *gin.Context) { c.JSON(200, gin.H{}) })
	_, phone := serve(r, "POST", "/login", "", `{"username":"ada","password":"x"}`)
	_, laptop := serve(r, "POST", "/login", "", `{"username":"ada","password":"x"}`)

	n, err := auth.RevokeSubject(context.Background(), "ada")
	if err != nil {
		log.Fatal(err) // the store could not confirm: try again
	}
	fmt.Println(n, "sessions ended")
	for _, tokens := range []map[string]any{phone, laptop} {
		status, refusal := serve(r, "GET", "/protected", tokens["access_token"], "")
		fmt.Println(status, refusal["error"])
	}
	// Output:
	// 2 sessions ended
	// 401 token_revoked
	// 401 token_revoked
}
