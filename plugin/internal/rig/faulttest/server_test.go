//go:build unix

package faulttest_test

import (
	"context"
	"encoding/json"
	"fmt"
	"io"
	"log/slog"
	"net"
	"net/http"
	"os"
	"time"

	jwt "github.com/appleboy/gin-jwt/v2"
	"github.com/gin-gonic/gin"
	"github.com/redis/go-redis/v9"

	ginauth "github.com/ginauth/ginauth/plugin"
	"github.com/ginauth/ginauth/plugin/mirror"
	"github.com/ginauth/ginauth/plugin/redisstore"
	"github.com/ginauth/ginauth/plugin/session"
)

// settings are the parameters of a node's process.
type settings struct {
	Name      string
	Strict    bool
	Staleness time.Duration

	// Addrs, Master and Cluster say how to reach Redis, as in redis.UniversalOptions.
	Addrs   []string
	Master  string
	Cluster bool
}

// These are the secrets of a test's nodes.
const (
	key                  = "a key of the fault tests, 0123456789"
	clientID, clientWord = "checker", "a client secret of the fault tests"
)

// serve runs a node. It prints its address on standard output, and exits when its standard
// input closes, which happens when the test ends.
func serve(text string) error {
	var s settings
	if err := json.Unmarshal([]byte(text), &s); err != nil {
		return err
	}
	o := &redis.UniversalOptions{Addrs: s.Addrs, MasterName: s.Master, IsClusterMode: s.Cluster}
	redisstore.Tune(o)
	life := s.Staleness / 4
	rdb := redis.NewUniversalClient(o)
	list, err := mirror.New(redisstore.Must(redisstore.New(rdb, redisstore.Options{ConnLife: life, Shards: shards(rdb)})), mirror.Options{MaxStaleness: s.Staleness, Node: s.Name})
	if err != nil {
		return err
	}
	list.Notify(func(n session.Notice) {
		slog.Info("mirror", "kind", n.Kind, "shard", n.Shard, "count", n.Count, "error", n.Err)
	})
	auth, err := ginauth.New(ginauth.Config{
		JWT:     &jwt.GinJWTMiddleware{Key: []byte(key), Authenticator: anybody},
		Store:   list,
		Clients: []ginauth.Client{{ID: clientID, Secret: clientWord}},
	})
	if err != nil {
		return err
	}
	l, err := net.Listen("tcp", "127.0.0.1:0")
	if err != nil {
		return err
	}
	fmt.Println(l.Addr())
	go func() {
		_, _ = io.Copy(io.Discard, os.Stdin)
		os.Exit(0)
	}()
	return (&http.Server{Handler: routes(s, auth, list), ReadHeaderTimeout: time.Minute}).Serve(l)
}

func anybody(c *gin.Context) (any, error) {
	name, _, err := ginauth.ReadCredentials(c)
	return name, err
}

func routes(s settings, auth *ginauth.Auth, list *mirror.Mirror) http.Handler {
	gin.SetMode(gin.ReleaseMode)
	r := gin.New()
	r.Use(gin.Recovery())
	r.POST("/login", auth.LoginHandler)
	r.POST("/refresh", auth.RefreshHandler)
	r.POST("/logout", auth.LogoutHandler)
	r.POST("/logout/all", auth.LogoutAllHandler)
	r.POST("/revoke", auth.RevocationHandler)
	r.POST("/revoke/all", func(c *gin.Context) {
		ctx, cancel := context.WithTimeout(context.WithoutCancel(c.Request.Context()), 2500*time.Millisecond)
		defer cancel()
		if _, err := auth.RevokeAll(ctx); err != nil {
			auth.Refuse(c, err)
		}
	})
	check := auth.MiddlewareFunc()
	if s.Strict {
		check = auth.Require(ginauth.Strict())
	}
	r.GET("/protected", check, func(c *gin.Context) { c.Status(http.StatusOK) })
	r.GET("/readyz", func(c *gin.Context) {
		if err := list.Ping(c.Request.Context()); err != nil {
			c.String(http.StatusServiceUnavailable, err.Error())
		}
	})
	return r
}

// shards is the number of shards on a Cluster, fewer than the default: a machine with two cores
// runs all of these nodes and servers, under the race detector too. 0 is the default.
func shards(rdb redis.UniversalClient) int {
	if _, cluster := rdb.(*redis.ClusterClient); cluster {
		return 16
	}
	return 0
}
