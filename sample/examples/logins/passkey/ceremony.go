package main

import (
	"context"
	"errors"
	"fmt"
	"log/slog"
	"net/http"
	"time"

	"github.com/gin-gonic/gin"
	"github.com/go-webauthn/webauthn/protocol"
	"github.com/go-webauthn/webauthn/webauthn"

	ginauth "github.com/ginauth/ginauth/plugin"
)

// ceremonyCookie ties a challenge to the browser that asked for it. Its prefix keeps sibling hosts
// and plain http from planting one.
const ceremonyCookie = "__Host-ceremony"

// maxAnswer is more than any authenticator sends.
const maxAnswer = 64 << 10

func (a *app) beginAdd(c *gin.Context) {
	access, _ := ginauth.AccessFrom(c)
	u := a.users.named(access.Subject)
	options, ceremony, err := a.web.BeginRegistration(u, webauthn.WithExclusions(webauthn.Credentials(u.credentials).CredentialDescriptors()))
	a.begun(c, options, ceremony, err)
}

// finishAdd stores the passkey for the user who is logged in. The library refuses the ceremony of
// another user, and one of a login.
func (a *app) finishAdd(c *gin.Context) {
	access, _ := ginauth.AccessFrom(c)
	ceremony, err := a.take(c)
	if err != nil {
		a.auth.Refuse(c, err)
		return
	}
	answer, err := protocol.ParseCredentialCreationResponseBody(c.Request.Body)
	if err == nil {
		var made *webauthn.Credential
		if made, err = a.web.CreateCredential(a.users.named(access.Subject), ceremony, answer); err == nil {
			err = a.users.add(access.Subject, *made)
		}
	}
	if err != nil {
		a.auth.Refuse(c, refused(c, ginauth.ErrInvalidRequest, err))
		return
	}
	c.JSON(http.StatusOK, gin.H{"code": http.StatusOK})
}

func (a *app) beginLogin(c *gin.Context) {
	ctx, cancel := context.WithTimeout(c.Request.Context(), 2*time.Second)
	defer cancel()
	wait, err := a.begins.Take(ctx, c.ClientIP())
	if err != nil || wait > 0 {
		a.auth.Refuse(c, errors.Join(err, ginauth.TooManyAttempts(wait)))
		return
	}
	options, ceremony, err := a.web.BeginDiscoverableLogin()
	a.begun(c, options, ceremony, err)
}

// finishLogin begins a session for the user whose passkey has signed the challenge.
func (a *app) finishLogin(c *gin.Context) {
	began := a.store.Now() // before the user is judged: a revocation from now on overtakes the login
	ceremony, err := a.take(c)
	if err != nil {
		a.auth.Refuse(c, err)
		return
	}
	answer, err := protocol.ParseCredentialRequestResponseBody(c.Request.Body)
	var who login
	if err == nil {
		who, err = a.users.judge(a.web, ceremony, answer)
	}
	if err != nil {
		a.auth.Refuse(c, refused(c, ginauth.ErrInvalidCredentials, err))
		return
	}
	tokens, err := a.auth.Login(c, who, ginauth.Began(began))
	if err != nil {
		a.auth.Refuse(c, err)
		return
	}
	a.auth.Reply(c, tokens)
}

// begun keeps a ceremony here, under an id in a cookie, and sends its challenge.
func (a *app) begun(c *gin.Context, options any, ceremony *webauthn.SessionData, err error) {
	if err != nil {
		a.auth.Refuse(c, err)
		return
	}
	setCookie(c, a.ceremonies.Put(*ceremony), 300)
	c.Header("Cache-Control", "no-store")
	c.JSON(http.StatusOK, options)
}

var errNoCeremony = errors.New("the challenge is unknown, used or too old")

// take returns the ceremony of this browser, once: a challenge has one answer, right or wrong.
func (a *app) take(c *gin.Context) (webauthn.SessionData, error) {
	c.Request.Body = http.MaxBytesReader(c.Writer, c.Request.Body, maxAnswer)
	cookie, err := c.Request.Cookie(ceremonyCookie)
	if err == nil {
		setCookie(c, "", -1)
		if ceremony, ok := a.ceremonies.Take(cookie.Value); ok {
			return ceremony, nil
		}
	}
	return webauthn.SessionData{}, fmt.Errorf("%w: %w", ginauth.ErrInvalidRequest, errNoCeremony)
}

func setCookie(c *gin.Context, value string, seconds int) {
	http.SetCookie(c.Writer, &http.Cookie{
		Name: ceremonyCookie, Value: value, Path: "/", MaxAge: seconds,
		HttpOnly: true, Secure: true, SameSite: http.SameSiteStrictMode,
	})
}

// refused logs why an answer was refused, which the client need not know.
func refused(c *gin.Context, class, cause error) error {
	slog.WarnContext(c.Request.Context(), "passkey: refused", "error", cause)
	return fmt.Errorf("%w: %w", class, cause)
}

var sameOrigin = http.NewCrossOriginProtection()

// ownPages refuses what a page of another site sends.
func (a *app) ownPages(c *gin.Context) {
	if sameOrigin.Check(c.Request) != nil {
		a.auth.Refuse(c, ginauth.ErrCrossOrigin)
	}
}
