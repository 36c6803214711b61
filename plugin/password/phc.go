package password

import (
	"encoding/base64"
	"fmt"
	"strings"

	"golang.org/x/crypto/argon2"
)

// Lengths in bytes: of new hashes, and the range for stored ones.
const (
	saltBytes    = 16
	keyBytes     = 32
	minSaltBytes = 8
	maxSaltBytes = 64
	minKeyBytes  = 16
	maxKeyBytes  = 64
)

// kept is a stored hash.
type kept struct {
	params    Params
	salt, key []byte
}

var b64 = base64.RawStdEncoding.Strict()

// String returns $argon2id$v=19$m=19456,t=2,p=1$<salt>$<hash>.
func (k kept) String() string {
	p := k.params
	return fmt.Sprintf("$argon2id$v=%d$m=%d,t=%d,p=%d$%s$%s",
		argon2.Version, p.Memory, p.Passes, p.Threads, b64.EncodeToString(k.salt), b64.EncodeToString(k.key))
}

// parse reads the exact form that String writes, and nothing else.
func parse(hash string) (kept, error) {
	fields := strings.Split(hash, "$")
	if len(fields) != 6 {
		return kept{}, ErrMalformedHash
	}
	var k kept
	var saltErr, keyErr error
	p := &k.params
	_, costErr := fmt.Sscanf(fields[3], "m=%d,t=%d,p=%d", &p.Memory, &p.Passes, &p.Threads)
	k.salt, saltErr = b64.DecodeString(fields[4])
	k.key, keyErr = b64.DecodeString(fields[5])
	if costErr != nil || saltErr != nil || keyErr != nil || !p.sane() ||
		len(k.salt) < minSaltBytes || len(k.salt) > maxSaltBytes || len(k.key) < minKeyBytes || len(k.key) > maxKeyBytes {
		return kept{}, ErrMalformedHash
	}
	// Writing it again must give the same text. That checks the algorithm, the version, and that
	// there is nothing before, between or after the parts.
	if k.String() != hash {
		return kept{}, ErrMalformedHash
	}
	return k, nil
}

// derive computes the key of a password with k's salt and costs.
func (k kept) derive(password string) []byte {
	p := k.params
	return argon2.IDKey([]byte(password), k.salt, p.Passes, p.Memory, p.Threads, uint32(len(k.key)))
}
