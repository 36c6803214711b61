package ginauth_test

import (
	"crypto"
	"crypto/rand"
	"crypto/rsa"
	"crypto/sha256"
	"encoding/base64"
	"encoding/json"
	"net/http"
	"testing"

	ginauth "github.com/ginauth/ginauth/plugin"
	"github.com/ginauth/ginauth/plugin/internal/rig/authtest"
	"github.com/ginauth/ginauth/plugin/keys"
)

// The key is the right one and the claims are those of a live session: only the length of the
// salt is not that of PS256 (RFC 7518 section 3.5).
func TestAttackAPSSSaltOfAnotherLength(t *testing.T) {
	private := rsaOurs().key
	ring, err := keys.NewRing(mustKey(keys.Private("PS256", private)))
	if err != nil {
		t.Fatal(err)
	}
	app := authtest.New(t, func(c *ginauth.Config) { c.JWT.Key, c.Keys = nil, ring })
	token := app.Login("user1").AccessToken
	payload, err := json.Marshal(authtest.Claims(t, token))
	if err != nil {
		t.Fatal(err)
	}
	for _, header := range []string{`{"alg":"PS256","kid":"` + ring.Keys()[0].ID() + `"}`, `{"alg":"PS256"}`} {
		text := authtest.Segment(header) + "." + authtest.Segment(string(payload))
		digest := sha256.Sum256([]byte(text))
		for _, salt := range []int{32, 1, 20, 31, 33, 64, 222} {
			signature, err := rsa.SignPSS(rand.Reader, private, crypto.SHA256, digest[:], &rsa.PSSOptions{SaltLength: salt})
			if err != nil {
				t.Fatal(err)
			}
			reply := app.Get("/protected", text+"."+base64.RawURLEncoding.EncodeToString(signature))
			if salt == 32 {
				wantStatus(t, reply, http.StatusOK)
			} else {
				wantRefusal(t, reply, http.StatusUnauthorized, "token_invalid")
			}
		}
	}
}
