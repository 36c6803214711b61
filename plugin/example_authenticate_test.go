package ginauth_test

import (
	"context"
	"errors"
	"fmt"
	"strings"

	"github.com/gin-gonic/gin"

	ginauth "github.com/ginauth/ginauth/plugin"
)

// A route for users and for machines takes a token or an API key, and refuses in its own words.
func ExampleAuth_Authenticate() {
	auth, r := exampleEngine(exampleConfig())
	keyOwner := func(key string) string { return map[string]string{"k-1": "robot"}[key] } // as your database says
	r.GET("/orders", func(c *gin.Context) {
		access, err := auth.Authenticate(c)
		if err == nil {
			c.JSON(200, gin.H{"orders of": access.Subject})
			return
		}
		if errors.Is(err, ginauth.ErrUnavailable) { // the token may be good
			auth.Refuse(c, err)
			return
		}
		if owner := keyOwner(c.GetHeader("X-API-Key")); owner != "" {
			c.JSON(200, gin.H{"orders of": owner})
			return
		}
		c.AbortWithStatusJSON(401, gin.H{"problem": "send a token or an API key"})
	})

	_, tokens := serve(r, "POST", "/login", "", `{"username":"ada","password":"x"}`)
	fmt.Println(serve(r, "GET", "/orders", tokens["access_token"], ""))
	fmt.Println(serve(r, "GET", "/orders", "not.a.token", ""))
	// Output:
	// 200 map[orders of:ada]
	// 401 map[problem:send a token or an API key]
}

// A public page greets its user by name, and everybody else as a guest.
func ExampleAuth_Authenticate_greeting() {
	auth, r := exampleEngine(exampleConfig())
	r.GET("/", func(c *gin.Context) {
		name := "guest"
		if access, err := auth.Authenticate(c); err == nil {
			name = access.Subject
		}
		c.JSON(200, gin.H{"hello": name})
	})

	_, tokens := serve(r, "POST", "/login", "", `{"username":"ada","password":"x"}`)
	fmt.Println(serve(r, "GET", "/", tokens["access_token"], ""))
	fmt.Println(serve(r, "GET", "/", "an old cookie, say", ""))
	// Output:
	// 200 map[hello:ada]
	// 200 map[hello:guest]
}

// IgnoreBadTokens shows the public page to a browser that still has an old token.
func ExampleIgnoreBadTokens() {
	auth, r := exampleEngine(exampleConfig())
	r.GET("/", auth.Optional(ginauth.IgnoreBadTokens()), func(c *gin.Context) {
		_, in := ginauth.AccessFrom(c)
		c.JSON(200, gin.H{"logged in": in})
	})

	_, tokens := serve(r, "POST", "/login", "", `{"username":"ada","password":"x"}`)
	_, _ = auth.RevokeSubject(context.Background(), "ada")
	fmt.Println(serve(r, "GET", "/", tokens["access_token"], ""))
	// Output: 200 map[logged in:false]
}

// Another protocol sends the token in a line of its own, here the first one of a connection.
func ExampleAuth_Verify() {
	auth, r := exampleEngine(exampleConfig())
	greet := func(ctx context.Context, line string) (reply string) {
		access, err := auth.Verify(ctx, strings.TrimPrefix(line, "AUTH "))
		if err != nil {
			_, word := ginauth.Code(err)
			return "ERR " + word
		}
		return fmt.Sprint("OK ", access.Subject, " is ", access.Claims["identity"])
	}

	_, tokens := serve(r, "POST", "/login", "", `{"username":"ada","password":"x"}`)
	line := fmt.Sprint("AUTH ", tokens["access_token"])
	fmt.Println(greet(context.Background(), line))
	_, _ = auth.RevokeSubject(context.Background(), "ada")
	fmt.Println(greet(context.Background(), line))
	// Output:
	// OK ada is ada
	// ERR token_revoked
}
