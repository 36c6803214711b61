package token

import (
	"maps"
	"strings"
	"sync/atomic"

	jwt "github.com/appleboy/gin-jwt/v2"
	"github.com/maypok86/otter/v2"
)

// cache keeps the content of verified tokens, so that a token's signature is verified and its
// JSON read once. The key is the whole text of the token, so nothing that only resembles it
// can hit. Only verified tokens enter, so junk evicts nothing.
type cache struct {
	entries *otter.Cache[string, *cached]
	version atomic.Uint64 // of the ring, when the cache was last emptied
}

type cached struct {
	token   *Verified
	version uint64 // of the ring that verified it
	nested  bool   // claims hold maps or lists, which a shallow copy would share
}

func newCache(bytes int64) *cache {
	if bytes == 0 {
		return nil
	}
	return &cache{entries: otter.Must(&otter.Options[string, *cached]{
		MaximumWeight: uint64(bytes),
		Weigher:       weigh,
	})}
}

// get finds a token that a ring of this version has verified. A new version empties the
// cache, so that no token of a withdrawn key stays.
func (c *cache) get(token string, version uint64) (*cached, bool) {
	if old := c.version.Load(); old < version && c.version.CompareAndSwap(old, version) {
		c.entries.InvalidateAll()
	}
	hit, ok := c.entries.GetIfPresent(token)
	return hit, ok && hit.version == version
}

// VerifyCached is [AccessTokens.Verify] with the cache in front. It returns the content,
// which requests share and must not change, and a copy of the claims for this request. It
// checks the times on every use; the caller asks whether the token is revoked.
func (t *AccessTokens) VerifyCached(token string) (*Verified, jwt.MapClaims, error) {
	if t.cache == nil {
		v, err := t.Verify(token)
		if err != nil {
			return nil, nil, err
		}
		return v, v.Claims, nil
	}
	// The version is read first: a key withdrawn while Verify runs makes the entry stale.
	version := t.o.Ring.Version()
	if hit, ok := t.cache.get(token, version); ok {
		return hit.token, hit.claims(), t.timely(hit.token)
	}
	token = strings.Clone(token) // do not keep the whole header line alive
	v, err := t.Verify(token)
	if err != nil {
		return nil, nil, err
	}
	kept := &cached{token: v, version: version, nested: nested(v.Claims)}
	t.cache.entries.Set(token, kept)
	return v, kept.claims(), nil
}

// claims returns a copy, so that no request can change the claims of another.
func (c *cached) claims() jwt.MapClaims {
	if !c.nested {
		return maps.Clone(c.token.Claims)
	}
	claims, _ := deepCopy(c.token.Claims).(jwt.MapClaims)
	return claims
}

func nested(claims jwt.MapClaims) bool {
	for _, v := range claims {
		switch v.(type) {
		case map[string]any, []any:
			return true
		}
	}
	return false
}

// deepCopy copies the types that encoding/json decodes into.
func deepCopy(v any) any {
	switch v := v.(type) {
	case jwt.MapClaims:
		out := make(jwt.MapClaims, len(v))
		for name, member := range v {
			out[name] = deepCopy(member)
		}
		return out
	case map[string]any:
		out := make(map[string]any, len(v))
		for name, member := range v {
			out[name] = deepCopy(member)
		}
		return out
	case []any:
		out := make([]any, len(v))
		for i, member := range v {
			out[i] = deepCopy(member)
		}
		return out
	}
	return v
}
