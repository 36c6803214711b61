package main

import (
	"context"
	"github.com/ginauth/ginauth/plugin/internal/token"
	"io"
	"strings"

	"github.com/golang-jwt/jwt/v4"

	"github.com/ginauth/ginauth/plugin/redisstore"
	"github.com/ginauth/ginauth/plugin/session"
)

// maxToken is the longest token that is read; the nodes read none that is longer either.
const maxToken = 8 << 10

// revokeToken ends the access token that -session and -jti name, or that stands on
// standard input: a command line can be seen by others and stays in the shell's history.
func revokeToken(ctx context.Context, store *redisstore.Store, o *options) (answer, error) {
	if o.session == "" && o.jti == "" {
		text, err := io.ReadAll(io.LimitReader(o.in, maxToken+2)) // with the end of its line
		if err != nil {
			return nil, err
		}
		what, kind, err := readToken(strings.TrimSpace(string(text)))
		if err != nil {
			return nil, err
		}
		what.Retain, what.Reason = o.retain, o.reason
		return revokeOne(ctx, store, what, kind)
	}
	id, err := session.ParseID(o.session)
	if err != nil {
		return nil, usagef("revoke token: -session is no session id (22 characters of base64url)")
	}
	token, err := session.ParseTokenID(o.jti)
	if err != nil {
		return nil, usagef("revoke token: -jti is no token id (22 characters of base64url)")
	}
	return revokeOne(ctx, store, session.Revocation{Kind: session.KindToken, ID: id, Token: token, Reason: o.reason, Retain: o.retain}, kindToken)
}

// readToken finds what a token names, and takes its word for it: no signature is checked,
// since ending something needs no proof, and there is no key here. A refresh token takes
// its session with it.
func readToken(text string) (session.Revocation, string, error) {
	if strings.HasPrefix(text, token.RefreshPrefix) {
		refresh, err := token.UnverifiedRefresh(text)
		if err != nil || refresh.ID == (session.ID{}) {
			return session.Revocation{}, "", usagef("revoke token: standard input is no refresh token")
		}
		return session.Revocation{Kind: session.KindSession, ID: refresh.ID}, kindSession, nil
	}
	claims := jwt.MapClaims{}
	if _, _, err := jwt.NewParser().ParseUnverified(text, claims); err != nil || len(text) > maxToken {
		return session.Revocation{}, "", usagef("revoke token: standard input is no token")
	}
	sid, _ := claims["sid"].(string)
	jti, _ := claims["jti"].(string)
	id, errID := session.ParseID(sid)
	token, errToken := session.ParseTokenID(jti)
	if errID != nil || errToken != nil {
		return session.Revocation{}, "", usagef("revoke token: the token names no session (sid) and token (jti) of ginauth; revoke its subject instead, with a -retain that reaches until the token expires")
	}
	return session.Revocation{Kind: session.KindToken, ID: id, Token: token}, kindToken, nil
}
