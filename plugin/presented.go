package ginauth

import (
	"errors"

	"github.com/gin-gonic/gin"

	"github.com/ginauth/ginauth/plugin/session"
)

// presentedSessions are the sessions whose tokens a login request carries, in any
// carrier, expired or not. Tokens that do not verify name no session and do not keep
// anybody from logging in.
func (a *Auth) presentedSessions(c *gin.Context) ([]session.ID, error) {
	var ids []session.ID
	token, err := a.transport.accessToken(c)
	if err != nil {
		return nil, err
	}
	if token != "" {
		access, err := a.tokens.Verify(token)
		if (err == nil || errors.Is(err, ErrTokenExpired)) && !access.Legacy() {
			ids = append(ids, access.SessionID)
		}
	}
	// The Authenticator reads the body its own way; bound it and keep it readable.
	if _, err := bufferBody(c); err != nil {
		return nil, err
	}
	var inBody string
	if body, err := ReadBody(c); err == nil { // else: whether it will do is the Authenticator's business
		inBody, _, _ = body.String(refreshField)
	}
	text, err := a.transport.refreshToken(c.Request, inBody)
	if err != nil {
		return nil, err
	}
	if r, err := a.refresh.Decode(text); err == nil && (len(ids) == 0 || ids[0] != r.ID) {
		ids = append(ids, r.ID)
	}
	return ids, nil
}
