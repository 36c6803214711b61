package password

import (
	"context"
	"crypto/rand"
	"crypto/subtle"
	"errors"
	"fmt"
	"runtime"
)

// MaxBytes is the longest password that is accepted, in bytes. Every byte counts: nothing is
// cut off.
const MaxBytes = 1024

// Errors of a [Hasher]; test with errors.Is. None holds a password or a part of a hash.
var (
	// ErrMismatch: the password is wrong.
	ErrMismatch = errors.New("password: mismatch")

	// ErrTooLong: the password is longer than MaxBytes and was not checked. Known and unknown
	// users get the same answer.
	ErrTooLong = errors.New("password: too long")

	// ErrMalformedHash: the stored hash is not an argon2id hash, or its costs are out of range.
	ErrMalformedHash = errors.New("password: not an argon2id hash in the PHC format")

	// ErrBusy: the context ended while other calls were hashing. The password was not checked.
	ErrBusy = errors.New("password: too many at once")
)

// Options are the settings of [New]. The zero value is a good one. Values out of range are
// errors; nothing is clamped.
type Options struct {
	// Params are the costs of new hashes. Default DefaultParams.
	Params Params

	// Parallel is the number of hashes that may run at a time; other calls wait. Each takes
	// Params.Memory. Default GOMAXPROCS; more would not be faster.
	Parallel int
}

// Hasher hashes and verifies. Make it with [New], once per process, since it counts the hashes
// that run. It is safe for concurrent use.
type Hasher struct {
	params Params
	turns  chan struct{}
	decoy  kept // an empty hash, for unknown users
}

// New makes a Hasher. The error names the option that is out of range.
func New(o Options) (*Hasher, error) {
	if o.Params == (Params{}) {
		o.Params = DefaultParams
	}
	if o.Parallel == 0 {
		o.Parallel = runtime.GOMAXPROCS(0)
	}
	if o.Parallel < 0 {
		return nil, fmt.Errorf("password: Options.Parallel %d: want 0 or more", o.Parallel)
	}
	if err := o.Params.check(); err != nil {
		return nil, err
	}
	h := &Hasher{params: o.Params, turns: make(chan struct{}, o.Parallel)}
	h.decoy = h.blank()
	return h, nil
}

// Hash returns the text to store for a password, with a random salt: two hashes of one password
// differ. Errors: [ErrTooLong], [ErrBusy].
func (h *Hasher) Hash(ctx context.Context, password string) (string, error) {
	k := h.blank()
	key, err := h.derive(ctx, k, password)
	if err != nil {
		return "", err
	}
	k.key = key
	return k.String(), nil
}

// Verify returns nil if the password is the one that was hashed, and [ErrMismatch] if not.
// Other errors: [ErrTooLong], [ErrMalformedHash], [ErrBusy]. Keys are compared in constant time.
//
// rehash is true only for the right password, if its hash has other costs than new hashes: hash
// the password again and store that, without undoing a change of password made at the same time.
func (h *Hasher) Verify(ctx context.Context, hash, password string) (rehash bool, err error) {
	k, err := parse(hash)
	if err != nil {
		return false, err
	}
	key, err := h.derive(ctx, k, password)
	if err != nil {
		return false, err
	}
	if subtle.ConstantTimeCompare(key, k.key) != 1 {
		return false, ErrMismatch
	}
	return k.params != h.params || len(k.salt) != saltBytes || len(k.key) != keyBytes, nil
}

// VerifyUnknown does the work of [Hasher.Verify] for a user who does not exist, so that the
// time of an answer does not reveal which users exist. It never returns nil: the error is
// [ErrMismatch], [ErrTooLong] or [ErrBusy].
//
// It works with the costs of new hashes. A user with an older, cheaper hash can be told apart
// from an unknown one until the next login.
func (h *Hasher) VerifyUnknown(ctx context.Context, password string) error {
	key, err := h.derive(ctx, h.decoy, password)
	if err != nil {
		return err
	}
	_ = subtle.ConstantTimeCompare(key, h.decoy.key) // for its time only: the answer is always no
	return ErrMismatch
}

// derive waits for its turn and computes a key.
func (h *Hasher) derive(ctx context.Context, k kept, password string) ([]byte, error) {
	if len(password) > MaxBytes {
		return nil, ErrTooLong
	}
	if err := ctx.Err(); err != nil {
		return nil, busy(err)
	}
	select {
	case h.turns <- struct{}{}:
	case <-ctx.Done():
		return nil, busy(ctx.Err())
	}
	defer func() { <-h.turns }()
	return k.derive(password), nil
}

func busy(cause error) error { return fmt.Errorf("%w: %w", ErrBusy, cause) }

// blank returns a hash with a new salt and no key yet.
func (h *Hasher) blank() kept {
	k := kept{params: h.params, salt: make([]byte, saltBytes), key: make([]byte, keyBytes)}
	_, _ = rand.Read(k.salt) // never fails
	return k
}
