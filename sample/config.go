package main

import (
	"time"

	ginauth "github.com/ginauth/ginauth/plugin"
	"github.com/ginauth/ginauth/plugin/keys"
	"github.com/ginauth/ginauth/plugin/redisstore"
	"github.com/ginauth/ginauth/plugin/throttle"
)

// config is the environment, read and checked.
type config struct {
	addr            string
	redis           redisConfig
	keys            keyConfig
	issuer          string
	audience        string
	jwtClientID     string
	accessTTL       time.Duration
	sessionIdleTTL  time.Duration
	sessionMaxTTL   time.Duration
	refreshGrace    time.Duration // 0: strict single use
	revocationCheck string        // checkStrict or checkMirror
	maxStaleness    time.Duration
	onStoreDown     ginauth.OutagePolicy
	loginRate       *throttle.Rate // of failed logins; nil: no limit
	userRate        *throttle.Rate // of a user's logins and revocations; nil: no limit
	maxSessions     int
	cookies         bool
	insecureCookies bool
	trustedOrigins  []string
	tryOut          bool   // the published example secrets are accepted
	clientID        string // for /revoke and /introspect; empty: both refuse everyone
	clientSecret    string
	trustedProxies  []string
	shutdownTimeout time.Duration
	nodeName        string // the mirror's node name and the X-Served-By header; empty: the host's name and no header
}

// redisConfig says where Redis is.
type redisConfig struct {
	store  *redisstore.Store // nil: sessions in memory
	mode   string
	prefix string
}

// keyConfig is the key material.
type keyConfig struct {
	ring    *keys.Ring
	refresh [][]byte // the first signs; none: derived from the ring
	exposed bool     // everybody on this machine can read the private key
	random  bool     // no key was configured, so tokens die with this process
}

const maxMaxSessions = 100000

// checkStrict and checkMirror are the values of REVOCATION_CHECK: protected routes ask the
// store, or the local mirror of its revocation list.
const (
	checkStrict = "strict"
	checkMirror = "mirror"
)

// loadConfig reads every variable and reports every mistake, one per line. Each line names the
// variable but never its value, which may be a secret.
func loadConfig(getenv func(string) string) (config, []string) {
	e := &environment{getenv: getenv}
	e.tryOut = e.boolean("TRY_OUT")
	staleness := e.staleness()
	c := config{
		addr:            e.address("ADDR", "127.0.0.1:8080"),
		redis:           e.redis(staleness),
		keys:            e.keys(),
		issuer:          e.text("JWT_ISSUER", "ginauth-sample"),
		audience:        e.text("JWT_AUDIENCE", "ginauth-sample"),
		jwtClientID:     e.printable("JWT_CLIENT_ID", "ginauth-sample"),
		accessTTL:       e.duration("ACCESS_TTL", 15*time.Minute, time.Second),
		sessionIdleTTL:  e.duration("SESSION_IDLE_TTL", 168*time.Hour, time.Millisecond),
		sessionMaxTTL:   e.duration("SESSION_MAX_TTL", 720*time.Hour, time.Millisecond),
		refreshGrace:    e.duration("REFRESH_GRACE", 10*time.Second, 0),
		maxStaleness:    staleness,
		loginRate:       e.rate("LOGIN_RATE", "10/1m"),
		userRate:        e.rate("USER_RATE", "3000/1m"),
		maxSessions:     e.integer("MAX_SESSIONS", 50, 1, maxMaxSessions),
		cookies:         e.boolean("COOKIES"),
		insecureCookies: e.boolean("INSECURE_COOKIES"),
		trustedOrigins:  e.origins("TRUSTED_ORIGINS"),
		clientID:        e.printable("INTROSPECTION_CLIENT", ""),
		clientSecret:    e.clientSecret("INTROSPECTION_SECRET"),
		tryOut:          e.tryOut,
		trustedProxies:  e.proxies("TRUSTED_PROXIES"),
		shutdownTimeout: e.duration("SHUTDOWN_TIMEOUT", 10*time.Second, time.Millisecond),
		nodeName:        e.label("NODE_NAME", ""),
	}
	if e.word("ON_STORE_DOWN", "deny", "allow") == "allow" {
		c.onStoreDown = ginauth.Allow
	}
	modes := []string{checkStrict, checkMirror}
	if e.getenv("REDIS_URL") != "" {
		modes = []string{checkMirror, checkStrict}
	}
	c.revocationCheck = e.word("REVOCATION_CHECK", modes...)
	return c, e.mistakes
}
