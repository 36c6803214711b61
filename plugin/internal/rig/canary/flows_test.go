package canary_test

import (
	"encoding/base64"
	"errors"

	ginauth "github.com/ginauth/ginauth/plugin"
	"github.com/ginauth/ginauth/plugin/internal/rig/authtest"
	"github.com/ginauth/ginauth/plugin/session"
)

// everyFlow runs every operation and every refusal at least once.
func (c *canary) everyFlow() {
	c.t.Helper()
	first, r1 := c.login("user1")
	access, r2 := c.tokens(c.refresh(r1))
	c.refresh(r1) // retry
	_, r3 := c.tokens(c.refresh(r2))
	c.junk(first, access, r1, r2, r3)
	c.refresh(r1) // reuse

	_, refresh := c.login("user1")
	token, err := c.codec.Decode(refresh)
	if err != nil {
		c.t.Fatal(err)
	}
	token.Generation += 5
	ahead := c.codec.Encode(token)
	c.keepTokens("", ahead)
	access, refresh = c.tokens(c.refresh(ahead))
	c.uses(access, refresh)
	access, refresh = c.login("user1", authtest.Bearer(access)) // with a live session
	c.do("POST", "/logout", authtest.Bearer(access))
	c.do("GET", "/protected", authtest.Bearer(access))
	c.refresh(refresh)
	c.do("POST", "/why", authtest.JSON(map[string]string{"refresh_token": refresh}))

	c.store.Fail(session.ErrOvertaken, authtest.Create)
	c.do("POST", "/login", authtest.JSON(map[string]string{"username": "user1", "password": authtest.Passwords["user1"]}))
	c.store.Fail(nil, authtest.Create)

	access, refresh = c.login("user2")
	c.store.Fail(errors.New("down"))
	c.junk(access, refresh)
	c.uses(access, refresh)
	c.do("GET", "/lenient", authtest.Bearer(access))
	_, _ = c.Auth.RevokeAll(c.t.Context(), ginauth.By("operator"))
}

// uses presents valid tokens to every route.
func (c *canary) uses(access, refresh string) {
	c.t.Helper()
	basic := authtest.Header("Authorization", "Basic "+base64.StdEncoding.EncodeToString([]byte("api:"+canaryClient)))
	for _, token := range []string{access, refresh} {
		c.do("POST", "/introspect", basic, authtest.Form(map[string]string{"token": token}))
	}
	c.do("POST", "/revoke", basic, authtest.Form(map[string]string{"token": "canary"}))
	for _, path := range []string{"/hello", "/protected", "/protected/sessions", "/protected/admin"} {
		c.do("GET", path, authtest.Bearer(access))
		c.do("GET", path, authtest.Cookie("__Host-access_token", access))
	}
	c.do("DELETE", "/protected/sessions/canary", authtest.Bearer(access))
	c.do("POST", "/protected/password", authtest.Bearer(access), authtest.JSON(map[string]string{"old_password": "canary-old", "new_password": "canary-new"}))
	foreign := authtest.Header("Origin", "https://canary.example")
	c.do("POST", "/logout/all", authtest.Cookie("__Host-access_token", access), foreign)
	inCookies := authtest.Header("Cookie", "__Host-access_token="+access+"; __Host-csrf_token="+c.csrf)
	c.do("POST", "/logout/others", inCookies) // without a CSRF token
	c.do("POST", "/logout/others", inCookies, authtest.Header(ginauth.CSRFHeader, c.csrf+"x"))
	c.do("POST", "/logout/others", inCookies, authtest.Header(ginauth.CSRFHeader, c.csrf))
	c.do("POST", "/logout/others", authtest.Bearer(access))
	_, _ = c.Auth.RevokeToken(c.t.Context(), "canary")
	c.do("POST", "/revoke", authtest.Header("Authorization", "Basic "+base64.StdEncoding.EncodeToString([]byte("api:canary"))), authtest.Form(map[string]string{"token": access}))
}

// junk presents invalid input everywhere, including real tokens in the wrong places.
func (c *canary) junk(tokens ...string) {
	c.t.Helper()
	for _, token := range append(tokens, tokens[0]+"canary", "canary", "canary.canary.canary", "rt1_canary") {
		c.do("GET", "/protected", authtest.Bearer(token+"x"))
		c.do("GET", "/protected", authtest.Cookie("__Host-access_token", token), authtest.Bearer("canary2"))
		c.do("GET", "/protected?token="+token)
		c.do("GET", "/"+token)
		c.do("POST", "/logout", authtest.Cookie("__Host-refresh_token", token+"x"))
		c.refresh(token + "x")
		c.do("POST", "/login", authtest.JSON(map[string]string{"username": "user1", "password": "canary", "refresh_token": token}))
		c.do("POST", "/login", authtest.Body("application/x-www-form-urlencoded", "password=canary%zz"))
		c.do("POST", "/login", authtest.Body("application/json", `{"password":"canary`))
		c.do("POST", "/login", authtest.Body("canary/canary", token))
		c.do("POST", "/refresh", authtest.Body("application/json", `{"refresh_token":["`+token+`"]}`))
	}
}
