package ginauth

import (
	"context"
	"crypto/sha256"
	"crypto/subtle"
	"errors"

	"github.com/gin-gonic/gin"
)

var (
	errClient  = errors.New("client credentials missing or wrong")
	errNoToken = errors.New("the body has no token")
)

// ClientSecret returns a Config.AuthenticateClient for one client. It compares in constant
// time, whatever the lengths. An empty id or secret refuses every client.
func ClientSecret(id, secret string) func(context.Context, string, string) bool {
	wantID, wantSecret := sha256.Sum256([]byte(id)), sha256.Sum256([]byte(secret))
	return func(_ context.Context, gotID, gotSecret string) bool {
		hashID, hashSecret := sha256.Sum256([]byte(gotID)), sha256.Sum256([]byte(gotSecret))
		same := subtle.ConstantTimeCompare(hashID[:], wantID[:]) & subtle.ConstantTimeCompare(hashSecret[:], wantSecret[:])
		return same == 1 && id != "" && secret != ""
	}
}

// clientToken checks the client of an RFC 7009 or RFC 7662 request, then its body, and
// returns the token in it.
func (a *Auth) clientToken(c *gin.Context) (string, error) {
	id, secret, ok := c.Request.BasicAuth()
	if !ok || a.config.AuthenticateClient == nil || !a.config.AuthenticateClient(c.Request.Context(), id, secret) {
		return "", refuse(ErrInvalidClient, errClient)
	}
	if err := a.transport.Guard(c.Request); err != nil {
		return "", err
	}
	text, err := Field(c, "token")
	if err == nil && text == "" {
		err = refuse(ErrInvalidRequest, errNoToken)
	}
	return text, err
}
