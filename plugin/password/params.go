package password

import "fmt"

// Params are argon2id's costs.
type Params struct {
	Memory  uint32 // KiB
	Passes  uint32
	Threads uint8
}

// DefaultParams are the least that OWASP's Password Storage Cheat Sheet asks of argon2id:
// 19 MiB, 2 passes, 1 thread. About 20 ms of one core.
var DefaultParams = Params{Memory: 19 * 1024, Passes: 2, Threads: 1}

// The bounds of Params, in a hash that is read, too: whoever can write a hash into the
// database must not be able to make a login eat the machine.
const (
	MaxMemory  = 1 << 20 // KiB
	MaxPasses  = 32
	MaxThreads = 16
)

func (p Params) sane() bool {
	return p.Memory >= 8*uint32(p.Threads) && p.Memory <= MaxMemory && // 8 KiB a thread: RFC 9106 section 3.1
		p.Passes >= 1 && p.Passes <= MaxPasses && p.Threads >= 1 && p.Threads <= MaxThreads
}

func (p Params) check() error {
	if !p.sane() {
		return fmt.Errorf("password: Options.Params %+v: want memory of 8 KiB a thread to 1 GiB, 1 to %d passes, 1 to %d threads",
			p, MaxPasses, MaxThreads)
	}
	return nil
}
