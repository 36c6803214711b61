package ginauth

import (
	"context"
	"log/slog"
	"time"

	jwt "github.com/appleboy/gin-jwt/v2"
	"github.com/gin-gonic/gin"

	"github.com/ginauth/ginauth/plugin/keys"
	"github.com/ginauth/ginauth/plugin/session"
)

// Config is what New needs: gin-jwt's own struct, a store, and the settings that
// gin-jwt does not have. New copies it; changing it afterwards changes nothing.
//
// A zero duration or number is the documented default, a negative one a mistake.
// The zero value of a switch is the safe side.
type Config struct {
	// JWT is gin-jwt's middleware struct. Its fields keep their meaning: keys, Realm,
	// Timeout (life of an access token), hooks, cookie fields, TokenLookup (header and
	// cookie). Authenticator is required. MaxRefresh is not used: sessions end by
	// SessionIdleTTL and SessionMaxTTL. New takes a copy and never writes to yours.
	JWT *jwt.GinJWTMiddleware

	// Store keeps the sessions: memstore.New(), redisstore.New(rdb), or a mirror around
	// one. Required; there is no default, since a store that forgets must be asked for by name.
	Store session.Store

	// Keys sign and verify access tokens. Default: one key from JWT's own fields (Key,
	// PrivKeyFile, PrivKeyBytes, PubKeyFile, PubKeyBytes with SigningAlgorithm). Set
	// either Keys or those fields, not both. A ring with public keys alone makes a
	// verify-only service: it needs no Authenticator, and its login and refresh answer 500.
	Keys *keys.Ring

	// PreviousKeys are HMAC secrets that still verify access tokens and refresh tokens,
	// and never sign: used in changing JWT.Key without logging anybody out.
	PreviousKeys [][]byte

	// RefreshKey keys the refresh tokens: at least 32 random bytes, the same on every
	// node. Default: derived from the access-token key (HKDF), so that nodes with one key agree.
	RefreshKey []byte

	// PreviousRefreshKeys still verify refresh tokens and never sign.
	PreviousRefreshKeys [][]byte

	// Issuer and Audience are put into every access token and required of it (iss, aud).
	// Default: none put, none required.
	Issuer   string
	Audience []string

	// SessionIdleTTL ends a session that was not refreshed for this long. Default 168 h.
	// Above SessionMaxTTL it is cut to it.
	SessionIdleTTL time.Duration

	// SessionMaxTTL ends a session this long after login; no refresh extends it. Default 720 h.
	SessionMaxTTL time.Duration

	// RefreshGrace is how long the previous refresh token still gets its successor again,
	// for lost responses and second tabs. Default 10 s; see StrictRotation.
	RefreshGrace time.Duration

	// StrictRotation makes every refresh token strictly single use: a second use ends the
	// session, whether a thief, a retry or a second tab made it. RefreshGrace must then be 0.
	// With Reload a refresh then costs one more round trip: see there.
	StrictRotation bool

	// ReportReuse is the shadow mode of reuse detection: a reused refresh token is refused
	// and reported (EventRefreshReuse), but its session lives on.
	ReportReuse bool

	// DeviceName names the device of a login for people who look through their sessions:
	// DeviceFromUserAgent, or a function that reads what the client calls itself (ReadBody;
	// the Authenticator runs after it). Control characters become _, and what is longer
	// than session.MaxDevice bytes is cut. The name stays with the session and is the member
	// "device" of session lists. Default: none, and no such member.
	DeviceName func(c *gin.Context) string

	// MaxSessions is how many live sessions a user may have; the oldest is ended by a
	// login that exceeds it. Default 50, at most 100000.
	MaxSessions int

	// RefuseOverLimit refuses the login that exceeds MaxSessions (403 forbidden) instead of
	// ending the oldest session.
	RefuseOverLimit bool

	// Leeway is how far nbf and iat may lie ahead of this node's clock. Default 30 s.
	Leeway time.Duration

	// ExpiryLeeway is how long after exp an access token is still taken, for nodes whose
	// clocks disagree. Revocations are remembered that much longer. Default 0: not at all.
	ExpiryLeeway time.Duration

	// AcceptLegacyUntil lets in the tokens that gin-jwt minted before this package came, until
	// they expire and no longer than this moment: so that nobody has to log in again on the
	// day of the change. Such a token has no session: it ends with its subject
	// (RevokeSubject, RevokeOtherSessions whatever is spared, LogoutAllHandler) or with
	// RevokeAll, to the second and Leeway on the safe side; RevokeToken and LogoutHandler end
	// its subject. It cannot be refreshed and is never Fresh. Issuer and Audience are
	// required of it only if it has iss and aud. Set it from the first day on: revocations
	// made without it, or with an earlier one, are not remembered long enough.
	// Default: such tokens are ErrTokenInvalid.
	AcceptLegacyUntil time.Time

	// LegacySubject names the user of such a token, as Subject does. "" refuses the token.
	// Required if Subject and AcceptLegacyUntil are set. Default: the claim under
	// JWT.IdentityKey, a text or an integer.
	LegacySubject func(claims jwt.MapClaims) string

	// TokenCacheBytes bounds the cache of verified access tokens by the heap that it takes,
	// and with it their number: about 2 KB each, never less than 800 bytes. Default 32 MiB; off
	// is NoTokenCache, since zero is the default here as everywhere. A cached token is still
	// checked for expiry and revocation on each use.
	TokenCacheBytes int64

	// NoTokenCache verifies every token's signature on every request. Not together with
	// TokenCacheBytes.
	NoTokenCache bool

	// Subject names the user of Authenticator's data: 1 to 255 bytes, never changing, never
	// reused. Default: the claim under JWT.IdentityKey that PayloadFunc sets, or, without
	// PayloadFunc, the data itself, if it is a string, an integer or a fmt.Stringer.
	Subject func(data any) string

	// Reload reads the user again at a refresh, so that the new access token carries fresh
	// claims: what it returns goes to PayloadFunc as Authenticator's data does. An error
	// that is ErrUserDisabled ends the session; any other refuses this refresh with 503, after
	// which the same refresh token works: with StrictRotation the user is read before the
	// token is used up, and s is the session as it was before.
	// Default: PayloadFunc's claims of the login are kept in the session and used again.
	Reload func(ctx context.Context, s session.Session) (data any, err error)

	// OnStoreDown decides what protected routes do when the store cannot answer and no copy
	// may be trusted. Default Deny: 503. A route group can choose for itself: see MiddlewareFunc.
	OnStoreDown OutagePolicy

	// Cookies makes tokens travel in cookies alone, for browsers: __Host-access_token (Lax)
	// and __Host-refresh_token (Strict), both HttpOnly and Secure, never in bodies. Access
	// tokens in the header still work. Requests with an unsafe method that carry the cookies
	// and come from another origin are refused (net/http.CrossOriginProtection). A
	// LoginResponse or RefreshResponse hook is handed the tokens and must not reply with
	// them. A login from another origin is refused, with or without cookies. Not together
	// with JWT.SendCookie, or with a cookie in JWT.TokenLookup.
	Cookies bool

	// CSRFToken asks for a signed double-submit token beside the check of the origin, for
	// clients and proxies that send neither Sec-Fetch-Site nor Origin. Login and refresh set
	// one more cookie, __Host-csrf_token, which scripts can read; every request with an
	// unsafe method that cookies alone authenticate, refresh and logout included, must show it
	// in the header X-CSRF-Token, else it is ErrCrossOrigin. It is bound to the session and
	// signed with a key derived from those of the ring. Login needs none: there is no session
	// yet. Auth.CSRFToken makes one for a page. Only with Cookies.
	CSRFToken bool

	// CSRFField is the name of a field of urlencoded forms (at most MaxBody) in which the
	// token may stand too, for pages without scripts. Default: none.
	CSRFField string

	// ImplicitRefresh renews the tokens of server-rendered pages: behind MiddlewareFunc and
	// Optional, a page that the user opens (GET or HEAD, Sec-Fetch-Mode navigate, from this
	// origin or typed in, no prefetch) without an access token or with an expired one is
	// served with the refresh cookie, and both cookies are set anew. Everything else still
	// refreshes at RefreshHandler. A refused refresh clears the cookies and is a request
	// without a token; a store that does not answer is 503. Only with Cookies, and not with
	// StrictRotation, under which two tabs that open at once would end the session. A page
	// that sets Cache-Control itself takes away the no-store of a reply that sets cookies.
	ImplicitRefresh bool

	// InsecureCookies is for development over plain http: Cookies without Secure and
	// without the __Host- prefix, and JWT.SendCookie without SecureCookie and CookieHTTPOnly.
	InsecureCookies bool

	// LoginLimiter limits failed logins: throttle.Redis for all nodes together,
	// throttle.Memory for one process, or one of your own. A refused attempt is
	// ErrTooManyAttempts with Retry-After. Default: none, passwords can be guessed as fast as
	// the Authenticator answers.
	LoginLimiter LoginLimiter

	// LoginName reads the name that LoginLimiter counts by from a login request. Names are
	// told apart byte by byte: fold case and the like as your user store does, or every
	// spelling has attempts of its own. "" is ErrInvalidRequest. ReadBody is there to read
	// the body and leave it for the Authenticator. Default: the body's field "username".
	LoginName func(c *gin.Context) string

	// AuthenticateClient judges the client of RevocationHandler and IntrospectionHandler by
	// its HTTP Basic credentials; compare secrets in constant time, or use ClientSecret.
	// Default: nobody may call them.
	AuthenticateClient func(ctx context.Context, id, secret string) bool

	// OnEvent hears of every login, refusal, refresh, revocation and outage, after the fact and
	// on the goroutine of the request: it must be quick and must not block. Default: nobody.
	OnEvent func(context.Context, Event)

	// Logger gets the same events as log lines. Default slog.Default(). Use
	// slog.New(slog.DiscardHandler) for silence.
	Logger *slog.Logger
}

// OutagePolicy is what a protected route does when revocation cannot be checked.
type OutagePolicy uint8

const (
	// Deny answers 503. The default.
	Deny OutagePolicy = iota
	// Allow serves the request unchecked, logs and counts it (EventServedUnchecked). What
	// this node knows to be revoked is refused all the same.
	Allow
)
