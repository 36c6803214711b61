package ginauth

import (
	"context"
	"time"

	jwt "github.com/appleboy/gin-jwt/v2"
	"github.com/gin-gonic/gin"

	"github.com/ginauth/ginauth/plugin/internal/token"
	"github.com/ginauth/ginauth/plugin/session"
)

// MaxToken is the longest access token in bytes, 8 KiB. A longer one is [ErrTokenInvalid] and
// is not read, and none is made: see [Auth.LoginHandler].
const MaxToken = token.Max

// Access is the content of a verified access token. Handlers get it from [AccessFrom] or
// [Auth.Authenticate], and other code from [Auth.Verify]. For a token that Config.Legacy lets in, SessionID and TokenID are zero.
type Access struct {
	Subject    string          // sub
	SessionID  session.ID      // sid
	TokenID    session.TokenID // jti
	Generation uint32          // gen: the refresh generation it was made with; 0 if unknown
	IssuedAt   time.Time       // iat
	ExpiresAt  time.Time       // exp
	AuthTime   time.Time       // auth_time: when the user logged in; zero if unknown

	// Claims are all claims of the token, the same map that jwt.ExtractClaims returns behind
	// the middleware. It belongs to this request, or to the caller of [Auth.Verify].
	Claims jwt.MapClaims
}

// The context keys of gin-jwt, and those of this package. Values of one Auth have the Auth
// itself as their key: see own.
const (
	payloadKey = "JWT_PAYLOAD"
	tokenKey   = "JWT_TOKEN"
)

type contextKey int

const (
	lastKey contextKey = iota // the Auth that let somebody in last
	claimsKey
	tokensKey
	addressKey
	spentKey
)

// AccessFrom returns the access token of the request behind [Auth.Require] or
// [Auth.Optional], after [Auth.Authenticate], and in a LogoutResponse hook. ok is false if nobody is logged in.
//
// Behind the middlewares of several Auths it tells of the last one alone: if that is an
// Optional which saw no token, ok is false, even if an earlier one let somebody in. The methods
// and handlers of an Auth believe only the middleware of that Auth.
func AccessFrom(c *gin.Context) (access Access, ok bool) {
	v, _, ok := last(c)
	if !ok {
		return Access{}, false
	}
	kept, _ := c.Get(claimsKey)
	claims, _ := kept.(jwt.MapClaims)
	return accessOf(v, claims), true
}

// accessOf makes an Access of what requests share, v, and of claims that belong to the caller.
func accessOf(v *token.Verified, claims jwt.MapClaims) Access {
	return Access{
		Subject: v.Subject, SessionID: v.SessionID, TokenID: v.TokenID, Generation: v.Generation,
		IssuedAt: v.IssuedAt, ExpiresAt: v.ExpiresAt, AuthTime: v.AuthTime, Claims: claims,
	}
}

// last returns the access token that [AccessFrom] tells of, and the Auth that verified it.
func last(c *gin.Context) (*token.Verified, *Auth, bool) {
	v, _ := c.Get(lastKey)
	a, ok := v.(*Auth)
	if !ok {
		return nil, nil, false
	}
	access, ok := a.own(c)
	return access, a, ok
}

// own returns the access token that this Auth has let in, and never that of another Auth in the
// same engine.
func (a *Auth) own(c *gin.Context) (*token.Verified, bool) {
	v, _ := c.Get(a)
	access, ok := v.(*token.Verified)
	return access, ok
}

// SessionContext returns the request's context, which also ends when the access token expires
// or when its token, session or user is revoked; [context.Cause] is then [ErrTokenExpired] or
// [ErrTokenRevoked]. Use it in handlers that run for long: server-sent events, WebSockets,
// long polls. If nobody is logged in, which means the same as for [AccessFrom], it is the
// request's context.
//
// Revocations arrive through the store's feed or log, within milliseconds while the store can
// be reached; with a store that has neither, only expiry ends the context. It always ends with
// the request, so a handler that hands its connection on must keep the request alive.
func SessionContext(c *gin.Context) context.Context {
	parent := c.Request.Context()
	access, a, ok := last(c)
	if !ok {
		return parent
	}
	return a.live.Context(parent, access.Probe(false), access.DeadAt)
}

// CSRFToken returns a double-submit token of the session that is logged in, for the forms of
// a page: see [Cookies].CSRFToken. Each call returns a new one, and all stay valid with the
// session and the keys. It returns "" if no middleware of this Auth has let anybody in or
// Cookies.CSRFToken is off.
func (a *Auth) CSRFToken(c *gin.Context) string {
	access, ok := a.own(c)
	if !ok || access.Legacy() {
		return ""
	}
	return a.csrf.Mint(access.SessionID)
}
