package ginauth

import (
	"errors"
	"net/http"

	"github.com/gin-gonic/gin"
)

// renewed is the second chance of a page: Config.ImplicitRefresh. token and err are what
// the middleware found; it returns what becomes of the request.
//
// It can undo no logout. The store decides between the two: after the logout there is
// nothing to rotate, and what was rotated before it belongs to a session that is dead, so
// that the cookies of a late reply open nothing. The new access token is checked like any
// other before anything is sent.
func (a *Auth) renewed(c *gin.Context, r route, token string, err error) error {
	without := token == "" && (err == nil || errors.Is(err, ErrTokenMissing)) || errors.Is(err, ErrTokenExpired)
	if !a.implicitRefresh || !without {
		return err
	}
	if !navigation(c.Request) || a.transport.inHeader(c.Request) {
		return err
	}
	presented, cookieErr := a.transport.refreshCookie(c.Request)
	if cookieErr != nil {
		return cookieErr
	}
	if presented == "" {
		return err
	}
	tokens, rotateErr := a.rotateToken(c, presented, false)
	if rotateErr == nil {
		rotateErr = a.admit(c, r, tokens.AccessToken)
	}
	switch {
	case rotateErr == nil, errors.Is(rotateErr, ErrForbidden):
		noStore(c)
		a.setCookies(c, tokens)
		return rotateErr
	case errors.Is(rotateErr, ErrInvalidGrant), errors.Is(rotateErr, ErrTokenRevoked):
		a.cookies.clear(c)
		return err // as if there had been no cookie
	}
	return rotateErr
}

// navigation reports whether a browser is opening a page of its user's own accord: typed,
// reloaded, or followed from this very site. Prefetching is nobody's accord. A browser that
// does not say is not trusted to.
func navigation(r *http.Request) bool {
	site := r.Header.Get("Sec-Fetch-Site")
	return (r.Method == http.MethodGet || r.Method == http.MethodHead) &&
		(site == "same-origin" || site == "none") &&
		r.Header.Get("Sec-Fetch-Mode") == "navigate" &&
		r.Header.Get("Sec-Purpose") == "" && r.Header.Get("Purpose") == ""
}
