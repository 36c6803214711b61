package ginauth

import (
	"errors"
	"fmt"
	"log/slog"
	"net/http"
	"reflect"
	"slices"
	"strings"
	"time"

	jwt "github.com/appleboy/gin-jwt/v2"

	"github.com/ginauth/ginauth/plugin/internal/token"
	"github.com/ginauth/ginauth/plugin/internal/wire"
	"github.com/ginauth/ginauth/plugin/session"
)

// The defaults of [Config].
const (
	defaultTimeout     = time.Hour // gin-jwt's
	defaultIdleTTL     = 168 * time.Hour
	defaultMaxTTL      = 720 * time.Hour
	defaultGrace       = 10 * time.Second
	defaultMaxSessions = 50
	maxMaxSessions     = 100000
	defaultLeeway      = 30 * time.Second
	defaultCacheBytes  = 32 << 20
	maxPrefix          = 64 // of Cookies.Prefix
)

// withDefaults returns a copy, deep where this package keeps what it points to, with every
// zero replaced by its default.
func (c Config) withDefaults() Config {
	user := jwt.GinJWTMiddleware{}
	if c.JWT != nil {
		user = *c.JWT
	}
	c.JWT = &user
	orElse(&user.Timeout, defaultTimeout)
	orElse(&user.TokenLookup, "header:Authorization")
	user.TokenHeadName = strings.TrimSpace(user.TokenHeadName)
	orElse(&user.TokenHeadName, "Bearer")
	orElse(&user.IdentityKey, "identity") // gin-jwt's
	orElse(&user.CookieName, "jwt")
	orElse(&user.CookieSameSite, http.SameSiteLaxMode)
	orElse(&c.SessionIdleTTL, defaultIdleTTL)
	orElse(&c.SessionMaxTTL, defaultMaxTTL)
	if !c.StrictRotation {
		orElse(&c.RefreshGrace, defaultGrace)
	}
	orElse(&c.MaxSessions, defaultMaxSessions)
	orElse(&c.Leeway, defaultLeeway)
	if !c.NoTokenCache {
		orElse(&c.TokenCacheBytes, defaultCacheBytes)
	}
	if c.Logger == nil {
		c.Logger = slog.Default()
	}
	c.Audience, c.TrustedOrigins = slices.Clone(c.Audience), slices.Clone(c.TrustedOrigins)
	c.Cookies, c.LoginLimit, c.Legacy = clone(c.Cookies), clone(c.LoginLimit), clone(c.Legacy)
	c.AccessRefresh = clone(c.AccessRefresh)
	return c
}

func orElse[T comparable](v *T, fallback T) {
	var zero T
	if *v == zero {
		*v = fallback
	}
}

func clone[T any](p *T) *T {
	if p == nil {
		return nil
	}
	v := *p
	return &v
}

// mistakes collects the mistakes in a [Config].
type mistakes []error

func (m *mistakes) add(wrong bool, field, format string, args ...any) {
	if wrong {
		*m = append(*m, fmt.Errorf("ginauth: Config."+field+": "+format, args...))
	}
}

// check returns every mistake except those in the keys: see buildRing. It expects defaults
// filled in, and the result of wire.NewTransport for JWT.TokenLookup.
func (c Config) check(lookup *wire.Transport, lookupErr error) error {
	var m mistakes
	m.add(missing(c.Store), "Store", "required; memstore.New() keeps sessions in this process, redisstore.Connect in Redis")
	c.checkTimes(&m)
	c.checkHooks(&m)
	c.checkAccessRefresh(&m)
	c.checkJWT(&m)
	m.add(lookupErr != nil, "JWT.TokenLookup", "%w", lookupErr)
	cookies := lookupErr == nil && lookup.HasCookies()
	m.add(c.JWT.SendAuthorization && (c.Cookies != nil || c.JWT.SendCookie || cookies), "JWT.SendAuthorization", "not with cookies: the reply would show scripts the token that the cookie hides; leave it off")
	m.add(c.Cookies != nil && cookies, "JWT.TokenLookup", "remove the cookie: a browser that also has those of Config.Cookies would present two tokens")
	c.checkCookies(&m)
	for i, origin := range c.TrustedOrigins {
		_, err := wire.ParseOrigin(origin)
		m.add(err != nil, fmt.Sprintf("TrustedOrigins[%d]", i), "%w", err)
	}
	c.checkKeys(&m)
	c.checkClients(&m)
	m.add(c.MaxSessions < 0 || c.MaxSessions > maxMaxSessions, "MaxSessions", "want 1 to %d", maxMaxSessions)
	m.add(c.TokenCacheBytes < 0, "TokenCacheBytes", "want 0 or more")
	m.add(c.NoTokenCache && c.TokenCacheBytes > 0, "TokenCacheBytes", "not with NoTokenCache; leave it 0")
	m.add(c.OnStoreDown > Allow, "OnStoreDown", "want Deny or Allow")
	m.add(c.ClientID != "" && (c.Issuer == "" || len(c.Audience) == 0), "ClientID", "needs Issuer and Audience too: tokens of RFC 9068 have all three")
	m.add(!printable(c.ClientID), "ClientID", "want printable ASCII")
	m.add(slices.Contains(c.Audience, ""), "Audience", "remove the empty entry: it matches no token")
	return errors.Join(m...)
}

func (c Config) checkTimes(m *mistakes) {
	for _, d := range []struct {
		field string
		value time.Duration
	}{
		{"JWT.Timeout", c.JWT.Timeout}, {"JWT.MaxRefresh", c.JWT.MaxRefresh}, {"JWT.CookieMaxAge", c.JWT.CookieMaxAge},
		{"SessionIdleTTL", c.SessionIdleTTL}, {"SessionMaxTTL", c.SessionMaxTTL},
		{"RefreshGrace", c.RefreshGrace}, {"Leeway", c.Leeway}, {"ExpiryLeeway", c.ExpiryLeeway},
	} {
		m.add(d.value < 0, d.field, "want 0 or more")
	}
	m.add(c.ExpiryLeeway > session.MaxLeeway, "ExpiryLeeway", "want at most %v: revocations of expired tokens are kept no longer", session.MaxLeeway)
	m.add(c.StrictRotation && c.RefreshGrace > 0, "RefreshGrace", "not with StrictRotation; leave it 0")
	m.add(c.JWT.Timeout > 0 && c.JWT.Timeout < time.Second, "JWT.Timeout", "want at least 1s: tokens count whole seconds")
}

func (c Config) checkHooks(m *mistakes) {
	if c.JWT.Authenticator == nil && !c.verifyOnly() {
		*m = append(*m, asGinJWT(errors.New("ginauth: Config.JWT.Authenticator: required"), jwt.ErrMissingAuthenticatorFunc))
	}
	m.add(c.LoginLimit != nil && missing(c.LoginLimit.Limiter), "LoginLimit.Limiter", "required")
	m.add(c.UserLimit != nil && missing(c.UserLimit), "UserLimit", "a nil pointer; leave it out to set no limit")
	if c.Legacy != nil {
		m.add(c.Legacy.Until.IsZero(), "Legacy.Until", "required: the last moment at which gin-jwt's tokens are accepted")
		m.add(c.Subject != nil && c.Legacy.Subject == nil, "Legacy.Subject", "required with Subject, which cannot read the claims of old tokens")
	}
}

func (c Config) checkAccessRefresh(m *mistakes) {
	if c.AccessRefresh == nil {
		return
	}
	m.add(c.Cookies != nil, "AccessRefresh", "not with Cookies, whose browsers have a refresh token")
	m.add(c.StrictRotation, "AccessRefresh", "not with StrictRotation: an access token is not single use")
	m.add(c.AccessRefresh.Expired < 0, "AccessRefresh.Expired", "want 0 or more")
}

func (c Config) verifyOnly() bool { return c.Keys != nil && !c.Keys.CanSign() }

func (c Config) checkJWT(m *mistakes) {
	m.add(c.JWT.DisabledAbort, "JWT.DisabledAbort", "a refused request would reach its handler; leave it off")
	m.add(c.JWT.ExpField != "" && c.JWT.ExpField != "exp", "JWT.ExpField", "other verifiers would see a token that never expires; leave it out")
	m.add(!printable(c.JWT.Realm), "JWT.Realm", "want printable ASCII")
	m.add(!printable(c.JWT.TokenHeadName) || strings.ContainsAny(c.JWT.TokenHeadName, ` ,;="`), "JWT.TokenHeadName", "want one word, like Bearer")
	m.add(c.JWT.IdentityKey != "sub" && token.Written(c.JWT.IdentityKey), "JWT.IdentityKey", "%q is a reserved claim", c.JWT.IdentityKey)
}

func (c Config) checkCookies(m *mistakes) {
	if c.Cookies != nil {
		m.add(c.JWT.SendCookie, "Cookies", "not with JWT.SendCookie")
		prefix := c.Cookies.Prefix
		err := (&http.Cookie{Name: prefix + "x"}).Valid()
		m.add(err != nil || len(prefix) > maxPrefix || strings.HasPrefix(prefix, "__"), "Cookies.Prefix", "want at most %d bytes of a cookie's name, not beginning with __", maxPrefix)
		m.add(c.Cookies.CSRFToken && c.verifyOnly(), "Cookies.CSRFToken", "needs a key that can sign")
		m.add(c.Cookies.CSRFField != "" && !c.Cookies.CSRFToken, "Cookies.CSRFField", "only with CSRFToken")
		m.add(c.Cookies.ImplicitRefresh && c.StrictRotation, "Cookies.ImplicitRefresh", "not with StrictRotation: two tabs opened at once would end the session")
	}
	if !c.JWT.SendCookie || c.Cookies != nil {
		return
	}
	m.add(!c.JWT.SecureCookie && !c.InsecureCookies, "JWT.SecureCookie", "required with SendCookie; for plain-http development set Config.InsecureCookies")
	m.add(!c.JWT.CookieHTTPOnly && !c.InsecureCookies, "JWT.CookieHTTPOnly", "required with SendCookie; for development set Config.InsecureCookies")
	cookie := http.Cookie{Name: c.JWT.CookieName, Domain: c.JWT.CookieDomain, Value: "x"}
	err := cookie.Valid()
	m.add(err != nil, "JWT.CookieName", "%v", err)
	m.add(strings.Contains(c.JWT.CookieDomain, ":"), "JWT.CookieDomain", "remove the port: a cookie's domain has none")
}

func (c Config) checkKeys(m *mistakes) {
	m.add(c.JWT.KeyFunc != nil, "JWT.KeyFunc", "not supported, since it pins no algorithm and cannot sign; use Config.Keys")
	own := c.JWT.Key != nil || c.JWT.PrivKeyFile != "" || c.JWT.PrivKeyBytes != nil || c.JWT.PubKeyFile != "" || c.JWT.PubKeyBytes != nil
	m.add(c.Keys != nil && own, "Keys", "set either Keys or the key fields of JWT")
	m.add(c.Keys != nil && c.JWT.SigningAlgorithm != "", "JWT.SigningAlgorithm", "not with Config.Keys, whose keys name their algorithms; leave it out")
	m.add(c.Keys != nil && len(c.PreviousKeys) > 0, "PreviousKeys", "not with Config.Keys; put these keys into the ring")
	for i, k := range c.RefreshKeys {
		m.add(len(k) < token.MinRefreshKey, fmt.Sprintf("RefreshKeys[%d]", i), "%d bytes, want at least %d", len(k), token.MinRefreshKey)
	}
}

// missing reports whether there is nothing in an interface: nil, or a nil pointer.
func missing(v any) bool {
	r := reflect.ValueOf(v)
	return !r.IsValid() || r.Kind() == reflect.Pointer && r.IsNil()
}

// printable reports whether a text is printable ASCII.
func printable(s string) bool {
	return !strings.ContainsFunc(s, func(r rune) bool { return r < ' ' || r > '~' })
}
