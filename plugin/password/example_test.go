package password_test

import (
	"context"
	"errors"
	"fmt"

	"github.com/ginauth/ginauth/plugin/password"
)

func Example() {
	hasher, err := password.New(password.Options{})
	if err != nil {
		panic(err)
	}
	ctx := context.Background()
	hash, err := hasher.Hash(ctx, "correct horse battery staple")
	if err != nil {
		panic(err)
	}
	users := map[string]string{"alice": hash}

	login := func(name, plain string) string {
		hash, known := users[name]
		if !known {
			err = hasher.VerifyUnknown(ctx, plain) // the same work, the same answer
		} else {
			_, err = hasher.Verify(ctx, hash, plain)
		}
		switch {
		case err == nil:
			return "welcome"
		case errors.Is(err, password.ErrBusy):
			return "try again"
		default:
			return "invalid credentials"
		}
	}
	fmt.Println(hash[:31])
	fmt.Println(login("alice", "correct horse battery staple"))
	fmt.Println(login("alice", "guess"))
	fmt.Println(login("bob", "guess"))
	// Output:
	// $argon2id$v=19$m=19456,t=2,p=1$
	// welcome
	// invalid credentials
	// invalid credentials
}
