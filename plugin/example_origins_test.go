package ginauth_test

import (
	"fmt"
	"net/http"
	"net/http/httptest"
	"strings"

	ginauth "github.com/ginauth/ginauth/plugin"
)

// Config.TrustedOrigins names the other origins whose pages may log in and send unsafe requests with
// cookies, such as the development server of a single-page application.
func ExampleConfig_trustedOrigins() {
	common := exampleConfig()
	_, r := exampleEngine(ginauth.Config{
		JWT:            common.JWT,
		Store:          common.Store,
		Logger:         common.Logger,
		Cookies:        &ginauth.Cookies{},
		TrustedOrigins: []string{"https://app.example.com", "http://localhost:5173"},
	})
	for _, origin := range []string{"http://localhost:5173", "http://localhost:3000"} {
		login := httptest.NewRequest(http.MethodPost, "/login", strings.NewReader(`{"username":"ada","password":"x"}`))
		login.Header.Set("Content-Type", "application/json")
		login.Header.Set("Origin", origin)
		w := httptest.NewRecorder()
		r.ServeHTTP(w, login)
		fmt.Println(origin, w.Code)
	}
	// Output:
	// http://localhost:5173 200
	// http://localhost:3000 403
}
