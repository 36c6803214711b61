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

// Config is the input of [New]: gin-jwt's own struct, a store, and the settings that gin-jwt
// does not have. [New] copies it, so later changes have no effect.
//
// A zero duration or number selects the documented default; a negative one is a mistake. The
// zero value of a switch is the safe choice, and a group that is nil is switched off.
//
// Printing a Config or logging it with [log/slog] shows no key. The exception is a Config in an
// unexported field of another struct, where fmt calls no methods.
type Config struct {
	// JWT is gin-jwt's middleware struct. Its fields keep their meaning: keys, Realm, Timeout
	// (the life of an access token, gin-jwt's default is one hour), hooks, cookie fields,
	// TokenLookup (header and cookie). Authenticator is required. MaxRefresh bounds
	// nothing but how long gin-jwt's own old tokens refresh ([AccessRefresh]); SessionIdleTTL and
	// SessionMaxTTL end sessions. IdentityKey is no claim that this
	// package writes, other than sub. SendAuthorization is refused beside any cookie, which it
	// would show to scripts. [New] never writes to your struct.
	JWT *jwt.GinJWTMiddleware

	// Store keeps the sessions: memstore.New, redisstore.Connect, redisstore.New, or a mirror
	// around one of them. Required. There is no default, because a store that forgets at a
	// restart should be a visible choice. [Auth.Close] closes it.
	//
	// Two Auths may share a store, each with keys of its own: no token of one opens, renews or
	// ends anything at the other. A subject is one user for the whole store, in lists of
	// sessions, limits and revocations, so two kinds of users need names that differ
	// ("staff/7"). The first Auth that is closed closes the store for both.
	Store session.Store

	// Keys sign and verify access tokens. Default: one key from the fields of JWT (Key,
	// PrivKeyFile, PrivKeyBytes, PubKeyFile, PubKeyBytes with SigningAlgorithm). Set either
	// Keys or those fields. PrivKeyFile is read with [keys.ReadFile]; one that everybody on the
	// machine can read is a warning. A ring of public keys alone makes a service that only verifies: it
	// needs no Authenticator, and its login and refresh answer 500.
	//
	// Keys, not Issuer or Audience, keep the Auths on one store apart: with the same keys one
	// takes the refresh tokens of the other.
	Keys *keys.Ring

	// PreviousKeys are HMAC secrets that still verify access and refresh tokens and never sign.
	// Use them to change JWT.Key without logging anybody out.
	PreviousKeys [][]byte

	// RefreshKeys are the keys of the refresh tokens, the same on every node. The first signs,
	// and all of them verify. Each is at least 32 random bytes. Default: derived from the keys
	// of the access tokens (HKDF), so that nodes with the same keys agree. Going back to the
	// default logs everybody out.
	RefreshKeys [][]byte

	// Issuer and Audience are written into every access token and required of it (iss, aud).
	// Default: neither written nor required.
	Issuer   string
	Audience []string

	// ClientID is the client_id of every access token, whatever PayloadFunc sets: the OAuth
	// client that the tokens are issued to, such as the name of your web application. With it
	// the tokens follow RFC 9068 and say so (typ "at+jwt"), so Issuer and Audience are required
	// too. It is not required of a token that is verified. Printable ASCII.
	// Default: no client_id, and the typ is "JWT".
	ClientID string

	// SessionIdleTTL ends a session that has not been refreshed for this long. Default 168 h.
	// One longer than SessionMaxTTL has no effect.
	SessionIdleTTL time.Duration

	// SessionMaxTTL ends a session this long after its login. No refresh extends it. Default
	// 720 h.
	SessionMaxTTL time.Duration

	// RefreshGrace is how long the previous refresh token still gets its successor again, for
	// lost responses and second tabs. Default 10 s; see StrictRotation.
	RefreshGrace time.Duration

	// StrictRotation makes every refresh token strictly single use: a second use ends the
	// session, even if a retry or a second tab caused it. Not with RefreshGrace. With Reload,
	// a refresh then costs one more round trip.
	StrictRotation bool

	// ReportReuse refuses and reports a reused refresh token ([EventRefreshReuse]) without
	// ending its session. Use it to measure false alarms before you enforce.
	ReportReuse bool

	// DeviceName names the device of a login for session lists: [DeviceFromUserAgent], or a
	// function that reads a field of the login request ([Field]). It runs before the
	// Authenticator. Control characters become _, and the name is cut to
	// [session.MaxDevice] bytes. It is the member "device" of session lists. Default: none.
	DeviceName func(c *gin.Context) string

	// MaxSessions is how many live sessions a user may have. A login beyond it ends the
	// one that would idle out first. Default 50, at most 100000.
	MaxSessions int

	// RefuseOverLimit refuses the login beyond MaxSessions ([ErrForbidden]) instead.
	RefuseOverLimit bool

	// Leeway is how far nbf and iat may lie ahead of this node's clock. Default 30 s.
	Leeway time.Duration

	// ExpiryLeeway is how long after exp this node still accepts an access token, for nodes
	// whose clocks differ. Revocations count that much longer here, whatever other nodes have
	// set. Default 0, at most [session.MaxLeeway].
	ExpiryLeeway time.Duration

	// TokenCacheBytes limits the memory of the cache of verified access tokens, which take
	// about 2 KB each and at least 800 bytes. Default 32 MiB. A cached token is still checked
	// for expiry and revocation on every use.
	TokenCacheBytes int64

	// NoTokenCache verifies the signature on every request. Not with TokenCacheBytes.
	NoTokenCache bool

	// Subject returns the user's name from the Authenticator's data: 1 to 255 bytes of valid
	// UTF-8, never changed and never reused; anything else refuses the login with [ErrInternal].
	// Default: what PayloadFunc sets as the claim named JWT.IdentityKey, or else as sub, or else the
	// data itself. Its text is what the token shows of it, a JSON string or a whole JSON number:
	// strings, integers, types made of them, pointers to them, and types with a MarshalText or
	// MarshalJSON that writes such a value. A fmt.Stringer in a claim that JSON writes in another
	// way has the text of String. A login whose data has no such text is [ErrInternal], and
	// the log says which type was found where.
	//
	// Set it where that claim is not the same at each login of a user, such as an encrypted one:
	// every login would be a new user, and [Auth.RevokeSubject] would end none of them.
	Subject func(data any) string

	// Reload reads the user again at a refresh, so that the new access token carries fresh
	// claims. What it returns goes to PayloadFunc, as the Authenticator's data does. Return
	// [ErrUserDisabled] to end the session. Any other error is [ErrUnavailable], and the
	// refresh token stays usable: with StrictRotation, Reload runs before the token is used
	// up, and s is the session as it was before the refresh.
	// Default: the session keeps PayloadFunc's claims of the login and uses them again.
	Reload func(ctx context.Context, s session.Session) (data any, err error)

	// OnStoreDown decides what protected routes do when the store cannot answer and no local
	// copy can be trusted. Default [Deny]. A route can choose for itself: see [OnDown].
	OnStoreDown OutagePolicy

	// Cookies carries the tokens in cookies, for browsers. Default: off; tokens travel in
	// bodies and in the Authorization header. Not with JWT.SendCookie or a cookie in
	// JWT.TokenLookup.
	Cookies *Cookies

	// TrustedOrigins are other origins whose pages may send unsafe requests with cookies, and log
	// in: "https://app.example.com", or "http://localhost:5173" for a development server. Scheme,
	// host and port count; they are compared as browsers write them (RFC 6454). Such a page can do
	// whatever the user can. Your CORS rules must allow it credentials too. Cookies with SameSite,
	// and those of Config.Cookies all have it, come along only from pages of the same site: another
	// port or another host below the same registrable domain. Where a page's server hides the
	// origin from this one, such as a proxy that drops the port from Host, mend the proxy or name
	// the page here. It does not excuse a GET that ends a session. Default: none.
	TrustedOrigins []string

	// InsecureCookies is for development over plain http. It allows cookies without Secure and
	// without the __Host- prefix, and JWT.SendCookie without SecureCookie and CookieHTTPOnly.
	InsecureCookies bool

	// LoginLimit limits failed logins. Default: off; passwords can be guessed as fast as the
	// Authenticator answers.
	LoginLimit *LoginLimit

	// UserLimit limits how often a user may log in, with a right password too, and how often a
	// session may end others. Default: off. A rate below MaxSessions in a window, such as 20 an hour,
	// keeps a thief with the password from ending all sessions of the user at once.
	UserLimit UserLimiter

	// Legacy accepts tokens that gin-jwt made before this package was added. Default: off;
	// they are [ErrTokenInvalid].
	Legacy *Legacy

	// AccessRefresh lets clients refresh with their access token, as they did with gin-jwt. Not
	// with Cookies or StrictRotation. Default: off; only a refresh token refreshes.
	AccessRefresh *AccessRefresh

	// Clients may call [Auth.RevocationHandler] and [Auth.IntrospectionHandler]. Default: every
	// client is refused.
	Clients []Client

	// AuthenticateClient checks the credentials of such a client in place of Clients, for
	// clients in a database. Compare secrets in constant time. HTTP Basic credentials can be
	// read in two ways (RFC 6749 section 2.3.1, and as they stand), so it is called a second
	// time if they differ and the first were wrong. Not with Clients.
	AuthenticateClient func(ctx context.Context, id, secret string) bool

	// ClientLimit limits wrong client credentials, by the client's id and address. Past it they
	// are [ErrTooManyAttempts]; the right secret is let in from everywhere. Only its End is called,
	// with every wrong one. One on Redis needs a prefix of its own, or failed logins from an
	// address count too. Default: off.
	ClientLimit LoginLimiter

	// OnEvent is called for every login, refusal, refresh, revocation and outage, and for
	// every notice of a mirror in the store. It runs after the fact on the goroutine that
	// caused the event, possibly several at once, so it must be quick and must not block. It
	// must not call [Auth.Close], which would wait for it. A mirror's first notices can arrive
	// before New returns.
	// Default: not called.
	OnEvent func(context.Context, Event)

	// GinErrors adds each refusal, with its cause, to gin's c.Errors, for middleware that logs
	// them. Not with middleware that answers them: the reply has been written already, and a second
	// one would follow it. [RefusalFrom] tells without this. Default: off, as with gin-jwt.
	GinErrors bool

	// Logger gets the same events as log lines. Default [slog.Default]. Use
	// slog.New(slog.DiscardHandler) for silence.
	Logger *slog.Logger
}

// OutagePolicy decides what a protected route does when revocation cannot be checked.
type OutagePolicy uint8

const (
	// Deny answers [ErrUnavailable]. The default.
	Deny OutagePolicy = iota
	// Allow serves the request unchecked, logs it and counts it ([EventServedUnchecked]). What
	// this node knows to be revoked is still refused. A store that was closed is no outage
	// ([session.ErrClosed]): the answer is [ErrUnavailable].
	Allow
)
