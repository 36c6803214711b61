package main

import (
	"context"
	"errors"
	"fmt"
	"unicode/utf8"

	"github.com/gin-gonic/gin"

	ginauth "github.com/ginauth/ginauth/plugin"
	"github.com/ginauth/ginauth/plugin/password"
	"github.com/ginauth/ginauth/plugin/session"
)

const minPassword = 12 // characters

// changePassword replaces the caller's password and every session of the user, the caller's
// too: whoever has copied its tokens loses them. The reply has the tokens of a new session.
func (a *app) changePassword(c *gin.Context) {
	old, replacement, err := readPasswords(c)
	if err != nil {
		a.auth.Refuse(c, err)
		return
	}
	change, err := a.tryChange(c, old, replacement)
	if err == nil {
		err = a.auth.MayLogin(c, change.user.name) // before anything is changed
	}
	if err != nil {
		a.auth.Refuse(c, err)
		return
	}
	// The change goes through even if the client hangs up. Hashing has a limit of its own.
	ctx, cancel := context.WithTimeout(context.WithoutCancel(c.Request.Context()), revokeTimeout)
	defer cancel()
	if err := a.applyChange(ctx, change); err != nil {
		a.auth.Refuse(c, err)
		return
	}
	tokens, err := a.auth.Login(c, change.user)
	if err == nil {
		err = a.confirmChange(ctx, change, tokens.SessionID)
	}
	if err != nil {
		a.auth.Refuse(c, err)
		return
	}
	a.auth.Reply(c, tokens)
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

// passwordChange is a user as read before the change, and the hash of the new password.
type passwordChange struct {
	user        user
	replacement string
}

// tryChange verifies the old password and hashes the new one. A wrong password is ErrForbidden,
// and counts as a failed login of the user.
func (a *app) tryChange(c *gin.Context, old, replacement string) (passwordChange, error) {
	access, _ := ginauth.AccessFrom(c)
	var change passwordChange
	right, err := a.auth.TryPassword(c, access.Subject, func() (bool, error) {
		var err error
		change, err = a.judgeChange(context.WithoutCancel(c.Request.Context()), access.Subject, old, replacement)
		if errors.Is(err, password.ErrMismatch) {
			return false, nil
		}
		return err == nil, err
	})
	if err == nil && !right {
		err = ginauth.ErrForbidden
	}
	return change, err
}

// judgeChange returns password.ErrMismatch when the old password is wrong.
func (a *app) judgeChange(ctx context.Context, name, old, replacement string) (passwordChange, error) {
	u, err := a.users.find(ctx, name)
	if errors.Is(err, errUnknownUser) || err == nil && u.disabled {
		return passwordChange{}, ginauth.ErrForbidden
	}
	if err != nil {
		return passwordChange{}, unavailable(err)
	}
	turn, cancel := patiently(ctx) // one turn covers both hashes
	defer cancel()
	if _, err = a.passwords.Verify(turn, u.hash, old); err != nil {
		return passwordChange{}, passwordError(err)
	}
	hash, err := a.passwords.Hash(turn, replacement)
	if err != nil {
		return passwordChange{}, passwordError(err)
	}
	return passwordChange{user: u, replacement: hash}, nil
}

// applyChange ends the user's sessions, stores the hash, and ends them again. Once before: if
// ending them fails, the password is still the old one, and no session of a thief survives a
// change that the caller believes failed. Once after: a login with the old password may have
// happened in between. One that is still going on then begins no session, since the store
// knows that it began earlier. It returns ErrForbidden when another request has changed the
// password in the meantime, such as the first of two clicks, whose session it does not end.
func (a *app) applyChange(ctx context.Context, change passwordChange) error {
	name, old := change.user.name, change.user.hash
	now, err := a.users.find(ctx, name)
	if err != nil {
		return unavailable(err)
	}
	if now.hash != old {
		return ginauth.ErrForbidden
	}
	if _, err := a.auth.RevokeSubject(ctx, name, ginauth.Because("password_changed")); err != nil {
		return err
	}
	replaced, err := a.users.replaceHash(ctx, name, old, change.replacement)
	if err != nil {
		return unavailable(err)
	}
	if !replaced {
		return ginauth.ErrForbidden
	}
	_, err = a.auth.RevokeSubject(ctx, name, ginauth.Because("password_changed"))
	return err
}

// confirmChange ends the new session if the user has been disabled, or the password changed
// once more, before it began: that revocation has not touched it.
func (a *app) confirmChange(ctx context.Context, change passwordChange, sessionID string) error {
	now, err := a.users.find(ctx, change.user.name)
	if err == nil && !now.disabled && now.hash == change.replacement {
		return nil
	}
	if err == nil {
		err = session.ErrOvertaken
	}
	id, idErr := session.ParseID(sessionID)
	if idErr == nil {
		_, idErr = a.auth.RevokeSession(ctx, id)
	}
	return unavailable(errors.Join(err, idErr))
}
