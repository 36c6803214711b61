package main

import (
	"context"
	"encoding/json"
	"errors"
	"fmt"
	"io"
	"net"
	"net/http"
	"os"
	"runtime/pprof"
	"time"

	jwt "github.com/appleboy/gin-jwt/v2"
	"github.com/gin-gonic/gin"
	"github.com/redis/go-redis/v9"
)

// serveEnv holds the spec of a server process.
const serveEnv = "GINAUTH_LOADTEST_SERVE"

const password = "password-of-the-load-test"

// accessTTL is longer than a run.
const accessTTL = time.Hour

// app is one contender: its handlers and its cleanup.
type app struct {
	protect gin.HandlersChain
	login   gin.HandlerFunc
	refresh gin.HandlerFunc
	logout  gin.HandlerFunc
	close   func()
}

// serveMain serves until its standard input closes, which happens when the parent exits. It
// prints one line, its address.
func serveMain(text string) error {
	var s spec
	if err := json.Unmarshal([]byte(text), &s); err != nil {
		return err
	}
	a, err := build(s)
	if err != nil {
		return err
	}
	defer a.close()
	l, err := net.Listen("tcp", "127.0.0.1:0") //nolint:noctx // for the life of the process
	if err != nil {
		return err
	}
	server := &http.Server{Handler: a.routes(), ReadHeaderTimeout: 5 * time.Minute} // a connection can wait long for its first turn
	failed := make(chan error, 1)
	go func() { failed <- server.Serve(l) }()
	stop, err := profile(s.Profile)
	if err != nil {
		return err
	}
	defer stop()
	fmt.Println(l.Addr())
	_, _ = io.Copy(io.Discard, os.Stdin)
	if err := server.Close(); err != nil {
		return err
	}
	if err := <-failed; !errors.Is(err, http.ErrServerClosed) {
		return err
	}
	return nil
}

// profile records a CPU profile until stop is called.
func profile(file string) (stop func(), err error) {
	if file == "" {
		return func() {}, nil
	}
	f, err := os.Create(file)
	if err != nil {
		return nil, err
	}
	return func() { pprof.StopCPUProfile(); _ = f.Close() }, pprof.StartCPUProfile(f)
}

func (a app) routes() *gin.Engine {
	gin.SetMode(gin.ReleaseMode)
	r := gin.New()
	_ = r.SetTrustedProxies(nil)
	r.GET("/protected", append(a.protect, func(c *gin.Context) {
		c.JSON(http.StatusOK, gin.H{"message": "This is a protected route."})
	})...)
	for path, handler := range map[string]gin.HandlerFunc{"/login": a.login, "/refresh": a.refresh, "/logout": a.logout} {
		if handler != nil {
			r.POST(path, handler)
		}
	}
	return r
}

func build(s spec) (app, error) {
	switch s.Who {
	case bare, bareNoToken:
		return buildBare(s)
	case ginjwt, exists, existsPiped, handRotation:
		return buildPeer(s)
	}
	return buildOurs(s)
}

// signer returns gin-jwt's struct with the key of a spec. Every contender uses the same.
func signer(s spec) *jwt.GinJWTMiddleware {
	mw := &jwt.GinJWTMiddleware{
		Timeout:       accessTTL,
		Authenticator: authenticate,
		PayloadFunc:   payload,
	}
	if s.Alg == "RS256" {
		mw.SigningAlgorithm = s.Alg
		mw.PrivKeyBytes, mw.PubKeyBytes = s.Key, publicPEM(s.Key)
	} else {
		mw.Key = []byte("a key of the load test, and no secret")
	}
	return mw
}

// authenticate is deliberately cheap: a password hash would hide all other work.
func authenticate(c *gin.Context) (any, error) {
	var in struct{ Username, Password string }
	if err := c.ShouldBindJSON(&in); err != nil || in.Password != password || in.Username == "" {
		return nil, jwt.ErrFailedAuthentication
	}
	return in.Username, nil
}

func payload(data any) jwt.MapClaims {
	name, _ := data.(string)
	return jwt.MapClaims{jwt.IdentityKey: name, "role": "user"}
}

func answer(ctx context.Context, rdb redis.UniversalClient) error {
	ctx, cancel := context.WithTimeout(ctx, 5*time.Second)
	defer cancel()
	return rdb.Ping(ctx).Err()
}
