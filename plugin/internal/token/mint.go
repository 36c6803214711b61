package token

import (
	"errors"
	"time"

	jwt "github.com/appleboy/gin-jwt/v2"
	jwtv4 "github.com/golang-jwt/jwt/v4"

	"github.com/ginauth/ginauth/plugin/internal/refusal"
	"github.com/ginauth/ginauth/plugin/session"
)

// tokenUse is the kind of an access token; nothing else signed with the same key is one.
const tokenUse = "access"

// Reserved claims always win over PayloadFunc.
var Reserved = []string{"sub", "exp", "iat", "nbf", "jti", "sid", "gen", "auth_time", "token_use"}

// Minted is a new access token.
type Minted struct {
	Text    string
	Made    time.Time
	Expires time.Time
	Left    time.Duration // until the session dies unused
}

// Mint makes the access token of a session's current generation. storeNow is the store's
// clock when it gave the session out: lifetimes are taken from it, and only then put
// on this node's clock, so that the two may disagree.
func (j *Judge) Mint(s session.Session, claims jwt.MapClaims, life time.Duration, storeNow time.Time) (Minted, error) {
	if life <= 0 {
		return Minted{}, refusal.Wrap(refusal.Internal, errors.New("TimeoutFunc returned no positive duration"))
	}
	left := s.Deadline().Sub(storeNow)
	now := j.now()
	expires := now.Add(min(life, left))

	claims["sub"] = s.Subject
	claims["iat"] = now.Unix()
	claims["nbf"] = now.Unix()
	claims["exp"] = expires.Unix()
	claims["jti"] = session.NewTokenID().String()
	claims["sid"] = s.ID.String()
	claims["gen"] = s.Generation
	claims["auth_time"] = s.AuthTime.Unix()
	claims["token_use"] = tokenUse
	if j.issuer != "" {
		claims["iss"] = j.issuer
	}
	switch len(j.audience) {
	case 0:
	case 1:
		claims["aud"] = j.audience[0]
	default:
		claims["aud"] = j.audience
	}
	text, err := j.ring.Sign(jwtv4.MapClaims(claims))
	if err != nil {
		return Minted{}, refusal.Wrap(refusal.Internal, err)
	}
	return Minted{Text: text, Made: now, Expires: expires, Left: left}, nil
}
