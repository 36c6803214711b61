package ginauth

import (
	"errors"
	"net/http"
	"net/textproto"
	"net/url"
	"strings"

	"github.com/gin-gonic/gin"
)

// transport finds the access token of a request: where TokenLookup says, and
// nowhere else. It is built once, in New.
type transport struct {
	headers []string // canonical names
	cookies []string
	refresh string // the refresh token's cookie; "" if it has none
	scheme  string // TokenHeadName, "Bearer"
	origin  http.CrossOriginProtection
}

var (
	errQueryToken = errors.New("token in the query")
	errTwoTokens  = errors.New("two different tokens")
)

// newTransport reads gin-jwt's TokenLookup: "header:<name>" and "cookie:<name>",
// comma-separated. Sources that put tokens into URLs and logs are refused.
func newTransport(lookup, scheme string) (*transport, error) {
	t := &transport{scheme: scheme}
	for source := range strings.SplitSeq(lookup, ",") {
		kind, name, ok := strings.Cut(strings.TrimSpace(source), ":")
		kind, name = strings.TrimSpace(kind), strings.TrimSpace(name)
		if !ok || name == "" || strings.ContainsAny(name, " \t:;=") {
			return nil, errors.New(`want "header:<name>" or "cookie:<name>", comma-separated`)
		}
		switch kind {
		case "header":
			t.headers = append(t.headers, textproto.CanonicalMIMEHeaderKey(name))
		case "cookie":
			t.cookies = append(t.cookies, name)
		case "query", "param", "form":
			return nil, errors.New(kind + ": tokens in URLs and forms leak into logs; use header or cookie")
		default:
			return nil, errors.New("unknown source " + quoted(kind))
		}
	}
	return t, nil
}

// guard refuses what no route that reads tokens accepts: a token in the query (RFC
// 9700 section 4.3.2), and an unsafe request from another origin that carries our cookies.
func (t *transport) guard(r *http.Request) error {
	if r.URL.RawQuery != "" {
		query, _ := url.ParseQuery(r.URL.RawQuery) // what is readable is judged
		for _, name := range []string{"access_token", "refresh_token", "token", "jwt"} {
			if query.Has(name) {
				return refuse(ErrInvalidRequest, errQueryToken)
			}
		}
	}
	if t.carriesCookie(r) {
		if err := t.origin.Check(r); err != nil {
			return refuse(ErrCrossOrigin, err)
		}
	}
	return nil
}

func (t *transport) carriesCookie(r *http.Request) bool {
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

// accessToken is the one access token of a request, from every carrier; "" if there
// is none. The same token twice is one token; two different ones are ErrInvalidRequest,
// since whoever put the second one there must not choose which is used.
func (t *transport) accessToken(c *gin.Context) (string, error) {
	if err := t.guard(c.Request); err != nil {
		return "", err
	}
	var found string
	for _, name := range t.headers {
		for _, line := range c.Request.Header[name] {
			token, ok := bearerToken(line, t.scheme)
			if !ok {
				continue
			}
			if found != "" && found != token {
				return "", refuse(ErrInvalidRequest, errTwoTokens)
			}
			found = token
		}
	}
	for _, name := range t.cookies {
		for _, cookie := range c.Request.CookiesNamed(name) {
			if cookie.Value == "" {
				continue
			}
			if found != "" && found != cookie.Value {
				return "", refuse(ErrInvalidRequest, errTwoTokens)
			}
			found = cookie.Value
		}
	}
	return found, nil
}

// inHeader reports whether a header holds an access token.
func (t *transport) inHeader(r *http.Request) bool {
	for _, name := range t.headers {
		for _, line := range r.Header[name] {
			if token, ok := bearerToken(line, t.scheme); ok && token != "" {
				return true
			}
		}
	}
	return false
}

// refreshToken is the one refresh token of a request whose body holds inBody, or "". A
// cookie that rides along on a safe method is not used: following a link must not rotate
// a token.
func (t *transport) refreshToken(r *http.Request, inBody string) (string, error) {
	if t.refresh == "" || r.Method == http.MethodGet || r.Method == http.MethodHead {
		return inBody, nil
	}
	inCookie, err := t.refreshCookie(r)
	if err != nil {
		return "", err
	}
	if inBody != "" && inCookie != "" && inBody != inCookie {
		return "", refuse(ErrInvalidRequest, errTwoTokens)
	}
	if inBody == "" {
		return inCookie, nil
	}
	return inBody, nil
}

// refreshCookie is the one refresh token of the request's cookies, or "".
func (t *transport) refreshCookie(r *http.Request) (found string, err error) {
	for _, cookie := range r.CookiesNamed(t.refresh) {
		if cookie.Value == "" {
			continue
		}
		if found != "" && found != cookie.Value {
			return "", refuse(ErrInvalidRequest, errTwoTokens)
		}
		found = cookie.Value
	}
	return found, nil
}

// bearerToken reads one header line. The scheme is compared without regard to case
// (RFC 9110 section 11.1); another scheme, or none, is no token of ours.
func bearerToken(line, scheme string) (token string, ok bool) {
	line = strings.Trim(line, " \t")
	if len(line) <= len(scheme) || !strings.EqualFold(line[:len(scheme)], scheme) {
		return "", false
	}
	token = strings.TrimLeft(line[len(scheme):], " ")
	return token, line[len(scheme)] == ' '
}
