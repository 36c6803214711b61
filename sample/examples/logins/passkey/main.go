// Command passkey adds passkeys to a user who is logged in, and logs in with one: no name, no
// password. Tokens are in cookies.
//
// Users, passkeys and sessions are in the memory of the process. PUBLIC_URL is where browsers find
// this program, such as https://app.example.com: passkeys belong to its host, and work with no
// other. JWT_SECRET is at least 32 random bytes. The cookies are Secure; Chrome and Firefox accept
// them from http://localhost too.
package main

import (
	_ "embed"
	"log"
	"net/http"
	"net/url"
	"os"
	"time"

	jwt "github.com/appleboy/gin-jwt/v2"
	"github.com/gin-gonic/gin"
	"github.com/go-webauthn/webauthn/protocol"
	"github.com/go-webauthn/webauthn/webauthn"

	ginauth "github.com/ginauth/ginauth/plugin"
	"github.com/ginauth/ginauth/plugin/memstore"
	"github.com/ginauth/ginauth/plugin/session"
	"github.com/ginauth/ginauth/plugin/throttle"
	"github.com/ginauth/ginauth/sample/examples/logins/once"
)

//go:embed index.html
var page []byte

func main() {
	a, err := newApp([]byte(os.Getenv("JWT_SECRET")), os.Getenv("PUBLIC_URL"), time.Now)
	if err != nil {
		log.Fatal(err)
	}
	log.Fatal(a.routes().Run("127.0.0.1:8080"))
}

type app struct {
	auth       *ginauth.Auth
	store      session.Store
	web        *webauthn.WebAuthn
	ceremonies *once.Store[webauthn.SessionData]
	begins     ginauth.UserLimiter // of logins begun, by address: each takes one of the records
	users      *users
}

func newApp(key []byte, publicURL string, now func() time.Time) (*app, error) {
	here, err := url.Parse(publicURL)
	if err != nil {
		return nil, err
	}
	a := &app{
		store:      memstore.NewWith(memstore.Options{Now: now}),
		ceremonies: once.New[webauthn.SessionData](5*time.Minute, 10_000, now),
		users:      newUsers("user1", "user2"),
	}
	a.web, err = webauthn.New(&webauthn.Config{
		RPID: here.Hostname(), RPOrigins: []string{publicURL}, RPDisplayName: "ginauth's example",
		AuthenticatorSelection: protocol.AuthenticatorSelection{
			ResidentKey:      protocol.ResidentKeyRequirementRequired, // it knows whose it is
			UserVerification: protocol.VerificationRequired,           // a PIN or a fingerprint, not only a touch
		},
	})
	if err != nil {
		return nil, err
	}
	limiter, err := throttle.Memory(throttle.Rate{Times: 10, Window: time.Minute})
	if err != nil {
		return nil, err
	}
	if a.begins, err = throttle.Memory(throttle.Rate{Times: 60, Window: time.Minute}); err != nil {
		return nil, err
	}
	a.auth, err = ginauth.New(ginauth.Config{
		JWT: &jwt.GinJWTMiddleware{
			Key: key, Timeout: 15 * time.Minute, TimeFunc: now,
			Authenticator: authenticate, PayloadFunc: claims,
		},
		Store:      a.store,
		Cookies:    &ginauth.Cookies{},
		LoginLimit: &ginauth.LoginLimit{Limiter: limiter}, // of passwords
	})
	return a, err
}

// login is what a login gives to PayloadFunc.
type login struct {
	user    string
	methods []string // RFC 8176
}

// claims says how the user was authenticated. A refresh keeps it.
func claims(data any) jwt.MapClaims {
	l, _ := data.(login)
	return jwt.MapClaims{"identity": l.user, "amr": l.methods}
}

// authenticate checks the password of a demo user, who then adds a passkey. Use package password to
// hash real ones.
func authenticate(c *gin.Context) (any, error) {
	name, password, err := ginauth.ReadCredentials(c)
	if err == nil && (name != "user1" && name != "user2" || password != "password123") {
		err = jwt.ErrFailedAuthentication
	}
	return login{name, []string{"pwd"}}, err
}

func (a *app) routes() *gin.Engine {
	r := gin.Default()
	_ = r.SetTrustedProxies(nil) // no proxy in front, so no X-Forwarded-For is believed
	r.GET("/", func(c *gin.Context) { c.Data(http.StatusOK, "text/html; charset=utf-8", page) })
	r.POST("/login", a.auth.LoginHandler)
	r.POST("/refresh", a.auth.RefreshHandler)
	r.POST("/logout", a.auth.LogoutHandler)
	r.GET("/me", a.auth.MiddlewareFunc(), func(c *gin.Context) {
		access, _ := ginauth.AccessFrom(c)
		c.JSON(http.StatusOK, gin.H{"user": access.Subject, "amr": access.Claims["amr"]})
	})
	// A new passkey is a new way in, so whoever adds one has just logged in.
	add := r.Group("/passkey/add", a.ownPages, a.auth.MiddlewareFunc(), a.auth.Fresh(10*time.Minute))
	add.POST("/begin", a.beginAdd)
	add.POST("/finish", a.finishAdd)
	enter := r.Group("/passkey/login", a.ownPages)
	enter.POST("/begin", a.beginLogin)
	enter.POST("/finish", a.finishLogin)
	return r
}
