package ginauth_test

import (
	"fmt"
	"strings"
	"time"

	jwt "github.com/appleboy/gin-jwt/v2"
	"github.com/gin-gonic/gin"

	ginauth "github.com/ginauth/ginauth/plugin"
)

// TokensFrom gives gin-jwt's LoginResponse and RefreshResponse the refresh token. In this
// example clients keep the reply format of gin-jwt.
func ExampleTokensFrom() {
	config := exampleConfig()
	config.JWT = &jwt.GinJWTMiddleware{
		Key:           config.JWT.Key,
		Authenticator: config.JWT.Authenticator,
		LoginResponse: func(c *gin.Context, code int, token string, expire time.Time) {
			tokens, _ := ginauth.TokensFrom(c)
			c.JSON(code, gin.H{
				"code": code, "token": token, "expire": expire.Format(time.RFC3339),
				"refresh_token": tokens.RefreshToken,
			})
		},
	}
	_, r := exampleEngine(config)

	_, reply := serve(r, "POST", "/login", "", `{"username":"ada","password":"x"}`)
	fmt.Println(len(reply), reply["code"], strings.HasPrefix(fmt.Sprint(reply["refresh_token"]), "rt1_"))
	// Output: 4 200 true
}
