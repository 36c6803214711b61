package main

import (
	"context"
	"errors"
	"time"

	"github.com/ginauth/ginauth/plugin/password"
)

// hashPatience is how long a request waits for its turn to hash. Store calls have 2.5 s
// of their own, and no route may take longer than 5 s.
const hashPatience = 2400 * time.Millisecond

// patiently is the context of a request's work with passwords.
func patiently(ctx context.Context) (context.Context, context.CancelFunc) {
	return context.WithTimeout(ctx, hashPatience)
}

// passwordError makes an outage of what says nothing about the password.
func passwordError(err error) error {
	if errors.Is(err, password.ErrBusy) {
		return unavailable(err)
	}
	return err
}
