package keys

import (
	"crypto"
	"crypto/x509"
	"encoding/pem"
	"fmt"

	"github.com/youmark/pkcs8"
)

const wantPEM = "want one of PRIVATE KEY, ENCRYPTED PRIVATE KEY, RSA PRIVATE KEY, EC PRIVATE KEY, PUBLIC KEY, CERTIFICATE"

// ParsePEM is [ParsePEMAlg] with an empty alg: the type of the key chooses the algorithm, as
// in [Private].
func ParsePEM(data []byte, passphrase string, opts ...Option) (*Key, error) {
	return ParsePEMAlg("", data, passphrase, opts...)
}

// ParsePEMAlg reads the one key in a PEM file: a private key (PKCS#8, encrypted PKCS#8,
// PKCS#1, SEC 1), a public key (PKIX), or the public key of an X.509 certificate. alg, limits
// and errors are those of [Private] and [Public].
//
// A certificate only contributes its key: its signature, names and dates are not checked. The
// passphrase is for encrypted PKCS#8; leave it empty otherwise. A passphrase for a file that
// is not encrypted is [ErrPassphrase], since its owner believes that the file is protected.
// The old encryption of PKCS#1 and SEC 1 files (Proc-Type) is refused: it derives its key with
// one round of MD5.
func ParsePEMAlg(alg string, data []byte, passphrase string, opts ...Option) (*Key, error) {
	block, err := onlyBlock(data)
	if err != nil {
		return nil, err
	}
	key, err := parseBlock(block, passphrase)
	if err != nil {
		return nil, err
	}
	if signer, ok := key.(crypto.Signer); ok {
		return Private(alg, signer, opts...)
	}
	return Public(alg, key, opts...)
}

// onlyBlock returns the block that holds the key. It refuses two rather than choose one.
func onlyBlock(data []byte) (*pem.Block, error) {
	var only *pem.Block
	for block, rest := pem.Decode(data); block != nil; block, rest = pem.Decode(rest) {
		switch {
		case block.Type == "EC PARAMETERS": // openssl writes the curve's name first
		case only != nil:
			return nil, fmt.Errorf("%w: found %s and %s in one PEM file, want one key", ErrInvalidKey, only.Type, block.Type)
		default:
			only = block
		}
	}
	if only == nil {
		return nil, fmt.Errorf("%w: found no PEM block, %s", ErrInvalidKey, wantPEM)
	}
	return only, nil
}

func parseBlock(block *pem.Block, passphrase string) (key any, err error) {
	if block.Headers["Proc-Type"] != "" {
		return nil, fmt.Errorf("%w: %s has the old PEM encryption: convert it with openssl pkcs8 -topk8", ErrInvalidKey, block.Type)
	}
	if block.Type == "ENCRYPTED PRIVATE KEY" {
		return decrypt(block.Bytes, passphrase)
	}
	if passphrase != "" {
		return nil, fmt.Errorf("%w given, but %s is not encrypted", ErrPassphrase, block.Type)
	}
	switch block.Type {
	case "PRIVATE KEY":
		key, err = x509.ParsePKCS8PrivateKey(block.Bytes)
	case "RSA PRIVATE KEY":
		key, err = x509.ParsePKCS1PrivateKey(block.Bytes)
	case "EC PRIVATE KEY":
		key, err = x509.ParseECPrivateKey(block.Bytes)
	case "PUBLIC KEY":
		key, err = x509.ParsePKIXPublicKey(block.Bytes)
	case "CERTIFICATE":
		var cert *x509.Certificate
		if cert, err = x509.ParseCertificate(block.Bytes); err == nil {
			key = cert.PublicKey
		}
	default:
		return nil, fmt.Errorf("%w: found %s, %s", ErrInvalidKey, block.Type, wantPEM)
	}
	if err != nil {
		return nil, fmt.Errorf("%w: cannot read %s: %w", ErrInvalidKey, block.Type, err)
	}
	return key, nil
}

func decrypt(der []byte, passphrase string) (key any, err error) {
	if passphrase == "" {
		return nil, fmt.Errorf("%w: ENCRYPTED PRIVATE KEY needs one", ErrPassphrase)
	}
	// pkcs8 panics if the lengths do not fit the cipher, as in a truncated or mistyped file.
	defer func() {
		if recover() != nil {
			err = fmt.Errorf("%w: ENCRYPTED PRIVATE KEY is damaged", ErrInvalidKey)
		}
	}()
	key, err = pkcs8.ParsePKCS8PrivateKey(der, []byte(passphrase))
	if err != nil {
		err = fmt.Errorf("%w: cannot decrypt ENCRYPTED PRIVATE KEY: %w", ErrPassphrase, err)
	}
	return key, err
}
