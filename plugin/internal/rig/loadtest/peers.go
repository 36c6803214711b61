package main

import (
	"context"
	"crypto/rand"
	"errors"
	"net/http"
	"time"

	jwt "github.com/appleboy/gin-jwt/v2"
	"github.com/gin-gonic/gin"
	"github.com/redis/go-redis/v9"
)

// The peers are gin-jwt v2 in common use: alone, and with hand-written revocation and refresh
// tokens around it.

const refreshTTL = 7 * 24 * time.Hour

// peer is gin-jwt v2 with hand-written Redis code.
type peer struct {
	jwt   *jwt.GinJWTMiddleware
	rdb   *redis.Client
	piped *redis.AutoPipeliner
}

func buildPeer(s spec) (app, error) {
	p := &peer{jwt: signer(s)}
	if s.Who != ginjwt {
		p.rdb = redis.NewClient(&redis.Options{Addr: s.Redis})
		if err := answer(context.Background(), p.rdb); err != nil {
			return app{}, err
		}
		p.jwt.PayloadFunc = func(data any) jwt.MapClaims {
			claims := payload(data)
			claims["jti"] = rand.Text()
			return claims
		}
	}
	if s.Who == handRotation {
		p.jwt.LoginResponse = func(c *gin.Context, _ int, token string, _ time.Time) {
			name, _ := c.Get("name")
			p.reply(c, name, token)
		}
		p.jwt.Authenticator = func(c *gin.Context) (any, error) {
			name, err := authenticate(c)
			c.Set("name", name)
			return name, err
		}
	}
	var err error
	if p.jwt, err = jwt.New(p.jwt); err != nil {
		return app{}, err
	}
	a := app{login: p.jwt.LoginHandler, refresh: p.refresh, logout: p.logout, close: func() {}}
	a.protect = gin.HandlersChain{p.jwt.MiddlewareFunc()}
	switch s.Who {
	case exists:
		a.protect = append(a.protect, p.refuseRevoked(p.rdb))
	case existsPiped:
		if p.piped, err = p.rdb.AutoPipeline(); err != nil {
			return app{}, err
		}
		a.protect = append(a.protect, p.refuseRevoked(p.piped))
	}
	if p.rdb != nil {
		a.close = func() { _ = p.rdb.Close() }
	}
	return a, nil
}

func revokedKey(jti string) string { return "revoked:" + jti }

// refuseRevoked asks Redis on every request.
func (p *peer) refuseRevoked(rdb redis.Cmdable) gin.HandlerFunc {
	return func(c *gin.Context) {
		jti, _ := jwt.ExtractClaims(c)["jti"].(string)
		n, err := rdb.Exists(c.Request.Context(), revokedKey(jti)).Result()
		switch {
		case err != nil:
			c.AbortWithStatus(http.StatusServiceUnavailable)
		case n > 0:
			c.AbortWithStatus(http.StatusUnauthorized)
		}
	}
}

func (p *peer) logout(c *gin.Context) {
	claims, err := p.jwt.GetClaimsFromJWT(c)
	if err != nil || p.rdb == nil {
		c.AbortWithStatus(http.StatusUnauthorized)
		return
	}
	jti, _ := claims["jti"].(string)
	if err := p.rdb.Set(c.Request.Context(), revokedKey(jti), 1, accessTTL).Err(); err != nil {
		c.AbortWithStatus(http.StatusServiceUnavailable)
		return
	}
	c.JSON(http.StatusOK, gin.H{"code": http.StatusOK})
}

// refresh rotates the way hand-written code does: three commands with a race between them.
func (p *peer) refresh(c *gin.Context) {
	var in struct {
		Token string `json:"refresh_token"`
	}
	if err := c.ShouldBindJSON(&in); err != nil {
		c.AbortWithStatus(http.StatusBadRequest)
		return
	}
	ctx, key := c.Request.Context(), "refresh:"+in.Token
	name, err := p.rdb.Get(ctx, key).Result()
	if errors.Is(err, redis.Nil) {
		c.AbortWithStatus(http.StatusUnauthorized)
		return
	}
	if err == nil {
		err = p.rdb.Del(ctx, key).Err()
	}
	if err != nil {
		c.AbortWithStatus(http.StatusServiceUnavailable)
		return
	}
	token, _, err := p.jwt.TokenGenerator(name)
	if err != nil {
		c.AbortWithStatus(http.StatusInternalServerError)
		return
	}
	p.reply(c, name, token)
}

// reply creates the next refresh token and sends both tokens.
func (p *peer) reply(c *gin.Context, name any, token string) {
	next := rand.Text() + rand.Text()
	if err := p.rdb.Set(c.Request.Context(), "refresh:"+next, name, refreshTTL).Err(); err != nil {
		c.AbortWithStatus(http.StatusServiceUnavailable)
		return
	}
	c.JSON(http.StatusOK, gin.H{
		"access_token": token, "token_type": "Bearer", "expires_in": int(accessTTL.Seconds()), "refresh_token": next,
	})
}
