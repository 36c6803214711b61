package ginauth

import (
	"net/http"
	"time"

	jwt "github.com/appleboy/gin-jwt/v2"
	"github.com/gin-gonic/gin"

	"github.com/ginauth/ginauth/plugin/internal/token"
	"github.com/ginauth/ginauth/plugin/internal/wire"
	"github.com/ginauth/ginauth/plugin/session"
)

// Tokens is the reply to a login or a refresh: RFC 6749 section 5.1. Encoding it as JSON
// shows the tokens; printing it or logging it with [log/slog] does not.
type Tokens struct {
	AccessToken      string `json:"access_token,omitempty"`
	TokenType        string `json:"token_type"`
	ExpiresIn        int64  `json:"expires_in"` // seconds
	RefreshToken     string `json:"refresh_token,omitempty"`
	RefreshExpiresIn int64  `json:"refresh_expires_in"` // seconds until the session ends unless it is refreshed
	SessionID        string `json:"session_id"`

	expires time.Time
	session session.ID
}

// TokensFrom returns the tokens that a login or refresh has just made. It is for gin-jwt's
// hooks LoginResponse and RefreshResponse, which receive only the access token. In these hooks
// [AccessFrom], jwt.ExtractClaims, jwt.GetToken and c.Get(identityKey) tell of the new access token.
func TokensFrom(c *gin.Context) (Tokens, bool) {
	v, _ := c.Get(tokensKey)
	tokens, ok := v.(Tokens)
	return tokens, ok
}

// mint makes the tokens of a session's current generation, with an access token that lives for
// life, within the limits that readers and
// browsers have; one beyond them is [ErrInternal]. storeNow is the store's clock at
// the moment it returned the session, and end the TokenEnd that it was told.
func (a *Auth) mint(s session.Session, claims jwt.MapClaims, life time.Duration, storeNow, end time.Time) (Tokens, error) {
	access, err := a.access.Mint(s, claims, token.Bounds{Life: life, End: end}, storeNow)
	if err != nil {
		return Tokens{}, err
	}
	tokens := Tokens{
		AccessToken:      access.Text,
		TokenType:        "Bearer",
		ExpiresIn:        int64(access.Life.Seconds()),
		RefreshToken:     a.refresh.Encode(token.Refresh{ID: s.ID, Generation: s.Generation}),
		RefreshExpiresIn: int64(access.Left.Seconds()),
		SessionID:        s.ID.String(),
		expires:          access.Expires,
		session:          s.ID,
	}
	if err := a.jar.Fits(a.cookieValues(tokens)); err != nil {
		return Tokens{}, err
	}
	return tokens, nil
}

type ginJWTReply = func(*gin.Context, int, string, time.Time)

// reply sends tokens: cookies first, as gin-jwt does, then the user's hook or [Tokens]. The hook
// finds the new token's claims and identity where handlers find those of a request.
func (a *Auth) reply(c *gin.Context, tokens Tokens, hook ginJWTReply) {
	a.setCookies(c, tokens)
	if hook != nil {
		c.Set(tokensKey, tokens)
		if access, claims, err := a.access.VerifyCached(tokens.AccessToken); err == nil {
			a.install(c, access, claims)
		} else { // it has expired at once; the identity of the old token is not that of the new one
			a.forget(c)
		}
		hook(c, http.StatusOK, tokens.AccessToken, tokens.expires)
		return
	}
	if a.config.Cookies != nil {
		tokens.AccessToken, tokens.RefreshToken = "", ""
	}
	c.JSON(http.StatusOK, tokens)
}

// setCookies sends the tokens as cookies, if cookies are configured.
func (a *Auth) setCookies(c *gin.Context, tokens Tokens) {
	values := a.cookieValues(tokens)
	values.CSRF = a.csrf.Mint(tokens.session)
	a.jar.Set(c, values)
}

func (a *Auth) cookieValues(t Tokens) wire.Values {
	return wire.Values{
		Access: t.AccessToken, Refresh: t.RefreshToken,
		AccessSeconds: a.accessCookieSeconds(t), RefreshSeconds: t.RefreshExpiresIn,
	}
}

// accessCookieSeconds is how long the cookie of an access token lives at most: as long as the
// token or, if an expired one refreshes, for as long as it does. The jar keeps to CookieMaxAge.
func (a *Auth) accessCookieSeconds(t Tokens) int64 {
	if a.config.AccessRefresh == nil {
		return t.ExpiresIn
	}
	most := t.ExpiresIn + int64(a.config.AccessRefresh.Expired.Seconds())
	if a.config.JWT.CookieMaxAge > 0 {
		most = t.RefreshExpiresIn
	}
	return min(most, t.RefreshExpiresIn)
}

// clearCookies deletes the cookies, unless another site could have sent the request.
func (a *Auth) clearCookies(c *gin.Context) {
	if a.transport.MayClear(c.Request) {
		a.jar.Clear(c)
	}
}
