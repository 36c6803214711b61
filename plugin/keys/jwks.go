package keys

import (
	"bytes"
	"crypto"
	"crypto/ecdsa"
	"crypto/ed25519"
	"crypto/rsa"
	"crypto/sha256"
	"encoding/json"
	"math/big"
	"net/http"
	"time"
)

// jwk is a public key as RFC 7517 writes it: RFC 7518 section 6 for RSA and EC, RFC 8037
// section 2 for OKP.
type jwk struct {
	Kty string `json:"kty"`
	Use string `json:"use"`
	Alg string `json:"alg"`
	Kid string `json:"kid"`
	Crv string `json:"crv,omitempty"`
	X   string `json:"x,omitempty"`
	Y   string `json:"y,omitempty"`
	N   string `json:"n,omitempty"`
	E   string `json:"e,omitempty"`
}

// publicJWK converts a key that publicMethod has accepted.
func publicJWK(key crypto.PublicKey) jwk {
	switch key := key.(type) {
	case *rsa.PublicKey:
		e := big.NewInt(int64(key.E)).Bytes()
		return jwk{Kty: "RSA", N: base64url.EncodeToString(key.N.Bytes()), E: base64url.EncodeToString(e)}
	case *ecdsa.PublicKey:
		point, err := key.Bytes() // 4 | x | y, both as long as the curve's field
		if err != nil {
			panic("keys: " + err.Error()) // checked when the key was made
		}
		x, y := point[1:1+len(point)/2], point[1+len(point)/2:]
		return jwk{Kty: "EC", Crv: key.Curve.Params().Name, X: base64url.EncodeToString(x), Y: base64url.EncodeToString(y)}
	case ed25519.PublicKey:
		return jwk{Kty: "OKP", Crv: "Ed25519", X: base64url.EncodeToString(key)}
	default:
		panic("keys: no public key") // checked when the key was made
	}
}

// marshalJWKS writes the public keys in the order of the ring. Secrets are left out.
func marshalJWKS(keys []*Key) []byte {
	set := struct {
		Keys []jwk `json:"keys"`
	}{Keys: []jwk{}}
	for _, k := range keys {
		if k.symmetric() {
			continue
		}
		j := publicJWK(k.reveal().verify)
		j.Use, j.Alg, j.Kid = "sig", k.Alg(), k.id
		set.Keys = append(set.Keys, j)
	}
	text, err := json.Marshal(set)
	if err != nil {
		panic("keys: " + err.Error()) // strings always have a JSON form
	}
	return text
}

// etagOf is a strong entity tag (RFC 9110 section 8.8.3).
func etagOf(body []byte) string {
	sum := sha256.Sum256(body)
	return `"` + base64url.EncodeToString(sum[:16]) + `"`
}

// JWKS returns the ring's public keys as a JWK set (RFC 7517 section 5), in the order of the
// ring. The same keys give the same bytes. HMAC secrets are left out: a ring of secrets alone
// gives {"keys":[]}.
func (r *Ring) JWKS() []byte { return bytes.Clone(r.state.Load().jwks) }

// Handler serves the current [Ring.JWKS] to GET and HEAD, with an ETag. Readers may cache it
// for five minutes: publish a key at least that long before it signs, and expect other
// services to accept a withdrawn key for that much longer.
func (r *Ring) Handler() http.Handler {
	return http.HandlerFunc(func(w http.ResponseWriter, req *http.Request) {
		if req.Method != http.MethodGet && req.Method != http.MethodHead {
			w.Header().Set("Allow", "GET, HEAD")
			http.Error(w, "method not allowed", http.StatusMethodNotAllowed)
			return
		}
		s := r.state.Load()
		h := w.Header()
		h.Set("Content-Type", "application/json")
		h.Set("Cache-Control", "public, max-age=300")
		h.Set("ETag", s.etag)
		h.Set("X-Content-Type-Options", "nosniff")
		http.ServeContent(w, req, "", time.Time{}, bytes.NewReader(s.jwks))
	})
}
