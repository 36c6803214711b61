package ginauth

import (
	"context"
	"errors"
	"net/http"
	"strings"
	"time"

	"github.com/gin-gonic/gin"

	"github.com/ginauth/ginauth/plugin/internal/token"
	"github.com/ginauth/ginauth/plugin/internal/wire"
	"github.com/ginauth/ginauth/plugin/session"
)

// Introspection is the answer of [Auth.Introspect]: RFC 7662 section 2.2. Unless Active is
// true, nothing else is set.
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

// Introspect reports whether an access or refresh token would be accepted now. It asks the
// store even if there is a local copy. For a refresh token, which stays usable, it also calls
// Config.Reload. An active access token counts as seen in use, as on a protected route, since
// the service that asks has received it. Text that is not a token of this application is
// inactive; that is not an error. Errors: [ErrUnavailable].
func (a *Auth) Introspect(ctx context.Context, text string) (Introspection, error) {
	if strings.HasPrefix(text, token.RefreshPrefix) {
		return a.introspectRefresh(ctx, text)
	}
	access, err := a.access.Verify(text)
	if err != nil {
		return Introspection{}, nil //nolint:nilerr // not active
	}
	err = a.config.Store.Check(ctx, access.Probe(true))
	if session.Ended(err) {
		return Introspection{}, nil
	}
	if err != nil {
		return Introspection{}, a.storeError(ctx, err)
	}
	a.confirmer.Seen(access.Use(), access.Confirmed)
	issuer, _ := access.Claims["iss"].(string)
	jti, _ := access.Claims["jti"].(string)
	sid, _ := access.Claims["sid"].(string)
	return Introspection{
		Active: true, TokenType: "Bearer", Subject: access.Subject, SessionID: sid, TokenID: jti,
		Issuer: issuer, Audience: access.Claims["aud"], IssuedAt: access.IssuedAt.Unix(), ExpiresAt: access.ExpiresAt.Unix(),
	}, nil
}

func (a *Auth) introspectRefresh(ctx context.Context, text string) (Introspection, error) {
	refresh, err := a.refresh.Decode(text)
	if err != nil {
		return Introspection{}, nil //nolint:nilerr // not active
	}
	s, err := a.config.Store.Get(ctx, refresh.ID)
	if errors.Is(err, session.ErrNotFound) {
		return Introspection{}, nil
	}
	if err != nil {
		return Introspection{}, a.storeError(ctx, err)
	}
	if !a.config.acceptable(s, refresh.Generation, a.now()) {
		return Introspection{}, nil
	}
	if a.config.Reload != nil {
		_, err := a.config.Reload(ctx, s)
		if errors.Is(err, ErrUserDisabled) {
			return Introspection{}, nil
		}
		if err != nil {
			return Introspection{}, refuse(ErrUnavailable, err)
		}
	}
	return Introspection{
		Active: true, TokenType: "refresh_token", Subject: s.Subject, SessionID: s.ID.String(),
		Issuer: a.config.Issuer, IssuedAt: s.RotatedAt.Unix(), ExpiresAt: s.Deadline().Unix(),
	}, nil
}

// acceptable predicts the answer of Rotate by this node's clock.
func (c Config) acceptable(s session.Session, generation uint32, now time.Time) bool {
	return session.Rotation{Generation: generation, Grace: c.RefreshGrace}.Judge(s, now) != session.OutcomeReused
}

// IntrospectionHandler is the endpoint of RFC 7662: token in a form or JSON body. For every
// token that is not valid the reply is {"active":false}.
//
// The client is one of Config.Clients, else [ErrInvalidClient], whatever the body. Its
// credentials come by HTTP Basic, form-encoded (RFC 6749 section 2.3.1) or as they stand, or in
// the body's client_id and client_secret. Both at once are [ErrInvalidRequest].
func (a *Auth) IntrospectionHandler(c *gin.Context) {
	wire.NoStore(c)
	text, err := a.clientToken(c)
	if err != nil {
		a.Refuse(c, err)
		return
	}
	ctx, cancel := readContext(c)
	defer cancel()
	answer, err := a.Introspect(ctx, text)
	if err != nil {
		a.Refuse(c, err)
		return
	}
	c.JSON(http.StatusOK, answer)
}

// RevocationHandler is the endpoint of RFC 7009: token in a form or JSON body (token_type_hint
// is not needed), client credentials as for [Auth.IntrospectionHandler]. An access token ends
// alone, with [AccessRefresh] its session; a refresh token ends its session. The reply to an unknown
// token is 200 too.
func (a *Auth) RevocationHandler(c *gin.Context) {
	wire.NoStore(c)
	text, err := a.clientToken(c)
	if err != nil {
		a.Refuse(c, err)
		return
	}
	ctx, cancel := writeContext(c)
	defer cancel()
	_, err = a.RevokeToken(ctx, text, Because("client"))
	if err != nil && !errors.Is(err, ErrTokenInvalid) {
		a.Refuse(c, err)
		return
	}
	c.JSON(http.StatusOK, codeReply{http.StatusOK})
}
