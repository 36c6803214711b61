package main

import (
	"context"
	"errors"

	"github.com/ginauth/ginauth/plugin/password"
)

// user is a person who can log in. The zero user does not exist.
type user struct {
	name     string
	role     string // "admin" or ""
	hash     string // as package password writes it
	disabled bool
}

// errUnknownUser means that no user has this name.
var errUnknownUser = errors.New("unknown user")

// users stores the users. Any error except errUnknownUser means that the store could not
// answer. Implementations are safe for concurrent use.
type users interface {
	find(ctx context.Context, name string) (user, error)

	// replaceHash stores a new password hash if the current one is still old, and reports
	// whether it did. Of two concurrent changes one wins, and a login that upgrades an old
	// hash cannot undo a change of password.
	replaceHash(ctx context.Context, name, old, replacement string) (bool, error)

	setDisabled(ctx context.Context, name string, disabled bool) error
}

// demoUser is a user that exists from the start. The passwords are public.
type demoUser struct{ name, password, role string }

func demoUsers() []demoUser {
	return []demoUser{
		{"user1", "password123", ""},
		{"user2", "password456", ""},
		{"admin", "admin-password-789", adminRole},
	}
}

// seed returns the demo users with their passwords hashed.
func seed(ctx context.Context, hasher *password.Hasher) (map[string]user, error) {
	seeded := make(map[string]user)
	for _, d := range demoUsers() {
		hash, err := hasher.Hash(ctx, d.password)
		if err != nil {
			return nil, err
		}
		seeded[d.name] = user{name: d.name, role: d.role, hash: hash}
	}
	return seeded, nil
}
