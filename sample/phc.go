package main

import (
	"encoding/base64"
	"errors"
	"fmt"
	"strings"

	"golang.org/x/crypto/argon2"
)

var errNoHash = errors.New("not an argon2id hash in the PHC format")

// The largest costs that a kept hash may name: whoever can write a hash into the store
// must not be able to make a login eat the machine.
const (
	maxMemory = 1 << 20 // KiB
	maxPasses = 32
)

// encodeHash writes $argon2id$v=19$m=19456,t=2,p=1$<salt>$<hash>.
func encodeHash(p argon2Params, salt, hash []byte) string {
	b64 := base64.RawStdEncoding.EncodeToString
	return fmt.Sprintf("$argon2id$v=%d$m=%d,t=%d,p=%d$%s$%s", argon2.Version, p.memory, p.passes, p.threads, b64(salt), b64(hash))
}

// decodeHash reads what encodeHash wrote, and nothing else.
func decodeHash(encoded string) (p argon2Params, salt, hash []byte, err error) {
	fields := strings.Split(encoded, "$")
	if len(fields) != 6 {
		return argon2Params{}, nil, nil, errNoHash
	}
	var version int
	_, versionErr := fmt.Sscanf(fields[2], "v=%d", &version)
	_, costErr := fmt.Sscanf(fields[3], "m=%d,t=%d,p=%d", &p.memory, &p.passes, &p.threads)
	salt, saltErr := base64.RawStdEncoding.Strict().DecodeString(fields[4])
	hash, hashErr := base64.RawStdEncoding.Strict().DecodeString(fields[5])
	if err := errors.Join(versionErr, costErr, saltErr, hashErr); err != nil {
		return argon2Params{}, nil, nil, errNoHash
	}
	sane := p.memory >= 8 && p.memory <= maxMemory && p.passes >= 1 && p.passes <= maxPasses && p.threads >= 1 &&
		len(salt) >= 8 && len(hash) >= 16 && len(hash) <= 64
	// Written again, it must be the same text: nothing before, between or behind.
	if !sane || version != argon2.Version || encodeHash(p, salt, hash) != encoded {
		return argon2Params{}, nil, nil, errNoHash
	}
	return p, salt, hash, nil
}

// outdated reports whether a kept hash has other costs than today's.
func outdated(encoded string) bool {
	p, _, _, err := decodeHash(encoded)
	return err != nil || p != currentParams
}
