// Command gin-jwt-app is an application for gin-jwt v2, in the shape of that library's README,
// after its move to ginauth, for clients with refresh tokens: docs/migrating-from-gin-jwt.md. JWT_SECRET is
// at least 32 random bytes.
package main

import (
	"context"
	"log"
	"os"
	"time"

	jwt "github.com/appleboy/gin-jwt/v2"
	"github.com/gin-gonic/gin"

	ginauth "github.com/ginauth/ginauth/plugin"
	"github.com/ginauth/ginauth/plugin/memstore"
	"github.com/ginauth/ginauth/plugin/session"
)

const identityKey = "id"

// User is the application's record of a user.
type User struct {
	UserName string
	Role     string
}

// users is a stand-in for the application's own table. Store hashes in yours: see package
// password.
var users = map[string]struct {
	password string
	User
}{
	"admin": {"admin", User{"admin", "admin"}},
	"test":  {"test", User{"test", "user"}},
}

func main() {
	secret := []byte(os.Getenv("JWT_SECRET")) // at least 32 random bytes
	params := &jwt.GinJWTMiddleware{
		Realm:         "test zone",
		Key:           secret, // at least 32 random bytes
		Timeout:       15 * time.Minute,
		IdentityKey:   identityKey,
		PayloadFunc:   payload,
		Authenticator: authenticate,
		Authorizator:  func(_ any, c *gin.Context) bool { return jwt.ExtractClaims(c)["role"] == "admin" },
		TokenLookup:   "header: Authorization, cookie: jwt",
	}
	authMiddleware, err := ginauth.New(ginauth.Config{JWT: params, Store: memstore.New(), Reload: reload})
	if err != nil {
		log.Fatal(err) // every mistake at once
	}
	r := gin.Default()
	_ = r.SetTrustedProxies(nil) // no proxy in front, so no X-Forwarded-For is believed
	registerRoute(r, authMiddleware)
	log.Fatal(r.Run("127.0.0.1:8080"))
}

func registerRoute(r *gin.Engine, handle *ginauth.Auth) {
	r.POST("/login", handle.LoginHandler)
	r.POST("/refresh_token", handle.RefreshHandler)
	r.POST("/logout", handle.LogoutHandler)

	auth := r.Group("/auth", handle.MiddlewareFunc())
	auth.GET("/hello", hello)
}

func authenticate(c *gin.Context) (any, error) {
	name, password, err := ginauth.ReadCredentials(c)
	if err != nil {
		return nil, err
	}
	u, ok := users[name]
	if !ok || u.password != password {
		return nil, jwt.ErrFailedAuthentication
	}
	return &u.User, nil
}

func payload(data any) jwt.MapClaims {
	u, ok := data.(*User)
	if !ok {
		return jwt.MapClaims{}
	}
	return jwt.MapClaims{identityKey: u.UserName, "role": u.Role}
}

// reload reads the user again at each refresh.
func reload(_ context.Context, s session.Session) (any, error) {
	u, ok := users[s.Subject]
	if !ok {
		return nil, ginauth.ErrUserDisabled
	}
	return &u.User, nil
}

func hello(c *gin.Context) {
	claims := jwt.ExtractClaims(c)
	c.JSON(200, gin.H{"userID": claims[identityKey], "userName": c.GetString(identityKey), "text": "Hello World."})
}
