package ginauth_test

import (
	"context"
	"fmt"

	jwt "github.com/appleboy/gin-jwt/v2"
	"github.com/gin-gonic/gin"

	ginauth "github.com/ginauth/ginauth/plugin"
	"github.com/ginauth/ginauth/plugin/session"
)

// Reload reads the user again at every refresh. The next access token has the new roles, and a
// disabled user is logged out.
func ExampleConfig_reload() {
	roles := map[string]string{"ada": "user"} // stands for the application's users

	config := exampleConfig()
	config.JWT.PayloadFunc = func(data any) jwt.MapClaims {
		name := fmt.Sprint(data)
		return jwt.MapClaims{"identity": name, "role": roles[name]}
	}
	config.Reload = func(_ context.Context, s session.Session) (any, error) {
		if _, ok := roles[s.Subject]; !ok {
			return nil, ginauth.ErrUserDisabled
		}
		return s.Subject, nil // what the Authenticator would return
	}
	auth, r := exampleEngine(config)
	r.GET("/role", auth.MiddlewareFunc(), func(c *gin.Context) {
		c.JSON(200, gin.H{"role": jwt.ExtractClaims(c)["role"]})
	})
	refresh := func(tokens map[string]any) (int, map[string]any) {
		return serve(r, "POST", "/refresh", "", fmt.Sprintf(`{"refresh_token":%q}`, tokens["refresh_token"]))
	}

	_, tokens := serve(r, "POST", "/login", "", `{"username":"ada","password":"x"}`)
	roles["ada"] = "admin"
	_, tokens = refresh(tokens)
	fmt.Println(serve(r, "GET", "/role", tokens["access_token"], ""))

	delete(roles, "ada")
	status, refusal := refresh(tokens)
	fmt.Println(status, refusal["error"])
	// Output:
	// 200 map[role:admin]
	// 401 invalid_grant
}
