package wire

import (
	"fmt"
	"net/http"
	"slices"
	"time"

	"github.com/gin-gonic/gin"

	"github.com/ginauth/ginauth/plugin/internal/refusal"
	"github.com/ginauth/ginauth/plugin/session"
)

// The names of the cookies of browser mode. The prefix binds a cookie to this host, to https
// and to the path /: RFC 6265bis section 4.1.3.2.
const (
	accessCookie  = "access_token"
	refreshCookie = "refresh_token"
	csrfCookie    = "csrf_token"
	hostPrefix    = "__Host-"
)

// Jar writes the token cookies. A template without a name is not written, so the zero Jar
// writes nothing.
type Jar struct {
	access, refresh http.Cookie
	csrf            http.Cookie   // the only one that scripts can read
	maxAge          time.Duration // upper bound of the access cookie's life; 0: none
}

// NewJar makes the cookies of browser mode. prefix begins their names, behind __Host-.
// insecure leaves out Secure and __Host-, for plain http; csrf adds the cookie of the
// double-submit token.
func NewJar(prefix string, insecure, csrf bool) *Jar {
	if !insecure {
		prefix = hostPrefix + prefix
	}
	template := http.Cookie{Path: "/", HttpOnly: true, Secure: !insecure, SameSite: http.SameSiteLaxMode}
	j := &Jar{access: template, refresh: template}
	j.access.Name, j.refresh.Name = prefix+accessCookie, prefix+refreshCookie
	// A refresh is never the first request of a visit, so the cookie need not come with one.
	j.refresh.SameSite = http.SameSiteStrictMode
	if csrf {
		j.csrf = j.refresh
		j.csrf.Name, j.csrf.HttpOnly = prefix+csrfCookie, false
	}
	return j
}

// NewAccessJar writes only the access token, into a cookie like the template: gin-jwt's
// SendCookie.
func NewAccessJar(template http.Cookie, maxAge time.Duration) *Jar {
	return &Jar{access: template, maxAge: maxAge}
}

// Writes reports whether there are any cookies to write.
func (j *Jar) Writes() bool { return j.access.Name != "" }

// Values are the contents of the cookies and their lives in seconds.
type Values struct {
	Access, Refresh, CSRF         string
	AccessSeconds, RefreshSeconds int64
}

// maxCookie is the longest cookie in bytes, with its name and attributes. Browsers drop longer
// ones without a word (RFC 6265 section 6.1), so a login would look like none.
const maxCookie = 4096

// Fits refuses an access token whose cookie would be too long. The other cookies have a fixed
// length.
func (j *Jar) Fits(v Values) error {
	if j.access.Name == "" {
		return nil
	}
	cookie := filled(j.access, v.Access, v.AccessSeconds)
	if n := len(cookie.String()); n > maxCookie {
		return refusal.Wrap(refusal.Internal, fmt.Errorf("a cookie of %d bytes, of which browsers keep %d; shorten the claims", n, maxCookie))
	}
	return nil
}

// Set sends the cookies. None outlives the seconds in v.
func (j *Jar) Set(c *gin.Context, v Values) {
	if limit := int64(j.maxAge / time.Second); limit > 0 {
		v.AccessSeconds = min(v.AccessSeconds, limit)
	}
	write(c, j.access, v.Access, v.AccessSeconds)
	write(c, j.refresh, v.Refresh, v.RefreshSeconds)
	write(c, j.csrf, v.CSRF, v.RefreshSeconds)
}

// Clear deletes the cookies. It repeats their attributes, because browsers would keep the
// cookies otherwise.
func (j *Jar) Clear(c *gin.Context) { j.Set(c, Values{AccessSeconds: -1, RefreshSeconds: -1}) }

// OfferCSRF sends a double-submit token of the session, unless the request shows that the
// browser has one.
func (j *Jar) OfferCSRF(c *gin.Context, g *CSRF, id session.ID, seconds int64) {
	has := slices.ContainsFunc(c.Request.CookiesNamed(j.csrf.Name), func(cookie *http.Cookie) bool { return g.good(cookie.Value, id) })
	if token := g.Mint(id); !has && token != "" {
		write(c, j.csrf, token, seconds)
	}
}

func write(c *gin.Context, template http.Cookie, value string, seconds int64) {
	if template.Name != "" {
		http.SetCookie(c.Writer, filled(template, value, seconds))
	}
}

func filled(template http.Cookie, value string, seconds int64) *http.Cookie {
	template.Value, template.MaxAge = value, int(seconds)
	if seconds == 0 {
		template.MaxAge = -1 // net/http leaves Max-Age out for 0, which makes a session cookie
	}
	return &template
}
