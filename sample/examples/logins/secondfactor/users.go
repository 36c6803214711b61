package main

import (
	"context"
	"errors"
	"fmt"
	"sync"
	"time"

	"github.com/pquerna/otp"
	"github.com/pquerna/otp/totp"

	ginauth "github.com/ginauth/ginauth/plugin"
	"github.com/ginauth/ginauth/plugin/password"
	"github.com/ginauth/ginauth/plugin/throttle"
)

// users keeps the users in memory, with their second factors.
type users struct {
	hasher *password.Hasher
	codes  *throttle.MemoryLimiter // wrong codes, by user
	now    func() time.Time

	mu     sync.Mutex
	byName map[string]*user
}

type user struct {
	hash     string // of the password
	secret   string // of the authenticator app, in base32; encrypt it in a database
	lastStep int64  // of the newest code that was right
}

// demoUser is a user who exists from the start.
type demoUser struct{ name, password, secret string }

// wrongCodes is how many wrong codes a user may send: one of three codes in a million is right, so
// that guessing for a year succeeds with a chance of one in a hundred.
var wrongCodes = throttle.Rate{Times: 10, Window: 24 * time.Hour}

func newUsers(ctx context.Context, now func() time.Time, demo ...demoUser) (*users, error) {
	hasher, err := password.New(password.Options{})
	if err != nil {
		return nil, err
	}
	codes, err := throttle.Memory(wrongCodes)
	if err != nil {
		return nil, err
	}
	u := &users{hasher: hasher, codes: codes, now: now, byName: make(map[string]*user)}
	for _, d := range demo {
		if _, err := totp.GenerateCode(d.secret, now()); err != nil || len(d.secret) < 26 {
			return nil, fmt.Errorf("the TOTP secret of %s is not 16 bytes or more in base32", d.name)
		}
		hash, err := hasher.Hash(ctx, d.password)
		if err != nil {
			return nil, err
		}
		u.byName[d.name] = &user{hash: hash, secret: d.secret}
	}
	return u, nil
}

// checkPassword does the same work for an unknown user, so that its time tells nothing.
func (u *users) checkPassword(ctx context.Context, name, plain string) (right bool, err error) {
	ctx, cancel := context.WithTimeout(ctx, 2*time.Second)
	defer cancel()
	u.mu.Lock()
	found, known := u.byName[name]
	u.mu.Unlock()
	if known {
		_, err = u.hasher.Verify(ctx, found.hash, plain)
	} else {
		err = u.hasher.VerifyUnknown(ctx, plain)
	}
	switch {
	case errors.Is(err, password.ErrMismatch), errors.Is(err, password.ErrTooLong):
		return false, nil
	case errors.Is(err, password.ErrBusy):
		return false, ginauth.ErrUnavailable
	}
	return err == nil, err
}

// checkCode judges a code, and counts a wrong one by its user, wherever it comes from.
// Config.LoginLimit is not enough here: past its limit it still lets each new address try once,
// which is right for a password and too much for six digits.
func (u *users) checkCode(ctx context.Context, name, code string) (right bool, err error) {
	key := "code of " + name // in place of an address too
	wait, err := u.codes.Begin(ctx, key, key)
	if err == nil && wait == 0 {
		right = u.spend(name, code)
		wait, err = u.codes.End(ctx, key, key, !right)
	}
	if err == nil && wait > 0 {
		err = ginauth.TooManyAttempts(wait)
	}
	return right && err == nil, err
}

const step = 30 // seconds

// spend reports whether a code is right, of this step, the one before or the one after, and has
// not been used: a code works once (RFC 6238 section 5.2), and none older than it does later.
func (u *users) spend(name, code string) bool {
	u.mu.Lock()
	defer u.mu.Unlock()
	found, known := u.byName[name]
	if !known {
		return false
	}
	now := u.now().Unix() / step
	for at := max(now-1, found.lastStep+1); at <= now+1; at++ {
		right, err := totp.ValidateCustom(code, found.secret, time.Unix(at*step, 0), totp.ValidateOpts{Period: step, Digits: otp.DigitsSix})
		if err == nil && right {
			found.lastStep = at
			return true
		}
	}
	return false
}
