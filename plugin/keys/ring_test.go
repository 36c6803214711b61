package keys_test

import (
	"errors"
	"strings"
	"sync"
	"testing"

	"github.com/golang-jwt/jwt/v4"

	"github.com/ginauth/ginauth/plugin/keys"
)

func TestTheFirstKeySignsAndAllVerify(t *testing.T) {
	old, next := hmacKey(t, "HS256", secret), load(t, "", "ed25519.pem")
	ring := newRing(t, old, next)
	before := sign(t, ring)
	if headerOf(t, before)["kid"] != old.ID() {
		t.Fatal("another key than the first has signed")
	}
	if err := ring.Replace(next, old); err != nil {
		t.Fatal(err)
	}
	after := sign(t, ring)
	if headerOf(t, after)["kid"] != next.ID() {
		t.Fatal("the key in front does not sign")
	}
	for _, token := range []string{before, after} {
		if _, err := parser.Parse(token, ring.Keyfunc); err != nil {
			t.Error(err)
		}
	}
}

func TestAWithdrawnKeyIsRefusedAtOnce(t *testing.T) {
	leaked, next := hmacKey(t, "HS256", secret), hmacKey(t, "HS256", otherSecret)
	ring := newRing(t, leaked)
	token := sign(t, ring)
	version := ring.Version()
	if err := ring.Replace(next); err != nil {
		t.Fatal(err)
	}
	refusedAs(t, keys.ErrUnknownKey, ring, token)
	refused(t, ring, forge(t, header("HS256"), jwt.SigningMethodHS256, secret))
	if ring.Version() == version {
		t.Error("caches of verified tokens do not hear of it")
	}
}

func TestARingOfPublicKeysVerifiesOnly(t *testing.T) {
	ring := newRing(t, load(t, "", "rsa-public.pem"), load(t, "", "p256-public.pem"))
	if ring.CanSign() {
		t.Error("CanSign")
	}
	if token, err := ring.Sign("at+jwt", jwt.MapClaims{}); !errors.Is(err, keys.ErrVerifyOnly) || token != "" {
		t.Errorf("%q, %v", token, err)
	}
	for _, private := range []string{"rsa.pem", "p256.pem"} {
		if _, err := parser.Parse(sign(t, newRing(t, load(t, "", private))), ring.Keyfunc); err != nil {
			t.Errorf("%s: %v", private, err)
		}
	}
}

func TestAllMistakesOfARingAreReportedAtOnce(t *testing.T) {
	public, private := load(t, "", "rsa-public.pem"), load(t, "", "p256.pem")
	_, err := keys.NewRing(public, nil, &keys.Key{}, public, private)
	if !errors.Is(err, keys.ErrRing) {
		t.Fatal(err)
	}
	for _, want := range []string{"key 2 is nil", "key 3 is nil", "key 4 has the id", "key 5 can sign"} {
		if !strings.Contains(err.Error(), want) {
			t.Errorf("%q is not in %q", want, err)
		}
	}
	for _, ks := range [][]*keys.Key{nil, {nil}, {{}}, {private, private}} {
		if _, err := keys.NewRing(ks...); !errors.Is(err, keys.ErrRing) {
			t.Errorf("%v: %v", ks, err)
		}
	}
}

func TestAFailedReplaceChangesNothing(t *testing.T) {
	k := hmacKey(t, "HS256", secret)
	ring := newRing(t, k)
	token := sign(t, ring)
	if err := ring.Replace(); !errors.Is(err, keys.ErrRing) {
		t.Fatal(err)
	}
	if _, err := parser.Parse(token, ring.Keyfunc); err != nil || ring.Version() != 1 {
		t.Errorf("version %d, %v", ring.Version(), err)
	}
}

func TestTheCallersSliceIsNotKept(t *testing.T) {
	a, b := hmacKey(t, "HS256", secret), hmacKey(t, "HS256", otherSecret)
	mine := []*keys.Key{a}
	ring := newRing(t, mine...)
	mine[0] = b
	ring.Keys()[0] = b
	if got := ring.Keys(); len(got) != 1 || got[0] != a {
		t.Errorf("the ring is now %v", got)
	}
}

func TestClaimsAreTakenAsTheyAre(t *testing.T) {
	ring := newRing(t, hmacKey(t, "HS256", secret))
	claims := jwt.MapClaims{"sub": "user1", "kid": "x", "n": 1.5}
	token, err := ring.Sign("at+jwt", claims)
	if err != nil || len(claims) != 3 {
		t.Fatalf("%v, %v", claims, err)
	}
	parsed, err := parser.Parse(token, ring.Keyfunc)
	if err != nil {
		t.Fatal(err)
	}
	got, ok := parsed.Claims.(jwt.MapClaims)
	if !ok || len(got) != 3 || got["sub"] != "user1" || got["kid"] != "x" || got["n"] != 1.5 {
		t.Errorf("%v", got)
	}
	if _, err := ring.Sign("at+jwt", jwt.MapClaims{"f": func() {}}); err == nil {
		t.Error("claims without a JSON form were signed")
	}
}

// For the race detector: tokens signed just before a change are valid after it, since
// both rings hold both keys, and the version never goes back.
func TestReplaceWhileTokensAreSignedAndVerified(t *testing.T) {
	a, b := hmacKey(t, "HS256", secret), load(t, "", "ed25519.pem")
	ring := newRing(t, a, b)
	stop := make(chan struct{})
	var changing, using sync.WaitGroup
	changing.Go(func() {
		for order := []*keys.Key{a, b}; ; order[0], order[1] = order[1], order[0] {
			select {
			case <-stop:
				return
			default:
			}
			if err := ring.Replace(order...); err != nil {
				t.Error(err)
			}
		}
	})
	for range 4 {
		using.Go(func() {
			var last uint64
			for range 300 {
				if v := ring.Version(); v < last {
					t.Errorf("version %d after %d", v, last)
				} else {
					last = v
				}
				token, err := ring.Sign("at+jwt", jwt.MapClaims{"sub": "user1"})
				if err != nil {
					t.Error(err)
				}
				if _, err := parser.Parse(token, ring.Keyfunc); err != nil {
					t.Error(err)
				}
				if len(ring.Keys()) != 2 || len(ring.JWKS()) == 0 || !ring.CanSign() {
					t.Error("half a ring was seen")
				}
			}
		})
	}
	using.Wait()
	close(stop)
	changing.Wait()
}

func TestEveryReplaceHasItsOwnVersion(t *testing.T) {
	k := hmacKey(t, "HS256", secret)
	ring := newRing(t, k)
	var wg sync.WaitGroup
	for range 8 {
		wg.Go(func() {
			for range 100 {
				if err := ring.Replace(k); err != nil {
					t.Error(err)
				}
			}
		})
	}
	wg.Wait()
	if got := ring.Version(); got != 801 {
		t.Errorf("version %d after 800 changes", got)
	}
}

func BenchmarkParse(b *testing.B) {
	for _, alg := range []string{"HS256", "RS256", "ES256", "EdDSA"} {
		names := map[string]string{"RS256": "rsa.pem", "ES256": "p256.pem", "EdDSA": "ed25519.pem"}
		k := hmacKey(b, "", secret)
		if names[alg] != "" {
			k = load(b, alg, names[alg])
		}
		ring := newRing(b, k)
		token := sign(b, ring)
		b.Run(alg, func(b *testing.B) {
			b.ReportAllocs()
			for b.Loop() {
				if _, err := parser.Parse(token, ring.Keyfunc); err != nil {
					b.Fatal(err)
				}
			}
		})
	}
}
