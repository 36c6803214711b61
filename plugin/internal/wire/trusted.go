package wire

import (
	"errors"
	"net/url"
	"strings"
)

var (
	errNoOrigin  = errors.New(`want scheme and host, as in "https://app.example.com" or "http://localhost:5173"`)
	errWildcard  = errors.New("want one host: every page below a wildcard could act for your users")
	errNoASCII   = errors.New("want the host as browsers send it, in ASCII (xn--...)")
	defaultPorts = map[string]string{"http": "80", "https": "443"}
)

// ParseOrigin returns an origin as a browser writes it into the header Origin (RFC 6454 section
// 6.2), where it is compared byte by byte: in lower case, and without the port that its scheme has
// anyway. Whatever else than scheme, host and port is there is a mistake.
func ParseOrigin(text string) (string, error) {
	u, err := url.Parse(text)
	if err != nil || u.Scheme == "" || u.Hostname() == "" || strings.HasSuffix(u.Host, ":") || u.User != nil {
		return "", errNoOrigin // url.Parse's error quotes the text
	}
	if strings.Contains(u.Host, "*") {
		return "", errWildcard
	}
	if strings.ContainsFunc(u.Host, func(r rune) bool { return r <= ' ' || r > '~' }) {
		return "", errNoASCII
	}
	if !strings.EqualFold(text, u.Scheme+"://"+u.Host) {
		return "", errNoOrigin // a path, a query, a fragment
	}
	host := strings.ToLower(u.Host)
	if port := u.Port(); port != "" && port == defaultPorts[u.Scheme] {
		host = strings.TrimSuffix(host, ":"+port)
	}
	return u.Scheme + "://" + host, nil
}

// Trust lets pages of another origin send what only pages of this one may. Call it before the
// first request.
func (t *Transport) Trust(origin string) error {
	parsed, err := ParseOrigin(origin)
	if err != nil {
		return err
	}
	return t.origin.AddTrustedOrigin(parsed)
}
