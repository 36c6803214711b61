package main

import (
	"context"
	"errors"
	"time"

	"github.com/ginauth/ginauth/plugin/password"
)

// hashPatience is how long a request waits for its turn to hash. Store calls may take 2.5 s,
// and no route may take longer than 5 s.
const hashPatience = 2400 * time.Millisecond

// patiently returns the context for a request's password work.
func patiently(ctx context.Context) (context.Context, context.CancelFunc) {
	return context.WithTimeout(ctx, hashPatience)
}

// passwordError turns an error that says nothing about the password into an outage.
func passwordError(err error) error {
	if errors.Is(err, password.ErrBusy) {
		return unavailable(err)
	}
	return err
}
