package redisx

import (
	"crypto/fips140"

	"github.com/redis/go-redis/v9"
)

// NewScript is redis.NewScript, in a process of GODEBUG=fips140=only too. EVALSHA names a script
// by its SHA-1, on which no security rests. Its twin is newScript in sample/users_redis.go.
func NewScript(source string) *redis.Script {
	var s *redis.Script
	fips140.WithoutEnforcement(func() { s = redis.NewScript(source) })
	return s
}
