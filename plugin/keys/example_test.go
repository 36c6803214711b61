package keys_test

import (
	"crypto/ed25519"
	"crypto/rand"
	"errors"
	"fmt"
	"log"

	"github.com/golang-jwt/jwt/v4"

	"github.com/ginauth/ginauth/plugin/keys"
)

func Example() {
	_, private, err := ed25519.GenerateKey(rand.Reader) // or keys.ParsePEM of a file
	if err != nil {
		log.Fatal(err)
	}
	key, err := keys.Private("", private)
	if err != nil {
		log.Fatal(err)
	}
	ring, err := keys.NewRing(key)
	if err != nil {
		log.Fatal(err)
	}
	token, err := ring.Sign("at+jwt", jwt.MapClaims{"sub": "user1"})
	if err != nil {
		log.Fatal(err)
	}
	parsed, err := jwt.Parse(token, ring.Keyfunc)
	if err != nil {
		log.Fatal(err)
	}
	fmt.Println(parsed.Header["alg"], parsed.Header["typ"], parsed.Claims)
	// Output: EdDSA at+jwt map[sub:user1]
}

// Changing keys at run time without logging users out.
func ExampleRing_Replace() {
	old, err := keys.HMAC("HS256", []byte("the old secret, at least 32 bytes of randomness"), keys.WithID("2026-10"))
	if err != nil {
		log.Fatal(err)
	}
	next, err := keys.HMAC("HS256", []byte("the new secret, at least 32 bytes of randomness"), keys.WithID("2026-11"))
	if err != nil {
		log.Fatal(err)
	}
	ring, err := keys.NewRing(old)
	if err != nil {
		log.Fatal(err)
	}
	token, err := ring.Sign("at+jwt", jwt.MapClaims{"sub": "user1"})
	if err != nil {
		log.Fatal(err)
	}

	for _, step := range [][]*keys.Key{
		{old, next}, // every node learns the new key
		{next, old}, // and signs with it
		{next},      // the last token of the old key has expired
	} {
		if err := ring.Replace(step...); err != nil {
			log.Fatal(err)
		}
		_, err := jwt.Parse(token, ring.Keyfunc)
		fmt.Println(ring.Keys()[0].ID(), "signs; old token:", err == nil, errors.Is(err, keys.ErrUnknownKey))
	}
	// Output:
	// 2026-10 signs; old token: true false
	// 2026-11 signs; old token: true false
	// 2026-11 signs; old token: false true
}
