// Command secondfactor asks for a password, and then for a code of an authenticator app (TOTP,
// RFC 6238). Between the two no session exists, only a record of who has shown the password.
//
// Users and sessions are in the memory of the process. JWT_SECRET is at least 32 random bytes, and
// TOTP_SECRET is what the demo user's authenticator app knows, 16 random bytes or more in base32.
package main

import (
	"context"
	"log"
	"net/http"
	"os"
	"time"

	jwt "github.com/appleboy/gin-jwt/v2"
	"github.com/gin-gonic/gin"

	ginauth "github.com/ginauth/ginauth/plugin"
	"github.com/ginauth/ginauth/plugin/memstore"
	"github.com/ginauth/ginauth/plugin/session"
	"github.com/ginauth/ginauth/plugin/throttle"
	"github.com/ginauth/ginauth/sample/examples/logins/once"
)

func main() {
	users, err := newUsers(context.Background(), time.Now, demoUser{"user1", "password123", os.Getenv("TOTP_SECRET")})
	if err != nil {
		log.Fatal(err)
	}
	a, err := newApp([]byte(os.Getenv("JWT_SECRET")), users, time.Now)
	if err != nil {
		log.Fatal(err)
	}
	log.Fatal(a.routes().Run("127.0.0.1:8080"))
}

type app struct {
	auth    *ginauth.Auth
	store   session.Store
	users   *users
	pending *once.Store[pending]
}

// pending is a user who has shown the password and not yet a code.
type pending struct {
	user  string
	began time.Time
}

func newApp(key []byte, users *users, now func() time.Time) (*app, error) {
	limiter, err := throttle.Memory(throttle.Rate{Times: 10, Window: time.Minute})
	if err != nil {
		return nil, err
	}
	a := &app{
		store: memstore.NewWith(memstore.Options{Now: now}),
		users: users, pending: once.New[pending](5*time.Minute, 10_000, now),
	}
	a.auth, err = ginauth.New(ginauth.Config{
		JWT: &jwt.GinJWTMiddleware{
			Key: key, Timeout: 15 * time.Minute, TimeFunc: now, PayloadFunc: claims,
			Authenticator: noPasswordAlone,
		},
		Store:      a.store,
		LoginLimit: &ginauth.LoginLimit{Limiter: limiter},
	})
	return a, err
}

// noPasswordAlone is the Authenticator of LoginHandler, which is not mounted and must not be.
func noPasswordAlone(*gin.Context) (any, error) { return nil, jwt.ErrFailedAuthentication }

// claims says how the user was authenticated (RFC 8176). A refresh keeps it.
func claims(data any) jwt.MapClaims {
	return jwt.MapClaims{"identity": data, "amr": []string{"pwd", "otp"}}
}

func (a *app) routes() *gin.Engine {
	r := gin.Default()
	_ = r.SetTrustedProxies(nil) // no proxy in front, so no X-Forwarded-For is believed
	logins := r.Group("", a.ownPages)
	logins.POST("/login", a.firstFactor)
	logins.POST("/login/code", a.secondFactor)
	r.POST("/refresh", a.auth.RefreshHandler)
	r.POST("/logout", a.auth.LogoutHandler)
	r.GET("/me", a.auth.MiddlewareFunc(), func(c *gin.Context) {
		access, _ := ginauth.AccessFrom(c)
		c.JSON(http.StatusOK, gin.H{"user": access.Subject, "amr": access.Claims["amr"]})
	})
	return r
}

var sameOrigin = http.NewCrossOriginProtection()

// ownPages refuses what a page of another site sends: it would spend the attempts of its visitor.
func (a *app) ownPages(c *gin.Context) {
	if sameOrigin.Check(c.Request) != nil {
		a.auth.Refuse(c, ginauth.ErrCrossOrigin)
	}
}

// firstFactor judges the password. A right one is answered with the id of a record, which opens
// nothing but secondFactor.
func (a *app) firstFactor(c *gin.Context) {
	began := a.store.Now() // before the user is read: a revocation from now on overtakes the login
	name, plain, err := ginauth.ReadCredentials(c)
	if err == nil {
		err = a.try(c, name, func() (bool, error) {
			return a.users.checkPassword(c.Request.Context(), name, plain)
		})
	}
	if err != nil {
		a.auth.Refuse(c, err)
		return
	}
	c.Header("Cache-Control", "no-store")
	c.JSON(http.StatusOK, gin.H{"second_factor": "totp", "pending": a.pending.Put(pending{name, began})})
}

// secondFactor judges the code, and begins the session.
func (a *app) secondFactor(c *gin.Context) {
	shown, err := a.judgeCode(c)
	if err != nil {
		a.auth.Refuse(c, err)
		return
	}
	tokens, err := a.auth.Login(c, shown.user, ginauth.Began(shown.began))
	if err != nil {
		a.auth.Refuse(c, err)
		return
	}
	a.auth.Reply(c, tokens)
}

// judgeCode judges the code of the user whom the record names, and of nobody else. A wrong code
// leaves the record for another try; the right one uses it up.
func (a *app) judgeCode(c *gin.Context) (pending, error) {
	id, err := ginauth.Field(c, "pending")
	if err != nil {
		return pending{}, err
	}
	code, err := ginauth.Field(c, "code")
	if err != nil {
		return pending{}, err
	}
	shown, known := a.pending.Look(id)
	if !known {
		return pending{}, ginauth.ErrInvalidCredentials
	}
	return shown, a.try(c, shown.user, func() (bool, error) {
		right, err := a.users.checkCode(c.Request.Context(), shown.user, code)
		if right {
			_, right = a.pending.Take(id)
		}
		return right, err
	})
}

// try counts a wrong password or code as a failed login of the user.
func (a *app) try(c *gin.Context, name string, check func() (bool, error)) error {
	right, err := a.auth.TryPassword(c, name, check)
	if err == nil && !right {
		err = ginauth.ErrInvalidCredentials
	}
	return err
}
