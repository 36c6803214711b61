package ginauth

import (
	"context"
	"errors"
	"fmt"
	"log/slog"
	"time"

	jwt "github.com/appleboy/gin-jwt/v2"
	"github.com/gin-gonic/gin"
	jwtv4 "github.com/golang-jwt/jwt/v4"

	"github.com/ginauth/ginauth/plugin/internal/token"
	"github.com/ginauth/ginauth/plugin/keys"
	"github.com/ginauth/ginauth/plugin/session"
)

// Auth is the login system of one application. Make it with New; its methods are
// gin handlers, middleware constructors and plain operations. It is immutable and
// safe for concurrent use.
type Auth struct {
	jwt       *jwt.GinJWTMiddleware // our copy, with gin-jwt's defaults filled in
	hooks     hooks
	store     session.Store
	ring      *keys.Ring
	tokens    *token.Judge
	cookies   cookieJar
	csrf      *csrfGuard // nil: no double-submit token
	refresh   *refreshKeys
	transport *transport
	confirmer *confirmer
	live      *liveSet

	issuer      string
	bearer      string // the challenge, `Bearer realm="..."`
	identityKey any    // gin-jwt's IdentityKey, boxed once
	policy      policy
	leeway      time.Duration // of iat and nbf

	legacyUntil time.Time

	implicitRefresh bool
	down            OutagePolicy
	subject         func(data any) string
	reload          func(context.Context, session.Session) (any, error)
	limiter         LoginLimiter // nil: logins are not limited
	loginName       func(*gin.Context) (string, error)
	deviceName      func(*gin.Context) string
	client          func(ctx context.Context, id, secret string) bool
	onEvent         func(context.Context, Event)
	logger          *slog.Logger
	now             func() time.Time
}

// policy is what New settled about sessions.
type policy struct {
	idle, max, grace, retain time.Duration
	limit                    int
	refuseOverLimit          bool
	reportReuse              bool
}

// hooks are gin-jwt's hooks. But for timeout they are nil unless the user set them:
// gin-jwt's default replies are not ours.
type hooks struct {
	message      func(error, *gin.Context) string
	unauthorized func(*gin.Context, int, string)
	login        func(*gin.Context, int, string, time.Time)
	refresh      func(*gin.Context, int, string, time.Time)
	logout       func(*gin.Context, int)
	payload      func(any) jwt.MapClaims
	timeout      func(any) time.Duration
	identity     func(*gin.Context) any
}

// New checks the configuration and makes an Auth. It reports every mistake at once
// (errors.Join), each beginning "ginauth: Config.Field"; nothing about configuration is
// found out during a request. It reads key files, and talks to no store.
//
// The Auth writes confirmations of use in the background; Close it when the
// application ends.
func New(config Config) (*Auth, error) {
	if config.JWT == nil {
		config.JWT = &jwt.GinJWTMiddleware{}
	}
	ring, keyErr := config.buildRing()
	if err := errors.Join(config.validate(), keyErr); err != nil {
		return nil, err
	}
	config = config.withDefaults()
	a := &Auth{
		hooks:           userHooks(config.JWT),
		store:           config.Store,
		ring:            ring,
		implicitRefresh: config.ImplicitRefresh,
		csrf:            newCSRFGuard(config, ring),
		issuer:          config.Issuer,
		policy:          config.policy(),
		leeway:          config.Leeway,

		down:       config.OnStoreDown,
		subject:    config.Subject,
		reload:     config.Reload,
		limiter:    config.LoginLimiter,
		loginName:  loginNameBy(config.LoginName),
		deviceName: config.DeviceName,
		client:     config.AuthenticateClient,
		onEvent:    config.OnEvent,
		logger:     config.Logger,
	}
	var err error
	if a.refresh, err = newRefreshKeys(config, ring); err != nil {
		return nil, err
	}
	if err := a.setJWT(config); err != nil {
		return nil, err
	}
	a.legacyUntil = config.AcceptLegacyUntil
	a.tokens = token.New(token.Options{
		Ring: ring, Issuer: config.Issuer, Audience: config.Audience, Leeway: config.Leeway, ExpiryLeeway: config.ExpiryLeeway,
		Legacy:      token.NewLegacy(config.AcceptLegacyUntil, config.LegacySubject, a.jwt.IdentityKey),
		JSONNumbers: jwtv4.NewParser(a.jwt.ParseOptions...).UseJSONNumber, //nolint:staticcheck // SA1019: there is no other way to read an option
		CacheBytes:  config.TokenCacheBytes, Now: a.now,
	})
	a.confirmer = newConfirmer(a)
	a.live = newLiveSet(a.store, a.now)
	return a, nil
}

// setJWT hands a copy of the user's struct to gin-jwt, which fills in its defaults.
// Its own key loading is bypassed: the ring holds the keys.
func (a *Auth) setJWT(config Config) error {
	user := *config.JWT
	user.KeyFunc = a.ring.Keyfunc
	mw, err := jwt.New(&user)
	if err != nil {
		return fmt.Errorf("ginauth: Config.JWT: %w", err)
	}
	a.jwt, a.now, a.identityKey = mw, mw.TimeFunc, mw.IdentityKey
	a.hooks.timeout = mw.TimeoutFunc
	a.bearer = mw.TokenHeadName + " realm=" + quoted(mw.Realm)
	if a.transport, err = newTransport(mw.TokenLookup, mw.TokenHeadName); err != nil {
		return fmt.Errorf("ginauth: Config.JWT.TokenLookup: %w", err)
	}
	a.cookies = newCookieJar(config, mw)
	if a.cookies.only {
		a.transport.cookies = append(a.transport.cookies, a.cookies.access.Name)
		a.transport.refresh = a.cookies.refresh.Name
	}
	return nil
}

// MiddlewareInit does nothing and returns nil. gin-jwt's README calls it in a
// per-request middleware, where gin-jwt's own races with every other request; New has
// done all there is to do.
func (a *Auth) MiddlewareInit() error { return nil }

// Close writes the confirmations that are waiting and stops the background work.
// Requests may still be served afterwards, without confirmation. It returns when all is
// done or ctx ends.
//
// Contexts from Context no longer hear of revocations afterwards: close the HTTP server
// first. Close does not close the store.
func (a *Auth) Close(ctx context.Context) error {
	a.live.close()
	return a.confirmer.close(ctx)
}

func userHooks(user *jwt.GinJWTMiddleware) hooks {
	return hooks{
		message:      user.HTTPStatusMessageFunc,
		unauthorized: user.Unauthorized,
		login:        user.LoginResponse,
		refresh:      user.RefreshResponse,
		logout:       user.LogoutResponse,
		payload:      user.PayloadFunc,
		identity:     user.IdentityHandler,
	}
}
