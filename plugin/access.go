package ginauth

import (
	"time"

	jwt "github.com/appleboy/gin-jwt/v2"
	"github.com/gin-gonic/gin"

	"github.com/ginauth/ginauth/plugin/internal/token"
	"github.com/ginauth/ginauth/plugin/session"
)

// MaxToken is the longest access token in bytes. A longer one is ErrTokenInvalid, unread.
const MaxToken = token.Max

// Access is what a verified access token says. Handlers get it from SessionFrom. Of a
// token that Config.AcceptLegacyUntil lets in, SessionID and TokenID are zero.
type Access struct {
	Subject    string          // sub
	SessionID  session.ID      // sid
	TokenID    session.TokenID // jti
	Generation uint32          // gen: the refresh generation it was minted with; 0 if unknown
	IssuedAt   time.Time       // iat
	ExpiresAt  time.Time       // exp
	AuthTime   time.Time       // auth_time: when the user logged in; zero if unknown

	// Claims are all claims of the token, the map that jwt.ExtractClaims returns too. It
	// belongs to this request.
	Claims jwt.MapClaims
}

// The context keys of gin-jwt, and ours.
const (
	payloadKey = "JWT_PAYLOAD"
	tokenKey   = "JWT_TOKEN"
)

type contextKey int

const (
	accessKey contextKey = iota
	tokensKey
	liveKey
)

// SessionFrom returns the access token's session behind MiddlewareFunc or Optional,
// and in a LogoutResponse hook; false where nobody is logged in.
func SessionFrom(c *gin.Context) (Access, bool) {
	v, ok := verifiedFrom(c)
	if !ok {
		return Access{}, false
	}
	// v is shared between requests, its claims with it.
	return Access{
		Subject: v.Subject, SessionID: v.SessionID, TokenID: v.TokenID, Generation: v.Generation,
		IssuedAt: v.IssuedAt, ExpiresAt: v.ExpiresAt, AuthTime: v.AuthTime, Claims: jwt.ExtractClaims(c),
	}, true
}

// verifiedFrom is what install has put there.
func verifiedFrom(c *gin.Context) (*token.Verified, bool) {
	v, _ := c.Get(accessKey)
	access, ok := v.(*token.Verified)
	return access, ok
}

// TokensFrom returns the tokens that a login or refresh has just made, for gin-jwt's
// LoginResponse and RefreshResponse hooks, which are handed the access token alone.
func TokensFrom(c *gin.Context) (Tokens, bool) {
	v, _ := c.Get(tokensKey)
	tokens, ok := v.(Tokens)
	return tokens, ok
}
