package main

import (
	"context"
	"errors"
	"fmt"
	"net/http"
	"time"

	"github.com/gin-gonic/gin"

	ginauth "github.com/ginauth/ginauth/plugin"
	"github.com/ginauth/ginauth/plugin/session"
)

// adminRevoke ends the sessions that exactly one member of the body names.
func (a *app) adminRevoke(c *gin.Context) {
	target, err := readTarget(c)
	if err != nil {
		a.auth.Refuse(c, err)
		return
	}
	revoked, err := a.revoke(c, target)
	if err != nil {
		a.auth.Refuse(c, err)
		return
	}
	c.JSON(http.StatusOK, gin.H{"code": http.StatusOK, "revoked": revoked})
}

// revoke returns how many sessions or tokens were live. A malformed id, an invalid token and a
// subject that is too long count as unknown: 0.
func (a *app) revoke(c *gin.Context, t target) (int, error) {
	limit := revokeTimeout
	if t.wait {
		limit = waitTimeout
	}
	// A revocation continues even if its client hangs up.
	ctx, cancel := context.WithTimeout(context.WithoutCancel(c.Request.Context()), limit)
	defer cancel()
	access, _ := ginauth.AccessFrom(c)
	how := []ginauth.RevokeOption{ginauth.By(access.Subject)}
	if t.wait {
		how = append(how, ginauth.Everywhere())
	}
	switch {
	case t.all:
		return a.auth.RevokeAll(ctx, how...)
	case t.token != "":
		n, err := a.auth.RevokeToken(ctx, t.token, how...)
		if errors.Is(err, ginauth.ErrTokenInvalid) {
			return 0, nil
		}
		return n, err
	case t.sessionID != "":
		id, err := session.ParseID(t.sessionID)
		if err != nil {
			return 0, nil
		}
		return a.auth.RevokeSession(ctx, id, how...)
	default:
		if !session.ValidSubject(t.subject) {
			return 0, nil
		}
		return a.auth.RevokeSubject(ctx, t.subject, how...)
	}
}

// target is what to revoke. Exactly one of subject, sessionID, token and all is set.
type target struct {
	subject, sessionID, token string
	all                       bool
	wait                      bool // answer only when every node obeys the revocation
}

// revokeTimeout bounds a revocation, so that an outage is answered within three seconds;
// waitTimeout bounds one that waits for other nodes.
const (
	revokeTimeout = 2500 * time.Millisecond
	waitTimeout   = 4 * time.Second
)

func readTarget(c *gin.Context) (target, error) {
	var t target
	var errs [5]error
	t.subject, errs[0] = ginauth.Field(c, "subject")
	t.sessionID, errs[1] = ginauth.Field(c, "session_id")
	t.token, errs[2] = ginauth.Field(c, "token")
	t.all, _, errs[3] = ginauth.Flag(c, "all")
	t.wait, _, errs[4] = ginauth.Flag(c, "wait")
	if err := errors.Join(errs[:]...); err != nil {
		return target{}, err
	}
	targets := 0
	for _, named := range []bool{t.subject != "", t.sessionID != "", t.token != "", t.all} {
		if named {
			targets++
		}
	}
	if targets != 1 {
		return target{}, fmt.Errorf("%w: %d targets in the body, want exactly one", ginauth.ErrInvalidRequest, targets)
	}
	return t, nil
}
