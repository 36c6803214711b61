package redisstore

import (
	"context"
	"errors"
	"fmt"
	"strings"

	"github.com/redis/go-redis/v9"
)

// ErrCluster means that a client for one server talks to a node of a Cluster, or a client for a
// Cluster to a single server. Nothing works then: part of the keys would.
var ErrCluster = errors.New("redisstore: a client for one server at a Cluster, or the other way round; " +
	"set Options.Cluster to what the server is, or give New the client that suits: a *redis.ClusterClient or a *redis.Client")

// checkServer asks the server whether it belongs to a Cluster, which this store's client then
// had to be made for. It needs no right that the store does not need anyway: a Cluster refuses a
// command about two slots before it looks for the keys. The error is [ErrCluster], or a failure
// on the way; an answer of any other kind is none.
func (s *Store) checkServer(ctx context.Context) error {
	rdb, ok := s.rdb.(*redis.Client)
	if !ok {
		return nil // a Cluster client asks for the slots before anything else
	}
	err := rdb.Do(ctx, "XREAD", "COUNT", 1, "STREAMS", s.prefix+":{0}:log", s.prefix+":{1}:log", "$", "$").Err()
	if answered(err) && !s.misplaced(err) { // no entries, or no right to look
		return nil
	}
	return s.placed(err)
}

// placed returns [ErrCluster], with its cause, in place of an error that shows the wrong kind of
// client. Other errors stay as they are.
func (s *Store) placed(err error) error {
	if s.misplaced(err) && !errors.Is(err, ErrCluster) {
		return fmt.Errorf("%w: %w", ErrCluster, err)
	}
	return err
}

// misplaced reports whether an error shows that the client is of the wrong kind.
func (s *Store) misplaced(err error) bool {
	if err == nil {
		return false
	}
	if _, cluster := s.rdb.(*redis.ClusterClient); cluster {
		return strings.Contains(err.Error(), "cluster support disabled")
	}
	for _, word := range []string{"MOVED ", "ASK ", "CROSSSLOT", "CLUSTERDOWN", "TRYAGAIN"} {
		if redis.HasErrorPrefix(err, word) {
			return true
		}
	}
	return false
}
