package ginauth

import (
	"time"

	jwt "github.com/appleboy/gin-jwt/v2"
)

// Legacy accepts the tokens that gin-jwt made before this package was added, so that users
// need not log in again on the day of the change: [Config].Legacy.
//
// A legacy token has no session. It ends when its subject is revoked ([Auth.RevokeSubject],
// [Auth.LogoutAllHandler], and [Auth.RevokeOtherSessions] whichever session it spares) or by
// [Auth.RevokeAll]. Its time of issue counts in whole seconds, with Config.Leeway on the safe
// side. [Auth.RevokeToken] and [Auth.LogoutHandler] end its subject. It is never fresh, and
// refreshes only with [AccessRefresh], into a session. Config.Issuer and Config.Audience are
// required of it only if it has iss and aud.
type Legacy struct {
	// Until is the last moment at which a legacy token is accepted, however long it lives.
	// Required. Set it on the first day: revocations made without it, or with an earlier one,
	// are not remembered long enough.
	Until time.Time

	// Subject returns the user of a legacy token, as Config.Subject does for a login. A text that
	// is no [session.ValidSubject] refuses the token. Required with Config.Subject. Default: the
	// claim named JWT.IdentityKey, or else sub, a text or a whole number.
	Subject func(claims jwt.MapClaims) string
}
