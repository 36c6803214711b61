package ginauth

import (
	"errors"
	"fmt"
	"os"
	"strings"

	jwt "github.com/appleboy/gin-jwt/v2"

	"github.com/ginauth/ginauth/plugin/keys"
)

// buildRing returns the configured ring, or makes one from gin-jwt's key fields and
// PreviousKeys. Every key is read and checked here, once.
func (c Config) buildRing() (*keys.Ring, error) {
	if c.Keys != nil {
		return c.Keys, nil
	}
	first, err := c.ownKey()
	errs := []error{err}
	all := []*keys.Key{first}
	for i, secret := range c.PreviousKeys {
		key, err := keys.HMAC(hmacAlgorithm(c.JWT.SigningAlgorithm), secret)
		if err != nil {
			errs = append(errs, fmt.Errorf("ginauth: Config.PreviousKeys[%d]: %w", i, err))
		}
		all = append(all, key)
	}
	if err := errors.Join(errs...); err != nil {
		return nil, err
	}
	ring, err := keys.NewRing(all...)
	if err != nil {
		return nil, fmt.Errorf("ginauth: Config.PreviousKeys: %w", err)
	}
	return ring, nil
}

// ownKey returns the key in gin-jwt's own fields, for the six algorithms that gin-jwt signs
// with.
func (c Config) ownKey() (*keys.Key, error) {
	user := c.JWT
	switch alg := user.SigningAlgorithm; alg {
	case "", "HS256", "HS384", "HS512":
		key, err := keys.HMAC(hmacAlgorithm(alg), user.Key)
		if err != nil {
			return nil, asGinJWT(fmt.Errorf("ginauth: Config.JWT.Key: %w", err), missingKey(user.Key))
		}
		return key, nil
	case "RS256", "RS384", "RS512":
		return c.ownKeyPair()
	default:
		err := fmt.Errorf("ginauth: Config.JWT.SigningAlgorithm: %q is none of HS256, HS384, HS512, RS256, RS384, RS512; for others use Config.Keys", alg)
		return nil, asGinJWT(err, jwt.ErrInvalidSigningAlgorithm)
	}
}

// ownKeyPair reads the private key and, if given, the public key. gin-jwt itself notices at
// the first request that the two do not belong together.
func (c Config) ownKeyPair() (*keys.Key, error) {
	user := c.JWT
	text := user.PrivKeyBytes
	if user.PrivKeyFile != "" {
		var err error
		if text, err = c.privateFile(user.PrivKeyFile); err != nil {
			return nil, asGinJWT(fmt.Errorf("ginauth: Config.JWT.PrivKeyFile: %w", err), jwt.ErrNoPrivKeyFile)
		}
	}
	private, err := pemKey(user.SigningAlgorithm, "PrivKey", text, user.PrivateKeyPassphrase)
	if err != nil {
		return nil, asGinJWT(err, jwt.ErrInvalidPrivKey)
	}
	if !private.CanSign() {
		return nil, asGinJWT(errors.New("ginauth: Config.JWT.PrivKey: a public key; want the private one"), jwt.ErrInvalidPrivKey)
	}
	if user.PubKeyFile == "" && user.PubKeyBytes == nil {
		return private, nil
	}
	if text = user.PubKeyBytes; user.PubKeyFile != "" {
		if text, err = os.ReadFile(user.PubKeyFile); err != nil {
			return nil, asGinJWT(fmt.Errorf("ginauth: Config.JWT.PubKeyFile: %w", err), jwt.ErrNoPubKeyFile)
		}
	}
	public, err := pemKey(user.SigningAlgorithm, "PubKey", text, "")
	if err != nil {
		return nil, asGinJWT(err, jwt.ErrInvalidPubKey)
	}
	// The default key id is the thumbprint of the public key.
	if public.ID() != private.ID() {
		return nil, asGinJWT(errors.New("ginauth: Config.JWT.PubKey: does not belong to the private key"), jwt.ErrInvalidPubKey)
	}
	return private, nil
}

// privateFile reads the file of the private key. One that others can read is only told, since
// a container's files often are.
func (c Config) privateFile(name string) ([]byte, error) {
	text, exposed, err := keys.ReadFile(name)
	if exposed {
		c.Logger.Warn("ginauth: everybody on this machine can read the private key: Config.JWT.PrivKeyFile", "file", name)
	}
	return text, err
}

func pemKey(alg, field string, pem []byte, passphrase string) (*keys.Key, error) {
	name := "ginauth: Config.JWT." + field
	if len(pem) == 0 {
		return nil, fmt.Errorf("%sFile: required with %s", name, alg)
	}
	key, err := keys.ParsePEMAlg(alg, pem, passphrase)
	if err != nil {
		return nil, fmt.Errorf("%s: %w", name, err)
	}
	return key, nil
}

// hmacAlgorithm returns the algorithm of PreviousKeys: the configured one, or HS256 beside RS*.
func hmacAlgorithm(alg string) string {
	if strings.HasPrefix(alg, "HS") {
		return alg
	}
	return "HS256"
}

// missingKey is gin-jwt's error if there is no key, and nil if there is one.
func missingKey(key []byte) error {
	if key == nil {
		return jwt.ErrMissingSecretKey
	}
	return nil
}

// mistaken is a mistake for which gin-jwt has an error too, so that programs that test for that find
// it with errors.Is. It prints as the mistake alone.
type mistaken struct{ mistake, theirs error }

func asGinJWT(mistake, theirs error) error {
	if theirs == nil {
		return mistake
	}
	return &mistaken{mistake, theirs}
}

func (m *mistaken) Error() string   { return m.mistake.Error() }
func (m *mistaken) Unwrap() []error { return []error{m.mistake, m.theirs} }
