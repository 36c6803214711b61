package ginauth

import (
	"errors"
	"net/http"

	"github.com/gin-gonic/gin"

	"github.com/ginauth/ginauth/plugin/internal/wire"
)

// renewed refreshes for a page navigation without a valid access token: Cookies.ImplicitRefresh.
// text and err are what the middleware found; the result decides the request.
//
// It cannot undo a logout. The store orders the two: after the logout there is nothing to
// rotate, and a rotation before it belongs to a session that is dead, so the cookies of a late
// reply open nothing. The new access token is checked like any other before anything is sent.
func (a *Auth) renewed(c *gin.Context, r route, text string, err error) error {
	without := text == "" && (err == nil || errors.Is(err, ErrTokenMissing)) || errors.Is(err, ErrTokenExpired)
	if !without || !navigation(c.Request) || a.transport.InHeader(c.Request, text) {
		return err
	}
	presented, cookieErr := a.transport.RefreshCookie(c.Request)
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
		wire.NoStore(c)
		a.setCookies(c, tokens)
		return rotateErr
	case errors.Is(rotateErr, ErrInvalidGrant), errors.Is(rotateErr, ErrTokenRevoked):
		a.jar.Clear(c)
		return err // as if there had been no cookie
	}
	return rotateErr
}

// navigation reports whether a browser opens a page because its user typed the address,
// reloaded, or followed a link on this site; a prefetch is none of these. A browser that does
// not send the headers is not trusted.
func navigation(r *http.Request) bool {
	site := r.Header.Get("Sec-Fetch-Site")
	return (r.Method == http.MethodGet || r.Method == http.MethodHead) &&
		(site == "same-origin" || site == "none") &&
		r.Header.Get("Sec-Fetch-Mode") == "navigate" &&
		r.Header.Get("Sec-Purpose") == "" && r.Header.Get("Purpose") == ""
}
