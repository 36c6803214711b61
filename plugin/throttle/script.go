package throttle

import (
	_ "embed" // the script

	"github.com/redis/go-redis/v9"
)

//go:embed tally.lua
var tallySource string

var tallyScript = redis.NewScript(tallySource)
