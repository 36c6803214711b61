package ginauth_test

import (
	"crypto/rand"
	"encoding/json"
	"fmt"
	"log"
	"log/slog"
	"net/http"
	"net/http/httptest"
	"strings"

	jwt "github.com/appleboy/gin-jwt/v2"
	"github.com/gin-gonic/gin"

	ginauth "github.com/ginauth/ginauth/plugin"
	"github.com/ginauth/ginauth/plugin/memstore"
)

// serve sends one request with a JSON body and returns the members of the reply.
func serve(r http.Handler, method, path string, access any, body string) (status int, reply map[string]any) {
	request := httptest.NewRequest(method, path, strings.NewReader(body))
	request.Header.Set("Content-Type", "application/json")
	if access != "" {
		request.Header.Set("Authorization", fmt.Sprint("Bearer ", access))
	}
	w := httptest.NewRecorder()
	r.ServeHTTP(w, request)
	if err := json.Unmarshal(w.Body.Bytes(), &reply); err != nil {
		log.Fatal(err)
	}
	return w.Code, reply
}

// exampleConfig is the common configuration of the examples. Its Authenticator believes every
// name.
func exampleConfig() ginauth.Config {
	return ginauth.Config{
		JWT: &jwt.GinJWTMiddleware{
			Key: []byte(rand.Text() + rand.Text()), // tokens end with this process, as its sessions do
			Authenticator: func(c *gin.Context) (any, error) {
				name, _, err := ginauth.ReadCredentials(c)
				return name, err
			},
		},
		Store:  memstore.New(),
		Logger: slog.New(slog.DiscardHandler),
	}
}

// exampleEngine returns a router with the routes that every application has.
func exampleEngine(config ginauth.Config) (*ginauth.Auth, *gin.Engine) {
	auth, err := ginauth.New(config)
	if err != nil {
		log.Fatal(err)
	}
	gin.SetMode(gin.ReleaseMode)
	r := gin.New()
	_ = r.SetTrustedProxies(nil) // no proxy in front, so no X-Forwarded-For is believed
	r.POST("/login", auth.LoginHandler)
	r.POST("/refresh", auth.RefreshHandler)
	return auth, r
}
