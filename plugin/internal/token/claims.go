package token

import (
	"encoding/json"
	"errors"
	"math"
	"slices"
	"time"

	jwt "github.com/appleboy/gin-jwt/v2"

	"github.com/ginauth/ginauth/plugin/internal/refusal"
	"github.com/ginauth/ginauth/plugin/session"
)

// maxDate is the last second of the year 9999. Later dates are refused.
const maxDate = 253402300799

var (
	errClaim       = errors.New("a claim is missing or has the wrong type or value")
	errEarly       = errors.New("not valid yet")
	errExpired     = errors.New("expired")
	errForeignSid  = errors.New("sid is not a session id")
	errAudience    = errors.New("wrong issuer or audience")
	errNotAnAccess = errors.New("token_use is not access")
)

// readClaims checks the claims of a token whose signature is good: RFC 9068 section 4 and RFC
// 8725 section 3. With [refusal.TokenExpired] and [refusal.TokenRevoked] it still returns the
// content.
func (t *AccessTokens) readClaims(claims jwt.MapClaims) (*Verified, error) {
	if claims["token_use"] != tokenUse {
		if t.o.Legacy.mayBe(claims) {
			return t.readLegacy(claims)
		}
		return nil, refusal.Wrap(refusal.TokenInvalid, errNotAnAccess)
	}
	if !t.fromIssuer(claims) || !t.forAudience(claims) {
		return nil, refusal.Wrap(refusal.TokenInvalid, errAudience)
	}
	sub, _ := claims["sub"].(string)
	jti, _ := claims["jti"].(string)
	sid, _ := claims["sid"].(string)
	gen, genOK := number(claims, "gen", math.MaxUint32)
	login, loginOK := number(claims, "auth_time", maxDate)
	if !session.ValidSubject(sub) || jti == "" || sid == "" || !genOK || gen != math.Trunc(gen) || !loginOK {
		return nil, refusal.Wrap(refusal.TokenInvalid, errClaim)
	}
	v := &Verified{Claims: claims, Subject: sub, TokenID: tokenID(jti), Generation: uint32(gen)}
	if login > 0 {
		v.AuthTime = at(login)
	}
	expiry := t.readTimes(v)
	if expiry != nil && !errors.Is(expiry, refusal.TokenExpired) {
		return nil, expiry
	}
	id, err := session.ParseID(sid)
	if err != nil {
		// Well signed, but no store has this session: alive means present.
		return v, refusal.Wrap(refusal.TokenRevoked, errForeignSid)
	}
	v.SessionID = id
	return v, expiry
}

// readTimes reads the times and checks them: nbf and iat with Options.Leeway, exp with
// Options.ExpiryLeeway. nbf and iat may be absent; exp may not.
func (t *AccessTokens) readTimes(v *Verified) error {
	exp, expOK := number(v.Claims, "exp", maxDate)
	iat, iatOK := number(v.Claims, "iat", maxDate)
	nbf, nbfOK := number(v.Claims, "nbf", maxDate)
	if !expOK || !iatOK || !nbfOK || exp == 0 {
		return refusal.Wrap(refusal.TokenInvalid, errClaim)
	}
	v.ExpiresAt, v.IssuedAt, v.notBefore = at(exp), at(iat), at(max(iat, nbf))
	v.DeadAt = v.ExpiresAt.Add(t.o.ExpiryLeeway)
	return t.timely(v)
}

// timely compares the token's times with the clock. It runs on every use, of a cached token
// too.
func (t *AccessTokens) timely(v *Verified) error {
	now := t.o.Now()
	if v.notBefore.After(now.Add(t.o.Leeway)) {
		return refusal.Wrap(refusal.TokenInvalid, errEarly)
	}
	if !now.Before(v.DeadAt) {
		return refusal.Wrap(refusal.TokenExpired, errExpired)
	}
	return nil
}

// fromIssuer checks iss if an issuer is configured.
func (t *AccessTokens) fromIssuer(claims jwt.MapClaims) bool {
	return t.o.Issuer == "" || claims["iss"] == t.o.Issuer
}

// forAudience checks aud if an audience is configured: one of the token's must be among them.
func (t *AccessTokens) forAudience(claims jwt.MapClaims) bool {
	if len(t.o.Audience) == 0 {
		return true
	}
	switch aud := claims["aud"].(type) {
	case string:
		return slices.Contains(t.o.Audience, aud)
	case []any:
		return slices.ContainsFunc(aud, func(v any) bool {
			s, ok := v.(string)
			return ok && slices.Contains(t.o.Audience, s)
		})
	}
	return false
}

// number reads a numeric claim between 0 and limit; an absent one is 0. It accepts both types
// that gin-jwt's ParseOptions can choose for JSON numbers.
func number(claims jwt.MapClaims, name string, limit float64) (float64, bool) {
	var f float64
	switch v := claims[name].(type) {
	case nil:
		_, null := claims[name]
		return 0, !null
	case float64:
		f = v
	case json.Number:
		var err error
		if f, err = v.Float64(); err != nil {
			return 0, false
		}
	default:
		return 0, false
	}
	return f, f >= 0 && f <= limit // false for NaN
}

func at(seconds float64) time.Time {
	whole, fraction := math.Modf(seconds)
	return time.Unix(int64(whole), int64(fraction*1e9))
}
