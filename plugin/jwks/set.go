package jwks

import (
	"encoding/json"
	"errors"
	"fmt"

	"github.com/MicahParks/jwkset"

	"github.com/ginauth/ginauth/plugin/keys"
)

// Limits of a set. A larger set is refused as a whole.
const (
	MaxSet  = 256 << 10 // bytes
	MaxKeys = 64
)

var (
	errNoSet   = errors.New("jwks: the reply is not a JWK set (RFC 7517)")
	errMany    = fmt.Errorf("jwks: the set has more than %d keys", MaxKeys)
	errPrivate = errors.New("it has private members, so anyone can sign with it")
	errTwins   = errors.New("they share one kid")
	errUse     = errors.New("its use or key_ops does not allow it to verify signatures")
)

// parse reads a JWK set. Unusable keys are left out, each with an error in left; err means
// that the set as a whole is unusable.
func parse(body []byte) (usable []*keys.Key, left []error, err error) {
	var set jwkset.JWKSMarshal
	if err := json.Unmarshal(body, &set); err != nil || set.Keys == nil {
		return nil, nil, errNoSet
	}
	if len(set.Keys) > MaxKeys {
		return nil, nil, errMany
	}
	for i, entry := range set.Keys {
		key, err := parseKey(entry)
		if err != nil {
			left = append(left, fmt.Errorf("jwks: key %d left out: %w", i+1, err))
			continue
		}
		usable = append(usable, key)
	}
	usable, twice := withoutTwins(usable)
	return usable, append(left, twice...), nil
}

// withoutTwins leaves out all keys that share a kid: a token that names it does not say which
// of them is meant. Keeping the first would let the order of the set decide; refusing the set
// would let one slip of the issuer shut out every other key.
func withoutTwins(all []*keys.Key) (single []*keys.Key, left []error) {
	count := make(map[string]int)
	for _, key := range all {
		count[key.ID()]++
	}
	for _, key := range all {
		if count[key.ID()] == 1 {
			single = append(single, key)
		}
	}
	for id, n := range count {
		if n > 1 {
			left = append(left, fmt.Errorf("jwks: %d keys left out: %w: %q", n, errTwins, id))
		}
	}
	return single, left
}

// parseKey reads one key. jwkset decodes it; package keys checks it and pins its algorithm:
// the one the key names, or the default of its type.
func parseKey(entry jwkset.JWKMarshal) (*keys.Key, error) {
	if entry.D != "" || entry.K != "" || entry.P != "" || entry.Q != "" {
		return nil, errPrivate
	}
	if entry.USE != "" && entry.USE != jwkset.UseSig || !verifies(entry.KEYOPS) {
		return nil, errUse
	}
	// Certificates are ignored, and nothing they point to is fetched.
	entry.X5U, entry.X5C, entry.X5T, entry.X5TS256 = "", nil, "", ""
	read, err := jwkset.NewJWKFromMarshal(entry, jwkset.JWKMarshalOptions{}, jwkset.JWKValidateOptions{})
	if err != nil {
		return nil, err
	}
	var options []keys.Option
	if entry.KID != "" {
		options = append(options, keys.WithID(entry.KID))
	}
	return keys.Public(string(entry.ALG), read.Key(), options...)
}

func verifies(ops []jwkset.KEYOPS) bool {
	for _, op := range ops {
		if op == jwkset.KeyOpsVerify {
			return true
		}
	}
	return len(ops) == 0
}
