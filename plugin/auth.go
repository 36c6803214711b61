package ginauth

import (
	"context"
	"errors"
	"fmt"
	"net/http"
	"time"

	jwt "github.com/appleboy/gin-jwt/v2"
	jwtv4 "github.com/golang-jwt/jwt/v4"

	"github.com/ginauth/ginauth/plugin/internal/token"
	"github.com/ginauth/ginauth/plugin/internal/watch"
	"github.com/ginauth/ginauth/plugin/internal/wire"
	"github.com/ginauth/ginauth/plugin/keys"
	"github.com/ginauth/ginauth/plugin/session"
)

// Auth is the login system of one application. Make it with [New]. Its methods are gin
// handlers, middleware constructors and plain operations. It is immutable and safe for
// concurrent use.
type Auth struct {
	config      Config                // with its defaults, and without keys and secrets
	jwt         *jwt.GinJWTMiddleware // a copy of Config.JWT with gin-jwt's defaults
	ring        *keys.Ring
	identityKey any // gin-jwt's IdentityKey; boxed once

	access    *token.AccessTokens
	refresh   *token.RefreshTokens
	transport *wire.Transport
	jar       *wire.Jar
	csrf      *wire.CSRF // nil: off
	refuser   *wire.Refuser
	client    clientCheck // nil: every client is refused
	confirmer *watch.Confirmer
	live      *watch.Live
	addresses addressWarnings
	pings     pings

	unsubscribe func() // from the store's notices
}

// New checks the configuration and makes an [Auth]. It reports every mistake at once
// ([errors.Join]), each beginning "ginauth: Config.Field"; no request finds a mistake later.
// It reads key files, and sends nothing to the store.
//
// If the store is a [session.Notifier], such as a mirror, New subscribes to it, so that its
// notices reach Config.OnEvent and Config.Logger. The Auth runs background work: call
// [Auth.Close] when the application ends.
func New(config Config) (*Auth, error) {
	config = config.withDefaults()
	transport, lookupErr := wire.NewTransport(config.JWT.TokenLookup, config.JWT.TokenHeadName)
	ring, keyErr := config.buildRing()
	if err := errors.Join(config.check(transport, lookupErr), keyErr); err != nil {
		return nil, err
	}
	refresh, err := token.NewRefreshTokens(config.RefreshKeys, ring)
	if err != nil {
		return nil, fmt.Errorf("ginauth: Config.Keys: %w", err)
	}
	client := config.clientCheck()
	config = config.withoutKeys()
	mw := *config.JWT
	mw.KeyFunc = ring.Keyfunc // keeps gin-jwt from loading keys itself
	filled, err := jwt.New(&mw)
	if err != nil {
		return nil, fmt.Errorf("ginauth: Config.JWT: %w", err)
	}
	a := &Auth{
		config: config, jwt: filled, ring: ring, identityKey: filled.IdentityKey,
		refresh: refresh, transport: transport, jar: config.jar(), client: client,
		refuser: &wire.Refuser{
			Scheme: filled.TokenHeadName, Realm: filled.Realm,
			Message: config.JWT.HTTPStatusMessageFunc, Unauthorized: config.JWT.Unauthorized,
			CookieLast: transport.CookieLast(), GinErrors: config.GinErrors,
		},
		confirmer: watch.NewConfirmer(config.Store),
		live:      watch.NewLive(config.Store, filled.TimeFunc),
	}
	if config.Cookies != nil {
		transport.AddCookies(a.jar)
		if config.Cookies.CSRFToken {
			a.csrf = wire.NewCSRF(ring, config.Cookies.CSRFField)
		}
	}
	if keeper, ok := session.As[session.Keeper](config.Store); ok {
		keeper.Keep(config.ExpiryLeeway)
	}
	a.access = token.NewAccessTokens(config.accessTokens(ring, filled))
	transport.JudgeBy(a.judgeAccess, a.judgeRefresh)
	for _, text := range config.TrustedOrigins {
		if err := transport.Trust(text); err != nil {
			return nil, fmt.Errorf("ginauth: Config.TrustedOrigins: %w", err)
		}
	}
	a.unsubscribe = subscribe(config.Store, a.emit)
	return a, nil
}

// now is gin-jwt's TimeFunc, the clock of the tokens.
func (a *Auth) now() time.Time { return a.jwt.TimeFunc() }

// withoutKeys drops the key material and the secrets of clients, which are held elsewhere from now
// on. JWT is a copy already.
func (c Config) withoutKeys() Config {
	c.PreviousKeys, c.RefreshKeys, c.Clients = nil, nil, nil
	c.JWT.Key, c.JWT.PrivKeyBytes, c.JWT.PubKeyBytes, c.JWT.PrivateKeyPassphrase = nil, nil, nil, ""
	return c
}

// accessTokens are the options of the access tokens. mw has gin-jwt's defaults.
func (c Config) accessTokens(ring *keys.Ring, mw *jwt.GinJWTMiddleware) token.Options {
	o := token.Options{
		Ring: ring, Issuer: c.Issuer, Audience: c.Audience, ClientID: c.ClientID, Leeway: c.Leeway, ExpiryLeeway: c.ExpiryLeeway,
		JSONNumbers: jwtv4.NewParser(mw.ParseOptions...).UseJSONNumber, //nolint:staticcheck // SA1019: there is no other way to read an option
		CacheBytes:  c.TokenCacheBytes, Now: mw.TimeFunc,
	}
	if c.Legacy != nil {
		o.Legacy = token.NewLegacy(c.Legacy.Until, c.Legacy.Subject, mw.IdentityKey)
	}
	return o
}

// jar writes the cookies of Config.Cookies, or the one of gin-jwt's SendCookie, or none.
func (c Config) jar() *wire.Jar {
	switch {
	case c.Cookies != nil:
		return wire.NewJar(c.Cookies.Prefix, c.InsecureCookies, c.Cookies.CSRFToken)
	case c.JWT.SendCookie:
		return wire.NewAccessJar(http.Cookie{
			Name: c.JWT.CookieName, Path: "/", Domain: c.JWT.CookieDomain,
			Secure: c.JWT.SecureCookie, HttpOnly: c.JWT.CookieHTTPOnly, SameSite: c.JWT.CookieSameSite,
		}, c.JWT.CookieMaxAge)
	}
	return &wire.Jar{}
}

// MiddlewareInit does nothing and returns nil. gin-jwt's README calls it in a middleware on
// every request, where gin-jwt's own version is a data race; [New] has already done the work.
func (a *Auth) MiddlewareInit() error { return nil }

// Close writes the pending confirmations, stops the background work and closes the store chain
// that [New] was given ([session.Close]). It returns when all of that is done, or ctx's error
// when ctx ends first. [ErrUnavailable] means that the store did not accept the confirmations;
// the rest is closed. Closing again is fine.
//
// Shut down the HTTP server first: later requests can be refused, on routes with [Allow] too,
// and contexts of [SessionContext] no longer end on a revocation. If two Auths share a store,
// the first Close closes it for both.
func (a *Auth) Close(ctx context.Context) error {
	a.unsubscribe()
	a.live.Close()
	return errors.Join(a.confirmer.Close(ctx), session.Close(ctx, a.config.Store))
}
