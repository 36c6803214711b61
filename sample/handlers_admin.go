package main

import (
	"context"
	"errors"
	"fmt"
	"net/http"

	jwt "github.com/appleboy/gin-jwt/v2"
	"github.com/gin-gonic/gin"

	ginauth "github.com/ginauth/ginauth/plugin"
	"github.com/ginauth/ginauth/plugin/session"
)

// requireRole admits callers whose access token carries the role. A role that was taken away
// disappears at the next refresh; revoke the user's sessions to remove it at once.
func (a *app) requireRole(role string) gin.HandlerFunc {
	return func(c *gin.Context) {
		if jwt.ExtractClaims(c)[roleClaim] != role {
			a.auth.Refuse(c, ginauth.ErrForbidden)
			return
		}
		c.Next()
	}
}

func (a *app) admin(c *gin.Context) {
	c.JSON(http.StatusOK, gin.H{"message": "This is the admin route.", "identity": c.GetString(identityKey)})
}

// adminSessions lists the sessions of any user.
func (a *app) adminSessions(c *gin.Context) {
	subject := c.Query("subject")
	if !session.ValidSubject(subject) {
		a.auth.Refuse(c, ginauth.ErrInvalidRequest)
		return
	}
	sessions, err := a.auth.Sessions(c.Request.Context(), subject)
	if err != nil {
		a.auth.Refuse(c, err)
		return
	}
	access, _ := ginauth.AccessFrom(c)
	c.Header("Cache-Control", "no-store")
	c.JSON(http.StatusOK, gin.H{"sessions": ginauth.ViewSessions(sessions, access.SessionID)})
}

// adminSetUser disables or re-enables a user. Disabling ends every session of the user; it
// comes first, so that no login can begin another one in between. When the sessions cannot be
// ended, the reply is 503, the user is disabled, and the same request once more ends them.
func (a *app) adminSetUser(c *gin.Context) {
	disabled, err := readDisabled(c)
	if err == nil {
		err = a.setDisabled(c, c.Param("name"), disabled)
	}
	if err != nil {
		a.auth.Refuse(c, err)
		return
	}
	c.JSON(http.StatusOK, gin.H{"code": http.StatusOK, "disabled": disabled})
}

func (a *app) setDisabled(c *gin.Context, name string, disabled bool) error {
	// It goes through even if the client hangs up.
	ctx, cancel := context.WithTimeout(context.WithoutCancel(c.Request.Context()), revokeTimeout)
	defer cancel()
	err := a.users.setDisabled(ctx, name, disabled)
	if errors.Is(err, errUnknownUser) {
		return ginauth.ErrNotFound
	}
	if err != nil {
		return unavailable(err)
	}
	if !disabled {
		return nil
	}
	access, _ := ginauth.AccessFrom(c)
	_, err = a.auth.RevokeSubject(ctx, name, ginauth.By(access.Subject), ginauth.Because("user_disabled"))
	return err
}

func readDisabled(c *gin.Context) (bool, error) {
	disabled, present, err := ginauth.Flag(c, "disabled")
	if err == nil && !present {
		err = fmt.Errorf("%w: disabled is missing", ginauth.ErrInvalidRequest)
	}
	return disabled, err
}
