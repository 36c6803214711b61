// Command verify-only is a service that accepts another service's tokens and obeys its
// revocations, but cannot issue tokens. It needs the public key in a file and the Redis that
// holds the other service's sessions. JWT_PUBLIC_KEY_FILE is the path of a PEM file. REDIS_URL
// is the address, redis://host:port/0.
package main

import (
	"log"
	"net/http"
	"os"

	"github.com/gin-gonic/gin"

	ginauth "github.com/ginauth/ginauth/plugin"
	"github.com/ginauth/ginauth/plugin/keys"
	"github.com/ginauth/ginauth/plugin/mirror"
	"github.com/ginauth/ginauth/plugin/redisstore"
)

func main() {
	auth, err := newVerifier(os.Getenv("JWT_PUBLIC_KEY_FILE"), os.Getenv("REDIS_URL"))
	if err != nil {
		log.Fatal(err)
	}
	r := gin.Default()
	_ = r.SetTrustedProxies(nil) // no proxy in front, so no X-Forwarded-For is believed
	r.GET("/reports", auth.MiddlewareFunc(), func(c *gin.Context) {
		access, _ := ginauth.AccessFrom(c)
		c.JSON(http.StatusOK, gin.H{"reports_of": access.Subject})
	})
	log.Fatal(r.Run("127.0.0.1:8080"))
}

func newVerifier(keyFile, redisURL string) (*ginauth.Auth, error) {
	pem, err := os.ReadFile(keyFile) //nolint:gosec // G304: the operator names the file
	if err != nil {
		return nil, err
	}
	public, err := keys.ParsePEM(pem, "")
	if err != nil {
		return nil, err
	}
	ring, err := keys.NewRing(public)
	if err != nil {
		return nil, err
	}
	store, err := redisstore.Connect(redisURL, redisstore.Options{})
	if err != nil {
		return nil, err
	}
	return ginauth.New(ginauth.Config{
		Keys:     ring,
		Store:    mirror.Must(mirror.New(store, mirror.Options{})),
		Issuer:   "ginauth-sample", // what the other service puts into its tokens
		Audience: []string{"ginauth-sample"},
	})
}
