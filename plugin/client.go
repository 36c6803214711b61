package ginauth

import (
	"context"
	"crypto/sha256"
	"crypto/subtle"
	"errors"

	"github.com/gin-gonic/gin"
)

var errClient = errors.New("client credentials missing or wrong")

// ClientSecret is an AuthenticateClient for one client. It compares in constant time,
// whatever the lengths. An empty id or secret admits nobody.
func ClientSecret(id, secret string) func(context.Context, string, string) bool {
	wantID, wantSecret := sha256.Sum256([]byte(id)), sha256.Sum256([]byte(secret))
	return func(_ context.Context, gotID, gotSecret string) bool {
		hashID, hashSecret := sha256.Sum256([]byte(gotID)), sha256.Sum256([]byte(gotSecret))
		same := subtle.ConstantTimeCompare(hashID[:], wantID[:]) & subtle.ConstantTimeCompare(hashSecret[:], wantSecret[:])
		return same == 1 && id != "" && secret != ""
	}
}

// clientToken admits the client of an RFC 7009 or RFC 7662 request and reads its token. The
// client is judged before the body.
func (a *Auth) clientToken(c *gin.Context) (string, error) {
	id, secret, ok := c.Request.BasicAuth()
	if !ok || a.client == nil || !a.client(c.Request.Context(), id, secret) {
		return "", refuse(ErrInvalidClient, errClient)
	}
	if err := a.transport.guard(c.Request); err != nil {
		return "", err
	}
	body, err := ReadBody(c)
	if err != nil {
		return "", err
	}
	token, present, err := body.String("token")
	if err == nil && !present {
		err = refuse(ErrInvalidRequest, errors.New("no token"))
	}
	return token, err
}
