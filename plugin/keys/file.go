package keys

import (
	"errors"
	"fmt"
	"io"
	"os"
	"runtime"
)

// The bits of a file's mode for its group and for all others.
const (
	othersWrite = 0o022
	othersRead  = 0o004
)

// ReadFile reads the file of a private key, for [ParsePEM], and judges who else can reach it.
// A file that its group or others can write is [ErrKeyFile], since they could put a key of
// their own there and make tokens. exposed reports that others, beyond owner and group, can
// read it: tell the operator. A file that its group can read is how a process that is not root
// gets its secrets, and passes. A link is judged by the file that it leads to. On Windows,
// which has no such bits, every file passes.
//
// Other errors are those of [os.Open] and of reading.
func ReadFile(name string) (text []byte, exposed bool, err error) {
	file, err := os.Open(name) //nolint:gosec // G304: the operator names the file
	if err != nil {
		return nil, false, err
	}
	defer func() { err = errors.Join(err, file.Close()) }()
	info, err := file.Stat()
	if err != nil {
		return nil, false, err
	}
	mode := info.Mode().Perm()
	if runtime.GOOS == "windows" {
		mode = 0
	}
	if mode&othersWrite != 0 {
		return nil, false, fmt.Errorf("%w: mode %#o lets its group or others write it; want 0600 or 0640", ErrKeyFile, mode)
	}
	text, err = io.ReadAll(file)
	return text, mode&othersRead != 0, err
}
