package jwks

import (
	"encoding/json"
	"errors"
	"fmt"

	"github.com/MicahParks/jwkset"

	"github.com/ginauth/ginauth/plugin/keys"
)

// MaxSet is the largest set that is read, in bytes; MaxKeys is the most keys.
const (
	MaxSet  = 256 << 10
	MaxKeys = 64
)

var (
	errNoSet   = errors.New("jwks: not a JWK set")
	errMany    = fmt.Errorf("jwks: more than %d keys", MaxKeys)
	errPrivate = errors.New("private members: a key that everybody can sign with")
	errTwins   = errors.New("they have one kid")
	errUse     = errors.New("not for verifying signatures")
)

// parse reads a JWK set. Keys that cannot be used are left out, each with an error; err
// says that the set as a whole is none.
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

// withoutTwins leaves out all keys of a name that more than one has: a token names its key
// by it, so nothing says which of them is meant. To keep the first would let the order of
// the set decide, and to refuse the set would let one slip shut out every other key.
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

// parseKey reads one key. jwkset decodes it; package keys judges whether it is fit, and
// pins its algorithm: the one that it names, else the default of its type.
func parseKey(entry jwkset.JWKMarshal) (*keys.Key, error) {
	if entry.D != "" || entry.K != "" || entry.P != "" || entry.Q != "" {
		return nil, errPrivate
	}
	if entry.USE != "" && entry.USE != jwkset.UseSig || !verifies(entry.KEYOPS) {
		return nil, errUse
	}
	// Certificates are not looked at, and nothing that they point to is fetched.
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
