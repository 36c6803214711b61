package keys_test

import (
	"bytes"
	"encoding/hex"
	"errors"
	"testing"

	"github.com/ginauth/ginauth/plugin/keys"
)

// The bytes sign the refresh tokens that clients hold. If a new version changed them, all users
// would be logged out.
func TestDerivedKeysNeverChange(t *testing.T) {
	for want, k := range map[string]*keys.Key{
		"dad1abac041081246edd3aa98ba66ca02c2d5a68aa43b5803f8b1f014354825a": hmacKey(t, "HS256", secret),
		"736ef2b2922f50b463d758bc41b7649f15d4a49adc3943f5eb8497f226b9ca2a": load(t, "", "rsa.pem"),
		"af5ab49c55ca994243aa82221bd996b1a226b582921ba5abf7a6b9370d2a69e7": load(t, "", "p256.pem"),
		"2fac4a3253b15691c98c66880ee082fc327c95948c1adf66792026b498e51af1": load(t, "", "ed25519.pem"),
	} {
		got, err := k.Derive("refresh")
		if err != nil {
			t.Fatal(err)
		}
		if hex.EncodeToString(got) != want {
			t.Errorf("%v: %x, want %s", k, got, want)
		}
	}
}

func TestDerivedKeysDifferByKeyAndPurposeAlone(t *testing.T) {
	derive := func(k *keys.Key, info string) []byte {
		t.Helper()
		b, err := k.Derive(info)
		if err != nil || len(b) != 32 {
			t.Fatalf("%d bytes, %v", len(b), err)
		}
		return b
	}
	base := derive(load(t, "RS256", "rsa.pem"), "refresh")
	if !bytes.Equal(base, derive(load(t, "PS512", "rsa-pkcs1.pem", keys.WithID("x")), "refresh")) {
		t.Error("the same key in another file, for another algorithm, derives other bytes")
	}
	if bytes.Equal(base, derive(load(t, "RS256", "rsa.pem"), "cookies")) {
		t.Error("two purposes share a key")
	}
	if bytes.Equal(derive(hmacKey(t, "HS256", secret), "refresh"), derive(hmacKey(t, "HS256", otherSecret), "refresh")) {
		t.Error("two secrets share a key")
	}
}

func TestNothingIsDerivedFromPublicKeys(t *testing.T) {
	if b, err := load(t, "", "rsa-public.pem").Derive("refresh"); !errors.Is(err, keys.ErrVerifyOnly) || b != nil {
		t.Errorf("%x, %v", b, err)
	}
}
