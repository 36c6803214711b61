package ginauth

import (
	"errors"
	"fmt"
	"net/http"
	"strings"
	"time"

	"github.com/ginauth/ginauth/plugin/internal/token"
	"github.com/ginauth/ginauth/plugin/session"
)

// mistakes collects what is wrong with a Config.
type mistakes []error

func (m *mistakes) add(wrong bool, field, format string, args ...any) {
	if wrong {
		*m = append(*m, fmt.Errorf("ginauth: Config."+field+": "+format, args...))
	}
}

// validate finds every mistake but those in the keys themselves: see buildRing.
func (c Config) validate() error {
	var m mistakes
	m.add(c.Store == nil, "Store", "required; memstore.New() keeps sessions in this process alone")
	c.validateTimes(&m)
	c.validateHooks(&m)
	c.validateCookies(&m)
	c.validateKeys(&m)
	m.add(c.MaxSessions < 0 || c.MaxSessions > maxMaxSessions, "MaxSessions", "want 1 to %d", maxMaxSessions)
	m.add(c.TokenCacheBytes < 0, "TokenCacheBytes", "negative size")
	m.add(c.NoTokenCache && c.TokenCacheBytes > 0, "TokenCacheBytes", "has no meaning with NoTokenCache")
	m.add(c.OnStoreDown > Allow, "OnStoreDown", "want Deny or Allow")
	for _, aud := range c.Audience {
		m.add(aud == "", "Audience", "an empty audience matches nobody")
	}
	return errors.Join(m...)
}

func (c Config) validateTimes(m *mistakes) {
	for _, d := range []struct {
		field string
		value time.Duration
	}{
		{"JWT.Timeout", c.JWT.Timeout}, {"JWT.MaxRefresh", c.JWT.MaxRefresh}, {"JWT.CookieMaxAge", c.JWT.CookieMaxAge},
		{"SessionIdleTTL", c.SessionIdleTTL}, {"SessionMaxTTL", c.SessionMaxTTL},
		{"RefreshGrace", c.RefreshGrace}, {"Leeway", c.Leeway}, {"ExpiryLeeway", c.ExpiryLeeway},
	} {
		m.add(d.value < 0, d.field, "negative duration")
	}
	m.add(c.StrictRotation && c.RefreshGrace > 0, "RefreshGrace", "has no meaning with StrictRotation")
	m.add(c.JWT.Timeout > 0 && c.JWT.Timeout < time.Second, "JWT.Timeout", "tokens count whole seconds")
}

func (c Config) validateHooks(m *mistakes) {
	verifyOnly := c.Keys != nil && !c.Keys.CanSign()
	m.add(c.JWT.Authenticator == nil && !verifyOnly, "JWT.Authenticator", "required")
	m.add(c.LoginName != nil && c.LoginLimiter == nil, "LoginName", "has no meaning without LoginLimiter")
	legacy := !c.AcceptLegacyUntil.IsZero()
	m.add(legacy && c.Subject != nil && c.LegacySubject == nil, "LegacySubject", "required with Subject: it is handed the claims of old tokens, which Subject is not")
	m.add(!legacy && c.LegacySubject != nil, "LegacySubject", "has no meaning without AcceptLegacyUntil")
	m.add(c.JWT.DisabledAbort, "JWT.DisabledAbort", "a refused request would reach its handler; leave it off")
	m.add(c.JWT.ExpField != "" && c.JWT.ExpField != "exp", "JWT.ExpField", "other verifiers would see a token that never expires; leave it out")
	m.add(strings.ContainsFunc(c.JWT.Realm, unprintable), "JWT.Realm", "want printable ASCII")
	scheme := strings.TrimSpace(c.JWT.TokenHeadName)
	m.add(strings.ContainsFunc(scheme, unprintable) || strings.ContainsAny(scheme, ` ,;="`), "JWT.TokenHeadName", "want one token, like Bearer")
	for _, name := range token.Reserved {
		m.add(name != "sub" && c.JWT.IdentityKey == name, "JWT.IdentityKey", "%q is a reserved claim", name)
	}
	lookup := c.JWT.TokenLookup
	orElse(&lookup, "header:Authorization")
	_, err := newTransport(lookup, "Bearer")
	m.add(err != nil, "JWT.TokenLookup", "%w", err)
}

func (c Config) validateCookies(m *mistakes) {
	m.add(c.Cookies && c.JWT.SendCookie, "Cookies", "not together with JWT.SendCookie")
	lookup, err := newTransport(c.JWT.TokenLookup, "")
	m.add(c.Cookies && err == nil && len(lookup.cookies) > 0, "JWT.TokenLookup", "no cookie beside Config.Cookies: a browser that keeps both would present two tokens")
	m.add(c.CSRFToken && !c.Cookies, "CSRFToken", "only with Cookies")
	m.add(c.CSRFToken && c.Keys != nil && !c.Keys.CanSign(), "CSRFToken", "needs a key that can sign")
	m.add(c.ImplicitRefresh && !c.Cookies, "ImplicitRefresh", "only with Cookies")
	m.add(c.ImplicitRefresh && c.StrictRotation, "ImplicitRefresh", "not with StrictRotation: two tabs that open at once would end the session")
	m.add(c.CSRFField != "" && !c.CSRFToken, "CSRFField", "has no meaning without CSRFToken")
	if !c.JWT.SendCookie {
		return
	}
	m.add(!c.JWT.SecureCookie && !c.InsecureCookies, "JWT.SecureCookie", "required with SendCookie; for plain-http development set Config.InsecureCookies")
	m.add(!c.JWT.CookieHTTPOnly && !c.InsecureCookies, "JWT.CookieHTTPOnly", "required with SendCookie; for development set Config.InsecureCookies")
	name := c.JWT.CookieName
	orElse(&name, "jwt")
	cookie := http.Cookie{Name: name, Domain: c.JWT.CookieDomain, Value: "x"}
	err = cookie.Valid()
	m.add(err != nil, "JWT.CookieName", "%v", err)
	m.add(strings.Contains(c.JWT.CookieDomain, ":"), "JWT.CookieDomain", "a cookie has no port")
}

func (c Config) validateKeys(m *mistakes) {
	m.add(c.JWT.KeyFunc != nil, "JWT.KeyFunc", "pins no algorithm and cannot sign; use Config.Keys")
	own := c.JWT.Key != nil || c.JWT.PrivKeyFile != "" || c.JWT.PrivKeyBytes != nil || c.JWT.PubKeyFile != "" || c.JWT.PubKeyBytes != nil
	m.add(c.Keys != nil && own, "Keys", "set either Keys or the key fields of JWT")
	m.add(c.Keys != nil && c.JWT.SigningAlgorithm != "", "JWT.SigningAlgorithm", "Keys bring their own algorithms")
	m.add(len(c.RefreshKey) > 0 && len(c.RefreshKey) < session.MinRefreshKey, "RefreshKey", "%d bytes, want at least %d", len(c.RefreshKey), session.MinRefreshKey)
	for i, k := range c.PreviousRefreshKeys {
		m.add(len(k) < session.MinRefreshKey, fmt.Sprintf("PreviousRefreshKeys[%d]", i), "%d bytes, want at least %d", len(k), session.MinRefreshKey)
	}
	m.add(c.Keys != nil && len(c.PreviousKeys) > 0, "PreviousKeys", "put them into Keys")
}

func unprintable(r rune) bool { return r < ' ' || r > '~' }
