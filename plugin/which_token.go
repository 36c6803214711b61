package ginauth

import (
	"errors"

	"github.com/gin-gonic/gin"

	"github.com/ginauth/ginauth/plugin/internal/token"
	"github.com/ginauth/ginauth/plugin/internal/wire"
	"github.com/ginauth/ginauth/plugin/session"
)

// judgeAccess tells package wire which of several access tokens in one request counts.
func (a *Auth) judgeAccess(text string) wire.Standing {
	_, _, err := a.access.VerifyCached(text)
	switch {
	case err == nil:
		return wire.Live
	case errors.Is(err, ErrTokenExpired), errors.Is(err, ErrTokenRevoked):
		return wire.Dead
	}
	return wire.Junk
}

// judgeRefresh is judgeAccess for refresh tokens. Their age is the store's to know.
func (a *Auth) judgeRefresh(text string) wire.Standing {
	if _, err := a.refresh.Decode(text); err != nil {
		return wire.Junk
	}
	return wire.Live
}

// byCookie returns the session of an access token that only a cookie carried. Another site
// cannot write a header, so a token in the header needs no double-submit token. Another text in
// the header, which did not count, spares nobody the check.
func (a *Auth) byCookie(c *gin.Context, access *token.Verified) []session.ID {
	if a.csrf == nil || access == nil {
		return nil
	}
	if text, _ := access.Text.(string); a.transport.InHeader(c.Request, text) {
		return nil
	}
	return []session.ID{access.SessionID}
}

// checkCSRF refuses an unsafe request that cookies of these sessions authenticate and that
// shows no token of them.
func (a *Auth) checkCSRF(c *gin.Context, byCookie ...session.ID) error {
	err := a.csrf.Check(c, byCookie...)
	a.offerCSRF(c, err, byCookie)
	return err
}

// offerCSRF lets a refusal by checkCSRF bring the token. A browser can be without it: its session
// began before CSRFToken was switched on, or the key is gone. It could then neither refresh nor
// log out; so the next try succeeds. Another site may cause this, but can read neither the reply
// nor the cookie.
func (a *Auth) offerCSRF(c *gin.Context, err error, byCookie []session.ID) {
	if errors.Is(err, ErrCrossOrigin) {
		last := byCookie[len(byCookie)-1] // of the refresh token, if there is one
		a.jar.OfferCSRF(c, a.csrf, last, int64(a.config.SessionIdleTTL.Seconds()))
	}
}
