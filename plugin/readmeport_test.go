package ginauth_test

import (
	"log"
	"log/slog"
	"net/http"
	"testing"
	"time"

	jwt "github.com/appleboy/gin-jwt/v2"
	"github.com/gin-gonic/gin"

	ginauth "github.com/ginauth/ginauth/plugin"
	"github.com/ginauth/ginauth/plugin/internal/rig/authtest"
	"github.com/ginauth/ginauth/plugin/memstore"
)

// This is the server of gin-jwt's README (v2.10.3), ported. From here to helloHandler every
// line is the README's, except the type of two parameters, which follows from the constructor,
// and the port.

type login struct {
	Username string `form:"username" json:"username" binding:"required"`
	Password string `form:"password" json:"password" binding:"required"`
}

var (
	identityKey = "id"
)

// User demo
type User struct {
	UserName  string
	FirstName string
	LastName  string
}

func registerRoute(r *gin.Engine, handle *ginauth.Auth) {
	r.POST("/login", handle.LoginHandler)
	r.NoRoute(handle.MiddlewareFunc(), handleNoRoute())

	auth := r.Group("/auth", handle.MiddlewareFunc())
	auth.GET("/refresh_token", handle.RefreshHandler)
	auth.GET("/hello", helloHandler)
}

func handlerMiddleware(authMiddleware *ginauth.Auth) gin.HandlerFunc {
	return func(context *gin.Context) {
		errInit := authMiddleware.MiddlewareInit()
		if errInit != nil {
			log.Fatal("authMiddleware.MiddlewareInit() Error:" + errInit.Error())
		}
	}
}

func initParams() *jwt.GinJWTMiddleware {

	return &jwt.GinJWTMiddleware{
		Realm:       "test zone",
		Key:         []byte("secret key"),
		Timeout:     time.Hour,
		MaxRefresh:  time.Hour,
		IdentityKey: identityKey,
		PayloadFunc: payloadFunc(),

		IdentityHandler: identityHandler(),
		Authenticator:   authenticator(),
		Authorizator:    authorizator(),
		Unauthorized:    unauthorized(),
		TokenLookup:     "header: Authorization, query: token, cookie: jwt",
		// TokenLookup: "query:token",
		// TokenLookup: "cookie:token",
		TokenHeadName: "Bearer",
		TimeFunc:      time.Now,
	}
}

func payloadFunc() func(data interface{}) jwt.MapClaims {
	return func(data interface{}) jwt.MapClaims {
		if v, ok := data.(*User); ok {
			return jwt.MapClaims{
				identityKey: v.UserName,
			}
		}
		return jwt.MapClaims{}
	}
}

func identityHandler() func(c *gin.Context) interface{} {
	return func(c *gin.Context) interface{} {
		claims := jwt.ExtractClaims(c)
		return &User{
			UserName: claims[identityKey].(string),
		}
	}
}

func authenticator() func(c *gin.Context) (interface{}, error) {
	return func(c *gin.Context) (interface{}, error) {
		var loginVals login
		if err := c.ShouldBind(&loginVals); err != nil {
			return "", jwt.ErrMissingLoginValues
		}
		userID := loginVals.Username
		password := loginVals.Password

		if (userID == "admin" && password == "admin") || (userID == "test" && password == "test") {
			return &User{
				UserName:  userID,
				LastName:  "Bo-Yi",
				FirstName: "Wu",
			}, nil
		}
		return nil, jwt.ErrFailedAuthentication
	}
}

func authorizator() func(data interface{}, c *gin.Context) bool {
	return func(data interface{}, c *gin.Context) bool {
		if v, ok := data.(*User); ok && v.UserName == "admin" {
			return true
		}
		return false
	}
}

func unauthorized() func(c *gin.Context, code int, message string) {
	return func(c *gin.Context, code int, message string) {
		c.JSON(code, gin.H{
			"code":    code,
			"message": message,
		})
	}
}

func handleNoRoute() func(c *gin.Context) {
	return func(c *gin.Context) {
		claims := jwt.ExtractClaims(c)
		log.Printf("NoRoute claims: %#v\n", claims)
		c.JSON(404, gin.H{"code": "PAGE_NOT_FOUND", "message": "Page not found"})
	}
}

func helloHandler(c *gin.Context) {
	claims := jwt.ExtractClaims(c)
	user, _ := c.Get(identityKey)
	c.JSON(200, gin.H{
		"userID":   claims[identityKey],
		"userName": user.(*User).UserName,
		"text":     "Hello World.",
	})
}

func TestREADMEPort_ItsTwoUnsafeSettingsAreNamed(t *testing.T) {
	wantMistakes(t, ginauth.Config{JWT: initParams(), Store: memstore.New()}, "JWT.TokenLookup", "JWT.Key")
}

// newREADMEServer is the README's main with two changes: the two unsafe settings are made
// safe, and the constructor is ginauth's.
func newREADMEServer(t *testing.T) *gin.Engine {
	t.Helper()
	params := initParams()
	params.Key = []byte(authtest.Secret)
	params.TokenLookup = "header: Authorization, cookie: jwt"

	gin.SetMode(gin.ReleaseMode)
	engine := gin.New()
	// the jwt middleware
	authMiddleware, err := ginauth.New(ginauth.Config{JWT: params, Store: memstore.New(), Logger: slog.New(slog.DiscardHandler)})
	if err != nil {
		t.Fatal("JWT Error:" + err.Error())
	}
	t.Cleanup(func() {
		if err := authMiddleware.Close(t.Context()); err != nil && t.Context().Err() == nil {
			t.Error(err)
		}
	})

	// register middleware
	engine.Use(handlerMiddleware(authMiddleware))

	// register route
	registerRoute(engine, authMiddleware)
	return engine
}

func TestREADMEPort_ItsRoutesWork(t *testing.T) {
	engine := newREADMEServer(t)
	enter := func(name string, encode authtest.Encoding) ginauth.Tokens {
		t.Helper()
		reply := authtest.Serve(t, engine, http.MethodPost, "/login", encode(map[string]string{"username": name, "password": name}))
		wantTokensOfREADME(t, reply)
		return reply.Tokens(t)
	}
	get := func(path string, options ...authtest.RequestOption) authtest.Reply {
		t.Helper()
		return authtest.Serve(t, engine, http.MethodGet, path, options...)
	}
	admin, test := enter("admin", authtest.JSON), enter("test", authtest.Form)

	hello := get("/auth/hello", authtest.Bearer(admin.AccessToken))
	if want := `{"text":"Hello World.","userID":"admin","userName":"admin"}`; hello.Status != 200 || string(hello.Body) != want {
		t.Errorf("hello: %d %s", hello.Status, hello.Body)
	}
	wantStatus(t, get("/auth/hello", authtest.Cookie("jwt", admin.AccessToken)), 200)
	refused := get("/auth/hello", authtest.Bearer(test.AccessToken))
	if refused.Status != 403 || refused.Members()["code"] != 403.0 || len(refused.Names()) != 2 {
		t.Errorf("hello as test: %d %s", refused.Status, refused.Body)
	}
	refresh := get("/auth/refresh_token", authtest.Bearer(admin.AccessToken), authtest.JSON(map[string]string{"refresh_token": admin.RefreshToken}))
	wantTokensOfREADME(t, refresh)
	next := refresh.Tokens(t)
	wantStatus(t, get("/auth/hello", authtest.Bearer(next.AccessToken)), 200)

	missing := get("/nowhere", authtest.Bearer(next.AccessToken))
	if want := `{"code":"PAGE_NOT_FOUND","message":"Page not found"}`; missing.Status != 404 || string(missing.Body) != want {
		t.Errorf("NoRoute: %d %s", missing.Status, missing.Body)
	}
	wantStatus(t, get("/nowhere"), 401)
	wantStatus(t, get("/auth/hello"), 401)
	wantStatus(t, authtest.Serve(t, engine, http.MethodPost, "/login", authtest.JSON(map[string]string{"username": "admin"})), 400)
	wantStatus(t, authtest.Serve(t, engine, http.MethodPost, "/login", authtest.JSON(map[string]string{"username": "admin", "password": "x"})), 401)
}

func wantTokensOfREADME(t *testing.T, reply authtest.Reply) {
	t.Helper()
	wantSuccess(t, reply, tokenMembers...)
	if got := reply.Tokens(t).ExpiresIn; got != 3600 {
		t.Errorf("expires_in %d", got)
	}
}
