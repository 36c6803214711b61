package ginauth

import (
	"net/http"
	"time"

	jwt "github.com/appleboy/gin-jwt/v2"
	"github.com/gin-gonic/gin"
)

type ginJWTReply = func(*gin.Context, int, string, time.Time)

// cookieJar writes the token cookies: both of Config.Cookies, or the one of gin-jwt's
// SendCookie, or none. A template without a name is not written.
type cookieJar struct {
	access, refresh http.Cookie
	csrf            http.Cookie   // the only one that scripts can read
	maxAge          time.Duration // gin-jwt's CookieMaxAge, an upper bound; 0: none
	only            bool          // tokens travel in cookies alone, never in bodies
}

// The cookies of Config.Cookies. The prefix binds them to this host, to https and to
// the path /: RFC 6265bis section 4.1.3.2.
const (
	accessCookie  = "access_token"
	refreshCookie = "refresh_token"
	csrfCookie    = "csrf_token"
	hostPrefix    = "__Host-"
)

func newCookieJar(c Config, mw *jwt.GinJWTMiddleware) cookieJar {
	switch {
	case c.Cookies:
		prefix := hostPrefix
		if c.InsecureCookies {
			prefix = ""
		}
		template := http.Cookie{Path: "/", HttpOnly: true, Secure: !c.InsecureCookies, SameSite: http.SameSiteLaxMode}
		jar := cookieJar{access: template, refresh: template, only: true}
		jar.access.Name, jar.refresh.Name = prefix+accessCookie, prefix+refreshCookie
		// A refresh is never the first request of a visit, so the cookie need not come with one.
		jar.refresh.SameSite = http.SameSiteStrictMode
		if c.CSRFToken {
			jar.csrf = jar.refresh
			jar.csrf.Name, jar.csrf.HttpOnly = prefix+csrfCookie, false
		}
		return jar
	case mw.SendCookie:
		return cookieJar{maxAge: c.JWT.CookieMaxAge, access: http.Cookie{
			Name: mw.CookieName, Path: "/", Domain: mw.CookieDomain,
			Secure: mw.SecureCookie, HttpOnly: mw.CookieHTTPOnly, SameSite: mw.CookieSameSite,
		}}
	}
	return cookieJar{}
}

// set sends the tokens; a cookie never outlives its token. csrf is "" if there is none.
func (j *cookieJar) set(c *gin.Context, tokens Tokens, csrf string) {
	access := tokens.ExpiresIn
	if limit := int64(j.maxAge / time.Second); limit > 0 {
		access = min(access, limit)
	}
	write(c, j.access, tokens.AccessToken, access)
	write(c, j.refresh, tokens.RefreshToken, tokens.RefreshExpiresIn)
	write(c, j.csrf, csrf, tokens.RefreshExpiresIn)
}

// clear deletes the cookies with the attributes that they were set with; others would
// leave them where they are.
func (j *cookieJar) clear(c *gin.Context) {
	write(c, j.access, "", -1)
	write(c, j.refresh, "", -1)
	write(c, j.csrf, "", -1)
}

// clearCookies deletes the cookies, unless another site sent the request. The browser
// withholds ours from such a request, but would obey the reply: nobody else may log its
// user out, or, see LoginHandler, in.
func (a *Auth) clearCookies(c *gin.Context) {
	if a.transport.origin.Check(c.Request) == nil {
		a.cookies.clear(c)
	}
}

func write(c *gin.Context, template http.Cookie, value string, seconds int64) {
	if template.Name == "" {
		return
	}
	template.Value, template.MaxAge = value, int(seconds)
	if seconds == 0 {
		template.MaxAge = -1 // net/http takes 0 for "no Max-Age", a cookie until the browser closes
	}
	http.SetCookie(c.Writer, &template)
}
