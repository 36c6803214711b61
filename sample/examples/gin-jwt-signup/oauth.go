package main

import (
	"context"
	"crypto/rand"
	"crypto/sha256"
	"crypto/subtle"
	"encoding/base64"
	"encoding/json"
	"errors"
	"fmt"
	"io"
	"net/http"
	"net/url"
	"os"
	"strings"
	"time"

	"github.com/gin-gonic/gin"

	ginauth "github.com/ginauth/ginauth/plugin"
)

// provider is an OAuth 2 provider with /authorize, /token and /user below one address.
type provider struct{ base, clientID, clientSecret, redirectURL string }

func providerFromEnv() provider {
	return provider{
		os.Getenv("OAUTH_URL"), os.Getenv("OAUTH_CLIENT_ID"), os.Getenv("OAUTH_CLIENT_SECRET"),
		os.Getenv("PUBLIC_URL") + "/oauth/callback",
	}
}

// The cookie ties the callback to this browser: state.verifier, the second part for PKCE (RFC 7636). It is
// Lax and not Strict, because the provider's page sends the browser back.
const attemptCookie = "__Host-oauth_attempt"

func setAttempt(c *gin.Context, value string, seconds int) {
	http.SetCookie(c.Writer, &http.Cookie{
		Name: attemptCookie, Value: value, Path: "/", MaxAge: seconds,
		HttpOnly: true, Secure: true, SameSite: http.SameSiteLaxMode,
	})
}

func (a *app) toProvider(c *gin.Context) {
	state, verifier := rand.Text(), rand.Text()+rand.Text() // RFC 7636 wants at least 43 characters
	challenge := sha256.Sum256([]byte(verifier))
	setAttempt(c, state+"."+verifier, 600)
	c.Header("Cache-Control", "no-store")
	c.Redirect(http.StatusFound, a.oauth.base+"/authorize?"+url.Values{
		"response_type": {"code"}, "client_id": {a.oauth.clientID}, "redirect_uri": {a.oauth.redirectURL}, "state": {state},
		"code_challenge": {base64.RawURLEncoding.EncodeToString(challenge[:])}, "code_challenge_method": {"S256"},
	}.Encode())
}

// callback begins a session for the user whom the provider names.
func (a *app) callback(c *gin.Context) {
	began := a.store.Now() // before the user is judged: a revocation from now on overtakes the login
	cookie, _ := c.Request.Cookie(attemptCookie)
	setAttempt(c, "", -1) // a callback has one try
	if cookie == nil {
		a.auth.Refuse(c, ginauth.ErrInvalidRequest)
		return
	}
	state, verifier, ok := strings.Cut(cookie.Value, ".")
	if !ok || state == "" || subtle.ConstantTimeCompare([]byte(state), []byte(c.Query("state"))) != 1 {
		a.auth.Refuse(c, ginauth.ErrInvalidRequest)
		return
	}
	user, err := a.oauth.user(c.Request.Context(), c.Query("code"), verifier)
	if err != nil {
		a.auth.Refuse(c, err)
		return
	}
	tokens, err := a.auth.Login(c, "provider|"+user, ginauth.Began(began))
	if err != nil {
		a.auth.Refuse(c, err)
		return
	}
	a.auth.SetCookies(c, tokens)
	c.Redirect(http.StatusSeeOther, "/") // always there: an address out of the request would be an open redirect
}

// user trades the code for a token of the provider, and that for the user's id. The id is the one that
// never changes, not the e-mail address.
func (p provider) user(ctx context.Context, code, verifier string) (string, error) {
	ctx, cancel := context.WithTimeout(ctx, 10*time.Second)
	defer cancel()
	form := url.Values{
		"grant_type": {"authorization_code"}, "code": {code}, "redirect_uri": {p.redirectURL}, "code_verifier": {verifier},
	}
	trade, err := http.NewRequestWithContext(ctx, http.MethodPost, p.base+"/token", strings.NewReader(form.Encode()))
	if err != nil {
		return "", err
	}
	trade.Header.Set("Content-Type", "application/x-www-form-urlencoded")
	trade.SetBasicAuth(url.QueryEscape(p.clientID), url.QueryEscape(p.clientSecret))
	var token struct {
		AccessToken string `json:"access_token"`
	}
	if err := ask(trade, &token); err != nil {
		return "", err
	}
	who, err := http.NewRequestWithContext(ctx, http.MethodGet, p.base+"/user", http.NoBody)
	if err != nil {
		return "", err
	}
	who.Header.Set("Authorization", "Bearer "+token.AccessToken)
	var user struct {
		ID string `json:"id"`
	}
	if err := ask(who, &user); err != nil {
		return "", err
	}
	if user.ID == "" {
		return "", fmt.Errorf("%w: the provider names no user", ginauth.ErrInvalidCredentials)
	}
	return user.ID, nil
}

var client = &http.Client{Timeout: 10 * time.Second}

// ask leaves the provider's text out of its errors: it may repeat the code.
func ask(r *http.Request, into any) (err error) {
	res, err := client.Do(r)
	if err != nil {
		return fmt.Errorf("%w: provider: %w", ginauth.ErrUnavailable, err)
	}
	defer func() { err = errors.Join(err, res.Body.Close()) }()
	switch {
	case res.StatusCode >= 400 && res.StatusCode < 500:
		return fmt.Errorf("%w: provider: %s", ginauth.ErrInvalidCredentials, res.Status)
	case res.StatusCode != http.StatusOK:
		return fmt.Errorf("%w: provider: %s", ginauth.ErrUnavailable, res.Status)
	}
	if err := json.NewDecoder(io.LimitReader(res.Body, 1<<20)).Decode(into); err != nil {
		return fmt.Errorf("%w: provider: %w", ginauth.ErrUnavailable, err)
	}
	return nil
}
