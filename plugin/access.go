package ginauth

import (
	"sync/atomic"
	"time"

	jwt "github.com/appleboy/gin-jwt/v2"
	"github.com/gin-gonic/gin"

	"github.com/ginauth/ginauth/plugin/session"
)

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

	notBefore time.Time    // the later of iat and nbf
	deadAt    time.Time    // ExpiresAt and Config.ExpiryLeeway
	madeAfter time.Time    // of a token without a session: its earliest possible iat
	text      any          // the token, for gin-jwt's GetToken; boxed once
	confirmed *atomic.Bool // the store has noted that this generation is in use
	live      *liveSet
}

// probe is the question whether the token is revoked.
func (a *Access) probe(strict bool) session.Probe {
	return session.Probe{ID: a.SessionID, Token: a.TokenID, Subject: a.Subject, IssuedAt: a.madeAfter, Strict: strict}
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
)

// SessionFrom returns the access token's session behind MiddlewareFunc or Optional,
// and in a LogoutResponse hook; false where nobody is logged in.
func SessionFrom(c *gin.Context) (Access, bool) {
	v, _ := c.Get(accessKey)
	access, ok := v.(*Access)
	if !ok {
		return Access{}, false
	}
	mine := *access // access is shared between requests, its claims with it
	mine.Claims = jwt.ExtractClaims(c)
	return mine, true
}

// TokensFrom returns the tokens that a login or refresh has just made, for gin-jwt's
// LoginResponse and RefreshResponse hooks, which are handed the access token alone.
func TokensFrom(c *gin.Context) (Tokens, bool) {
	v, _ := c.Get(tokensKey)
	tokens, ok := v.(Tokens)
	return tokens, ok
}
