package password

import (
	"context"
	"crypto/rand"
	"crypto/subtle"
	"errors"
	"fmt"
	"runtime"
)

// MaxBytes is the longest password that is taken. Up to it every byte counts: nothing is
// cut off.
const MaxBytes = 1024

// Errors of a Hasher, to be tested with errors.Is. None holds a password or a part of a hash.
var (
	// ErrMismatch: not the right password.
	ErrMismatch = errors.New("password: mismatch")

	// ErrTooLong: a password of more than MaxBytes, refused unseen. The answer is the same
	// for users who exist and for those who do not.
	ErrTooLong = errors.New("password: too long")

	// ErrMalformedHash: what was kept is no argon2id hash, or one with costs out of bounds.
	ErrMalformedHash = errors.New("password: not an argon2id hash in the PHC format")

	// ErrBusy: the context ended while others were hashing. It says nothing about the password.
	ErrBusy = errors.New("password: too many at once")
)

// Options are the settings of New. The zero value is a good one.
type Options struct {
	// Params are the costs of new hashes. Zero means DefaultParams.
	Params Params

	// Parallel is how many hashes may run at a time; the others wait. Each takes Params.Memory.
	// 0 means GOMAXPROCS: more would not be faster.
	Parallel int
}

// Hasher hashes and verifies. Make it with New, once for a process, since it counts what
// runs at a time. It is safe for concurrent use.
type Hasher struct {
	params Params
	turns  chan struct{}
	decoy  kept // of nobody; what an unknown user is measured against
}

// New makes a Hasher. The error is what is wrong with the options.
func New(o Options) (*Hasher, error) {
	if o.Params == (Params{}) {
		o.Params = DefaultParams
	}
	if o.Parallel == 0 {
		o.Parallel = runtime.GOMAXPROCS(0)
	}
	if o.Parallel < 0 {
		return nil, fmt.Errorf("password: Options.Parallel %d is negative", o.Parallel)
	}
	if err := o.Params.check(); err != nil {
		return nil, err
	}
	h := &Hasher{params: o.Params, turns: make(chan struct{}, o.Parallel)}
	h.decoy = h.blank()
	return h, nil
}

// Hash makes the text to keep for a password, with a random salt: two hashes of one
// password differ. Errors: ErrTooLong, ErrBusy.
func (h *Hasher) Hash(ctx context.Context, password string) (string, error) {
	k := h.blank()
	key, err := h.derive(ctx, k, password)
	if err != nil {
		return "", err
	}
	k.key = key
	return k.String(), nil
}

// Verify says whether a password is the one that was hashed: nil if it is, ErrMismatch if
// not. rehash tells, of the right password alone, that the hash has other costs than
// new ones: hash the password again and keep that, in a way that does not undo a
// change of password made at the same time.
//
// Keys are compared in constant time. Other errors: ErrTooLong, ErrMalformedHash, ErrBusy.
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

// VerifyUnknown does the work of Verify for a user who does not exist, so that the time of
// an answer does not tell who does. It never returns nil: ErrMismatch, or as Verify.
//
// The work is that of a hash with today's costs: users whose hash is an older, cheaper
// one can be told apart until their next login.
func (h *Hasher) VerifyUnknown(ctx context.Context, password string) error {
	key, err := h.derive(ctx, h.decoy, password)
	if err != nil {
		return err
	}
	_ = subtle.ConstantTimeCompare(key, h.decoy.key) // whatever it says, nobody is let in
	return ErrMismatch
}

// derive waits for a turn and computes a key.
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

// blank is a hash with a salt and no key yet.
func (h *Hasher) blank() kept {
	k := kept{params: h.params, salt: make([]byte, saltBytes), key: make([]byte, keyBytes)}
	_, _ = rand.Read(k.salt) // never fails
	return k
}
