// Command redis is the quickstart for several nodes: sessions in Redis, a mirror of the
// revocation list in each node, a limit on failed logins that all nodes share, and an orderly
// shutdown. REDIS_URL is the address, redis://host:port/0. JWT_SECRET is at least 32 random
// bytes, the same on every node.
package main

import (
	"context"
	"log"
	"net/http"
	"os"
	"os/signal"
	"syscall"
	"time"

	jwt "github.com/appleboy/gin-jwt/v2"
	"github.com/gin-gonic/gin"

	ginauth "github.com/ginauth/ginauth/plugin"
	"github.com/ginauth/ginauth/plugin/mirror"
	"github.com/ginauth/ginauth/plugin/redisstore"
	"github.com/ginauth/ginauth/plugin/throttle"
)

func main() {
	if err := run(); err != nil {
		log.Fatal(err)
	}
}

func run() error {
	store, err := redisstore.Connect(os.Getenv("REDIS_URL"), redisstore.Options{})
	if err != nil {
		return err
	}
	list := mirror.Must(mirror.New(store, mirror.Options{}))

	limiter, err := throttle.Redis(store.Client(), "ginauth", throttle.Rate{Times: 10, Window: time.Minute})
	if err != nil {
		return err
	}
	auth, err := ginauth.New(ginauth.Config{
		JWT: &jwt.GinJWTMiddleware{
			Key:           []byte(os.Getenv("JWT_SECRET")), // the same on every node
			Timeout:       15 * time.Minute,
			Authenticator: authenticate,
		},
		Store:      list,
		LoginLimit: &ginauth.LoginLimit{Limiter: limiter},
	})
	if err != nil {
		return err
	}
	if err := serve(routes(auth)); err != nil {
		return err
	}
	// Close also closes the mirror, the store, and the connection that Connect opened.
	ctx, cancel := context.WithTimeout(context.Background(), 2*time.Second)
	defer cancel()
	return auth.Close(ctx)
}

func routes(auth *ginauth.Auth) *gin.Engine {
	r := gin.Default()
	_ = r.SetTrustedProxies(nil) // no proxy in front, so no X-Forwarded-For is believed
	r.POST("/login", auth.LoginHandler)
	r.POST("/refresh", auth.RefreshHandler)
	r.POST("/logout", auth.LogoutHandler)
	r.GET("/protected", auth.MiddlewareFunc(), hello)
	r.GET("/payments", auth.Require(ginauth.Strict()), hello) // asks Redis on every request
	return r
}

func hello(c *gin.Context) { c.JSON(http.StatusOK, gin.H{"hello": c.GetString("identity")}) }

// serve answers requests until SIGTERM or Ctrl-C.
func serve(handler http.Handler) error {
	ctx, stop := signal.NotifyContext(context.Background(), os.Interrupt, syscall.SIGTERM)
	defer stop()
	server := &http.Server{Addr: "127.0.0.1:8080", Handler: handler, ReadHeaderTimeout: 5 * time.Second}
	ended := make(chan error, 1)
	go func() { ended <- server.ListenAndServe() }()
	select {
	case err := <-ended:
		return err
	case <-ctx.Done():
	}
	ctx, cancel := context.WithTimeout(context.WithoutCancel(ctx), 10*time.Second)
	defer cancel()
	return server.Shutdown(ctx)
}

// authenticate checks the password of a demo user. Use package password to hash real ones.
func authenticate(c *gin.Context) (any, error) {
	name, password, err := ginauth.ReadCredentials(c)
	if err == nil && (name != "user1" || password != "password123") {
		err = jwt.ErrFailedAuthentication
	}
	return name, err
}
