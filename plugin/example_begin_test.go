package ginauth_test

import (
	"context"
	"crypto/rand"
	"errors"
	"fmt"
	"net/http"
	"net/http/httptest"
	"sync"
	"time"

	"github.com/gin-gonic/gin"

	ginauth "github.com/ginauth/ginauth/plugin"
)

// A new user is logged in by the reply to the registration.
func ExampleAuth_Login_signUp() {
	auth, r := exampleEngine(exampleConfig())
	var users sync.Map
	r.POST("/signup", func(c *gin.Context) {
		name, _, err := ginauth.ReadCredentials(c)
		if err != nil {
			auth.Refuse(c, err)
			return
		}
		if _, taken := users.LoadOrStore(name, "the hash of the password"); taken {
			c.AbortWithStatusJSON(http.StatusConflict, gin.H{"error": "taken"})
			return
		}
		tokens, err := auth.Login(c, name)
		if err != nil {
			auth.Refuse(c, err) // the user exists now, and can log in at /login
			return
		}
		auth.Reply(c, tokens)
	})

	status, reply := serve(r, "POST", "/signup", "", `{"username":"ada","password":"x"}`)
	fmt.Println(status, reply["token_type"])
	status, reply = serve(r, "POST", "/signup", "", `{"username":"ada","password":"y"}`)
	fmt.Println(status, reply["error"])
	// Output:
	// 200 Bearer
	// 409 taken
}

// A link that is mailed to a user logs in once. Began dates the login back to the mail, so that
// logging the user out everywhere ends the links that are on their way too.
func ExampleBegan() {
	config := exampleConfig()
	auth, r := exampleEngine(config)
	type link struct {
		user string
		made time.Time
	}
	var links sync.Map
	mail := func(user string) (secret string) {
		secret = rand.Text()
		links.Store(secret, link{user, config.Store.Now()})
		return secret
	}
	r.POST("/link", func(c *gin.Context) {
		secret, err := ginauth.Field(c, "secret")
		if err != nil {
			auth.Refuse(c, err)
			return
		}
		found, ok := links.LoadAndDelete(secret)
		if !ok {
			auth.Refuse(c, ginauth.ErrInvalidCredentials)
			return
		}
		l := found.(link)
		tokens, err := auth.Login(c, l.user, ginauth.Began(l.made))
		if err != nil {
			auth.Refuse(c, err)
			return
		}
		auth.Reply(c, tokens)
	})

	first, second := mail("ada"), mail("ada")
	status, _ := serve(r, "POST", "/link", "", `{"secret":"`+first+`"}`)
	fmt.Println(status)
	_, _ = auth.RevokeSubject(context.Background(), "ada")
	status, reply := serve(r, "POST", "/link", "", `{"secret":"`+second+`"}`)
	fmt.Println(status, reply["error"])
	// Output:
	// 200
	// 503 unavailable
}

// A job calls the application as its user, and ends its session when it is done.
func ExampleAuth_BeginSession() {
	auth, r := exampleEngine(exampleConfig())
	r.GET("/report", auth.MiddlewareFunc(), func(c *gin.Context) {
		c.JSON(200, gin.H{"for": c.GetString("identity")})
	})
	job := func(ctx context.Context) (err error) {
		tokens, err := auth.BeginSession(ctx, "reporter", ginauth.OnDevice("nightly report"))
		if err != nil {
			return err
		}
		defer func() {
			_, endErr := auth.RevokeToken(context.WithoutCancel(ctx), tokens.RefreshToken)
			err = errors.Join(err, endErr)
		}()
		fmt.Println(serve(r, "GET", "/report", tokens.AccessToken, ""))
		return nil
	}

	fmt.Println(job(context.Background()))
	left, _ := auth.Sessions(context.Background(), "reporter")
	fmt.Println(len(left), "sessions left")
	// Output:
	// 200 map[for:reporter]
	// <nil>
	// 0 sessions left
}

// An identity provider sends the browser back with a code. The reply is a redirect, and carries
// the cookies.
func ExampleAuth_SetCookies() {
	config := exampleConfig()
	config.Cookies = &ginauth.Cookies{}
	auth, r := exampleEngine(config)
	exchange := func(context.Context, string) (user string, err error) { return "ada", nil } // asks the provider
	r.GET("/callback", func(c *gin.Context) {
		state, err := c.Cookie("__Host-state") // set before the browser was sent to the provider
		if err != nil || state == "" || state != c.Query("state") {
			auth.Refuse(c, ginauth.ErrInvalidRequest)
			return
		}
		began := config.Store.Now()
		user, err := exchange(c.Request.Context(), c.Query("code"))
		if err != nil {
			auth.Refuse(c, ginauth.ErrInvalidCredentials)
			return
		}
		tokens, err := auth.Login(c, user, ginauth.Began(began))
		if err != nil {
			auth.Refuse(c, err)
			return
		}
		auth.SetCookies(c, tokens)
		c.Redirect(http.StatusSeeOther, "/")
	})

	request := httptest.NewRequest(http.MethodGet, "/callback?code=c&state=s", nil)
	request.AddCookie(&http.Cookie{Name: "__Host-state", Value: "s"})
	w := httptest.NewRecorder()
	r.ServeHTTP(w, request)
	fmt.Println(w.Code, w.Header().Get("Location"))
	for _, cookie := range w.Result().Cookies() {
		fmt.Println(cookie.Name)
	}
	// Output:
	// 303 /
	// __Host-access_token
	// __Host-refresh_token
}
