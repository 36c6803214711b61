package keys

import (
	"crypto"
	"crypto/ecdsa"
	"crypto/ed25519"
	"crypto/elliptic"
	"crypto/rsa"
	"fmt"
	"slices"

	"github.com/golang-jwt/jwt/v4"
)

// minRSA is the shortest RSA modulus in bits (RFC 7518 sections 3.3 and 3.5).
const minRSA = 2048

// The algorithms, the default of each type of key first. They are golang-jwt's own objects.
// Looking them up by name would not be safe: its registry is global and any code can write to
// it.
var (
	hmacMethods = []*jwt.SigningMethodHMAC{jwt.SigningMethodHS256, jwt.SigningMethodHS384, jwt.SigningMethodHS512}
	rsaMethods  = []jwt.SigningMethod{
		jwt.SigningMethodRS256, jwt.SigningMethodRS384, jwt.SigningMethodRS512,
		jwt.SigningMethodPS256, jwt.SigningMethodPS384, jwt.SigningMethodPS512,
	}
)

func hmacMethod(alg string) (*jwt.SigningMethodHMAC, error) {
	i := slices.IndexFunc(hmacMethods, func(m *jwt.SigningMethodHMAC) bool { return alg == "" || m.Name == alg })
	if i < 0 {
		return nil, fmt.Errorf("%w: a secret is for HS256, HS384 or HS512, not for %q", ErrInvalidKey, alg)
	}
	return hmacMethods[i], nil
}

// publicMethod checks a public key and returns the method for alg, or the default of its type
// if alg is empty.
func publicMethod(alg string, key crypto.PublicKey) (jwt.SigningMethod, error) {
	switch key := key.(type) {
	case *rsa.PublicKey:
		if err := checkRSA(key); err != nil {
			return nil, err
		}
		return choose(alg, fmt.Sprintf("RSA key of %d bits", key.N.BitLen()), rsaMethods...)
	case *ecdsa.PublicKey:
		return ecdsaMethod(alg, key)
	case ed25519.PublicKey:
		if len(key) != ed25519.PublicKeySize {
			return nil, fmt.Errorf("%w: an Ed25519 public key has %d bytes, found %d", ErrInvalidKey, ed25519.PublicKeySize, len(key))
		}
		return choose(alg, "Ed25519 key", jwt.SigningMethodEdDSA)
	default:
		return nil, fmt.Errorf("%w: found %T, want *rsa.PublicKey, *ecdsa.PublicKey or ed25519.PublicKey", ErrInvalidKey, key)
	}
}

func checkRSA(key *rsa.PublicKey) error {
	switch {
	case key == nil || key.N == nil || key.N.Sign() <= 0 || key.E < 3 || key.E%2 == 0:
		return fmt.Errorf("%w: the RSA key has no modulus or an impossible exponent", ErrInvalidKey)
	case key.N.BitLen() < minRSA:
		return fmt.Errorf("%w: RSA wants at least %d bits, found %d", ErrWeakKey, minRSA, key.N.BitLen())
	}
	return nil
}

func ecdsaMethod(alg string, key *ecdsa.PublicKey) (jwt.SigningMethod, error) {
	if key == nil || key.Curve == nil || key.X == nil || key.Y == nil { //nolint:staticcheck // read only: Bytes panics without them
		return nil, fmt.Errorf("%w: the ECDSA key has no curve or no point", ErrInvalidKey)
	}
	var method jwt.SigningMethod
	switch key.Curve {
	case elliptic.P256():
		method = jwt.SigningMethodES256
	case elliptic.P384():
		method = jwt.SigningMethodES384
	case elliptic.P521():
		method = jwt.SigningMethodES512
	default:
		return nil, fmt.Errorf("%w: found an ECDSA key on %s, want P-256, P-384 or P-521", ErrInvalidKey, key.Curve.Params().Name)
	}
	if _, err := key.Bytes(); err != nil {
		return nil, fmt.Errorf("%w: the ECDSA key is not a point on %s", ErrInvalidKey, key.Curve.Params().Name)
	}
	return choose(alg, "ECDSA key on "+key.Curve.Params().Name, method)
}

// choose returns the method of that name, the first if there is no name.
func choose(alg, found string, fitting ...jwt.SigningMethod) (jwt.SigningMethod, error) {
	if alg == "" {
		return fitting[0], nil
	}
	names := make([]string, len(fitting))
	for i, m := range fitting {
		if m.Alg() == alg {
			return m, nil
		}
		names[i] = m.Alg()
	}
	return nil, fmt.Errorf("%w: found an %s, which is for %v, not for %q", ErrInvalidKey, found, names, alg)
}

// checkPrivate refuses private keys that would panic when asked for their public half, or
// that cannot be used.
func checkPrivate(key crypto.Signer) error {
	switch key := key.(type) {
	case *rsa.PrivateKey:
		if key == nil {
			return fmt.Errorf("%w: the RSA key is nil", ErrInvalidKey)
		}
		if err := checkRSA(&key.PublicKey); err != nil {
			return err
		}
		if key.Validate() != nil {
			return fmt.Errorf("%w: the parts of the RSA key do not match", ErrInvalidKey)
		}
	case *ecdsa.PrivateKey:
		if key == nil || key.D == nil { //nolint:staticcheck // read only: signing panics without it
			return fmt.Errorf("%w: the ECDSA key is nil", ErrInvalidKey)
		}
	case ed25519.PrivateKey:
		if len(key) != ed25519.PrivateKeySize {
			return fmt.Errorf("%w: an Ed25519 private key has %d bytes, found %d", ErrInvalidKey, ed25519.PrivateKeySize, len(key))
		}
	default:
		return fmt.Errorf("%w: found %T, want *rsa.PrivateKey, *ecdsa.PrivateKey or ed25519.PrivateKey", ErrInvalidKey, key)
	}
	return nil
}
