package ginauth

import (
	"errors"

	"github.com/gin-gonic/gin"
)

// Authenticate makes all checks of [Auth.Require] inside a handler and leaves the answer to it:
// for a public page that greets its user, for a second way to authenticate ("API key or JWT"),
// for refusals in a form of your own. It writes nothing to the reply, no header, cookie or body,
// and never aborts; so Cookies.ImplicitRefresh and JWT.SendAuthorization do nothing here. Only
// hooks of the application, such as the Authorizator, could write.
//
// On success the user is logged in for the rest of the request, as behind Require: [AccessFrom],
// jwt.ExtractClaims, c.Get(identityKey) and [Auth.Fresh] find the identity. After an error nobody
// is: an identity that another middleware has left is taken away too.
//
// Errors: [ErrTokenMissing] for a request without a token, which emits no event; any other error
// is one of Require's and an [EventRefused]. With [ErrForbidden], the Authorizator's refusal, the
// Access is returned as well. Answer with [Auth.Refuse] or with your own reply; [Code] tells the
// status and the word.
//
// If a middleware of this Auth has let the user in, Authenticate returns that access. It
// asks the store again only if options are given.
func (a *Auth) Authenticate(c *gin.Context, options ...RouteOption) (Access, error) {
	r := a.routeOf(options)
	r.silent = true
	access, err := a.look(c, r, len(options) > 0)
	if err == nil {
		return access, nil
	}
	if !errors.Is(err, ErrTokenMissing) {
		a.tellRefused(c, err)
	}
	a.forget(c)
	return access, err
}

// look returns the access of the user who is logged in already, or logs the request's user in. An
// identity beside an aborted request is not believed: the Authorizator may have refused it. Nor is
// that of a user who is logging out.
func (a *Auth) look(c *gin.Context, r route, again bool) (Access, error) {
	if v, by, ok := last(c); ok && by == a && !c.IsAborted() && !a.left(c) {
		if again {
			if err := a.checkRevoked(c, r, v); err != nil {
				return Access{}, err
			}
		}
		access, _ := AccessFrom(c)
		return access, nil
	}
	text, err := a.transport.AccessToken(c.Request)
	if err == nil && text == "" {
		err = ErrTokenMissing
	}
	if err != nil {
		return Access{}, err
	}
	v, claims, err := a.checked(c, r, text)
	if err != nil {
		return Access{}, err
	}
	return accessOf(v, claims), a.letIn(c, v, claims)
}
