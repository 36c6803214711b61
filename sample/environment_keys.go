package main

import (
	"crypto/rand"
	"fmt"
	"slices"

	"github.com/ginauth/ginauth/plugin/keys"
)

const minSecret = 32 // bytes, the output size of HS256's hash: RFC 7518 section 3.2

// keys reads the three key variables. With a key file, the secret keys only the refresh
// tokens: the ring then holds no HMAC key, so HS256 tokens are refused.
func (e *environment) keys() keyConfig {
	current, previous := e.secrets()
	if file := e.getenv("JWT_PRIVATE_KEY_FILE"); file != "" {
		c := e.keyFile("JWT_PRIVATE_KEY_FILE", file)
		if current != nil {
			c.refresh = append([][]byte{current}, previous...)
		}
		return c
	}
	random := current == nil
	if random {
		current = make([]byte, minSecret)
		_, _ = rand.Read(current) // crypto/rand never fails
	}
	return keyConfig{ring: e.secretRing(current, previous), random: random}
}

// secrets reads JWT_SECRET, nil if it is not set, and JWT_PREVIOUS_SECRETS. Duplicates in the
// list, and the current secret, count once.
func (e *environment) secrets() (current []byte, previous [][]byte) {
	if v := e.getenv("JWT_SECRET"); v != "" {
		current = []byte(v)
		e.judgeSecret("JWT_SECRET", v)
	}
	seen := []string{string(current)}
	for i, v := range e.list("JWT_PREVIOUS_SECRETS") {
		e.judgeSecret(fmt.Sprintf("JWT_PREVIOUS_SECRETS: secret %d of the list", i+1), v)
		if !slices.Contains(seen, v) {
			seen = append(seen, v)
			previous = append(previous, []byte(v))
		}
	}
	return current, previous
}

func (e *environment) secretRing(current []byte, previous [][]byte) *keys.Ring {
	var all []*keys.Key
	for _, secret := range append([][]byte{current}, previous...) {
		if len(secret) < minSecret {
			return nil // secrets has already reported this mistake
		}
		key, err := keys.HMAC("HS256", secret)
		if err != nil {
			e.wrong("JWT_SECRET", "%v", err)
			return nil
		}
		all = append(all, key)
	}
	ring, err := keys.NewRing(all...)
	if err != nil {
		e.wrong("JWT_PREVIOUS_SECRETS", "%v", err)
	}
	return ring
}

func (e *environment) keyFile(name, file string) keyConfig {
	pem, exposed, err := keys.ReadFile(file)
	if err != nil {
		e.wrong(name, "cannot read the file: %v", err)
		return keyConfig{}
	}
	key, err := keys.ParsePEM(pem, "")
	if err != nil {
		e.wrong(name, "%v", err)
		return keyConfig{}
	}
	if !key.CanSign() {
		e.wrong(name, "the file holds a public key, want the private key")
		return keyConfig{}
	}
	ring, err := keys.NewRing(key)
	if err != nil {
		e.wrong(name, "%v", err)
	}
	return keyConfig{ring: ring, exposed: exposed}
}
