// Command gin-jwt-pages renders pages on the server, without scripts. The home page greets whoever is logged in,
// and the account page sends everybody else to /login. Navigation renews the cookies by itself. JWT_SECRET is at
// least 32 random bytes; INSECURE_COOKIES=true is for browsers without Secure cookies on localhost, not for production.
package main

import (
	"errors"
	"html/template"
	"log"
	"net/http"
	"os"
	"time"

	jwt "github.com/appleboy/gin-jwt/v2"
	"github.com/gin-gonic/gin"

	ginauth "github.com/ginauth/ginauth/plugin"
	"github.com/ginauth/ginauth/plugin/memstore"
)

var pages = template.Must(template.New("").Parse(`
{{define "home"}}<!doctype html><title>Home</title>
{{if .}}<p>Hello, {{.}}.</p><p><a href="/account">Account</a></p>
<form method="post" action="/logout"><button>Log out</button></form>
{{else}}<p>Hello, guest.</p><p><a href="/login">Log in</a></p>{{end}}{{end}}
{{define "account"}}<!doctype html><title>Account</title><p>The account of {{.}}.</p>{{end}}
{{define "login"}}<!doctype html><title>Log in</title>{{if .}}<p>{{.}}</p>{{end}}
<form method="post" action="/login">
<input name="username" autocomplete="username" required>
<input name="password" type="password" autocomplete="current-password" required>
<button>Log in</button></form>{{end}}`))

func main() {
	auth, err := ginauth.New(ginauth.Config{
		JWT: &jwt.GinJWTMiddleware{
			Key:            []byte(os.Getenv("JWT_SECRET")),
			Timeout:        15 * time.Minute,
			Authenticator:  authenticate,
			LoginResponse:  func(c *gin.Context, _ int, _ string, _ time.Time) { c.Redirect(http.StatusSeeOther, "/account") },
			LogoutResponse: func(c *gin.Context, _ int) { c.Redirect(http.StatusSeeOther, "/") },
			Unauthorized:   refused,
		},
		Store:           memstore.New(),
		Cookies:         &ginauth.Cookies{ImplicitRefresh: true},
		InsecureCookies: os.Getenv("INSECURE_COOKIES") == "true",
	})
	if err != nil {
		log.Fatal(err)
	}
	r := gin.Default()
	_ = r.SetTrustedProxies(nil) // no proxy in front, so no X-Forwarded-For is believed
	r.SetHTMLTemplate(pages)
	soft := auth.Optional(ginauth.IgnoreBadTokens()) // an old cookie makes a guest and no error
	r.GET("/", soft, func(c *gin.Context) { render(c, http.StatusOK, "home", c.GetString("identity")) })
	r.GET("/account", soft, account(auth))
	r.GET("/login", func(c *gin.Context) { render(c, http.StatusOK, "login", "") })
	r.POST("/login", auth.LoginHandler)
	r.POST("/logout", auth.LogoutHandler)
	log.Fatal(r.Run("127.0.0.1:8080"))
}

// account decides by itself. The middleware in front of it has renewed the cookies where that was due.
func account(auth *ginauth.Auth) gin.HandlerFunc {
	return func(c *gin.Context) {
		access, err := auth.Authenticate(c)
		switch status, _ := ginauth.Code(err); {
		case err == nil:
			render(c, http.StatusOK, "account", access.Subject)
		case status == http.StatusUnauthorized:
			c.Header("Cache-Control", "no-store")
			c.Redirect(http.StatusSeeOther, "/login") // always there: an address out of the request would be an open redirect
		default:
			auth.Refuse(c, err) // 503 while the store does not answer
		}
	}
}

// refused shows the form again after a wrong password. A logout without a session is a logout.
func refused(c *gin.Context, code int, message string) {
	switch {
	case errors.Is(ginauth.RefusalFrom(c), ginauth.ErrInvalidCredentials):
		render(c, code, "login", "Wrong name or password.")
	case c.FullPath() == "/logout" && code == http.StatusUnauthorized:
		c.Redirect(http.StatusSeeOther, "/")
	default:
		c.String(code, "%s", message)
	}
}

// render keeps pages out of caches, which would show a user's page after the logout.
func render(c *gin.Context, status int, page, text string) {
	c.Header("Cache-Control", "no-store")
	c.Header("Content-Security-Policy", "default-src 'none'; form-action 'self'; frame-ancestors 'none'; base-uri 'none'")
	c.HTML(status, page, text)
}

func authenticate(c *gin.Context) (any, error) {
	name, password, err := ginauth.ReadCredentials(c)
	if err == nil && (name != "user1" || password != "password123") {
		err = jwt.ErrFailedAuthentication
	}
	return name, err
}
