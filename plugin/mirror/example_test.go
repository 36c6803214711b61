package mirror_test

import (
	"context"
	"log"

	jwt "github.com/appleboy/gin-jwt/v2"
	"github.com/redis/go-redis/v9"

	ginauth "github.com/ginauth/ginauth/plugin"
	"github.com/ginauth/ginauth/plugin/mirror"
	"github.com/ginauth/ginauth/plugin/redisstore"
)

// A node with a local copy of the revocation list. Auth.Close also closes the mirror.
func Example() {
	rdb := redis.NewClient(&redis.Options{Addr: "127.0.0.1:6379"})
	store, err := redisstore.New(rdb, redisstore.Options{})
	if err != nil {
		log.Fatal(err)
	}
	list, err := mirror.New(store, mirror.Options{})
	if err != nil {
		log.Fatal(err)
	}
	auth, err := ginauth.New(ginauth.Config{
		JWT:   &jwt.GinJWTMiddleware{ /* ... */ },
		Store: list,
	})
	if err != nil {
		log.Fatal(err)
	}
	defer auth.Close(context.Background())
}
