package ginauth

import "context"

// Verify checks the text of an access token from anywhere, such as a message of a WebSocket or a
// call of another protocol, and returns its content with the claims, which belong to the caller.
// It makes the checks of [Auth.Require] that need no request: signature, times and revocation,
// by [Strict] and [OnDown] if given. It asks no Authorizator. A valid token counts as seen in
// use, as on a protected route, and an old gin-jwt token is let in where Config.Legacy lets it in. Store
// calls take at most 2.5 seconds and end with ctx. Safe for concurrent use.
//
// Errors: [ErrTokenMissing] for "", [ErrTokenInvalid], also for a refresh token,
// [ErrTokenExpired], [ErrTokenRevoked] and [ErrUnavailable]. A refused token is an [EventRefused].
func (a *Auth) Verify(ctx context.Context, token string, options ...RouteOption) (Access, error) {
	if token == "" {
		return Access{}, ErrTokenMissing
	}
	access, err := a.verified(ctx, a.routeOf(options), token)
	if err != nil {
		a.emit(ctx, Event{Kind: EventRefused, Reason: word(err), Err: err})
		return Access{}, err
	}
	return access, nil
}

func (a *Auth) verified(ctx context.Context, r route, text string) (Access, error) {
	v, claims, err := a.access.VerifyCached(text)
	if err != nil {
		return Access{}, err
	}
	limited, cancel := context.WithTimeout(ctx, storeTime)
	err = a.config.Store.Check(limited, v.Probe(r.strict))
	cancel()
	if err != nil {
		if err = a.unconfirmed(ctx, r, v, err); err != nil {
			return Access{}, err
		}
	}
	a.confirmer.Seen(v.Use(), v.Confirmed)
	return accessOf(v, claims), nil
}
