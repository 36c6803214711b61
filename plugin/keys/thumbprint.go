package keys

import (
	"crypto"
	"crypto/hmac"
	"crypto/sha256"
	"encoding/base64"
	"encoding/json"
)

var base64url = base64.RawURLEncoding

// thumbprint returns the SHA-256 thumbprint of a public key in base64url (RFC 7638): the hash
// of its JWK with the required members only, in the order of their names, without white space.
func thumbprint(public crypto.PublicKey) string {
	j := publicJWK(public)
	// encoding/json writes a map in the order of its keys.
	required := map[string]string{"kty": j.Kty}
	for name, value := range map[string]string{"crv": j.Crv, "x": j.X, "y": j.Y, "n": j.N, "e": j.E} {
		if value != "" {
			required[name] = value
		}
	}
	text, err := json.Marshal(required)
	if err != nil {
		panic("keys: " + err.Error()) // a map of strings always has a JSON form
	}
	sum := sha256.Sum256(text)
	return base64url.EncodeToString(sum[:])
}

// fingerprint returns the default name of a secret: 96 bits of its HMAC over a fixed text. A
// thumbprint would publish a plain hash of the secret in every token (RFC 7638 section 7 warns
// of it). A MAC reveals no more than the tokens do, which are MACs too. It is not the
// signature of any token: the signed text of a token holds no space.
func fingerprint(alg string, secret []byte) string {
	h := hmac.New(sha256.New, secret)
	h.Write([]byte("ginauth access key id " + alg))
	return base64url.EncodeToString(h.Sum(nil)[:12])
}
