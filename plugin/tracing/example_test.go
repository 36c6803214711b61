package tracing_test

import (
	"context"
	"log"

	jwt "github.com/appleboy/gin-jwt/v2"
	"github.com/redis/go-redis/v9"

	ginauth "github.com/ginauth/ginauth/plugin"
	"github.com/ginauth/ginauth/plugin/metrics"
	"github.com/ginauth/ginauth/plugin/mirror"
	"github.com/ginauth/ginauth/plugin/redisstore"
	"github.com/ginauth/ginauth/plugin/tracing"
)

// Events go to traces and to counters. The traced store is inside the mirror.
func Example() {
	rdb := redis.NewClient(&redis.Options{Addr: "127.0.0.1:6379"})
	tracer, counters := tracing.New(tracing.Options{}), metrics.New()
	store, err := redisstore.New(rdb, redisstore.Options{})
	if err != nil {
		log.Fatal(err)
	}
	traced, err := tracer.Store(store)
	if err != nil {
		log.Fatal(err)
	}
	auth, err := ginauth.New(ginauth.Config{
		JWT:   &jwt.GinJWTMiddleware{ /* ... */ },
		Store: mirror.Must(mirror.New(traced, mirror.Options{})),
		OnEvent: func(ctx context.Context, e ginauth.Event) {
			tracer.OnEvent(ctx, e)
			counters.OnEvent(ctx, e)
		},
	})
	if err != nil {
		log.Fatal(err)
	}
	defer auth.Close(context.Background())
}
