package ginauth

import (
	"fmt"
	"io"
	"log/slog"
)

// fmt and slog show these types without their secrets: Format covers every verb of fmt, also
// those for which it would not call String, such as %d.

// String describes the configuration without its keys.
func (c Config) String() string {
	keys := "in JWT"
	if c.Keys != nil {
		keys = fmt.Sprintf("a ring of %d", len(c.Keys.Keys()))
	}
	return fmt.Sprintf("ginauth.Config{Store: %T, Keys: %s, PreviousKeys: %d, RefreshKeys: %d, Issuer: %q, Audience: %q, Cookies: %t, LoginLimit: %t, Legacy: %t, Clients: %d}",
		c.Store, keys, len(c.PreviousKeys), len(c.RefreshKeys), c.Issuer, c.Audience, c.Cookies != nil, c.LoginLimit != nil, c.Legacy != nil, len(c.Clients))
}

// Format writes String for every verb.
func (c Config) Format(f fmt.State, _ rune) { _, _ = io.WriteString(f, c.String()) }

// LogValue returns String.
func (c Config) LogValue() slog.Value { return slog.StringValue(c.String()) }

// String describes the Auth without its keys.
func (a *Auth) String() string { return "ginauth.Auth{" + a.config.String() + "}" }

// Format writes String for every verb.
func (a *Auth) Format(f fmt.State, _ rune) { _, _ = io.WriteString(f, a.String()) }

// LogValue returns String.
func (a *Auth) LogValue() slog.Value { return slog.StringValue(a.String()) }

// String names the session and omits the tokens.
func (t Tokens) String() string {
	return fmt.Sprintf("ginauth.Tokens{SessionID: %s, ExpiresIn: %d, RefreshExpiresIn: %d}", t.SessionID, t.ExpiresIn, t.RefreshExpiresIn)
}

// Format writes String for every verb.
func (t Tokens) Format(f fmt.State, _ rune) { _, _ = io.WriteString(f, t.String()) }

// LogValue returns String.
func (t Tokens) LogValue() slog.Value { return slog.StringValue(t.String()) }
