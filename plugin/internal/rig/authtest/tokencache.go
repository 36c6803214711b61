package authtest

import (
	"os"

	ginauth "github.com/ginauth/ginauth/plugin"
)

// TokenCacheEnv is the variable that sets the cache of verified tokens of every App, so
// that all tests can run again with another one.
const TokenCacheEnv = "GINAUTH_TEST_TOKEN_CACHE"

// The values of TokenCacheEnv. Without any, Apps have the default cache.
const (
	TokenCacheOff  = "off"
	TokenCacheTiny = "tiny" // room for one token
)

// OneToken is a TokenCacheBytes with room for one token of an App and not for two.
const OneToken = 3000

func setTokenCache(c *ginauth.Config) {
	switch os.Getenv(TokenCacheEnv) {
	case TokenCacheOff:
		c.NoTokenCache = true
	case TokenCacheTiny:
		c.TokenCacheBytes = OneToken
	}
}
