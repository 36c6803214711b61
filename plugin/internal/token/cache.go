package token

import (
	"maps"
	"strings"
	"sync/atomic"

	jwt "github.com/appleboy/gin-jwt/v2"
	"github.com/maypok86/otter/v2"
)

// tokenCache holds what verified tokens say, so that a token's signature is verified
// and its JSON read once. The key is the whole text of the token: nothing that only
// looks like it can hit. Only verified tokens enter, so junk evicts nothing.
type tokenCache struct {
	entries *otter.Cache[string, *cachedToken]
	version atomic.Uint64 // of the ring, when the cache was last emptied
}

type cachedToken struct {
	access  *Verified
	version uint64 // of the ring that verified it
	nested  bool   // claims hold maps or lists, which a shallow copy would share
}

func newTokenCache(bytes int64) *tokenCache {
	if bytes == 0 {
		return nil
	}
	return &tokenCache{entries: otter.Must(&otter.Options[string, *cachedToken]{
		MaximumWeight: uint64(bytes),
		Weigher:       weigh,
	})}
}

// get finds what a token says, if a ring of this version has verified it. A new version
// empties the cache: nothing stays behind of a key that was withdrawn.
func (t *tokenCache) get(token string, version uint64) (*cachedToken, bool) {
	if old := t.version.Load(); old < version && t.version.CompareAndSwap(old, version) {
		t.entries.InvalidateAll()
	}
	hit, ok := t.entries.GetIfPresent(token)
	return hit, ok && hit.version == version
}

// Once is verify with the cache in front. It returns what the token says, shared
// and read-only, and a copy of the claims for this request alone. What can change is
// judged on every use: the times here, revocation by the caller.
func (j *Judge) Once(token string) (*Verified, jwt.MapClaims, error) {
	if j.cache == nil {
		access, err := j.Verify(token)
		if err != nil {
			return nil, nil, err
		}
		return access, access.Claims, nil
	}
	// Read before verifying: a key withdrawn in between makes the entry stale at once.
	version := j.ring.Version()
	if hit, ok := j.cache.get(token, version); ok {
		return hit.access, hit.claims(), j.timely(hit.access)
	}
	token = strings.Clone(token) // let go of the header line that it was cut from
	access, err := j.Verify(token)
	if err != nil {
		return nil, nil, err
	}
	kept := &cachedToken{access: access, version: version, nested: nested(access.Claims)}
	j.cache.entries.Set(token, kept)
	return access, kept.claims(), nil
}

// claims gives each request claims of its own, so that none can change another's.
func (t *cachedToken) claims() jwt.MapClaims {
	if !t.nested {
		return maps.Clone(t.access.Claims)
	}
	claims, _ := deepCopy(t.access.Claims).(jwt.MapClaims)
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

// deepCopy copies what encoding/json decodes into.
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
