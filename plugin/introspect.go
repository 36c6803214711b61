package ginauth

import (
	"context"
	"errors"
	"net/http"
	"strings"

	"github.com/gin-gonic/gin"

	"github.com/ginauth/ginauth/plugin/session"
)

// Introspection is the answer to "is this token good?": RFC 7662 section 2.2. If it is
// not active nothing else is set.
type Introspection struct {
	Active    bool   `json:"active"`
	TokenType string `json:"token_type,omitempty"` // Bearer, or refresh_token
	Subject   string `json:"sub,omitempty"`
	SessionID string `json:"sid,omitempty"`
	TokenID   string `json:"jti,omitempty"`
	Issuer    string `json:"iss,omitempty"`
	Audience  any    `json:"aud,omitempty"` // as in the token
	IssuedAt  int64  `json:"iat,omitempty"` // Unix seconds
	ExpiresAt int64  `json:"exp,omitempty"` // Unix seconds
}

// Introspect says whether an access or refresh token would be accepted now. It asks the
// store, behind any local copy, and Config.Reload about the user of a refresh token, which
// stays as usable as it was. An active access token counts as seen in use, as on a
// protected route: whoever asks about it was sent it. Text that is no token of ours is not
// active, and no error. Errors: ErrUnavailable.
func (a *Auth) Introspect(ctx context.Context, token string) (Introspection, error) {
	if strings.HasPrefix(token, session.RefreshPrefix) {
		return a.introspectRefresh(ctx, token)
	}
	access, err := a.tokens.Verify(token)
	if err != nil {
		return Introspection{}, nil //nolint:nilerr // not active
	}
	err = a.store.Check(ctx, access.Probe(true))
	if errors.Is(err, session.ErrRevoked) {
		return Introspection{}, nil
	}
	if err != nil {
		return Introspection{}, a.storeError(ctx, nil, err)
	}
	a.confirmer.seen(access)
	issuer, _ := access.Claims["iss"].(string)
	jti, _ := access.Claims["jti"].(string)
	sid, _ := access.Claims["sid"].(string)
	return Introspection{
		Active: true, TokenType: "Bearer", Subject: access.Subject, SessionID: sid, TokenID: jti,
		Issuer: issuer, Audience: access.Claims["aud"], IssuedAt: access.IssuedAt.Unix(), ExpiresAt: access.ExpiresAt.Unix(),
	}, nil
}

func (a *Auth) introspectRefresh(ctx context.Context, token string) (Introspection, error) {
	refresh, err := a.refresh.Decode(token)
	if err != nil {
		return Introspection{}, nil //nolint:nilerr // not active
	}
	s, err := a.store.Get(ctx, refresh.ID)
	if errors.Is(err, session.ErrNotFound) {
		return Introspection{}, nil
	}
	if err != nil {
		return Introspection{}, a.storeError(ctx, nil, err)
	}
	if !a.acceptable(s, refresh.Generation) {
		return Introspection{}, nil
	}
	if a.reload != nil {
		_, err := a.reload(ctx, s)
		if errors.Is(err, ErrUserDisabled) {
			return Introspection{}, nil
		}
		if err != nil {
			return Introspection{}, refuse(ErrUnavailable, err)
		}
	}
	return Introspection{
		Active: true, TokenType: "refresh_token", Subject: s.Subject, SessionID: s.ID.String(),
		Issuer: a.issuer, IssuedAt: s.RotatedAt.Unix(), ExpiresAt: s.Deadline().Unix(),
	}, nil
}

// acceptable foretells what Rotate would say, by this node's clock.
func (a *Auth) acceptable(s session.Session, generation uint32) bool {
	if generation >= s.Generation {
		return true
	}
	age := a.now().Sub(s.RotatedAt)
	retry := age <= a.policy.grace || !s.Confirmed && age < session.LateRetry
	return generation == s.Generation-1 && a.policy.grace > 0 && retry
}

// IntrospectionHandler is the endpoint of RFC 7662: token in a form or JSON body, client
// credentials by HTTP Basic (Config.AuthenticateClient, else ErrInvalidClient). Whatever is
// wrong with a token, the reply is {"active":false}.
func (a *Auth) IntrospectionHandler(c *gin.Context) {
	noStore(c)
	token, err := a.clientToken(c)
	if err != nil {
		a.Refuse(c, err)
		return
	}
	ctx, cancel := context.WithTimeout(c.Request.Context(), storeTime)
	defer cancel()
	answer, err := a.Introspect(ctx, token)
	if err != nil {
		a.Refuse(c, err)
		return
	}
	c.JSON(http.StatusOK, answer)
}

// RevocationHandler is the endpoint of RFC 7009: token in a form or JSON body
// (token_type_hint is not needed), client credentials as IntrospectionHandler. An
// access token dies alone, a refresh token takes its session with it. An unknown token is 200 too.
func (a *Auth) RevocationHandler(c *gin.Context) {
	noStore(c)
	token, err := a.clientToken(c)
	if err != nil {
		a.Refuse(c, err)
		return
	}
	ctx, cancel := storeContext(c)
	defer cancel()
	_, err = a.RevokeToken(ctx, token, Because("client"))
	if err != nil && !errors.Is(err, ErrTokenInvalid) {
		a.Refuse(c, err)
		return
	}
	c.JSON(http.StatusOK, codeReply{http.StatusOK})
}
