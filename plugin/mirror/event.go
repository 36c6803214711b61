package mirror

// EventKind names what happened to the copy. Its String is the word for logs and
// metrics.
type EventKind uint8

// Kinds of events.
const (
	EventInStep EventKind = iota + 1 // a shard is in step, for the first time or again
	EventStale                       // a shard is no longer trusted: proofs stopped coming
	EventResync                      // a shard is read anew; Err says why
	EventHealed                      // Count entries were put back
	EventError                       // following failed, the first time since the last proof
)

var eventWords = [...]string{
	EventInStep: "in_step",
	EventStale:  "stale",
	EventResync: "resync",
	EventHealed: "healed",
	EventError:  "feed_error",
}

// String is the kind's word, "unknown" if it has none.
func (k EventKind) String() string {
	if int(k) >= len(eventWords) || eventWords[k] == "" {
		return "unknown"
	}
	return eventWords[k]
}

// Event is something that happened to one shard of the copy.
type Event struct {
	Kind  EventKind
	Shard int
	Count int   // EventHealed: how many
	Err   error // EventResync: ErrEpochChanged, ErrServerChanged, ErrWentBack, ErrGap or ErrClockJumped; EventError, EventStale: the last error, if any
}
