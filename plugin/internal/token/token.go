// Package token makes and verifies the two tokens of a session. Access tokens are JWTs:
// signature, claims, times, and a cache of verified ones. Refresh tokens are opaque. The
// package knows neither HTTP nor stores, and does not ask whether a token is revoked.
package token

import (
	"sync/atomic"
	"time"

	jwt "github.com/appleboy/gin-jwt/v2"

	"github.com/ginauth/ginauth/plugin/keys"
	"github.com/ginauth/ginauth/plugin/session"
)

// Options are the settings of [NewAccessTokens].
type Options struct {
	Ring         *keys.Ring
	Issuer       string
	Audience     []string
	ClientID     string        // "": the tokens are not those of RFC 9068
	Leeway       time.Duration // of iat and nbf
	ExpiryLeeway time.Duration // of exp
	Legacy       Legacy
	JSONNumbers  bool  // decode numbers as json.Number
	CacheBytes   int64 // 0: no cache
	Now          func() time.Time
}

// AccessTokens makes and verifies the access tokens of an application. Safe for concurrent
// use.
type AccessTokens struct {
	o     Options
	cache *cache // nil: none
}

// NewAccessTokens makes an AccessTokens. It expects valid options.
func NewAccessTokens(o Options) *AccessTokens {
	return &AccessTokens{o: o, cache: newCache(o.CacheBytes)}
}

// Verified is the content of an access token with a good signature.
type Verified struct {
	Subject    string
	SessionID  session.ID
	TokenID    session.TokenID
	Generation uint32
	IssuedAt   time.Time
	ExpiresAt  time.Time
	AuthTime   time.Time
	Claims     jwt.MapClaims

	DeadAt    time.Time    // ExpiresAt and Options.ExpiryLeeway
	Text      any          // the token; boxed once for gin's context
	Confirmed *atomic.Bool // the store has noted that this generation is in use

	notBefore time.Time // the later of iat and nbf
	madeAfter time.Time // of a token without a session: its earliest possible iat
}

// Legacy reports whether gin-jwt alone made the token. It then belongs to no session.
func (v *Verified) Legacy() bool { return !v.madeAfter.IsZero() }

// Foreign reports whether the token names a session that no store of this package can have
// issued. Logging out with it ends nothing.
func (v *Verified) Foreign() bool { return !v.Legacy() && v.SessionID == (session.ID{}) }

// Probe asks a store whether the token is revoked.
func (v *Verified) Probe(strict bool) session.Probe {
	return session.Probe{ID: v.SessionID, Token: v.TokenID, Subject: v.Subject, IssuedAt: v.madeAfter, Strict: strict}
}

// Use is the use of the token that a store confirms.
func (v *Verified) Use() session.Use {
	return session.Use{ID: v.SessionID, Generation: v.Generation}
}

// Revocation ends this token, until its own exp. A legacy token has no id, so its subject is
// revoked instead.
func (v *Verified) Revocation() session.Revocation {
	if v.Legacy() {
		return session.Revocation{Kind: session.KindSubject, Subject: v.Subject, Until: v.ExpiresAt}
	}
	return session.Revocation{Kind: session.KindToken, ID: v.SessionID, Token: v.TokenID, Subject: v.Subject, Until: v.ExpiresAt}
}

// Logout ends the token's session or, for a legacy token, its subject.
func (v *Verified) Logout() session.Revocation {
	if v.Legacy() {
		return v.Revocation()
	}
	return session.Revocation{Kind: session.KindSession, ID: v.SessionID, Subject: v.Subject, Until: v.ExpiresAt}
}

// KeepsDigits reports whether numbers in claims are read digit for digit.
func (t *AccessTokens) KeepsDigits() bool { return t.o.JSONNumbers }
