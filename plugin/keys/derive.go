package keys

import (
	"crypto/hkdf"
	"crypto/sha256"
	"crypto/x509"
	"fmt"
)

// deriveSalt keeps these keys apart from keys that other programs derive from the same key.
const deriveSalt = "ginauth key derivation v1"

// Derive returns a key of 32 bytes for another purpose, named by info: HKDF-SHA-256 (RFC 5869)
// of the secret, or of the private key's PKCS#8 form. The same key and info give the same
// bytes on every node and after every restart, whatever alg and id are. The bytes cannot be
// computed from tokens or the public key, nor the key from the bytes.
//
// The error is [ErrVerifyOnly] for a public key.
func (k Key) Derive(info string) ([]byte, error) {
	private := k.reveal().sign
	if private == nil {
		return nil, fmt.Errorf("%w: %v has no secret to derive from", ErrVerifyOnly, k)
	}
	secret, ok := private.([]byte)
	if !ok {
		var err error
		if secret, err = x509.MarshalPKCS8PrivateKey(private); err != nil {
			return nil, fmt.Errorf("%w: %v has no PKCS#8 form", ErrInvalidKey, k)
		}
	}
	return hkdf.Key(sha256.New, secret, []byte(deriveSalt), info, 32)
}
