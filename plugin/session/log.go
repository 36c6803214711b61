package session

import (
	"context"
	"time"
)

// Log is the log of a store's revocations. It has one sequence per shard, and the step that
// revokes also appends: for KindSubject and KindAll always, also if the same cut-off was made in
// the same millisecond. A node that has read all of it refuses the same tokens as the store.
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
	// or token that is alive again is revoked again. Entries are left out when Afterlife has
	// passed since their Until; the others keep it. A restored cut-off also binds sessions that
	// begin later. Create.Began is compared with the restored cut-off's own moment or, if that
	// is ahead of the clock, with the moment of putting it back. All entries belong to one
	// shard, and each may be a step of its own.
	//
	// Each call also announces that entries are being put back: LogState.Restoring is then
	// RestoreHold from now. A call without entries does only that.
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

	// Restoring is until when somebody is putting back entries that the store has lost, by the
	// store's clock; in the past or zero if nobody is. It moves as long as the work goes on.
	Restoring time.Time

	// Doubt is how long ago the server that answered may have been replaced without the store
	// having noticed: the answer is proof of the state at that earlier moment only.
	Doubt time.Duration
}

// RestoreHold is how long a call of [Log].Restore announces that entries are being put back.
const RestoreHold = 3 * time.Second

// Afterlife is how long a store keeps a revocation, in the log and elsewhere, beyond its
// Entry.Until. In that time it still counts for readers that accept tokens after their exp: by a
// leeway of at most [MaxLeeway], or because their clock is behind the store's.
const Afterlife = MaxLeeway + 5*time.Minute

// MaxLeeway is the longest time after exp for which a node may accept access tokens.
const MaxLeeway = 10 * time.Minute

// Entry is one entry of the log.
type Entry struct {
	Kind    Kind
	ID      ID      // KindSession, KindToken
	Token   TokenID // KindToken
	Subject string  // KindSubject
	Cutoff  Cutoff  // KindSubject, KindAll
	Shard   uint8   // the sequence that holds the entry; KindAll covers only this shard

	// Until is the exp of the last access token that the entry covers, rounded up to the
	// second. Readers obey the entry longer, by their own leeway: see [Afterlife].
	Until time.Time
}
