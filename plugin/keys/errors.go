package keys

import "errors"

// What goes wrong with keys. Test with errors.Is; the texts say what was found and what
// is wanted, and never hold key material.
var (
	// ErrInvalidKey: this is no key, or not of a type, or for an algorithm, that is
	// supported, or the algorithm needs another type of key.
	ErrInvalidKey = errors.New("keys: invalid key")

	// ErrWeakKey: the key is shorter than its algorithm allows.
	ErrWeakKey = errors.New("keys: weak key")

	// ErrPassphrase: the PEM is encrypted and the passphrase is missing or wrong, or
	// there is a passphrase and the PEM is not encrypted.
	ErrPassphrase = errors.New("keys: passphrase")

	// ErrRing: the keys do not make a ring.
	ErrRing = errors.New("keys: invalid ring")

	// ErrVerifyOnly: the key, or the ring, is public and cannot sign or derive.
	ErrVerifyOnly = errors.New("keys: verify only")

	// ErrUnknownKey: no key of the ring has the token's kid, or the key that has it is
	// for another algorithm.
	ErrUnknownKey = errors.New("keys: no key for this token")

	// ErrCritical: the token names header parameters that a reader must understand (crit,
	// RFC 7515 section 4.1.11). None is supported.
	ErrCritical = errors.New("keys: critical header parameter")
)
