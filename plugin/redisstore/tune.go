package redisstore

import (
	"github.com/redis/go-redis/v9"

	"github.com/ginauth/ginauth/plugin/internal/redisx"
)

// Tune sets the options that suit a [Store], where the caller has left them zero: time-outs of
// 1 s, half a second to dial with no second try, one retry of a command, and lives of connections
// that fit the default of Options.ConnLife. It always turns context deadlines on, and the pool
// for pipelines and the commands at connection time that Redis before 7.2 and its relatives
// answer with errors off. A TLSConfig without a ClientSessionCache is replaced by a copy with
// one.
//
// [New] uses a client that is tuned. Of any other it makes a copy that is.
func Tune(o *redis.UniversalOptions) { redisx.OfUniversal(o).Tune(redisx.DefaultLife) }
