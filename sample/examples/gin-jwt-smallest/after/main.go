// Command after is the application of the folder before on ginauth: other imports, another
// constructor, and the type of one parameter. Clients of the old one do not notice. JWT_SECRET is at
// least 32 random bytes.
package main

import (
	"log"
	"os"
	"time"

	jwt "github.com/appleboy/gin-jwt/v2"
	"github.com/gin-gonic/gin"

	ginauth "github.com/ginauth/ginauth/plugin"
	"github.com/ginauth/ginauth/plugin/memstore"
)

const identityKey = "id"

// User is the application's record of a user.
type User struct {
	UserName string
	Role     string
}

// users stands for the application's own table, which holds hashes and no passwords.
var users = map[string]struct{ password, role string }{
	"admin": {"admin", "admin"},
	"test":  {"test", "user"},
}

func main() {
	params := initParams()
	params.LoginResponse, params.RefreshResponse = ginauth.GinJWTReply, ginauth.GinJWTReply
	authMiddleware, err := ginauth.New(ginauth.Config{
		JWT:           params,
		Store:         memstore.New(), // Redis, as soon as there are restarts or two processes
		AccessRefresh: &ginauth.AccessRefresh{},
		Legacy:        &ginauth.Legacy{Until: time.Date(2030, time.January, 1, 0, 0, 0, 0, time.UTC)}, // sooner: the last old token
	})
	if err != nil {
		log.Fatal("JWT Error:" + err.Error())
	}

	r := gin.Default()
	_ = r.SetTrustedProxies(nil)
	registerRoute(r, authMiddleware)
	log.Fatal(r.Run("127.0.0.1:8080"))
}

func registerRoute(r *gin.Engine, handle *ginauth.Auth) {
	r.POST("/login", handle.LoginHandler)
	r.POST("/logout", handle.LogoutHandler)

	auth := r.Group("/auth", handle.MiddlewareFunc())
	auth.GET("/refresh_token", handle.RefreshHandler)
	auth.GET("/hello", helloHandler)
}

func initParams() *jwt.GinJWTMiddleware {
	return &jwt.GinJWTMiddleware{
		Realm:       "test zone",
		Key:         []byte(os.Getenv("JWT_SECRET")),
		Timeout:     time.Hour,
		MaxRefresh:  time.Hour,
		IdentityKey: identityKey,
		PayloadFunc: payload,

		IdentityHandler: identity,
		Authenticator:   authenticate,
		Authorizator:    authorize,
		Unauthorized: func(c *gin.Context, code int, message string) {
			c.JSON(code, gin.H{"code": code, "message": message})
		},
		TokenLookup:   "header: Authorization, cookie: jwt",
		TokenHeadName: "Bearer",
		TimeFunc:      time.Now,
	}
}

func payload(data any) jwt.MapClaims {
	if u, ok := data.(*User); ok {
		return jwt.MapClaims{identityKey: u.UserName, "role": u.Role}
	}
	return jwt.MapClaims{}
}

func identity(c *gin.Context) any {
	claims := jwt.ExtractClaims(c)
	name, _ := claims[identityKey].(string)
	role, _ := claims["role"].(string)
	return &User{UserName: name, Role: role}
}

func authenticate(c *gin.Context) (any, error) {
	var login struct {
		Username string `form:"username" json:"username" binding:"required"`
		Password string `form:"password" json:"password" binding:"required"`
	}
	if err := c.ShouldBind(&login); err != nil {
		return nil, jwt.ErrMissingLoginValues
	}
	u, ok := users[login.Username]
	if !ok || u.password != login.Password {
		return nil, jwt.ErrFailedAuthentication
	}
	return &User{UserName: login.Username, Role: u.role}, nil
}

func authorize(data any, _ *gin.Context) bool {
	u, ok := data.(*User)
	return ok && u.Role == "admin"
}

func helloHandler(c *gin.Context) {
	claims := jwt.ExtractClaims(c)
	name := ""
	if user, ok := c.MustGet(identityKey).(*User); ok {
		name = user.UserName
	}
	c.JSON(200, gin.H{"userID": claims[identityKey], "userName": name, "text": "Hello World."})
}
