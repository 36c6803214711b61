package authtest

import (
	"context"
	"errors"
	"log/slog"
	"net/http"
	"testing"
	"time"

	jwt "github.com/appleboy/gin-jwt/v2"
	"github.com/gin-gonic/gin"

	ginauth "github.com/ginauth/ginauth/plugin"
	"github.com/ginauth/ginauth/plugin/memstore"
	"github.com/ginauth/ginauth/plugin/session"
)

// These are the settings of every [App], unless a change replaces them.
const (
	Secret   = "authtest-0123456789-0123456789-0123456789-secret-of-64-bytes-xxxx"
	Realm    = "authtest"
	Issuer   = "authtest-issuer"
	Audience = "authtest-audience"
	Timeout  = 15 * time.Minute // lifetime of an access token
	FreshFor = 5 * time.Minute  // maximum age of the login for POST /protected/password
)

// User is the type that the Authenticator returns.
type User struct {
	Name string
	Role string
}

// Passwords holds the passwords of the demo users by name.
var Passwords = map[string]string{
	"user1": "password123",
	"user2": "password456",
	"admin": "admin-password-789",
}

// App is an application with ginauth, for tests.
type App struct {
	Auth   *ginauth.Auth
	Engine *gin.Engine
	Store  session.Store
	Clock  *Clock
	Events *Events
	Logs   *Logs

	tb testing.TB
}

// New returns an [App] on a memstore, with one new [Clock] for both.
func New(tb testing.TB, changes ...func(*ginauth.Config)) *App {
	tb.Helper()
	clock := NewClock()
	return On(tb, clock, memstore.NewWith(memstore.Options{Now: clock.Now}), changes...)
}

// On returns an [App] on a store. clock is the clock of this node; the store may have another.
func On(tb testing.TB, clock *Clock, store session.Store, changes ...func(*ginauth.Config)) *App {
	tb.Helper()
	a := &App{Store: store, Clock: clock, Events: &Events{}, Logs: &Logs{}, tb: tb}
	config := ginauth.Config{JWT: JWT(clock), Store: store, Issuer: Issuer, Audience: []string{Audience}}
	setTokenCache(&config)
	config.OnEvent = a.Events.record
	config.Logger = slog.New(slog.NewTextHandler(a.Logs, &slog.HandlerOptions{Level: slog.LevelDebug}))
	for _, change := range changes {
		change(&config)
	}
	auth, err := ginauth.New(config)
	if err != nil {
		tb.Fatal(err)
	}
	a.Auth = auth
	tb.Cleanup(func() {
		ctx, cancel := context.WithTimeout(context.Background(), 5*time.Second)
		defer cancel()
		// Some tests leave their store broken.
		if err := auth.Close(ctx); err != nil && !errors.Is(err, ginauth.ErrUnavailable) {
			tb.Error(err)
		}
	})
	a.Engine = a.routes()
	return a
}

// JWT returns the gin-jwt struct that every [App] uses.
func JWT(clock *Clock) *jwt.GinJWTMiddleware {
	return &jwt.GinJWTMiddleware{
		Realm:         Realm,
		Key:           []byte(Secret),
		Timeout:       Timeout,
		TimeFunc:      clock.Now,
		Authenticator: Authenticate,
		PayloadFunc:   Payload,
	}
}

// Authenticate is an Authenticator that accepts the users of [Passwords].
func Authenticate(c *gin.Context) (any, error) {
	name, password, err := ginauth.ReadCredentials(c)
	if err != nil {
		return nil, err
	}
	if want, ok := Passwords[name]; !ok || want != password {
		return nil, jwt.ErrFailedAuthentication
	}
	return UserNamed(name), nil
}

// UserNamed returns the user of that name, with the role that goes with the name.
func UserNamed(name string) User {
	if name == "admin" {
		return User{Name: name, Role: "admin"}
	}
	return User{Name: name, Role: "user"}
}

// Payload is a PayloadFunc that puts a [User] into claims.
func Payload(data any) jwt.MapClaims {
	user, ok := data.(User)
	if !ok {
		return jwt.MapClaims{}
	}
	return jwt.MapClaims{jwt.IdentityKey: user.Name, "role": user.Role}
}

func (a *App) routes() *gin.Engine {
	gin.SetMode(gin.ReleaseMode)
	r := gin.New()
	if err := r.SetTrustedProxies(nil); err != nil {
		a.tb.Fatal(err)
	}
	r.HandleMethodNotAllowed = true
	r.Use(gin.CustomRecoveryWithWriter(a.Logs, func(c *gin.Context, _ any) { c.AbortWithStatus(http.StatusInternalServerError) }))
	r.NoRoute(func(c *gin.Context) { a.Auth.Refuse(c, ginauth.ErrNotFound) })
	r.NoMethod(func(c *gin.Context) { a.Auth.Refuse(c, ginauth.ErrMethodNotAllowed) })

	r.POST("/login", a.Auth.LoginHandler)
	r.POST("/refresh", a.Auth.RefreshHandler)
	r.POST("/logout", a.Auth.LogoutHandler)
	r.POST("/logout/all", a.Auth.LogoutAllHandler)
	r.POST("/logout/others", a.Auth.LogoutOthersHandler)
	r.GET("/hello", a.Auth.Optional(), hello)

	protected := r.Group("/protected", a.Auth.MiddlewareFunc())
	protected.GET("", identity)
	protected.GET("/sessions", a.Auth.SessionsHandler)
	protected.DELETE("/sessions/:id", a.Auth.DeleteSessionHandler)
	protected.POST("/password", a.Auth.Fresh(FreshFor), identity)
	protected.GET("/admin", a.requireAdmin, identity)
	return r
}

func hello(c *gin.Context) {
	name := "stranger"
	if access, ok := ginauth.AccessFrom(c); ok {
		name = access.Subject
	}
	c.JSON(http.StatusOK, gin.H{"message": "Hello, " + name})
}

func identity(c *gin.Context) {
	who, _ := c.Get(jwt.IdentityKey)
	c.JSON(http.StatusOK, gin.H{"message": "This is a protected route.", "identity": who})
}

func (a *App) requireAdmin(c *gin.Context) {
	if jwt.ExtractClaims(c)["role"] != "admin" {
		a.Auth.Refuse(c, ginauth.ErrForbidden)
	}
}
