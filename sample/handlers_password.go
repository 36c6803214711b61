package main

import (
	"context"
	"errors"
	"fmt"
	"net/http"
	"unicode/utf8"

	"github.com/gin-gonic/gin"

	ginauth "github.com/ginauth/ginauth/plugin"
	"github.com/ginauth/ginauth/plugin/password"
)

const minPassword = 12 // characters

// changePassword replaces the caller's password and ends the user's other sessions.
func (a *app) changePassword(c *gin.Context) {
	old, replacement, err := readPasswords(c)
	if err != nil {
		a.auth.Refuse(c, err)
		return
	}
	// The change goes through although the client hangs up: half of it would leave the
	// other sessions, which may be a thief's, alive.
	ctx := context.WithoutCancel(c.Request.Context())
	access, _ := ginauth.SessionFrom(c)
	if err := a.replacePassword(ctx, access.Subject, old, replacement); err != nil {
		a.auth.Refuse(c, err)
		return
	}
	revoked, err := a.auth.RevokeOtherSessions(ctx, access.Subject, access.SessionID, ginauth.Because("password_changed"))
	if err != nil {
		a.auth.Refuse(c, err)
		return
	}
	c.JSON(http.StatusOK, gin.H{"code": http.StatusOK, "revoked": revoked})
}

func readPasswords(c *gin.Context) (old, replacement string, err error) {
	body, err := ginauth.ReadBody(c)
	if err != nil {
		return "", "", err
	}
	old, hasOld, oldErr := body.String("old_password")
	replacement, _, newErr := body.String("new_password")
	if err := errors.Join(oldErr, newErr); err != nil {
		return "", "", err
	}
	if !hasOld || utf8.RuneCountInString(replacement) < minPassword || max(len(old), len(replacement)) > password.MaxBytes {
		return "", "", fmt.Errorf("%w: no old password, a short new one, or one that is too long", ginauth.ErrInvalidRequest)
	}
	return old, replacement, nil
}

// replacePassword is ErrForbidden when the old password is wrong, or stops being right
// while this one is hashed.
func (a *app) replacePassword(ctx context.Context, name, old, replacement string) error {
	u, err := a.users.find(ctx, name)
	if errors.Is(err, errUnknownUser) {
		return ginauth.ErrForbidden
	}
	if err != nil {
		return unavailable(err)
	}
	turn, cancel := patiently(ctx) // for both hashes together
	defer cancel()
	_, err = a.passwords.Verify(turn, u.hash, old)
	if errors.Is(err, password.ErrMismatch) {
		return ginauth.ErrForbidden
	}
	if err != nil {
		return passwordError(err)
	}
	hash, err := a.passwords.Hash(turn, replacement)
	if err != nil {
		return passwordError(err)
	}
	replaced, err := a.users.replaceHash(ctx, name, u.hash, hash)
	if err != nil {
		return unavailable(err)
	}
	if !replaced {
		return ginauth.ErrForbidden
	}
	return nil
}
