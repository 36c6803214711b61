package ginauth

import (
	"errors"
	"time"

	jwt "github.com/appleboy/gin-jwt/v2"
	jwtv4 "github.com/golang-jwt/jwt/v4"

	"github.com/ginauth/ginauth/plugin/session"
)

// Tokens is the reply to a login or a refresh: RFC 6749 section 5.1.
type Tokens struct {
	AccessToken      string `json:"access_token,omitempty"`
	TokenType        string `json:"token_type"`
	ExpiresIn        int64  `json:"expires_in"` // seconds
	RefreshToken     string `json:"refresh_token,omitempty"`
	RefreshExpiresIn int64  `json:"refresh_expires_in"` // seconds until the session dies unused
	SessionID        string `json:"session_id"`

	expires time.Time
	session session.ID
}

// tokenUse is the kind of an access token; nothing else signed with the same key is one.
const tokenUse = "access"

// reserved claims always win over PayloadFunc.
var reserved = []string{"sub", "exp", "iat", "nbf", "jti", "sid", "gen", "auth_time", "token_use"}

// mint makes the tokens of a session's current generation. storeNow is the store's
// clock when it gave the session out: lifetimes are taken from it, and only then put
// on this node's clock, so that the two may disagree.
func (a *Auth) mint(s session.Session, claims jwt.MapClaims, storeNow time.Time) (Tokens, error) {
	life := a.hooks.timeout(jwtv4.MapClaims(claims))
	if life <= 0 {
		return Tokens{}, refuse(ErrInternal, errors.New("TimeoutFunc returned no positive duration"))
	}
	left := s.Deadline().Sub(storeNow)
	now := a.now()
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
	if a.issuer != "" {
		claims["iss"] = a.issuer
	}
	switch len(a.audience) {
	case 0:
	case 1:
		claims["aud"] = a.audience[0]
	default:
		claims["aud"] = a.audience
	}
	access, err := a.ring.Sign(jwtv4.MapClaims(claims))
	if err != nil {
		return Tokens{}, refuse(ErrInternal, err)
	}
	return Tokens{
		AccessToken:      access,
		TokenType:        "Bearer",
		ExpiresIn:        expires.Unix() - now.Unix(),
		RefreshToken:     a.refresh.Encode(session.Refresh{ID: s.ID, Generation: s.Generation}),
		RefreshExpiresIn: int64(left.Seconds()),
		SessionID:        s.ID.String(),
		expires:          expires,
		session:          s.ID,
	}, nil
}
