package ginauth

import (
	"net/http"

	"github.com/ginauth/ginauth/plugin/internal/refusal"
)

// RouteOption changes how one [Auth.Require], [Auth.Optional], [Auth.Authenticate] or
// [Auth.Verify] checks.
type RouteOption func(*route)

type route struct {
	strict    bool
	down      OutagePolicy
	ignoreBad bool
	silent    bool // nothing may be written to the reply
}

// Strict makes a route ask the store on every request, in addition to a local copy of the
// revocation list. A store without a copy is always asked.
func Strict() RouteOption { return func(r *route) { r.strict = true } }

// OnDown sets a route's own [OutagePolicy] in place of Config.OnStoreDown.
func OnDown(p OutagePolicy) RouteOption { return func(r *route) { r.down = p } }

// IgnoreBadTokens is for [Auth.Optional], on pages that everybody may see: a token that would be
// refused with a 401, because it is expired, revoked or not a token at all, counts as none, so a
// browser with an old cookie sees the public page. [EventRefused] is emitted as before. Other
// refusals stay: a store that cannot tell ([ErrUnavailable], or what the [OutagePolicy] says),
// the Authorizator's [ErrForbidden], [ErrCrossOrigin] and [ErrInvalidRequest]. With
// Cookies.ImplicitRefresh an expired token is renewed first if it can be.
//
// It never lets anybody in: [Auth.Require], [Auth.Authenticate] and [Auth.Verify] take no
// notice of it.
func IgnoreBadTokens() RouteOption { return func(r *route) { r.ignoreBad = true } }

// routeOf applies options to the configuration's defaults.
func (a *Auth) routeOf(options []RouteOption) route {
	r := route{down: a.config.OnStoreDown}
	for _, option := range options {
		option(&r)
	}
	return r
}

// ignores reports whether an optional route takes a refused token for none.
func (r route) ignores(err error) bool {
	return r.ignoreBad && err != nil && refusal.Of(err).Status == http.StatusUnauthorized
}
