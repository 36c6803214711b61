package main

import (
	"context"
	"crypto/rand"
	"crypto/subtle"
	"errors"
	"fmt"
	"log/slog"
	"net/http"
	"strings"

	"github.com/coreos/go-oidc/v3/oidc"
	"github.com/gin-gonic/gin"
	"golang.org/x/oauth2"

	ginauth "github.com/ginauth/ginauth/plugin"
)

// attempt is what one browser remembers while its user is at the provider. Its cookie ties the
// callback to this browser: whoever sends somebody a link to a callback of their own has no such
// cookie to go with it.
type attempt struct {
	state    string // comes back in the callback
	nonce    string // comes back in the ID token
	verifier string // of PKCE: proves to the provider that the code is for this browser
}

// begin sends the browser to the provider.
func (a *app) begin(c *gin.Context) {
	now := attempt{rand.Text(), rand.Text(), oauth2.GenerateVerifier()}
	a.setCookie(c, strings.Join([]string{now.state, now.nonce, now.verifier}, "."), 600)
	c.Header("Cache-Control", "no-store")
	c.Redirect(http.StatusFound, a.oauth.AuthCodeURL(now.state, oidc.Nonce(now.nonce), oauth2.S256ChallengeOption(now.verifier)))
}

// callback begins a session for the user whom the provider names.
func (a *app) callback(c *gin.Context) {
	began := a.store.Now() // before the user is judged: a revocation from now on overtakes the login
	subject, err := a.subject(c)
	if err != nil {
		slog.WarnContext(c.Request.Context(), "oidc: login refused", "error", err)
		a.auth.Refuse(c, err)
		return
	}
	tokens, err := a.auth.Login(c, subject, ginauth.Began(began))
	if err != nil {
		a.auth.Refuse(c, err)
		return
	}
	a.auth.SetCookies(c, tokens)
	c.Redirect(http.StatusSeeOther, "/") // always: an address out of the request would be an open redirect
}

// subject judges a callback and returns the user's name here. The issuer makes it differ from every
// local name. It is not the e-mail address, which changes its owner, and which one provider checks
// and another does not.
func (a *app) subject(c *gin.Context) (string, error) {
	sent, ok := a.takeAttempt(c)
	if !ok || !equal(c.Query("state"), sent.state) {
		return "", fmt.Errorf("%w: the callback is not for this browser", ginauth.ErrInvalidRequest)
	}
	if c.Query("code") == "" { // the user has refused, or the provider has
		return "", fmt.Errorf("%w: provider: %.50q", ginauth.ErrInvalidCredentials, c.Query("error"))
	}
	ctx := oidc.ClientContext(c.Request.Context(), a.client)
	raw, err := a.exchange(ctx, c.Query("code"), sent.verifier)
	if err != nil {
		return "", err
	}
	token, err := a.verifier.Verify(ctx, raw) // signature, iss, aud, exp
	if err != nil {
		return "", fmt.Errorf("%w: %w", ginauth.ErrInvalidCredentials, err)
	}
	if !equal(token.Nonce, sent.nonce) || token.Subject == "" {
		return "", fmt.Errorf("%w: the ID token is not for this login", ginauth.ErrInvalidCredentials)
	}
	return token.Issuer + "|" + token.Subject, nil
}

// exchange trades the code for an ID token. Its errors leave out the provider's text, which may
// repeat the code.
func (a *app) exchange(ctx context.Context, code, verifier string) (idToken string, err error) {
	tokens, err := a.oauth.Exchange(ctx, code, oauth2.VerifierOption(verifier))
	var refused *oauth2.RetrieveError
	switch {
	case errors.As(err, &refused) && refused.ErrorCode == "invalid_grant": // used, expired, or of another browser
		return "", fmt.Errorf("%w: provider: invalid_grant", ginauth.ErrInvalidCredentials)
	case errors.As(err, &refused):
		return "", fmt.Errorf("%w: provider: %q", ginauth.ErrUnavailable, refused.ErrorCode)
	case err != nil:
		return "", fmt.Errorf("%w: provider: %w", ginauth.ErrUnavailable, err)
	}
	idToken, _ = tokens.Extra("id_token").(string) // one that is missing does not verify
	return idToken, nil
}

// takeAttempt reads the attempt of this browser and deletes its cookie: a callback has one try.
func (a *app) takeAttempt(c *gin.Context) (attempt, bool) {
	cookie, err := c.Request.Cookie(a.cookieName())
	if err != nil {
		return attempt{}, false
	}
	a.setCookie(c, "", -1)
	parts := strings.Split(cookie.Value, ".")
	if len(parts) != 3 || len(parts[0]) < 26 || len(parts[1]) < 26 {
		return attempt{}, false
	}
	return attempt{parts[0], parts[1], parts[2]}, true
}

// setCookie is Lax and not Strict: the provider's page sends the browser here.
func (a *app) setCookie(c *gin.Context, value string, seconds int) {
	http.SetCookie(c.Writer, &http.Cookie{
		Name: a.cookieName(), Value: value, Path: "/", MaxAge: seconds,
		HttpOnly: true, Secure: !a.insecure, SameSite: http.SameSiteLaxMode,
	})
}

// cookieName has the prefix that keeps sibling hosts and plain http from planting the cookie.
func (a *app) cookieName() string {
	if a.insecure {
		return "oidc_attempt"
	}
	return "__Host-oidc_attempt"
}

func equal(a, b string) bool { return subtle.ConstantTimeCompare([]byte(a), []byte(b)) == 1 }
