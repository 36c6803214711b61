package ginauth

import (
	"context"
	"errors"
	"net/url"
	"time"

	"github.com/gin-gonic/gin"

	"github.com/ginauth/ginauth/plugin/internal/wire"
)

// The fields of client_secret_post: RFC 6749 section 2.3.1.
const (
	clientIDField     = "client_id"
	clientSecretField = "client_secret"
)

var (
	errNoClient   = errors.New("no client credentials")
	errClient     = errors.New("wrong client credentials")
	errTwoLines   = errors.New("two different Authorization lines")
	errTwoMethods = errors.New("client credentials in the header and in the body")
	errNoToken    = errors.New("the body has no token")
)

// clientToken checks the client of an RFC 7009 or RFC 7662 request, then its body, and
// returns the token in it.
func (a *Auth) clientToken(c *gin.Context) (string, error) {
	if err := a.authenticateClient(c); err != nil {
		a.emit(requestContext(c), Event{Kind: EventClientRefused, Reason: word(err), Err: err})
		return "", err
	}
	if err := a.transport.Guard(c.Request); err != nil {
		return "", err
	}
	if c.GetHeader("Authorization") != "" {
		secret, err := Field(c, clientSecretField)
		if err == nil && secret != "" {
			err = refuse(ErrInvalidRequest, errTwoMethods)
		}
		if err != nil {
			return "", err
		}
	}
	text, err := Field(c, "token")
	if err == nil && text == "" {
		err = refuse(ErrInvalidRequest, errNoToken)
	}
	return text, err
}

// authenticateClient judges the client. A request is one attempt, in however many ways its
// credentials can be read. Config.ClientLimit counts wrong ones alone, and never keeps out a right
// one, as it would for passwords: a secret of 32 random bytes is not found by guessing, and
// strangers behind the client's proxy must not shut it out.
func (a *Auth) authenticateClient(c *gin.Context) error {
	readings, err := presentedClient(c)
	if err != nil {
		return err
	}
	if len(readings) == 0 {
		return refuse(ErrInvalidClient, errNoClient)
	}
	if a.client == nil {
		return refuse(ErrInvalidClient, errClient)
	}
	for _, got := range readings {
		if a.client(c.Request.Context(), got.id, got.secret) {
			return nil
		}
	}
	if limit := a.config.ClientLimit; limit != nil {
		err = a.askLimiter(c, func(ctx context.Context) (time.Duration, error) {
			return limit.End(ctx, readings[0].id, clientAddress(ctx), true)
		})
		if err != nil {
			return err
		}
	}
	return refuse(ErrInvalidClient, errClient)
}

// credentials are what a client presents.
type credentials struct{ id, secret string }

// presentedClient returns the readings of a request's client credentials, of which any may be
// right; none if there are no credentials. In HTTP Basic, RFC 6749 section 2.3.1 wants both
// halves form-encoded, and many clients send them as they are. Only a request without an
// Authorization header may have them in its body, and a body that cannot be read has none.
func presentedClient(c *gin.Context) ([]credentials, error) {
	lines := c.Request.Header.Values("Authorization")
	for _, line := range lines {
		if line != lines[0] {
			return nil, refuse(ErrInvalidRequest, errTwoLines)
		}
	}
	if len(lines) == 0 {
		return bodyCredentials(c), nil
	}
	id, secret, ok := c.Request.BasicAuth()
	if !ok || id == "" || secret == "" {
		return nil, nil
	}
	plain := credentials{id, secret}
	id, badID := url.QueryUnescape(id)
	secret, badSecret := url.QueryUnescape(secret)
	if decoded := (credentials{id, secret}); badID == nil && badSecret == nil && decoded != plain {
		return []credentials{decoded, plain}, nil
	}
	return []credentials{plain}, nil
}

func bodyCredentials(c *gin.Context) []credentials {
	body, err := wire.ReadBody(c)
	if err != nil {
		return nil
	}
	id, hasID, badID := body.String(clientIDField)
	secret, hasSecret, badSecret := body.String(clientSecretField)
	if !hasID || !hasSecret || badID != nil || badSecret != nil {
		return nil
	}
	return []credentials{{id, secret}}
}
