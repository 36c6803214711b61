package throttle_test

import (
	"context"
	"log"
	"time"

	jwt "github.com/appleboy/gin-jwt/v2"
	"github.com/redis/go-redis/v9"

	ginauth "github.com/ginauth/ginauth/plugin"
	"github.com/ginauth/ginauth/plugin/redisstore"
	"github.com/ginauth/ginauth/plugin/throttle"
)

// All nodes count failed logins together, in the Redis that keeps the sessions.
func ExampleRedis() {
	rdb := redis.NewClient(&redis.Options{Addr: "127.0.0.1:6379"})
	limiter, err := throttle.Redis(rdb, "ginauth", throttle.Rate{Times: 10, Window: time.Minute})
	if err != nil {
		log.Fatal(err)
	}
	auth, err := ginauth.New(ginauth.Config{
		JWT:        &jwt.GinJWTMiddleware{ /* ... */ },
		Store:      redisstore.Must(redisstore.New(rdb, redisstore.Options{})),
		LoginLimit: &ginauth.LoginLimit{Limiter: limiter},
	})
	if err != nil {
		log.Fatal(err)
	}
	defer auth.Close(context.Background())
}
