package redisstore

import (
	"strconv"

	"github.com/ginauth/ginauth/plugin/session"
)

// form is the version of the stored form. It is in the epoch of each shard. A program refuses
// data of another form, see [ErrForm].
const form = 1

// shard is what a Store knows about one shard.
type shard struct {
	base   string // the beginning of its keys
	clock  clock
	gate   chan struct{} // holds the one call that asks for the clock
	lane   lane
	writes writes
}

func (sh *shard) hash() string                { return sh.base + ":shard" }
func (sh *shard) log() string                 { return sh.base + ":log" }
func (sh *shard) session(id string) string    { return sh.base + ":s:" + id[timeText:] }
func (sh *shard) list(subject string) string  { return sh.lists() + subject }
func (sh *shard) lists() string               { return sh.base + ":l:" }
func (sh *shard) ended(subject string) string { return sh.base + ":d:" + subject }

// timeText is the number of characters that hold the creation time in an id's text.
const timeText = 8

// tailText is the number of characters of the rest: see session.ID.Tail.
const tailText = 14

// cutoffField is the field of a subject's cut-off in the shard's hash.
func cutoffField(subject string) string { return "u:" + subject }

// epoch returns how the epoch of each shard begins.
func (s *Store) epoch() string { return strconv.Itoa(form) + " " + strconv.Itoa(len(s.shards)) + " " }

func created(id session.ID) int64 { return id.Created().UnixMilli() }
