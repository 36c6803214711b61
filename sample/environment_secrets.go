package main

import (
	"net/url"
	"slices"
)

// The example secrets that docker-compose.yml publishes. Whoever knows them can make tokens,
// or write to Redis.
const (
	exampleSecret        = "for-trying-out-only-set-your-own-secret-here"
	exampleRedisPassword = "for-trying-out-only-set-your-own-password"
)

// judgeSecret reports a secret that is too short or published.
func (e *environment) judgeSecret(name, secret string) {
	if len(secret) < minSecret {
		e.wrong(name, "%d bytes, want at least %d", len(secret), minSecret)
	}
	e.judgePublished(name, secret)
}

// judgePublished reports an example secret outside of a try.
func (e *environment) judgePublished(name, secret string) {
	if !e.tryOut && slices.Contains([]string{exampleSecret, exampleRedisPassword}, secret) {
		e.wrong(name, "the published example, which everybody knows; make your own (openssl rand -base64 48), or set TRY_OUT=true for a try")
	}
}

// judgeAddress reports an example password in the address of Redis.
func (e *environment) judgeAddress(name, address string) {
	u, err := url.Parse(address)
	if err != nil {
		return // redisstore.Connect reports this
	}
	if password, set := u.User.Password(); set {
		e.judgePublished(name, password)
	}
}

// clientSecret reads the secret of the client of /revoke and /introspect. Nobody remembers it,
// so it can be as long as a key.
func (e *environment) clientSecret(name string) string {
	secret := e.getenv(name)
	if secret != "" {
		e.judgeSecret(name, secret)
	}
	return secret
}
