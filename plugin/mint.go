package ginauth

import (
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

// mint makes the tokens of a session's current generation.
func (a *Auth) mint(s session.Session, claims jwt.MapClaims, storeNow time.Time) (Tokens, error) {
	access, err := a.tokens.Mint(s, claims, a.hooks.timeout(jwtv4.MapClaims(claims)), storeNow)
	if err != nil {
		return Tokens{}, err
	}
	return Tokens{
		AccessToken:      access.Text,
		TokenType:        "Bearer",
		ExpiresIn:        access.Expires.Unix() - access.Made.Unix(),
		RefreshToken:     a.refresh.Encode(session.Refresh{ID: s.ID, Generation: s.Generation}),
		RefreshExpiresIn: int64(access.Left.Seconds()),
		SessionID:        s.ID.String(),
		expires:          access.Expires,
		session:          s.ID,
	}, nil
}
