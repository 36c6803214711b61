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

// changePassword replaces the caller's password and ends the user's other sessions, twice.
// Once before the change: if ending them fails, the password is still the old one, and a
// thief's session cannot survive a change that the caller believes failed. Once after it: a
// login with the old password may have happened in between. One that is still going on then
// begins no session, since the store knows that it began earlier.
func (a *app) changePassword(c *gin.Context) {
	old, replacement, err := readPasswords(c)
	if err != nil {
		a.auth.Refuse(c, err)
		return
	}
	// The change goes through even if the client hangs up.
	ctx := context.WithoutCancel(c.Request.Context())
	access, _ := ginauth.AccessFrom(c)
	change, err := a.judgeChange(ctx, access.Subject, old, replacement)
	if err != nil {
		a.auth.Refuse(c, err)
		return
	}
	ctx, cancel := context.WithTimeout(ctx, revokeTimeout) // hashing has a limit of its own
	defer cancel()
	endOthers := func() (int, error) {
		return a.auth.RevokeOtherSessions(ctx, access.Subject, access.SessionID, ginauth.Because("password_changed"))
	}
	before, err := endOthers()
	if err == nil {
		err = a.replaceHash(ctx, access.Subject, change)
	}
	if err != nil {
		a.auth.Refuse(c, err)
		return
	}
	after, err := endOthers()
	if err != nil {
		a.auth.Refuse(c, err)
		return
	}
	c.JSON(http.StatusOK, gin.H{"code": http.StatusOK, "revoked": before + after})
}

func readPasswords(c *gin.Context) (old, replacement string, err error) {
	old, oldErr := ginauth.Field(c, "old_password")
	replacement, newErr := ginauth.Field(c, "new_password")
	if err := errors.Join(oldErr, newErr); err != nil {
		return "", "", err
	}
	if old == "" || utf8.RuneCountInString(replacement) < minPassword || max(len(old), len(replacement)) > password.MaxBytes {
		return "", "", fmt.Errorf("%w: old_password is missing, or new_password is too short, or one of them is too long", ginauth.ErrInvalidRequest)
	}
	return old, replacement, nil
}

// hashChange is a password's current hash and its replacement.
type hashChange struct{ old, replacement string }

// judgeChange verifies the old password and hashes the new one. It returns ErrForbidden when
// the old password is wrong.
func (a *app) judgeChange(ctx context.Context, name, old, replacement string) (hashChange, error) {
	u, err := a.users.find(ctx, name)
	if errors.Is(err, errUnknownUser) {
		return hashChange{}, ginauth.ErrForbidden
	}
	if err != nil {
		return hashChange{}, unavailable(err)
	}
	turn, cancel := patiently(ctx) // one turn covers both hashes
	defer cancel()
	_, err = a.passwords.Verify(turn, u.hash, old)
	if errors.Is(err, password.ErrMismatch) {
		return hashChange{}, ginauth.ErrForbidden
	}
	if err != nil {
		return hashChange{}, passwordError(err)
	}
	hash, err := a.passwords.Hash(turn, replacement)
	if err != nil {
		return hashChange{}, passwordError(err)
	}
	return hashChange{old: u.hash, replacement: hash}, nil
}

// replaceHash returns ErrForbidden when another request has changed the password in the
// meantime.
func (a *app) replaceHash(ctx context.Context, name string, change hashChange) error {
	replaced, err := a.users.replaceHash(ctx, name, change.old, change.replacement)
	if err != nil {
		return unavailable(err)
	}
	if !replaced {
		return ginauth.ErrForbidden
	}
	return nil
}
