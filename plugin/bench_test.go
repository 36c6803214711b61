package ginauth_test

import (
	"context"
	"encoding/json"
	"log/slog"
	"net/http"
	"net/http/httptest"
	"runtime"
	"strings"
	"testing"
	"time"

	jwt "github.com/appleboy/gin-jwt/v2"
	"github.com/gin-gonic/gin"

	ginauth "github.com/ginauth/ginauth/plugin"
	"github.com/ginauth/ginauth/plugin/memstore"
	"github.com/ginauth/ginauth/plugin/mirror"
	"github.com/ginauth/ginauth/plugin/session"
)

// These are the micro-benchmarks of the middleware: a gin engine without a network, one reused
// request, and a handler that answers 204. Results are comparable only within one run:
//
//	go test -run '^$' -bench Protected -count 6 ./plugin | benchstat -col /who -
//
// Loads over HTTP, with Redis, are described in docs/benchmarks.md.

// nullWriter keeps the cost of recording a reply out of the results.
type nullWriter struct{ header http.Header }

func (w *nullWriter) Header() http.Header         { return w.header }
func (w *nullWriter) Write(b []byte) (int, error) { return len(b), nil }
func (w *nullWriter) WriteHeader(int)             {}

func benchRoute(b *testing.B, middleware gin.HandlerFunc, token string, headers ...string) {
	b.Helper()
	serve := route(b, middleware, token, headers...)
	b.ReportAllocs()
	for b.Loop() {
		serve()
	}
}

// route returns a function that serves one request with the token and the headers (name, value,
// name, value), again and again.
func route(b testing.TB, middleware gin.HandlerFunc, token string, headers ...string) (serve func()) {
	b.Helper()
	gin.SetMode(gin.ReleaseMode)
	engine := gin.New()
	handlers := []gin.HandlerFunc{func(c *gin.Context) { c.Status(http.StatusNoContent) }}
	if middleware != nil {
		handlers = append([]gin.HandlerFunc{middleware}, handlers...)
	}
	engine.GET("/protected", handlers...)
	request := httptest.NewRequest(http.MethodGet, "/protected", nil)
	request.Header.Set("Authorization", "Bearer "+token)
	for i := 0; i < len(headers); i += 2 {
		request.Header.Add(headers[i], headers[i+1])
	}
	recorder := httptest.NewRecorder()
	if engine.ServeHTTP(recorder, request); recorder.Code != http.StatusNoContent {
		b.Fatalf("status %d: %s", recorder.Code, recorder.Body)
	}
	w := &nullWriter{header: http.Header{}}
	return func() { engine.ServeHTTP(w, request) }
}

// browserHeaders are what a browser sends, behind a proxy that writes no ports.
var browserHeaders = []string{
	"User-Agent", "Mozilla/5.0 (X11; Linux x86_64; rv:140.0) Gecko/20100101 Firefox/140.0",
	"Accept", "text/html,application/xhtml+xml,application/xml;q=0.9,*/*;q=0.8",
	"Accept-Language", "en-US,en;q=0.5",
	"Accept-Encoding", "gzip, deflate, br, zstd",
	"Referer", "https://app.example.com:8443/settings?tab=a,b",
	"Origin", "https://app.example.com:8443",
	"Cookie", "theme=dark; seen=2026-11-30T12:00:00Z",
	"Upgrade-Insecure-Requests", "1",
	"Sec-Fetch-Dest", "document",
	"Priority", "u=0, i",
	"If-Modified-Since", "Mon, 30 Nov 2026 12:00:00 GMT",
	"X-Forwarded-For", "198.51.100.1, 2001:db8::7",
	"X-Forwarded-Proto", "https",
}

var benchKey = []byte("test key, not a secret, 32 bytes!")

func benchAuth(b testing.TB, noCache bool) (*ginauth.Auth, string) {
	b.Helper()
	store := mirror.Must(mirror.New(memstore.New(), mirror.Options{}))
	b.Cleanup(func() { _ = store.Close(context.Background()) })
	for !store.Ready() {
		runtime.Gosched()
	}
	auth, err := ginauth.New(ginauth.Config{
		JWT: &jwt.GinJWTMiddleware{
			Key:           benchKey,
			Authenticator: func(*gin.Context) (any, error) { return "user1", nil },
		},
		Store:        store,
		Logger:       slog.New(slog.DiscardHandler),
		NoTokenCache: noCache,
		Issuer:       "bench", Audience: []string{"bench"},
	})
	if err != nil {
		b.Fatal(err)
	}
	b.Cleanup(func() { _ = auth.Close(context.Background()) })
	recorder := httptest.NewRecorder()
	c, _ := gin.CreateTestContext(recorder)
	c.Request = httptest.NewRequest(http.MethodPost, "/login", strings.NewReader(""))
	var tokens ginauth.Tokens
	auth.LoginHandler(c)
	if err := json.Unmarshal(recorder.Body.Bytes(), &tokens); err != nil {
		b.Fatal(err)
	}
	return auth, tokens.AccessToken
}

// A token in the cache costs six allocations, and this number must not grow without a reason.
// Four are the request's own copy of the claims, a map of more than eight members, since
// handlers may write into it. Two are the map of gin's Context, which is new for each request
// and holds what gin-jwt's functions look for.
func TestTokenCacheHitsAllocateSixTimes(t *testing.T) {
	auth, token := benchAuth(t, false)
	serve := route(t, auth.MiddlewareFunc(), token)
	argued := 6.0
	if poolsForget {
		argued += 2
	}
	if n := testing.AllocsPerRun(1000, serve); n > argued {
		t.Errorf("%v allocations, %v are argued for", n, argued)
	}
}

func BenchmarkProtected(b *testing.B) {
	b.Run("who=bare-gin", func(b *testing.B) { benchRoute(b, nil, "") })
	b.Run("who=gin-jwt-v2", func(b *testing.B) {
		mw, err := jwt.New(&jwt.GinJWTMiddleware{
			Key: benchKey, Timeout: time.Hour,
			PayloadFunc: func(any) jwt.MapClaims {
				return jwt.MapClaims{"identity": "user1", "sub": "user1", "iss": "bench", "aud": "bench",
					"jti": session.NewTokenID().String(), "sid": session.NewTokenID().String(), "gen": 1}
			},
		})
		if err != nil {
			b.Fatal(err)
		}
		token, _, err := mw.TokenGenerator("user1")
		if err != nil {
			b.Fatal(err)
		}
		benchRoute(b, mw.MiddlewareFunc(), token)
	})
	b.Run("who=ginauth", func(b *testing.B) {
		auth, token := benchAuth(b, false)
		benchRoute(b, auth.MiddlewareFunc(), token)
	})
	b.Run("who=ginauth-strict-browser", func(b *testing.B) {
		auth, token := benchAuth(b, false)
		benchRoute(b, auth.Require(ginauth.Strict()), token, browserHeaders...)
	})
	b.Run("who=ginauth-no-cache", func(b *testing.B) {
		auth, token := benchAuth(b, true)
		benchRoute(b, auth.MiddlewareFunc(), token)
	})
}
