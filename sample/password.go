package main

import (
	"context"
	"crypto/rand"
	"crypto/subtle"
	"fmt"
	"runtime"
	"time"

	"golang.org/x/crypto/argon2"

	ginauth "github.com/ginauth/ginauth/plugin"
)

// argon2Params are argon2id's costs.
type argon2Params struct {
	memory  uint32 // KiB
	passes  uint32
	threads uint8
}

// currentParams are the least that OWASP's password storage guide asks of argon2id.
// Hashes with others go on working and are replaced at the next login.
var currentParams = argon2Params{memory: 19 * 1024, passes: 2, threads: 1}

const (
	saltBytes = 16
	hashBytes = 32

	// hashPatience is how long a request waits for its turn to hash. Store calls have 2.5 s
	// of their own, and no route may take longer than 5 s.
	hashPatience = 2400 * time.Millisecond
)

// passwords hashes and verifies. Only as many hashes as there are processors run at a
// time: a flood of logins costs time, not 19 MiB each.
type passwords struct {
	turns chan struct{}
	decoy string // of no user; what an unknown one is measured against
}

func newPasswords() *passwords {
	p := &passwords{turns: make(chan struct{}, runtime.GOMAXPROCS(0))}
	p.decoy = encodeHash(currentParams, randomSalt(), make([]byte, hashBytes))
	return p
}

// hash makes the text to keep: the PHC string format. The error is ErrUnavailable when
// too many others are waiting.
func (p *passwords) hash(ctx context.Context, password string) (string, error) {
	if err := p.takeTurn(ctx); err != nil {
		return "", err
	}
	defer p.endTurn()
	salt := randomSalt()
	return encodeHash(currentParams, salt, derive(password, salt, currentParams, hashBytes)), nil
}

// verify reports whether the password is the one that was hashed. Errors: as hash, or
// a text that is no hash.
func (p *passwords) verify(ctx context.Context, encoded, password string) (bool, error) {
	params, salt, want, err := decodeHash(encoded)
	if err != nil {
		return false, err
	}
	if err := p.takeTurn(ctx); err != nil {
		return false, err
	}
	defer p.endTurn()
	got := derive(password, salt, params, uint32(len(want)))
	return subtle.ConstantTimeCompare(got, want) == 1, nil
}

// waste costs what verify costs, so that an unknown user cannot be told from a wrong password.
func (p *passwords) waste(ctx context.Context, password string) error {
	_, err := p.verify(ctx, p.decoy, password)
	return err
}

func (p *passwords) takeTurn(ctx context.Context) error {
	ctx, cancel := context.WithTimeout(ctx, hashPatience)
	defer cancel()
	select {
	case p.turns <- struct{}{}:
		return nil
	case <-ctx.Done():
		return fmt.Errorf("%w: too many logins at once: %w", ginauth.ErrUnavailable, ctx.Err())
	}
}

func (p *passwords) endTurn() { <-p.turns }

func derive(password string, salt []byte, params argon2Params, length uint32) []byte {
	return argon2.IDKey([]byte(password), salt, params.passes, params.memory, params.threads, length)
}

func randomSalt() []byte {
	salt := make([]byte, saltBytes)
	_, _ = rand.Read(salt) // crypto/rand never fails
	return salt
}
