package ginauth

import (
	"encoding/json"
	"errors"
	"math"
	"strconv"
	"time"

	jwt "github.com/appleboy/gin-jwt/v2"

	"github.com/ginauth/ginauth/plugin/session"
)

// legacyTokens says whether, how long, and in whose name the tokens are accepted that
// gin-jwt minted before this package came: Config.AcceptLegacyUntil.
type legacyTokens struct {
	until   time.Time // zero: they are not
	subject func(jwt.MapClaims) string
}

// longest is how long the end of old tokens is waited for at most: no token lives that long.
const longest = 100 * 365 * 24 * time.Hour

var errNoLegacySubject = errors.New("a token of gin-jwt that names no user")

func newLegacyTokens(c Config, identityKey string) legacyTokens {
	l := legacyTokens{until: c.AcceptLegacyUntil, subject: c.LegacySubject}
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
	return subjectText(v)
}

// mayBe reports whether these are the claims of a token that gin-jwt minted: orig_iat,
// which it always writes, and none of the claims that tell kinds of tokens apart, which it
// never does.
func (l legacyTokens) mayBe(claims jwt.MapClaims) bool {
	if l.until.IsZero() {
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
func (a *Auth) readLegacy(claims jwt.MapClaims) (*Access, error) {
	_, issuer := claims["iss"]
	_, audience := claims["aud"]
	if issuer && !a.fromOurIssuer(claims) || audience && !a.forOurAudience(claims) {
		return nil, refuse(ErrTokenInvalid, errAudience)
	}
	made, ok := number(claims, "orig_iat", maxDate)
	subject := a.legacy.subject(claims)
	if !ok || made == 0 {
		return nil, refuse(ErrTokenInvalid, errClaim)
	}
	if subject == "" || len(subject) > session.MaxSubject {
		return nil, refuse(ErrTokenInvalid, errNoLegacySubject)
	}
	access := &Access{Claims: claims, Subject: subject}
	if err := a.readTimes(access); err != nil && !errors.Is(err, ErrTokenExpired) {
		return nil, err
	}
	access.IssuedAt = at(made)
	if access.IssuedAt.After(access.notBefore) {
		access.notBefore = access.IssuedAt
	}
	// Whole seconds of some node's clock: what may have been made before a cut-off was.
	access.madeAfter = at(max(1, math.Floor(made)-a.leeway.Seconds()))
	if access.ExpiresAt.After(a.legacy.until) {
		access.ExpiresAt = a.legacy.until
	}
	if access.deadAt.After(a.legacy.until) {
		access.deadAt = a.legacy.until
	}
	return access, a.timely(access)
}

// legacy reports whether the token is one of gin-jwt's, which belong to no session.
func (a *Access) legacy() bool { return !a.madeAfter.IsZero() }

// foreign reports whether the token names a session that can be none of ours. It ends
// nothing.
func (a *Access) foreign() bool { return !a.legacy() && a.SessionID == (session.ID{}) }

// revocation ends this token. One without a session has no name of its own: its user does.
func (a *Access) revocation() session.Revocation {
	if a.legacy() {
		return session.Revocation{Kind: session.KindSubject, Subject: a.Subject}
	}
	return session.Revocation{Kind: session.KindToken, ID: a.SessionID, Token: a.TokenID, Subject: a.Subject}
}

// logout ends what this token is logged in with: its session or, without one, its user.
func (a *Access) logout() session.Revocation {
	if a.legacy() {
		return a.revocation()
	}
	return session.Revocation{Kind: session.KindSession, ID: a.SessionID, Subject: a.Subject}
}

// retain is how long a revocation of now matters. What ends a subject or everybody ends
// old tokens too, which may live longer than ours.
func (a *Auth) retain(kind session.Kind) time.Duration {
	if kind != session.KindSubject && kind != session.KindAll || a.legacy.until.IsZero() {
		return a.policy.retain
	}
	left := min(a.legacy.until.Sub(a.now()), longest) // a difference of ages would overflow with skew
	return max(a.policy.retain, left+skew)
}
