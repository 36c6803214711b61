package password

import "fmt"

// Params are the costs of argon2id.
type Params struct {
	Memory  uint32 // KiB, at least 8 per thread
	Passes  uint32
	Threads uint8
}

// DefaultParams are the minimum for argon2id in OWASP's Password Storage Cheat Sheet: 19 MiB, 2
// passes, 1 thread. They take about 20 ms of one core.
var DefaultParams = Params{Memory: 19 * 1024, Passes: 2, Threads: 1}

// Upper limits of [Params]. They hold for stored hashes too, so that an attacker who can write
// one into the database cannot make a login use up the machine.
const (
	MaxMemory  = 1 << 20 // KiB
	MaxPasses  = 32
	MaxThreads = 16
)

func (p Params) sane() bool {
	return p.Memory >= 8*uint32(p.Threads) && p.Memory <= MaxMemory && // 8 KiB per thread: RFC 9106 section 3.1
		p.Passes >= 1 && p.Passes <= MaxPasses && p.Threads >= 1 && p.Threads <= MaxThreads
}

func (p Params) check() error {
	if !p.sane() {
		return fmt.Errorf("password: Options.Params %+v: want Memory from 8 KiB per thread to 1 GiB, 1 to %d Passes, 1 to %d Threads",
			p, MaxPasses, MaxThreads)
	}
	return nil
}
