// Command oidc logs in with an OpenID Connect provider: authorization code, PKCE, state and nonce.
// The session is the application's own, in cookies; the provider's tokens are dropped.
//
// OIDC_ISSUER, OIDC_CLIENT_ID and OIDC_CLIENT_SECRET are what the provider gives out, PUBLIC_URL is
// where browsers find this program, such as https://app.example.com, and JWT_SECRET is at least 32
// random bytes. Sessions are in the memory of the process. The cookies are Secure; for browsers
// that refuse those of http://localhost set INSECURE_COOKIES=true, but never in production.
package main

import (
	"context"
	"log"
	"net/http"
	"os"
	"time"

	jwt "github.com/appleboy/gin-jwt/v2"
	"github.com/coreos/go-oidc/v3/oidc"
	"github.com/gin-gonic/gin"
	"golang.org/x/oauth2"

	ginauth "github.com/ginauth/ginauth/plugin"
	"github.com/ginauth/ginauth/plugin/memstore"
	"github.com/ginauth/ginauth/plugin/session"
	"github.com/ginauth/ginauth/plugin/throttle"
)

func main() {
	a, err := newApp(settings{
		key:    []byte(os.Getenv("JWT_SECRET")),
		issuer: os.Getenv("OIDC_ISSUER"), clientID: os.Getenv("OIDC_CLIENT_ID"), clientSecret: os.Getenv("OIDC_CLIENT_SECRET"),
		publicURL: os.Getenv("PUBLIC_URL"), insecureCookies: os.Getenv("INSECURE_COOKIES") == "true",
	})
	if err != nil {
		log.Fatal(err)
	}
	log.Fatal(a.routes().Run("127.0.0.1:8080"))
}

type settings struct {
	key                            []byte
	issuer, clientID, clientSecret string
	publicURL                      string
	insecureCookies                bool
}

type app struct {
	auth     *ginauth.Auth
	store    session.Store
	client   *http.Client // to the provider
	oauth    oauth2.Config
	verifier *oidc.IDTokenVerifier
	insecure bool
}

func newApp(s settings) (*app, error) {
	a := &app{store: memstore.New(), client: &http.Client{Timeout: 5 * time.Second}, insecure: s.insecureCookies}
	provider, err := oidc.NewProvider(oidc.ClientContext(context.Background(), a.client), s.issuer)
	if err != nil {
		return nil, err
	}
	a.verifier = provider.Verifier(&oidc.Config{ClientID: s.clientID})
	a.oauth = oauth2.Config{
		ClientID: s.clientID, ClientSecret: s.clientSecret, Endpoint: provider.Endpoint(),
		RedirectURL: s.publicURL + "/oidc/callback", // never from the request's Host, which a client chooses
		Scopes:      []string{oidc.ScopeOpenID},
	}
	limiter, err := throttle.Memory(throttle.Rate{Times: 10, Window: time.Minute})
	if err != nil {
		return nil, err
	}
	a.auth, err = ginauth.New(ginauth.Config{
		JWT:             &jwt.GinJWTMiddleware{Key: s.key, Timeout: 15 * time.Minute, Authenticator: authenticate},
		Store:           a.store,
		Cookies:         &ginauth.Cookies{},
		InsecureCookies: s.insecureCookies,
		LoginLimit:      &ginauth.LoginLimit{Limiter: limiter}, // of the local users
	})
	return a, err
}

// authenticate checks the password of a local user, beside those of the provider. Use package
// password to hash real ones.
func authenticate(c *gin.Context) (any, error) {
	name, password, err := ginauth.ReadCredentials(c)
	if err == nil && (name != "user1" || password != "password123") {
		err = jwt.ErrFailedAuthentication
	}
	return name, err
}

func (a *app) routes() *gin.Engine {
	r := gin.New()
	_ = r.SetTrustedProxies(nil) // no proxy in front, so no X-Forwarded-For is believed
	// The query of the callback holds the code, which belongs into no log.
	r.Use(gin.LoggerWithConfig(gin.LoggerConfig{SkipQueryString: true}), gin.Recovery())
	r.GET("/oidc/login", a.begin)
	r.GET("/oidc/callback", a.callback)
	r.POST("/login", a.auth.LoginHandler)
	r.POST("/refresh", a.auth.RefreshHandler)
	r.POST("/logout", a.auth.LogoutHandler)
	r.GET("/", a.auth.Optional(ginauth.IgnoreBadTokens()), func(c *gin.Context) {
		access, _ := ginauth.AccessFrom(c)
		c.JSON(http.StatusOK, gin.H{"user": access.Subject, "login": "/oidc/login"})
	})
	return r
}
