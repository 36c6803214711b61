package redisx

import (
	"context"

	"github.com/redis/go-redis/v9"
)

// Missing reports whether there is no client: a nil interface, or a nil pointer in one.
func Missing(rdb redis.UniversalClient) bool {
	switch c := rdb.(type) {
	case nil:
		return true
	case *redis.Client:
		return c == nil
	case *redis.ClusterClient:
		return c == nil
	case *redis.Ring:
		return c == nil
	}
	return false
}

// Reload makes a Cluster client look at the topology again. Call it after an error: otherwise
// the client would keep asking a dead master for up to a minute. The client makes at most five
// looks a second. For other clients Reload does nothing.
func Reload(rdb redis.UniversalClient) {
	if c, ok := rdb.(*redis.ClusterClient); ok {
		c.ReloadState(context.Background())
	}
}
