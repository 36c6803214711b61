package keys

import "errors"

// Errors of this package; test with errors.Is. The texts say what was found and what is
// wanted. They never hold key material.
var (
	// ErrInvalidKey: the input is not a key, or its type or algorithm is not supported, or
	// the algorithm needs another type of key.
	ErrInvalidKey = errors.New("keys: invalid key")

	// ErrWeakKey: the key is shorter than its algorithm allows.
	ErrWeakKey = errors.New("keys: weak key")

	// ErrPassphrase: the PEM is encrypted and the passphrase is missing or wrong, or a
	// passphrase was given and the PEM is not encrypted.
	ErrPassphrase = errors.New("keys: passphrase")

	// ErrKeyFile: others can write the file of the private key.
	ErrKeyFile = errors.New("keys: file not safe")

	// ErrRing: the keys do not make a ring.
	ErrRing = errors.New("keys: invalid ring")

	// ErrVerifyOnly: the key or the ring is public, so it cannot sign or derive.
	ErrVerifyOnly = errors.New("keys: verify only")

	// ErrUnknownKey: the ring has no key with the token's kid, or that key is for another
	// algorithm.
	ErrUnknownKey = errors.New("keys: no key for this token")

	// ErrSignature: the token's PS256, PS384 or PS512 signature is wrong, or its salt is not as
	// long as the hash (RFC 7518 section 3.5). Wrong signatures of other algorithms are found by
	// golang-jwt.
	ErrSignature = errors.New("keys: signature refused")

	// ErrCritical: the token names header parameters that its reader must understand (crit,
	// RFC 7515 section 4.1.11). None is supported.
	ErrCritical = errors.New("keys: critical header parameter")
)
