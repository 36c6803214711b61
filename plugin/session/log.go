package session

import (
	"context"
	"time"
)

// Log is the feed of a store's revocations: one sequence a shard, appended in the
// step that revokes. Whoever has read all of it refuses what the store refuses.
type Log interface {
	// Shards is how many sequences there are, 1 to 256. They are numbered from 0; what
	// concerns a session stands in the sequence of its ID's shard. The other methods
	// answer a number that is not there with an error.
	Shards() int

	// State tells where a shard's sequence stands now.
	State(ctx context.Context, shard int) (LogState, error)

	// Read returns up to limit (>= 1) entries after a position, oldest first, and the
	// position to go on from; the zero Position reads from the start. When there is
	// nothing after it, Read waits up to wait of real time (0: not at all) and may then
	// return no entries and the same position. Entries of a kind that this version does not know are passed over,
	// but move the position.
	Read(ctx context.Context, shard int, after Position, limit int, wait time.Duration) ([]Entry, Position, error)

	// Restore puts back entries that the store may have lost: what is already refused stays
	// so and is not appended again, however many nodes restore it at once; what is alive
	// again is revoked again. Expired entries are left out; the others keep their Until.
	// Cut-offs bind the sessions to come as well. All entries are of one shard.
	Restore(ctx context.Context, shard int, entries []Entry) error
}

// LoggedStore is a store that has a log.
type LoggedStore interface {
	Store
	Log
}

// Position is a place in a shard's sequence. Positions grow; the zero Position is
// before the first entry.
type Position struct{ MS, Seq uint64 }

// Before reports whether p comes before q.
func (p Position) Before(q Position) bool {
	return p.MS < q.MS || p.MS == q.MS && p.Seq < q.Seq
}

// LogState is where a sequence stands.
type LogState struct {
	// Epoch changes when the store lost its data: it is drawn at random when the store
	// is first used, and is lost with the rest. Empty while nothing was ever written.
	Epoch string

	// Server changes when another server, or a restarted one, answers (a replication
	// id). Empty if the store has no such thing.
	Server string

	Last    Position  // the newest position ever given out; goes backwards only on data loss
	Trimmed Position  // entries up to here may be missing because they were dropped
	Length  int64     // entries held
	Now     time.Time // the store's clock
}

// Entry is one line of the log.
type Entry struct {
	Kind    Kind
	ID      ID      // KindSession, KindToken
	Token   TokenID // KindToken
	Subject string  // KindSubject
	Cutoff  Cutoff  // KindSubject, KindAll
	Shard   uint8   // the sequence it stands in; KindAll covers this shard alone

	// Until is when the last access token that the entry covers has expired, to the
	// second, rounded up. The entry means nothing after it.
	Until time.Time
}
