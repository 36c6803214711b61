// Package wire reads tokens and bodies from requests and writes cookies and refusals. It
// turns gin's types into texts and errors of the table in package refusal. It knows neither
// the content of tokens nor stores, and emits no events.
package wire

import (
	"encoding/base64"
	"errors"
	"net/http"
	"net/textproto"
	"net/url"
	"slices"
	"strconv"
	"strings"

	"github.com/ginauth/ginauth/plugin/internal/refusal"
)

// Transport finds the tokens of a request in the places that gin-jwt's TokenLookup names, and
// nowhere else. Safe for concurrent use, except [Transport.AddCookies] and
// [Transport.JudgeBy], which come first.
type Transport struct {
	headers []string // canonical names
	cookies []string
	refresh string // the refresh token's cookie; "": it has none
	scheme  string // gin-jwt's TokenHeadName, "Bearer"
	origin  http.CrossOriginProtection

	cookieLast bool // in TokenLookup

	judgeAccess, judgeRefresh func(string) Standing
}

var (
	errQueryToken = errors.New("token in the query")
	errTwoTokens  = errors.New("two different tokens")
)

// NewTransport parses gin-jwt's TokenLookup: "header:<name>" and "cookie:<name>",
// comma-separated. It refuses sources that put tokens into URLs and logs.
func NewTransport(lookup, scheme string) (*Transport, error) {
	t := &Transport{scheme: scheme}
	for source := range strings.SplitSeq(lookup, ",") {
		kind, name, ok := strings.Cut(strings.TrimSpace(source), ":")
		kind, name = strings.TrimSpace(kind), strings.TrimSpace(name)
		if !ok || name == "" || strings.ContainsAny(name, " \t:;=") {
			return nil, errors.New(`want "header:<name>" or "cookie:<name>", comma-separated`)
		}
		switch kind {
		case "header":
			t.headers = append(t.headers, textproto.CanonicalMIMEHeaderKey(name))
			t.cookieLast = false
		case "cookie":
			t.cookies = append(t.cookies, name)
			t.cookieLast = true
		case "query", "param", "form":
			return nil, errors.New(kind + ": tokens in URLs and forms leak into logs; use header or cookie")
		default:
			return nil, errors.New("unknown source " + strconv.Quote(kind))
		}
	}
	return t, nil
}

// CookieLast reports whether the last source in TokenLookup is a cookie.
func (t *Transport) CookieLast() bool { return t.cookieLast }

// HasCookies reports whether TokenLookup names a cookie.
func (t *Transport) HasCookies() bool { return len(t.cookies) > 0 }

// AddCookies makes the tokens of a [Jar] readable too.
func (t *Transport) AddCookies(j *Jar) {
	t.cookies = append(t.cookies, j.access.Name)
	t.refresh = j.refresh.Name
}

// JudgeBy sets the functions that tell which of several tokens in one request counts.
func (t *Transport) JudgeBy(access, refresh func(string) Standing) {
	t.judgeAccess, t.judgeRefresh = access, refresh
}

// Guard refuses requests that no route with tokens accepts: a token of this package in the
// query (RFC 9700 section 4.3.2), and an unsafe request from another origin that carries a
// token cookie.
func (t *Transport) Guard(r *http.Request) error {
	if err := checkQuery(r); err != nil {
		return err
	}
	if t.carriesCookie(r) {
		return t.CheckOrigin(r)
	}
	return nil
}

func checkQuery(r *http.Request) error {
	if r.URL.RawQuery == "" {
		return nil
	}
	query, _ := url.ParseQuery(r.URL.RawQuery) // the readable part counts
	for _, name := range []string{"access_token", "refresh_token", "token", "jwt"} {
		if slices.ContainsFunc(query[name], looksLikeToken) {
			return refusal.Wrap(refusal.InvalidRequest, errQueryToken)
		}
	}
	return nil
}

// looksLikeToken reports whether a text has the form of a JWT or a refresh token. Other values
// in a query are the application's own, such as the token of an invitation.
func looksLikeToken(text string) bool {
	parts := strings.SplitN(text, ".", 4)
	if len(parts) != 3 {
		return strings.HasPrefix(text, "rt1_")
	}
	header, err := base64.RawURLEncoding.DecodeString(strings.TrimRight(parts[0], "="))
	return err == nil && strings.HasPrefix(strings.TrimLeft(string(header), " \t\r\n"), "{")
}

// CheckOrigin refuses an unsafe request from another origin.
func (t *Transport) CheckOrigin(r *http.Request) error {
	if err := t.origin.Check(r); err != nil {
		return refusal.Wrap(refusal.CrossOrigin, err)
	}
	return nil
}

func (t *Transport) carriesCookie(r *http.Request) bool {
	if t.refresh != "" && len(r.CookiesNamed(t.refresh)) > 0 {
		return true
	}
	for _, name := range t.cookies {
		if len(r.CookiesNamed(name)) > 0 {
			return true
		}
	}
	return false
}

// AccessToken returns the access token of a request, "" if there is none. It looks at every
// carrier. The same token twice is one token. Of a header and cookies that differ, the one that
// verifies counts: see counts. Two header lines that differ are always InvalidRequest, since
// nothing is left over in headers.
//
// An unsafe request from another origin that carries a token cookie is CrossOrigin. With the
// cookies of gin-jwt's own settings, which come with no refresh token, the origin is not judged if
// the token that counts is in the header too, since no other site can write that.
func (t *Transport) AccessToken(r *http.Request) (string, error) {
	if t.refresh != "" || !t.carriesCookie(r) {
		if err := t.Guard(r); err != nil {
			return "", err
		}
		return t.counted(r)
	}
	if err := checkQuery(r); err != nil {
		return "", err
	}
	access, err := t.counted(r)
	if !t.HeaderCarries(r, access) {
		if foreign := t.CheckOrigin(r); foreign != nil {
			return "", foreign
		}
	}
	return access, err
}

// counted returns the access token that counts.
func (t *Transport) counted(r *http.Request) (string, error) {
	var found candidates
	for _, name := range t.headers {
		lines := r.Header[name]
		if len(lines) > 1 && !t.alike(lines) {
			return "", refusal.Wrap(refusal.InvalidRequest, errTwoTokens)
		}
		for _, line := range lines {
			if token, ok := bearerToken(line, t.scheme); ok {
				found.add(token)
			}
		}
	}
	if len(found.more) > 0 {
		return "", refusal.Wrap(refusal.InvalidRequest, errTwoTokens)
	}
	for _, name := range t.cookies {
		found.addCookies(r, name)
	}
	return found.counts(t.judgeAccess)
}

// alike reports whether lines of one header hold the same: Authorization is no list (RFC 9110
// section 11.6.2), so lines that differ have two readings, also where one has another scheme.
func (t *Transport) alike(lines []string) bool {
	first, bearer := bearerToken(lines[0], t.scheme)
	for _, line := range lines[1:] {
		token, ok := bearerToken(line, t.scheme)
		if ok != bearer || token != first || !ok && line != lines[0] {
			return false
		}
	}
	return true
}

// InHeader reports whether a header holds this access token.
func (t *Transport) InHeader(r *http.Request, access string) bool {
	for _, name := range t.headers {
		for _, line := range r.Header[name] {
			if token, ok := bearerToken(line, t.scheme); ok && token != "" && token == access {
				return true
			}
		}
	}
	return false
}

// HeaderCarries reports whether a header holds this access token and it is genuine: a page of
// another site cannot have sent the request then.
func (t *Transport) HeaderCarries(r *http.Request, access string) bool {
	return t.InHeader(r, access) && t.judgeAccess(access) != Junk
}

// RefreshCookie returns the refresh token of the request's cookies, or "".
func (t *Transport) RefreshCookie(r *http.Request) (string, error) {
	var found candidates
	found.addCookies(r, t.refresh)
	return found.counts(t.judgeRefresh)
}

// bearerToken reads one header line. The scheme is compared without regard to case (RFC 9110
// section 11.1). A line with another scheme, or with none, holds no token.
func bearerToken(line, scheme string) (token string, ok bool) {
	line = strings.Trim(line, " \t")
	if len(line) <= len(scheme) || !strings.EqualFold(line[:len(scheme)], scheme) {
		return "", false
	}
	token = strings.TrimLeft(line[len(scheme):], " ")
	return token, line[len(scheme)] == ' '
}
