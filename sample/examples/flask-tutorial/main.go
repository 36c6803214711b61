// Command flask-tutorial is the app of the usual Flask-JWT-Extended tutorial in Go.
// docs/coming-from-flask-jwt-extended.md compares the two line by line. It adds what the
// tutorial leaves out: hashed passwords, refresh and logout.
package main

import (
	"context"
	"errors"
	"fmt"
	"log"
	"os"

	jwt "github.com/appleboy/gin-jwt/v2"
	"github.com/gin-gonic/gin"

	ginauth "github.com/ginauth/ginauth/plugin"
	"github.com/ginauth/ginauth/plugin/memstore"
	"github.com/ginauth/ginauth/plugin/password"
)

type app struct {
	hasher *password.Hasher
	users  map[string]string // name to hash
}

func main() {
	a, err := newApp(map[string]string{"user1": "password123", "user2": "password456"})
	if err != nil {
		log.Fatal(err)
	}
	auth, err := ginauth.New(ginauth.Config{
		JWT: &jwt.GinJWTMiddleware{
			Key:           []byte(os.Getenv("JWT_SECRET_KEY")),
			Authenticator: a.login,
		},
		Store: memstore.New(),
	})
	if err != nil {
		log.Fatal(err)
	}
	r := gin.Default()
	_ = r.SetTrustedProxies(nil) // no proxy in front, so no X-Forwarded-For is believed
	r.GET("/", func(c *gin.Context) {
		c.JSON(200, gin.H{"message": "Welcome!"})
	})
	r.POST("/login", auth.LoginHandler)
	r.POST("/refresh", auth.RefreshHandler)
	r.POST("/logout", auth.LogoutHandler)
	r.GET("/protected", auth.MiddlewareFunc(), func(c *gin.Context) {
		c.JSON(200, gin.H{"message": "This is a protected route."})
	})
	log.Fatal(r.Run("127.0.0.1:8080"))
}

// newApp hashes the demo passwords; a real app has the hashes in its database.
func newApp(plain map[string]string) (*app, error) {
	hasher, err := password.New(password.Options{})
	if err != nil {
		return nil, err
	}
	users := make(map[string]string, len(plain))
	for name, text := range plain {
		if users[name], err = hasher.Hash(context.Background(), text); err != nil {
			return nil, err
		}
	}
	return &app{hasher, users}, nil
}

// login is the Authenticator. Unknown users and wrong passwords cost the same time.
func (a *app) login(c *gin.Context) (any, error) {
	username, plain, err := ginauth.ReadCredentials(c)
	if err != nil {
		return nil, err
	}
	hash, known := a.users[username]
	if !known {
		err = a.hasher.VerifyUnknown(c.Request.Context(), plain)
	} else {
		_, err = a.hasher.Verify(c.Request.Context(), hash, plain)
	}
	if errors.Is(err, password.ErrBusy) { // the password was not checked
		return nil, fmt.Errorf("%w: %w", ginauth.ErrUnavailable, err)
	}
	if err != nil {
		return nil, jwt.ErrFailedAuthentication
	}
	return username, nil
}
