package redisstore

import (
	"errors"
	"strings"
	"sync"
	"time"

	"github.com/redis/go-redis/v9"
)

// writes notes whether a server takes writes. One that refuses them may be a master of yesterday:
// demoted, cut off from its replicas, or left by its address. What it answers to a read is then
// old, so reads count only if a write next to them, on the same connection, succeeds.
//
// A refusal is forgotten when a write has succeeded later than one ConnLife after it. Until then
// connections to the old server may be in use beside those to the new one.
type writes struct {
	mu   sync.Mutex
	last time.Time // of the last refusal; zero if writes succeed
}

// note records how a write ended. now is the present time and life is Options.ConnLife. Errors
// that say nothing about the server, such as a lost connection, change nothing.
func (w *writes) note(err error, now time.Time, life time.Duration) {
	refused := refusesWrites(err)
	if err != nil && !refused {
		return
	}
	w.mu.Lock()
	defer w.mu.Unlock()
	switch {
	case refused:
		w.last = now
	case now.Sub(w.last) > life:
		w.last = time.Time{}
	}
}

// refused reports whether a read must prove that writes work.
func (w *writes) refused() bool {
	w.mu.Lock()
	defer w.mu.Unlock()
	return !w.last.IsZero()
}

// refusals are the first words of replies of a server that takes no writes, whatever they are.
// OOM is not among them: such a server is the right one, and lets sessions end.
var refusals = []string{
	"READONLY",    // a replica
	"NOREPLICAS",  // min-replicas-to-write
	"MISCONF",     // it cannot save
	"MASTERDOWN",  // a replica that has lost its master
	"LOADING",     // it has just started
	"UNBLOCKED",   // a read that waited when the master became a replica
	"CLUSTERDOWN", // a Cluster's node without a majority
}

// refusesWrites reports whether an error is the reply of a server that takes no writes.
func refusesWrites(err error) bool {
	var said redis.Error
	if !errors.As(err, &said) {
		return false
	}
	text := said.Error()
	// Redis 6.2 puts the reply that a script got behind the place in the script:
	// "ERR Error running script (call to f_...): @user_script:1: @user_script: 1: -READONLY You ..."
	if strings.HasPrefix(text, "ERR Error running script") {
		_, text, _ = strings.Cut(text, ": -")
	}
	word, _, _ := strings.Cut(text, " ")
	for _, refusal := range refusals {
		if word == refusal {
			return true
		}
	}
	return false
}
