package ginauth

import (
	"context"
	"crypto/sha256"
	"crypto/subtle"
	"fmt"
	"io"
	"log/slog"
)

// MinClientSecret is the shortest [Client].Secret, in bytes.
const MinClientSecret = 32

// Client is a service that may call [Auth.RevocationHandler] and [Auth.IntrospectionHandler]:
// [Config].Clients. Two entries with one ID are one client with two secrets, for the time in
// which it changes them. Printing a Client or encoding it as JSON shows no secret.
type Client struct {
	ID     string // printable ASCII, at least one character
	Secret string `json:"-"` // at least [MinClientSecret] bytes, which must be random
}

// String names the client.
func (c Client) String() string { return fmt.Sprintf("ginauth.Client{ID: %q}", c.ID) }

// Format writes String for every verb.
func (c Client) Format(f fmt.State, _ rune) { _, _ = io.WriteString(f, c.String()) }

// LogValue returns String.
func (c Client) LogValue() slog.Value { return slog.StringValue(c.String()) }

// clientCheck is the type of Config.AuthenticateClient.
type clientCheck = func(ctx context.Context, id, secret string) bool

// clientCheck returns what judges the credentials of clients, nil if there are none. It keeps
// hashes of the secrets.
func (c Config) clientCheck() clientCheck {
	if c.AuthenticateClient != nil || len(c.Clients) == 0 {
		return c.AuthenticateClient
	}
	type hashes struct{ id, secret [sha256.Size]byte }
	hashed := func(id, secret string) hashes {
		return hashes{sha256.Sum256([]byte(id)), sha256.Sum256([]byte(secret))}
	}
	known := make([]hashes, len(c.Clients))
	for i, client := range c.Clients {
		known[i] = hashed(client.ID, client.Secret)
	}
	return func(_ context.Context, id, secret string) bool {
		got, right := hashed(id, secret), 0
		for _, k := range known { // all of them, so that the time tells nothing
			right |= subtle.ConstantTimeCompare(got.id[:], k.id[:]) & subtle.ConstantTimeCompare(got.secret[:], k.secret[:])
		}
		return right == 1
	}
}

func (c Config) checkClients(m *mistakes) {
	for i, client := range c.Clients {
		field := fmt.Sprintf("Clients[%d]", i)
		m.add(client.ID == "" || !printable(client.ID), field+".ID", "want printable ASCII")
		m.add(len(client.Secret) < MinClientSecret, field+".Secret", "%d bytes, want at least %d random ones", len(client.Secret), MinClientSecret)
	}
	m.add(c.AuthenticateClient != nil && len(c.Clients) > 0, "Clients", "not with AuthenticateClient, which checks all of them")
	m.add(c.ClientLimit != nil && missing(c.ClientLimit), "ClientLimit", "a nil pointer; leave it out")
}
