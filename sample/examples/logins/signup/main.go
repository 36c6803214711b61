// Command signup creates users and logs them in with the same reply. Users and sessions are in
// the memory of the process. JWT_SECRET is at least 32 random bytes.
package main

import (
	"context"
	"errors"
	"log"
	"net/http"
	"os"
	"regexp"
	"strings"
	"sync"
	"time"
	"unicode/utf8"

	jwt "github.com/appleboy/gin-jwt/v2"
	"github.com/gin-gonic/gin"

	ginauth "github.com/ginauth/ginauth/plugin"
	"github.com/ginauth/ginauth/plugin/memstore"
	"github.com/ginauth/ginauth/plugin/password"
	"github.com/ginauth/ginauth/plugin/throttle"
)

func main() {
	a, err := newApp([]byte(os.Getenv("JWT_SECRET")))
	if err != nil {
		log.Fatal(err)
	}
	log.Fatal(a.routes().Run("127.0.0.1:8080"))
}

type app struct {
	auth    *ginauth.Auth
	hasher  *password.Hasher
	signUps *throttle.MemoryLimiter

	mu     sync.Mutex
	hashes map[string]string // by the user's name
}

func newApp(key []byte) (*app, error) {
	hasher, err1 := password.New(password.Options{})
	guesses, err2 := throttle.Memory(throttle.Rate{Times: 10, Window: time.Minute})
	logins, err3 := throttle.Memory(throttle.Rate{Times: 20, Window: time.Hour})
	signUps, err4 := throttle.Memory(throttle.Rate{Times: 10, Window: time.Hour})
	if err := errors.Join(err1, err2, err3, err4); err != nil {
		return nil, err
	}
	a := &app{hasher: hasher, signUps: signUps, hashes: make(map[string]string)}
	var err error
	a.auth, err = ginauth.New(ginauth.Config{
		JWT:        &jwt.GinJWTMiddleware{Key: key, Timeout: 15 * time.Minute, Authenticator: a.authenticate},
		Store:      memstore.New(),
		LoginLimit: &ginauth.LoginLimit{Limiter: guesses, Name: nameOf},
		UserLimit:  logins,
	})
	return a, err
}

func (a *app) routes() *gin.Engine {
	r := gin.Default()
	_ = r.SetTrustedProxies(nil) // no proxy in front, so no X-Forwarded-For is believed
	r.POST("/signup", a.signUp)
	r.POST("/login", a.auth.LoginHandler)
	r.POST("/refresh", a.auth.RefreshHandler)
	r.POST("/logout", a.auth.LogoutHandler)
	r.GET("/me", a.auth.MiddlewareFunc(), func(c *gin.Context) {
		c.JSON(http.StatusOK, gin.H{"user": c.GetString("identity")})
	})
	return r
}

// ownPages refuses what a page of another site sends: it would use up the sign-ups of its visitor.
var ownPages = http.NewCrossOriginProtection()

func (a *app) signUp(c *gin.Context) {
	if ownPages.Check(c.Request) != nil {
		a.auth.Refuse(c, ginauth.ErrCrossOrigin)
		return
	}
	name, hash, err := a.readSignUp(c)
	if err != nil {
		a.auth.Refuse(c, err)
		return
	}
	if !a.add(name, hash) { // the second of two clicks arrives here too
		c.AbortWithStatusJSON(http.StatusConflict, gin.H{"code": http.StatusConflict, "error": "name_taken", "message": "Choose another name."})
		return
	}
	tokens, err := a.auth.Login(c, name)
	if err != nil {
		a.auth.Refuse(c, err) // the user exists now, and can log in at /login
		return
	}
	a.auth.Reply(c, tokens)
}

// The minimum of NIST SP 800-63B-4 for a password that is the only factor.
const minPassword = 15 // characters

var validName = regexp.MustCompile(`^[a-z][a-z0-9_-]{2,31}$`)

func (a *app) readSignUp(c *gin.Context) (name, hash string, err error) {
	_, plain, err := ginauth.ReadCredentials(c)
	if err != nil {
		return "", "", err
	}
	name = nameOf(c)
	if !validName.MatchString(name) || utf8.RuneCountInString(plain) < minPassword {
		return "", "", ginauth.ErrInvalidRequest
	}
	// Every sign-up of an address counts, whatever comes of it: hashing is work, and a 409 tells
	// who has an account.
	ctx, cancel := context.WithTimeout(c.Request.Context(), 2*time.Second)
	defer cancel()
	wait, err := a.signUps.End(ctx, c.ClientIP(), c.ClientIP(), true)
	if err != nil || wait > 0 {
		return "", "", errors.Join(err, ginauth.TooManyAttempts(wait))
	}
	hash, err = a.hasher.Hash(ctx, plain)
	return name, hash, passwordError(err)
}

// nameOf folds the case of a name, at sign-up and at login, so that Ada and ada are one user.
func nameOf(c *gin.Context) string {
	name, _ := ginauth.Field(c, "username")
	return strings.ToLower(name)
}

// add stores a user if the name is free. In a database this is an INSERT into a unique column.
func (a *app) add(name, hash string) bool {
	a.mu.Lock()
	defer a.mu.Unlock()
	if _, taken := a.hashes[name]; taken {
		return false
	}
	a.hashes[name] = hash
	return true
}

// authenticate does the same work for an unknown user, so that its time tells nothing.
func (a *app) authenticate(c *gin.Context) (any, error) {
	_, plain, err := ginauth.ReadCredentials(c)
	if err != nil {
		return nil, err
	}
	name := nameOf(c)
	a.mu.Lock()
	hash, known := a.hashes[name]
	a.mu.Unlock()
	ctx, cancel := context.WithTimeout(c.Request.Context(), 2*time.Second)
	defer cancel()
	if !known {
		return nil, passwordError(a.hasher.VerifyUnknown(ctx, plain))
	}
	_, err = a.hasher.Verify(ctx, hash, plain)
	return name, passwordError(err)
}

func passwordError(err error) error {
	switch {
	case errors.Is(err, password.ErrTooLong):
		return ginauth.ErrInvalidRequest
	case errors.Is(err, password.ErrBusy):
		return ginauth.ErrUnavailable
	case errors.Is(err, password.ErrMismatch):
		return jwt.ErrFailedAuthentication
	}
	return err
}
