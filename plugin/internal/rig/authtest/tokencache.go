package authtest

import (
	"os"

	ginauth "github.com/ginauth/ginauth/plugin"
)

// TokenCacheEnv names the environment variable that sets the token cache of every [App], so
// that all tests can run again with another cache.
const TokenCacheEnv = "GINAUTH_TEST_TOKEN_CACHE"

// These are the values of [TokenCacheEnv]. Without one, Apps have the default cache.
const (
	TokenCacheOff  = "off"
	TokenCacheTiny = "tiny" // room for one token
)

// OneToken is a TokenCacheBytes with room for one token of an [App], but not for two.
const OneToken = 3000

func setTokenCache(c *ginauth.Config) {
	switch os.Getenv(TokenCacheEnv) {
	case TokenCacheOff:
		c.NoTokenCache = true
	case TokenCacheTiny:
		c.TokenCacheBytes = OneToken
	}
}
