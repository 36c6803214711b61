package main

import (
	"net/http"

	jwt "github.com/appleboy/gin-jwt/v2"
	"github.com/gin-gonic/gin"

	ginauth "github.com/ginauth/ginauth/plugin"
)

// hello greets a user by name, and a caller without a login as "stranger".
func (a *app) hello(c *gin.Context) {
	name := "stranger"
	if access, ok := ginauth.AccessFrom(c); ok {
		name = access.Subject
	}
	c.JSON(http.StatusOK, gin.H{"message": "Hello, " + name})
}

func (a *app) protected(c *gin.Context) {
	c.JSON(http.StatusOK, gin.H{"message": "This is a protected route.", "identity": c.GetString(identityKey)})
}

// me returns what the caller's access token says.
func (a *app) me(c *gin.Context) {
	access, _ := ginauth.AccessFrom(c)
	c.JSON(http.StatusOK, gin.H{
		"identity":   access.Subject,
		"session_id": access.SessionID.String(),
		"token_id":   access.TokenID.String(),
		"issued_at":  access.IssuedAt.Unix(),
		"expires_at": access.ExpiresAt.Unix(),
		"auth_time":  access.AuthTime.Unix(),
		"claims":     jwt.ExtractClaims(c),
	})
}
