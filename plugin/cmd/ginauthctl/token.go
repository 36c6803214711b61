package main

import (
	"context"
	"io"
	"math"
	"strings"
	"time"

	"github.com/golang-jwt/jwt/v4"

	"github.com/ginauth/ginauth/plugin/internal/token"
	"github.com/ginauth/ginauth/plugin/redisstore"
	"github.com/ginauth/ginauth/plugin/session"
)

// maxToken is the longest token that is read, in bytes, as on the nodes.
const maxToken = 8 << 10

// longestUnverified is how far ahead an exp is believed. Redis cannot shorten its log as long as the
// oldest revocation there counts, and anybody can write a token that is not verified.
const longestUnverified = 366 * 24 * time.Hour

// revokeToken ends the access token that -session and -jti name, or the one on standard input.
// It takes none from the command line, which other users can see and the shell records.
func revokeToken(ctx context.Context, store *redisstore.Store, o *options) (answer, error) {
	if o.session == "" && o.jti == "" {
		text, err := io.ReadAll(io.LimitReader(o.in, maxToken+2)) // with its line end
		if err != nil {
			return nil, err
		}
		what, kind, err := readToken(strings.TrimSpace(string(text)))
		if err != nil {
			return nil, err
		}
		if time.Until(what.Until) > longestUnverified {
			if o.retain == minRetain {
				return nil, usagef("revoke token: the token says that it expires in %v, which nobody has verified; say with -retain how long to remember it", what.Until.Format(time.DateOnly))
			}
			what.Until = time.Time{}
		}
		return revokeOne(ctx, store, o.complete(what), kind)
	}
	id, err := session.ParseID(o.session)
	if err != nil {
		return nil, usagef("revoke token: -session is no session id (22 characters of base64url)")
	}
	token, err := session.ParseTokenID(o.jti)
	if err != nil {
		return nil, usagef("revoke token: -jti is no token id (22 characters of base64url)")
	}
	return revokeOne(ctx, store, o.complete(session.Revocation{Kind: session.KindToken, ID: id, Token: token}), kindToken)
}

// readToken returns the revocation for a token. It checks no signature: ending something needs
// no proof, and the program has no key. A refresh token ends its session.
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
		return session.Revocation{}, "", usagef("revoke token: the token names no session (sid) and token (jti) of ginauth; revoke its subject instead, with a -retain that lasts until the token expires")
	}
	return session.Revocation{Kind: session.KindToken, ID: id, Token: token, Until: expiry(claims)}, kindToken, nil
}

// lastExpiry is the last second of the year 9999. Nodes refuse tokens with a later exp.
const lastExpiry = 253402300799

// expiry returns the exp of a token, the zero time if it has none that a node would take.
func expiry(claims jwt.MapClaims) time.Time {
	exp, ok := claims["exp"].(float64)
	if !ok || exp < 0 || exp > lastExpiry {
		return time.Time{}
	}
	return time.Unix(int64(math.Ceil(exp)), 0)
}
