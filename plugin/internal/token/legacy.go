package token

import (
	"errors"
	"math"
	"time"

	jwt "github.com/appleboy/gin-jwt/v2"

	"github.com/ginauth/ginauth/plugin/internal/refusal"
	"github.com/ginauth/ginauth/plugin/session"
)

var errNoLegacySubject = errors.New("a gin-jwt token without a subject of 1 to 255 bytes of valid UTF-8")

// Legacy configures the tokens that gin-jwt made before this package was added. The zero
// value refuses them.
type Legacy struct {
	until   time.Time
	subject func(jwt.MapClaims) string
}

// NewLegacy accepts gin-jwt's tokens until the given time. subject reads the user from a
// token; nil reads the claim named identityKey or, if there is none, sub.
func NewLegacy(until time.Time, subject func(jwt.MapClaims) string, identityKey string) Legacy {
	if subject == nil {
		subject = func(claims jwt.MapClaims) string {
			if identity := claims[identityKey]; identity != nil {
				return claimText(identity)
			}
			return claimText(claims["sub"])
		}
	}
	return Legacy{until: until, subject: subject}
}

// mayBe reports whether gin-jwt made these claims. It always writes orig_iat, and never token_use,
// which tells the kinds of tokens apart and is in every token of this package. Other claims of this
// package's names, such as jti, can be the application's own.
func (l Legacy) mayBe(claims jwt.MapClaims) bool {
	if l.until.IsZero() {
		return false
	}
	_, otherKind := claims["token_use"]
	_, theirs := claims["orig_iat"]
	return theirs && !otherKind
}

// readLegacy checks the claims of a gin-jwt token.
func (t *AccessTokens) readLegacy(claims jwt.MapClaims) (*Verified, error) {
	_, issuer := claims["iss"]
	_, audience := claims["aud"]
	if issuer && !t.fromIssuer(claims) || audience && !t.forAudience(claims) {
		return nil, refusal.Wrap(refusal.TokenInvalid, errAudience)
	}
	made, ok := number(claims, "orig_iat", maxDate)
	if !ok || made == 0 {
		return nil, refusal.Wrap(refusal.TokenInvalid, errClaim)
	}
	subject := t.o.Legacy.subject(claims)
	if !session.ValidSubject(subject) {
		return nil, refusal.Wrap(refusal.TokenInvalid, errNoLegacySubject)
	}
	v := &Verified{Claims: claims, Subject: subject}
	if err := t.readTimes(v); err != nil && !errors.Is(err, refusal.TokenExpired) {
		return nil, err
	}
	v.IssuedAt = at(made)
	if v.IssuedAt.After(v.notBefore) {
		v.notBefore = v.IssuedAt
	}
	// orig_iat is in whole seconds of another node's clock. Taking the earliest moment that it
	// can mean makes a cut-off end every token that may be older than it.
	v.madeAfter = at(max(1, math.Floor(made)-t.o.Leeway.Seconds()))
	if v.ExpiresAt.After(t.o.Legacy.until) {
		v.ExpiresAt = t.o.Legacy.until
	}
	if v.DeadAt.After(t.o.Legacy.until) {
		v.DeadAt = t.o.Legacy.until
	}
	return v, t.timely(v)
}
