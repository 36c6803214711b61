// Command gin-jwt-apikey lets in whoever has an API key or a token. One middleware tries the key, else
// asks auth.Authenticate, and refuses in one form of its own. JWT_SECRET is at least 32 random bytes,
// and API_KEY_SHA256 is the hex SHA-256 of a random key: openssl rand -hex 32 makes one.
package main

import (
	"crypto/sha256"
	"crypto/subtle"
	"encoding/hex"
	"errors"
	"log"
	"net/http"
	"os"
	"time"

	jwt "github.com/appleboy/gin-jwt/v2"
	"github.com/gin-gonic/gin"

	ginauth "github.com/ginauth/ginauth/plugin"
	"github.com/ginauth/ginauth/plugin/memstore"
)

const (
	keyHeader = "X-API-Key"
	callerKey = "caller"
)

func main() {
	keyHash, err := hex.DecodeString(os.Getenv("API_KEY_SHA256"))
	if err != nil || len(keyHash) != sha256.Size {
		log.Fatal("API_KEY_SHA256 is not the hex SHA-256 of a key")
	}
	auth, err := ginauth.New(ginauth.Config{
		JWT: &jwt.GinJWTMiddleware{
			Key:           []byte(os.Getenv("JWT_SECRET")),
			Timeout:       15 * time.Minute,
			Authenticator: authenticate,
		},
		Store: memstore.New(),
	})
	if err != nil {
		log.Fatal(err)
	}
	r := gin.Default()
	_ = r.SetTrustedProxies(nil) // no proxy in front, so no X-Forwarded-For is believed
	r.POST("/login", auth.LoginHandler)
	r.POST("/refresh", auth.RefreshHandler)
	r.POST("/logout", auth.LogoutHandler)
	r.GET("/reports", keyOrToken(auth, keyHash), func(c *gin.Context) {
		c.JSON(http.StatusOK, gin.H{"reports_for": c.GetString(callerKey)})
	})
	log.Fatal(r.Run("127.0.0.1:8080"))
}

// keyOrToken decides by the key if there is one: a wrong key is refused, even beside a good token.
func keyOrToken(auth *ginauth.Auth, keyHash []byte) gin.HandlerFunc {
	return func(c *gin.Context) {
		if key := c.GetHeader(keyHeader); key != "" {
			if !rightKey(key, keyHash) {
				refuse(c, ginauth.ErrInvalidCredentials)
				return
			}
			c.Set(callerKey, "api key")
			return
		}
		access, err := auth.Authenticate(c)
		if err != nil {
			refuse(c, err)
			return
		}
		c.Set(callerKey, access.Subject)
	}
}

// rightKey compares hashes, so that neither a dump of the settings nor the time it takes shows the
// key. A random key needs no slow hash, as passwords do.
func rightKey(key string, want []byte) bool {
	got := sha256.Sum256([]byte(key))
	return subtle.ConstantTimeCompare(got[:], want) == 1
}

// refuse keeps the status of err, 503 of a store that does not answer included.
func refuse(c *gin.Context, err error) {
	status, _ := ginauth.Code(err)
	if status == http.StatusUnauthorized {
		c.Header("WWW-Authenticate", "Bearer")
	}
	hint := "An API key or a token is needed."
	if errors.Is(err, ginauth.ErrTokenExpired) {
		hint = "The token has expired."
	}
	c.AbortWithStatusJSON(status, gin.H{"ok": false, "hint": hint})
}

func authenticate(c *gin.Context) (any, error) {
	name, password, err := ginauth.ReadCredentials(c)
	if err == nil && (name != "user1" || password != "password123") {
		err = jwt.ErrFailedAuthentication
	}
	return name, err
}
