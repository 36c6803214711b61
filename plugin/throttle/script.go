package throttle

import (
	_ "embed" // the script

	"github.com/ginauth/ginauth/plugin/internal/redisx"
)

//go:embed tally.lua
var tallySource string

var tallyScript = redisx.NewScript(tallySource)
