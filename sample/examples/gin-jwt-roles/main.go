// Command gin-jwt-roles has users with roles, with gin-jwt's hooks: PayloadFunc, IdentityHandler, Authorizator and
// Unauthorized. A changed role counts from the next refresh on (Config.Reload), and HTTPStatusMessageFunc compares
// errors. JWT_SECRET is at least 32 random bytes.
package main

import (
	"context"
	"errors"
	"log"
	"net/http"
	"os"
	"strings"
	"sync"
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
	Name string
	Role string
}

// users is a stand-in for the application's own tables. Store hashes in yours: see package password.
type users struct {
	passwords map[string]string

	mu    sync.Mutex
	roles map[string]string
}

func main() {
	table := &users{
		passwords: map[string]string{"admin": "admin", "test": "test"},
		roles:     map[string]string{"admin": "admin", "test": "user"},
	}
	auth, err := ginauth.New(ginauth.Config{
		JWT: &jwt.GinJWTMiddleware{
			Realm:           "test zone",
			Key:             []byte(os.Getenv("JWT_SECRET")),
			Timeout:         15 * time.Minute,
			IdentityKey:     identityKey,
			Authenticator:   table.authenticate,
			PayloadFunc:     payload,
			IdentityHandler: identity,
			Authorizator:    authorize,
			Unauthorized: func(c *gin.Context, code int, message string) {
				c.JSON(code, gin.H{"code": code, "message": message})
			},
			HTTPStatusMessageFunc: message,
		},
		Store:  memstore.New(),
		Reload: table.reload,
	})
	if err != nil {
		log.Fatal(err)
	}
	r := gin.Default()
	_ = r.SetTrustedProxies(nil) // no proxy in front, so no X-Forwarded-For is believed
	r.POST("/login", auth.LoginHandler)
	r.POST("/refresh", auth.RefreshHandler)
	r.POST("/logout", auth.LogoutHandler)
	r.GET("/hello", auth.MiddlewareFunc(), hello)
	admin := r.Group("/admin", auth.MiddlewareFunc())
	admin.PUT("/users/:name/role", table.setRole)
	log.Fatal(r.Run("127.0.0.1:8080"))
}

func (u *users) authenticate(c *gin.Context) (any, error) {
	name, password, err := ginauth.ReadCredentials(c)
	if err != nil {
		return nil, err
	}
	if want, ok := u.passwords[name]; !ok || password != want {
		return nil, jwt.ErrFailedAuthentication
	}
	return u.find(name)
}

// reload reads the user again at each refresh, and what it returns goes to payload.
func (u *users) reload(_ context.Context, s session.Session) (any, error) { return u.find(s.Subject) }

func (u *users) find(name string) (*User, error) {
	u.mu.Lock()
	defer u.mu.Unlock()
	role, ok := u.roles[name]
	if !ok {
		return nil, ginauth.ErrUserDisabled
	}
	return &User{name, role}, nil
}

func payload(data any) jwt.MapClaims {
	u, ok := data.(*User)
	if !ok {
		return jwt.MapClaims{}
	}
	return jwt.MapClaims{identityKey: u.Name, "role": u.Role}
}

func identity(c *gin.Context) any {
	claims := jwt.ExtractClaims(c)
	name, _ := claims[identityKey].(string)
	role, _ := claims["role"].(string)
	return &User{name, role}
}

// authorize judges the route and not the path of the request, which the client writes.
func authorize(data any, c *gin.Context) bool {
	u, ok := data.(*User)
	if strings.HasPrefix(c.FullPath(), "/admin/") {
		return ok && u.Role == "admin"
	}
	return ok
}

// message says nothing that a stranger could learn from: no error's own text.
func message(err error, _ *gin.Context) string {
	switch {
	case errors.Is(err, jwt.ErrFailedAuthentication):
		return "Wrong name or password."
	case errors.Is(err, jwt.ErrForbidden):
		return "Your role does not allow this."
	case errors.Is(err, jwt.ErrExpiredToken):
		return "Refresh your token."
	}
	return "Please log in."
}

func hello(c *gin.Context) {
	u, ok := c.MustGet(identityKey).(*User)
	if !ok {
		c.AbortWithStatus(http.StatusInternalServerError)
		return
	}
	c.JSON(http.StatusOK, gin.H{"name": u.Name, "role": u.Role})
}

func (u *users) setRole(c *gin.Context) {
	role, err := ginauth.Field(c, "role")
	if err != nil || role != "user" && role != "admin" {
		c.AbortWithStatusJSON(http.StatusBadRequest, gin.H{"code": http.StatusBadRequest, "message": "No such role."})
		return
	}
	u.mu.Lock()
	defer u.mu.Unlock()
	if _, ok := u.roles[c.Param("name")]; !ok {
		c.AbortWithStatusJSON(http.StatusNotFound, gin.H{"code": http.StatusNotFound, "message": "No such user."})
		return
	}
	u.roles[c.Param("name")] = role
	c.Status(http.StatusNoContent)
}
