package mirror

import (
	"errors"
	"fmt"
	"os"
	"time"
	"unicode"
	"unicode/utf8"

	"github.com/ginauth/ginauth/plugin/session"
)

// Defaults and bounds of Options.
const (
	defaultStaleness = 5 * time.Second
	minStaleness     = 10 * time.Millisecond
	maxHeartbeat     = 500 * time.Millisecond // of the default
	beatsPerBound    = 10                     // default heartbeats within MaxStaleness
	leastBeats       = 2                      // with fewer, a healthy copy would go stale
	maxNode          = 64                     // bytes
)

// Options are the settings of [New]. The zero value of each field is its default. A value
// out of bounds is an error of [New]; nothing is clamped.
type Options struct {
	// MaxStaleness limits the age of the last proof: when it is older, the copy no longer lets
	// tokens pass and the store is asked. At least 10 ms, and at least twice the store's doubt
	// ([session.Doubter]), which the age of a proof includes. Default 5 s.
	MaxStaleness time.Duration

	// Heartbeat is the interval between two attempts to get a proof. At most half of
	// MaxStaleness. Default: a tenth of MaxStaleness, but no more than 500 ms.
	Heartbeat time.Duration

	// Node is this process's name, for people: [session.Laggards] and ginauthctl show it. At
	// most 64 bytes of printable text. It need not be unique, because each Mirror also draws a
	// random [session.Node] ID. Default: the host's name.
	Node string

	// Now replaces the clock in tests. It must not run backwards. The heartbeat and the
	// waiting times use real time in any case. Default: the monotonic clock of the process.
	Now func() time.Time
}

// settle returns the options with their defaults, or every mistake in them.
func (o Options) settle() (Options, error) {
	var errs []error
	mistake := func(field, format string, args ...any) {
		errs = append(errs, fmt.Errorf("mirror: Options."+field+": "+format, args...))
	}
	if o.MaxStaleness == 0 {
		o.MaxStaleness = defaultStaleness
	}
	bounded := o.MaxStaleness >= minStaleness
	if !bounded {
		mistake("MaxStaleness", "%v, want at least %v, or 0 for the default of %v", o.MaxStaleness, minStaleness, defaultStaleness)
	}
	most := o.MaxStaleness / leastBeats
	switch {
	case o.Heartbeat < 0:
		mistake("Heartbeat", "%v is negative, want 0 for the default or a positive duration", o.Heartbeat)
	case o.Heartbeat == 0:
		o.Heartbeat = min(o.MaxStaleness/beatsPerBound, maxHeartbeat)
	case bounded && o.Heartbeat > most:
		mistake("Heartbeat", "%v, want at most %v, half of MaxStaleness", o.Heartbeat, most)
	}
	if o.Node == "" {
		host, err := os.Hostname()
		if err == nil {
			err = checkNode(host)
		}
		if err != nil {
			mistake("Node", "the host's name cannot be the default (%w): set Node", err)
		}
		o.Node = host
	} else if err := checkNode(o.Node); err != nil {
		mistake("Node", "%w", err)
	}
	return o, errors.Join(errs...)
}

var errNode = fmt.Errorf("want 1 to %d bytes of printable text", maxNode)

func checkNode(name string) error {
	if name == "" || len(name) > maxNode || !utf8.ValidString(name) {
		return errNode
	}
	for _, r := range name {
		if !unicode.IsPrint(r) {
			return errNode
		}
	}
	return nil
}

// admit returns the store's doubt, or an error if too little of MaxStaleness would be left.
func (o Options) admit(store session.Store) (time.Duration, error) {
	doubter, ok := session.As[session.Doubter](store)
	if !ok {
		return 0, nil
	}
	doubt := max(0, doubter.Doubt())
	if doubt > o.MaxStaleness/2 {
		return 0, fmt.Errorf("mirror: Options.MaxStaleness: %v, want at least %v, because an answer of the store may come from a server that was replaced up to %v ago: "+
			"raise it, or lower ConnLife of redisstore.Options", o.MaxStaleness, 2*doubt, doubt)
	}
	return doubt, nil
}

// settling is how long a new node does not trust its copy after the store first answered.
// If the store has just lost its data, live nodes notice at their next heartbeat and announce
// that they put the revocations back. A copy read before that would lack them, and this node,
// which never saw them, could not notice.
func (o Options) settling() time.Duration {
	return leastBeats * (min(o.Heartbeat, maxHeartbeat) + callSpread)
}

// callSpread is how long after a heartbeat its calls may take, when the store is well.
const callSpread = 200 * time.Millisecond
