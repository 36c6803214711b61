package password_test

import (
	"context"
	"fmt"
	"log"

	"github.com/ginauth/ginauth/plugin/password"
)

// The three things that an application does with a Hasher.
func ExampleHasher() {
	ctx, plain := context.Background(), "correct horse battery staple"
	hasher, err := password.New(password.Options{})
	if err != nil {
		log.Fatal(err)
	}
	hash, err := hasher.Hash(ctx, plain) // at sign-up
	if err != nil {
		log.Fatal(err)
	}
	rehash, err := hasher.Verify(ctx, hash, plain) // at login; nil means the right password
	fmt.Println(rehash, err)
	err = hasher.VerifyUnknown(ctx, plain) // at login, if there is no such user
	fmt.Println(err)
	// Output:
	// false <nil>
	// password: mismatch
}
