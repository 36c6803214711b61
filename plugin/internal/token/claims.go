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

// maxDate is the last second of the year 9999: later times are no times.
const maxDate = 253402300799

var (
	errClaim       = errors.New("a claim is missing or has the wrong type or value")
	errEarly       = errors.New("not valid yet")
	errExpired     = errors.New("expired")
	errForeignSid  = errors.New("sid is no session of ours")
	errAudience    = errors.New("another issuer or audience")
	errNotAnAccess = errors.New("token_use is not access")
)

// readClaims judges the claims of a token whose signature is good: RFC 9068 section
// 4 and RFC 8725 section 3. One clock judges all times. With ErrTokenExpired and
// ErrTokenRevoked it still returns what the token says.
func (j *Judge) readClaims(claims jwt.MapClaims) (*Verified, error) {
	access := &Verified{Claims: claims}
	if claims["token_use"] != tokenUse {
		if j.legacy.mayBe(claims) {
			return j.readLegacy(claims)
		}
		return nil, refusal.Wrap(refusal.TokenInvalid, errNotAnAccess)
	}
	if !j.fromOurIssuer(claims) || !j.forOurAudience(claims) {
		return nil, refusal.Wrap(refusal.TokenInvalid, errAudience)
	}
	sub, _ := claims["sub"].(string)
	jti, _ := claims["jti"].(string)
	sid, _ := claims["sid"].(string)
	gen, genOK := number(claims, "gen", math.MaxUint32)
	if sub == "" || len(sub) > session.MaxSubject || jti == "" || sid == "" || !genOK || gen != math.Trunc(gen) {
		return nil, refusal.Wrap(refusal.TokenInvalid, errClaim)
	}
	access.Subject, access.TokenID, access.Generation = sub, tokenID(jti), uint32(gen)
	expiry := j.readTimes(access)
	if expiry != nil && !errors.Is(expiry, refusal.TokenExpired) {
		return nil, expiry
	}
	id, err := session.ParseID(sid)
	if err != nil {
		// Well signed, but no store of ours has such a session: alive means present.
		return access, refusal.Wrap(refusal.TokenRevoked, errForeignSid)
	}
	access.SessionID = id
	return access, expiry
}

// readTimes fills in the times and judges them: nbf and iat with Config.Leeway, exp with
// Config.ExpiryLeeway.
// Absent nbf, iat and auth_time are no mistake; an absent exp is.
func (j *Judge) readTimes(access *Verified) error {
	claims := access.Claims
	exp, expOK := number(claims, "exp", maxDate)
	iat, iatOK := number(claims, "iat", maxDate)
	nbf, nbfOK := number(claims, "nbf", maxDate)
	login, loginOK := number(claims, "auth_time", maxDate)
	if !expOK || !iatOK || !nbfOK || !loginOK || exp == 0 {
		return refusal.Wrap(refusal.TokenInvalid, errClaim)
	}
	access.ExpiresAt, access.IssuedAt, access.notBefore = at(exp), at(iat), at(max(iat, nbf))
	access.DeadAt = access.ExpiresAt.Add(j.expiryLeeway)
	if login > 0 {
		access.AuthTime = at(login)
	}
	return j.timely(access)
}

// timely judges a token's times against the clock. It is asked on every use, of a
// cached token too.
func (j *Judge) timely(access *Verified) error {
	now := j.now()
	if access.notBefore.After(now.Add(j.leeway)) {
		return refusal.Wrap(refusal.TokenInvalid, errEarly)
	}
	if !now.Before(access.DeadAt) {
		return refusal.Wrap(refusal.TokenExpired, errExpired)
	}
	return nil
}

// fromOurIssuer checks iss, where it is configured.
func (j *Judge) fromOurIssuer(claims jwt.MapClaims) bool {
	return j.issuer == "" || claims["iss"] == j.issuer
}

// forOurAudience checks aud, where it is configured: one of the token's must be one of ours.
func (j *Judge) forOurAudience(claims jwt.MapClaims) bool {
	if len(j.audience) == 0 {
		return true
	}
	switch aud := claims["aud"].(type) {
	case string:
		return slices.Contains(j.audience, aud)
	case []any:
		return slices.ContainsFunc(aud, func(v any) bool {
			s, ok := v.(string)
			return ok && slices.Contains(j.audience, s)
		})
	}
	return false
}

// number reads a numeric claim between 0 and limit; an absent one is 0. It takes what
// golang-jwt makes of JSON numbers with any of gin-jwt's ParseOptions.
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
