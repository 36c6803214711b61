package ginauth_test

import (
	"fmt"

	"github.com/gin-gonic/gin"

	ginauth "github.com/ginauth/ginauth/plugin"
)

// Optional serves strangers as well as users. A presented token must be valid.
func ExampleAuth_Optional() {
	auth, r := exampleEngine(exampleConfig())
	r.GET("/hello", auth.Optional(), func(c *gin.Context) {
		name := "stranger"
		if access, ok := ginauth.AccessFrom(c); ok {
			name = access.Subject
		}
		c.JSON(200, gin.H{"hello": name})
	})

	_, tokens := serve(r, "POST", "/login", "", `{"username":"ada","password":"x"}`)
	fmt.Println(serve(r, "GET", "/hello", "", ""))
	fmt.Println(serve(r, "GET", "/hello", tokens["access_token"], ""))
	status, refusal := serve(r, "GET", "/hello", "not.a.token", "")
	fmt.Println(status, refusal["error"])
	// Output:
	// 200 map[hello:stranger]
	// 200 map[hello:ada]
	// 401 token_invalid
}
