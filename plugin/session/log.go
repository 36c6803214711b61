package session

import (
	"context"
	"time"
)

// Log is the log of a store's revocations. It has one sequence per shard, and the step that
// revokes also appends. A node that has read all of it refuses the same tokens as the store.
type Log interface {
	// Shards returns the number of sequences, 1 to 256. They are numbered from 0. Entries
	// about a session are in the sequence of its ID's shard. The other methods return an error
	// for a number that does not exist.
	Shards() int

	// State returns the present state of a shard's sequence.
	State(ctx context.Context, shard int) (LogState, error)

	// Read returns up to limit (>= 1) entries after a position, oldest first, and the position
	// from which to continue. The zero Position reads from the start. If no entry follows the
	// position, Read waits up to wait of real time (0: not at all), and may then return no
	// entries and the same position. Entries of a kind that this version does not know are
	// skipped, but they advance the position.
	Read(ctx context.Context, shard int, after Position, limit int, wait time.Duration) ([]Entry, Position, error)

	// Restore puts back entries that the store may have lost. Entries that are in force stay
	// in force and are not appended again, however many nodes restore them at once. A session
	// or token that is alive again is revoked again. Expired entries are left out; the others
	// keep their Until. A restored cut-off also binds sessions that begin later. All entries
	// belong to one shard.
	Restore(ctx context.Context, shard int, entries []Entry) error
}

// LoggedStore is a store that has a log.
type LoggedStore interface {
	Store
	Log
}

// Position is a place in a shard's sequence. Positions grow. The zero Position is before the
// first entry.
type Position struct{ MS, Seq uint64 }

// Before reports whether p comes before q.
func (p Position) Before(q Position) bool {
	return p.MS < q.MS || p.MS == q.MS && p.Seq < q.Seq
}

// LogState describes a shard's sequence at one moment.
type LogState struct {
	// Epoch changes when the store has lost its data: it is drawn at random when the store is
	// first used, and is lost with the rest. Empty as long as nothing was ever written.
	Epoch string

	// Server is a replication id: it changes when another server, or a restarted one, answers.
	// Empty if the store has no such id.
	Server string

	Last    Position  // the newest position ever assigned; goes back only on data loss
	Trimmed Position  // entries up to here may have been dropped
	Length  int64     // entries in the sequence
	Now     time.Time // the store's clock
}

// Entry is one entry of the log.
type Entry struct {
	Kind    Kind
	ID      ID      // KindSession, KindToken
	Token   TokenID // KindToken
	Subject string  // KindSubject
	Cutoff  Cutoff  // KindSubject, KindAll
	Shard   uint8   // the sequence that holds the entry; KindAll covers only this shard

	// Until is the expiry of the last access token that the entry covers, rounded up to the
	// second. After it, the entry has no effect.
	Until time.Time
}
