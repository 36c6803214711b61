// Command gin-jwt-spa is the API of a page that was written for gin-jwt's cookie: it refreshes by GET with that cookie
// (Config.AccessRefresh), and does not change. The page is index.html; its dev server sends /api here, from PAGE_ORIGIN,
// which is http://localhost:5173 by default. JWT_SECRET is at least 32 random bytes, ACCESS_TTL a duration (default 15m).
package main

import (
	"cmp"
	"log"
	"net/http"
	"os"
	"time"

	jwt "github.com/appleboy/gin-jwt/v2"
	"github.com/gin-gonic/gin"

	ginauth "github.com/ginauth/ginauth/plugin"
	"github.com/ginauth/ginauth/plugin/memstore"
)

func main() {
	timeout, err := time.ParseDuration(cmp.Or(os.Getenv("ACCESS_TTL"), "15m"))
	if err != nil {
		log.Fatal("ACCESS_TTL: ", err)
	}
	auth, err := ginauth.New(ginauth.Config{
		JWT: &jwt.GinJWTMiddleware{
			Key:             []byte(os.Getenv("JWT_SECRET")),
			Timeout:         timeout,
			Authenticator:   authenticate,
			TokenLookup:     "cookie: jwt",
			SendCookie:      true,
			SecureCookie:    true, // browsers accept it from http://localhost too
			CookieHTTPOnly:  true,
			CookieSameSite:  http.SameSiteStrictMode,
			LoginResponse:   expiry,
			RefreshResponse: expiry,
		},
		Store:          memstore.New(),
		AccessRefresh:  &ginauth.AccessRefresh{Expired: 24 * time.Hour}, // what MaxRefresh was
		TrustedOrigins: []string{cmp.Or(os.Getenv("PAGE_ORIGIN"), "http://localhost:5173")},
	})
	if err != nil {
		log.Fatal(err)
	}
	r := gin.Default()
	_ = r.SetTrustedProxies(nil) // no proxy whose X-Forwarded-For is believed
	api := r.Group("/api")
	api.POST("/login", auth.LoginHandler)
	api.GET("/refresh_token", auth.RefreshHandler) // outside the protected group: the token has expired
	api.POST("/logout", auth.LogoutHandler)
	api.GET("/me", auth.MiddlewareFunc(), func(c *gin.Context) {
		c.JSON(http.StatusOK, gin.H{"user": c.GetString("identity")})
	})
	log.Fatal(r.Run("127.0.0.1:8080"))
}

// expiry answers a page that lives by its cookie. The token stays where no script can read it.
func expiry(c *gin.Context, code int, _ string, expire time.Time) {
	c.JSON(code, gin.H{"code": code, "expire": expire.Format(time.RFC3339)})
}

func authenticate(c *gin.Context) (any, error) {
	name, password, err := ginauth.ReadCredentials(c)
	if err == nil && (name != "user1" || password != "password123") {
		err = jwt.ErrFailedAuthentication
	}
	return name, err
}
