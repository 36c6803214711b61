package ginauth

import (
	"fmt"
	"log/slog"
)

// What %v, %+v, %#v and slog show of the types that hold secrets.

// String describes the configuration without its keys.
func (c Config) String() string {
	keys := "in JWT"
	if c.Keys != nil {
		keys = fmt.Sprintf("a ring of %d", len(c.Keys.Keys()))
	}
	return fmt.Sprintf("ginauth.Config{Store: %T, Keys: %s, PreviousKeys: %d, RefreshKeys: %d, Issuer: %q, Audience: %q, Cookies: %t, LoginLimit: %t, Legacy: %t}",
		c.Store, keys, len(c.PreviousKeys), len(c.RefreshKeys), c.Issuer, c.Audience, c.Cookies != nil, c.LoginLimit != nil, c.Legacy != nil)
}

// GoString is String.
func (c Config) GoString() string { return c.String() }

// LogValue is String.
func (c Config) LogValue() slog.Value { return slog.StringValue(c.String()) }

// String describes the Auth without its keys.
func (a *Auth) String() string { return "ginauth.Auth{" + a.config.String() + "}" }

// GoString is String.
func (a *Auth) GoString() string { return a.String() }

// LogValue is String.
func (a *Auth) LogValue() slog.Value { return slog.StringValue(a.String()) }

// String names the session and leaves the tokens out.
func (t Tokens) String() string {
	return fmt.Sprintf("ginauth.Tokens{SessionID: %s, ExpiresIn: %d, RefreshExpiresIn: %d}", t.SessionID, t.ExpiresIn, t.RefreshExpiresIn)
}

// GoString is String.
func (t Tokens) GoString() string { return t.String() }

// LogValue is String.
func (t Tokens) LogValue() slog.Value { return slog.StringValue(t.String()) }
