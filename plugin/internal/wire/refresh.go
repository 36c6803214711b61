package wire

import (
	"errors"

	"github.com/gin-gonic/gin"

	"github.com/ginauth/ginauth/plugin/internal/refusal"
)

// The fields of a refresh request: RFC 6749 section 6.
const (
	refreshField   = "refresh_token"
	grantTypeField = "grant_type"
)

var errGrantType = errors.New("grant_type is not refresh_token")

// Presented returns the refresh token of body and cookie, "" if there is none. byCookie
// reports that it came only in the cookie. It does not use the access token, but refuses a
// request with two different ones.
func (t *Transport) Presented(c *gin.Context) (token string, byCookie bool, err error) {
	return t.presented(c, ReadBody)
}

// PresentedBeside is Presented for a handler that an access token alone satisfies. With one in a
// header, a body of another type than JSON or a form is the client's own matter: gin-jwt never
// read it.
func (t *Transport) PresentedBeside(c *gin.Context) (token string, byCookie bool, err error) {
	return t.presented(c, func(c *gin.Context) (Body, error) {
		body, err := ReadBody(c)
		if errors.Is(err, errContentType) {
			if access, _ := t.AccessToken(c.Request); t.HeaderCarries(c.Request, access) {
				return Body{}, nil
			}
		}
		return body, err
	})
}

func (t *Transport) presented(c *gin.Context, read func(*gin.Context) (Body, error)) (token string, byCookie bool, err error) {
	if _, err := t.AccessToken(c.Request); err != nil {
		return "", false, err
	}
	body, err := read(c)
	if err != nil {
		return "", false, err
	}
	grant, present, err := body.String(grantTypeField)
	if err != nil {
		return "", false, err
	}
	if present && grant != refreshField {
		return "", false, refusal.Wrap(refusal.InvalidRequest, errGrantType)
	}
	inBody, _, err := body.String(refreshField)
	if err != nil {
		return "", false, err
	}
	if !t.readsRefreshCookie(c) {
		return inBody, false, nil
	}
	cookie, err := t.RefreshCookie(c.Request)
	switch {
	case err != nil || cookie == "":
		return inBody, false, err
	case inBody != "" && inBody != cookie: // nothing is left over in a body
		return "", false, refusal.Wrap(refusal.InvalidRequest, errTwoTokens)
	}
	return cookie, inBody == "", nil
}

// readsRefreshCookie is false on a safe method: following a link must not rotate a token.
func (t *Transport) readsRefreshCookie(c *gin.Context) bool {
	return t.refresh != "" && !safeMethod(c.Request.Method)
}

// PresentedAtLogin is Presented for a login, whose body belongs to the Authenticator: a body
// that it cannot read holds no refresh token. Nothing that does not verify counts, in the body
// neither, since it must not keep anybody from logging in. It limits the size of the body and
// leaves it readable.
func (t *Transport) PresentedAtLogin(c *gin.Context) (string, error) {
	if _, err := bufferBody(c); err != nil {
		return "", err
	}
	var found candidates
	if body, err := ReadBody(c); err == nil {
		inBody, _, _ := body.String(refreshField)
		found.add(inBody)
	}
	if t.readsRefreshCookie(c) {
		found.addCookies(c.Request, t.refresh)
	}
	return found.counts(t.judgeRefresh)
}
