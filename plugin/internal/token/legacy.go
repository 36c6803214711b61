package token

import (
	"encoding/json"
	"errors"
	"math"
	"strconv"
	"time"

	jwt "github.com/appleboy/gin-jwt/v2"

	"github.com/ginauth/ginauth/plugin/internal/refusal"
	"github.com/ginauth/ginauth/plugin/session"
)

// Legacy says whether, how long, and in whose name the tokens are accepted that
// gin-jwt minted before this package came: Config.AcceptLegacyUntil.
type Legacy struct {
	Until   time.Time // zero: they are not
	subject func(jwt.MapClaims) string
}

var errNoLegacySubject = errors.New("a token of gin-jwt that names no user")

// NewLegacy reads the user of an old token from the claim under identityKey, unless subject does.
func NewLegacy(until time.Time, subject func(jwt.MapClaims) string, identityKey string) Legacy {
	l := Legacy{Until: until, subject: subject}
	if l.subject == nil {
		l.subject = func(claims jwt.MapClaims) string { return legacyText(claims[identityKey]) }
	}
	return l
}

// legacyText is subjectText for what has been through JSON. A number that JSON may have
// rounded is no name.
func legacyText(v any) string {
	const exact = 1 << 53
	switch v := v.(type) {
	case float64:
		if v == math.Trunc(v) && math.Abs(v) < exact {
			return strconv.FormatInt(int64(v), 10)
		}
		return ""
	case json.Number:
		if n, err := v.Int64(); err == nil {
			return strconv.FormatInt(n, 10)
		}
		return ""
	}
	return SubjectText(v)
}

// mayBe reports whether these are the claims of a token that gin-jwt minted: orig_iat,
// which it always writes, and none of the claims that tell kinds of tokens apart, which it
// never does.
func (l Legacy) mayBe(claims jwt.MapClaims) bool {
	if l.Until.IsZero() {
		return false
	}
	for _, name := range []string{"token_use", "jti", "sid", "gen", "auth_time"} {
		if _, ours := claims[name]; ours {
			return false
		}
	}
	_, theirs := claims["orig_iat"]
	return theirs
}

// readLegacy judges the claims of such a token.
func (j *Judge) readLegacy(claims jwt.MapClaims) (*Verified, error) {
	_, issuer := claims["iss"]
	_, audience := claims["aud"]
	if issuer && !j.fromOurIssuer(claims) || audience && !j.forOurAudience(claims) {
		return nil, refusal.Wrap(refusal.TokenInvalid, errAudience)
	}
	made, ok := number(claims, "orig_iat", maxDate)
	subject := j.legacy.subject(claims)
	if !ok || made == 0 {
		return nil, refusal.Wrap(refusal.TokenInvalid, errClaim)
	}
	if subject == "" || len(subject) > session.MaxSubject {
		return nil, refusal.Wrap(refusal.TokenInvalid, errNoLegacySubject)
	}
	access := &Verified{Claims: claims, Subject: subject}
	if err := j.readTimes(access); err != nil && !errors.Is(err, refusal.TokenExpired) {
		return nil, err
	}
	access.IssuedAt = at(made)
	if access.IssuedAt.After(access.notBefore) {
		access.notBefore = access.IssuedAt
	}
	// Whole seconds of some node's clock: what may have been made before a cut-off was.
	access.madeAfter = at(max(1, math.Floor(made)-j.leeway.Seconds()))
	if access.ExpiresAt.After(j.legacy.Until) {
		access.ExpiresAt = j.legacy.Until
	}
	if access.DeadAt.After(j.legacy.Until) {
		access.DeadAt = j.legacy.Until
	}
	return access, j.timely(access)
}

// Legacy reports whether the token is one of gin-jwt's, which belong to no session.
func (a *Verified) Legacy() bool { return !a.madeAfter.IsZero() }

// Foreign reports whether the token names a session that can be none of ours. It ends
// nothing.
func (a *Verified) Foreign() bool { return !a.Legacy() && a.SessionID == (session.ID{}) }
