// Package token judges access tokens and makes them: signature, claims, times, and a
// memory of what was judged. It knows neither HTTP nor stores, and does not ask whether a
// token is revoked.
package token

import (
	"fmt"
	"strconv"
	"sync/atomic"
	"time"

	jwt "github.com/appleboy/gin-jwt/v2"

	"github.com/ginauth/ginauth/plugin/keys"
	"github.com/ginauth/ginauth/plugin/session"
)

// Options are what New needs.
type Options struct {
	Ring         *keys.Ring
	Issuer       string
	Audience     []string
	Leeway       time.Duration // of iat and nbf
	ExpiryLeeway time.Duration // of exp
	Legacy       Legacy
	JSONNumbers  bool  // gin-jwt's ParseOptions asked for json.Number
	CacheBytes   int64 // 0: no cache
	Now          func() time.Time
}

// Judge says whether an access token is genuine and in time. Safe for concurrent use.
type Judge struct {
	ring                 *keys.Ring
	issuer               string
	audience             []string
	leeway, expiryLeeway time.Duration
	legacy               Legacy
	jsonNumbers          bool
	cache                *tokenCache
	now                  func() time.Time
}

// New makes a Judge.
func New(o Options) *Judge {
	return &Judge{
		ring: o.Ring, issuer: o.Issuer, audience: o.Audience, leeway: o.Leeway, expiryLeeway: o.ExpiryLeeway,
		legacy: o.Legacy, jsonNumbers: o.JSONNumbers, cache: newTokenCache(o.CacheBytes), now: o.Now,
	}
}

// Verified is what a token says whose signature is good.
type Verified struct {
	Subject    string
	SessionID  session.ID
	TokenID    session.TokenID
	Generation uint32
	IssuedAt   time.Time
	ExpiresAt  time.Time
	AuthTime   time.Time
	Claims     jwt.MapClaims

	DeadAt    time.Time    // ExpiresAt and the leeway
	Text      any          // the token, boxed once
	Confirmed *atomic.Bool // the store has noted that this generation is in use

	notBefore time.Time // the later of iat and nbf
	madeAfter time.Time // of a token without a session: its earliest possible iat
}

// Probe is the question whether the token is revoked.
func (a *Verified) Probe(strict bool) session.Probe {
	return session.Probe{ID: a.SessionID, Token: a.TokenID, Subject: a.Subject, IssuedAt: a.madeAfter, Strict: strict}
}

// SubjectText is the text of an identity. A float or a struct is no identity: it has
// more than one text.
func SubjectText(v any) string {
	switch v := v.(type) {
	case string:
		return v
	case fmt.Stringer:
		return v.String()
	case int:
		return strconv.Itoa(v)
	case int64:
		return strconv.FormatInt(v, 10)
	case uint64:
		return strconv.FormatUint(v, 10)
	case int32, uint32, uint, int16, uint16, int8, uint8:
		return fmt.Sprint(v)
	}
	return ""
}
