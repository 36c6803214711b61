package redisx

import (
	"context"

	"github.com/redis/go-redis/v9"
)

// Reload makes a Cluster client look at the topology again. Call it after an error: otherwise
// the client would keep asking a dead master for up to a minute. The client makes at most five
// looks a second. For other clients Reload does nothing.
func Reload(rdb redis.UniversalClient) {
	if c, ok := rdb.(*redis.ClusterClient); ok {
		c.ReloadState(context.Background())
	}
}
