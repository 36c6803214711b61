package ginauth_test

import (
	"fmt"
	"net/http"

	jwt "github.com/appleboy/gin-jwt/v2"
	"github.com/gin-gonic/gin"

	ginauth "github.com/ginauth/ginauth/plugin"
)

// Refuse gives a handler's own refusals the same shape as all others. This route requires a
// role.
func ExampleAuth_Refuse() {
	config := exampleConfig()
	config.JWT.PayloadFunc = func(data any) jwt.MapClaims {
		claims := jwt.MapClaims{"identity": data}
		if data == "grace" {
			claims["role"] = "editor"
		}
		return claims
	}
	auth, r := exampleEngine(config)

	requireRole := func(role string) gin.HandlerFunc {
		return func(c *gin.Context) {
			if jwt.ExtractClaims(c)["role"] != role {
				auth.Refuse(c, ginauth.ErrForbidden)
			}
		}
	}
	editors := r.Group("/drafts", auth.MiddlewareFunc(), requireRole("editor"))
	editors.GET("", func(c *gin.Context) { c.JSON(200, gin.H{"drafts": 2}) })

	for _, name := range []string{"grace", "ada"} {
		_, tokens := serve(r, "POST", "/login", "", fmt.Sprintf(`{"username":%q,"password":"x"}`, name))
		fmt.Println(serve(r, "GET", "/drafts", tokens["access_token"], ""))
	}
	// Output:
	// 200 map[drafts:2]
	// 403 map[code:403 error:forbidden message:You are not allowed to do this.]
}

// gin-jwt's Authorizator runs on every protected route of an Auth.
func ExampleConfig_authorizator() {
	config := exampleConfig()
	config.JWT.Authorizator = func(identity any, c *gin.Context) bool {
		return identity == "grace" || c.Request.Method == http.MethodGet // the others may only read
	}
	auth, r := exampleEngine(config)
	done := func(c *gin.Context) { c.JSON(200, gin.H{"error": "none"}) }
	r.GET("/wiki", auth.MiddlewareFunc(), done)
	r.POST("/wiki", auth.MiddlewareFunc(), done)

	for _, name := range []string{"grace", "ada"} {
		_, tokens := serve(r, "POST", "/login", "", fmt.Sprintf(`{"username":%q,"password":"x"}`, name))
		for _, method := range []string{"GET", "POST"} {
			_, reply := serve(r, method, "/wiki", tokens["access_token"], "")
			fmt.Println(name, method, reply["error"])
		}
	}
	// Output:
	// grace GET none
	// grace POST none
	// ada GET none
	// ada POST forbidden
}
