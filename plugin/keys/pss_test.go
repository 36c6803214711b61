package keys_test

import (
	"crypto"
	"crypto/rand"
	"crypto/rsa"
	"crypto/x509"
	"encoding/base64"
	"encoding/pem"
	"errors"
	"strings"
	"testing"

	"github.com/golang-jwt/jwt/v4"

	"github.com/ginauth/ginauth/plugin/keys"
)

var pssHashes = map[string]crypto.Hash{"PS256": crypto.SHA256, "PS384": crypto.SHA384, "PS512": crypto.SHA512}

func rsaPrivate(t *testing.T) *rsa.PrivateKey {
	t.Helper()
	block, _ := pem.Decode(file(t, "rsa.pem"))
	parsed, err := x509.ParsePKCS8PrivateKey(block.Bytes)
	if err != nil {
		t.Fatal(err)
	}
	private, ok := parsed.(*rsa.PrivateKey)
	if !ok {
		t.Fatalf("a %T", parsed)
	}
	return private
}

// salted signs a token with the right key and a salt of the given length.
func salted(t *testing.T, h map[string]any, hash crypto.Hash, salt int) string {
	t.Helper()
	text := strings.TrimSuffix(unsigned(t, h, ""), ".")
	digest := hash.New()
	digest.Write([]byte(text))
	signature, err := rsa.SignPSS(rand.Reader, rsaPrivate(t), hash, digest.Sum(nil), &rsa.PSSOptions{SaltLength: salt})
	if err != nil {
		t.Fatal(err)
	}
	return text + "." + base64.RawURLEncoding.EncodeToString(signature)
}

// RFC 7518 section 3.5. golang-jwt's own parser accepts every length.
func TestAPSSSaltIsAsLongAsTheHash(t *testing.T) {
	longest := func(hash crypto.Hash) int { return 256 - hash.Size() - 2 } // of a key of 2048 bits
	for alg, hash := range pssHashes {
		one := load(t, alg, "rsa-public.pem", keys.WithID("k"))
		other := hmacKey(t, "HS256", secret, keys.WithID("h"))
		for _, ring := range []*keys.Ring{newRing(t, one), newRing(t, load(t, alg, "rsa.pem", keys.WithID("k")), other)} {
			for _, h := range []map[string]any{header(alg, "kid", "k"), header(alg)} {
				if _, err := parser.Parse(salted(t, h, hash, hash.Size()), ring.Keyfunc); err != nil {
					t.Errorf("%s, salt as long as the hash: %v", alg, err)
				}
				for _, salt := range []int{1, 20, hash.Size() - 1, hash.Size() + 1, longest(hash)} {
					refusedAs(t, keys.ErrSignature, ring, salted(t, h, hash, salt))
				}
			}
		}
	}
}

// Two keys of one algorithm: without a kid each is tried.
func TestAPSSSaltIsAsLongAsTheHashWhereKeysAreTried(t *testing.T) {
	private, err := rsa.GenerateKey(rand.Reader, 2048)
	if err != nil {
		t.Fatal(err)
	}
	stranger, err := keys.Private("PS256", private, keys.WithID("s"))
	if err != nil {
		t.Fatal(err)
	}
	ours := load(t, "PS256", "rsa.pem", keys.WithID("k"))
	for _, ring := range []*keys.Ring{newRing(t, ours, stranger), newRing(t, stranger, ours)} {
		if _, err := parser.Parse(salted(t, header("PS256"), crypto.SHA256, 32), ring.Keyfunc); err != nil {
			t.Error(err)
		}
		refused(t, ring, salted(t, header("PS256"), crypto.SHA256, 20))
	}
}

func TestSignedTokensHaveASaltAsLongAsTheHash(t *testing.T) {
	for alg, hash := range pssHashes {
		token := sign(t, newRing(t, load(t, alg, "rsa.pem")))
		dot := strings.LastIndexByte(token, '.')
		signature, err := base64.RawURLEncoding.DecodeString(token[dot+1:])
		if err != nil {
			t.Fatal(err)
		}
		digest := hash.New()
		digest.Write([]byte(token[:dot]))
		if err := rsa.VerifyPSS(&rsaPrivate(t).PublicKey, hash, digest.Sum(nil), signature, &rsa.PSSOptions{SaltLength: hash.Size()}); err != nil {
			t.Errorf("%s: %v", alg, err)
		}
	}
}

func TestAPSSTokenWithoutItsTextIsRefused(t *testing.T) {
	ring := newRing(t, load(t, "PS256", "rsa.pem", keys.WithID("k")))
	bare := &jwt.Token{Method: jwt.SigningMethodPS256, Header: header("PS256", "kid", "k")}
	if key, err := ring.Keyfunc(bare); !errors.Is(err, keys.ErrSignature) || key != nil {
		t.Errorf("%v, %v", key, err)
	}
}
