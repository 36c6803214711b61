package ginauth

import "github.com/ginauth/ginauth/plugin/internal/wire"

// ParseOrigin returns an origin of [Config].TrustedOrigins as browsers write it into the header
// Origin (RFC 6454 section 6.2): "HTTPS://App.Example.com:443" is "https://app.example.com". An
// error says what is wrong with the text, without repeating it: no scheme or host, a path, a
// wildcard, a host that is not ASCII. [New] does this by itself.
func ParseOrigin(text string) (string, error) { return wire.ParseOrigin(text) }
