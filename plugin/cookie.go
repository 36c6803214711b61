package ginauth

import (
	"net/http"
	"time"

	"github.com/gin-gonic/gin"
)

type ginJWTReply = func(*gin.Context, int, string, time.Time)

// setCookie sends the access token as gin-jwt's SendCookie asks, with one difference:
// the cookie never outlives the token.
func (a *Auth) setCookie(c *gin.Context, tokens Tokens) {
	life := tokens.ExpiresIn
	if limit := int64(a.jwt.CookieMaxAge / time.Second); limit > 0 {
		life = min(life, limit)
	}
	a.writeCookie(c, tokens.AccessToken, int(max(life, 1)))
}

// clearCookie deletes the cookie with the attributes that it was set with; others
// would leave it where it is.
func (a *Auth) clearCookie(c *gin.Context) { a.writeCookie(c, "", -1) }

func (a *Auth) writeCookie(c *gin.Context, value string, maxAge int) {
	if !a.jwt.SendCookie {
		return
	}
	http.SetCookie(c.Writer, &http.Cookie{
		Name:     a.jwt.CookieName,
		Value:    value,
		MaxAge:   maxAge,
		Path:     "/",
		Domain:   a.jwt.CookieDomain,
		Secure:   a.jwt.SecureCookie,
		HttpOnly: a.jwt.CookieHTTPOnly,
		SameSite: a.jwt.CookieSameSite,
	})
}
