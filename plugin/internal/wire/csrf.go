package wire

import (
	"crypto/hmac"
	"crypto/rand"
	"crypto/sha256"
	"crypto/subtle"
	"encoding/base64"
	"errors"
	"net/http"
	"slices"
	"sync/atomic"

	"github.com/gin-gonic/gin"

	"github.com/ginauth/ginauth/plugin/internal/refusal"
	"github.com/ginauth/ginauth/plugin/keys"
	"github.com/ginauth/ginauth/plugin/session"
)

// CSRFHeader is the header in which a client repeats the double-submit token.
const CSRFHeader = "X-CSRF-Token"

// csrfInfo separates these keys from every other use of the same secret.
const csrfInfo = "ginauth csrf token v1"

const csrfNonce = 16

var errCSRF = errors.New("no CSRF token for this session")

// csrfText is base64url in its one spelling.
var csrfText = base64.RawURLEncoding.Strict()

// CSRF makes and checks signed double-submit tokens:
//
//	base64url( nonce (16 bytes) | HMAC-SHA-256 over nonce and session id )
//
// A token is bound to its session, so it is useless in another one. The nonce makes every
// token look different, since a compressed page must not repeat a secret. The keys are
// derived from those of the ring and follow it.
//
// A nil CSRF is switched off: it makes no tokens and refuses nothing. Safe for concurrent use.
type CSRF struct {
	ring    *keys.Ring
	field   string // of forms; "": only the header counts
	current atomic.Pointer[csrfKeys]
}

type csrfKeys struct {
	version uint64
	keys    [][]byte // the first signs
}

// NewCSRF makes a CSRF. field is a form field that may carry the token too, or "".
func NewCSRF(ring *keys.Ring, field string) *CSRF { return &CSRF{ring: ring, field: field} }

// derived returns the keys of the ring as it is now; none if it can no longer sign.
func (g *CSRF) derived() [][]byte {
	version := g.ring.Version()
	if current := g.current.Load(); current != nil && current.version == version {
		return current.keys
	}
	var all [][]byte
	for _, key := range g.ring.Keys() {
		if derived, err := key.Derive(csrfInfo); err == nil {
			all = append(all, derived)
		}
	}
	g.current.Store(&csrfKeys{version, all})
	return all
}

func csrfTag(key, nonce []byte, id session.ID) []byte {
	h := hmac.New(sha256.New, key)
	h.Write(nonce)
	h.Write(id[:])
	return h.Sum(nil)
}

// Mint makes a token for a session. It returns "" if CSRF is off or the ring cannot sign.
func (g *CSRF) Mint(id session.ID) string {
	if g == nil || id == (session.ID{}) { // of no session: it would be good for everybody's
		return ""
	}
	all := g.derived()
	if len(all) == 0 {
		return ""
	}
	var nonce [csrfNonce]byte
	_, _ = rand.Read(nonce[:])
	return csrfText.EncodeToString(slices.Concat(nonce[:], csrfTag(all[0], nonce[:], id)))
}

// Check refuses an unsafe request that is authenticated by cookies of these sessions, unless
// it shows a token of each. Without sessions no cookie was used, and no token is required.
func (g *CSRF) Check(c *gin.Context, byCookie ...session.ID) error {
	if g == nil || len(byCookie) == 0 || safeMethod(c.Request.Method) {
		return nil
	}
	token, err := g.presented(c)
	if err != nil {
		return err
	}
	for _, id := range byCookie {
		if !g.good(token, id) {
			return refusal.Wrap(refusal.CrossOrigin, errCSRF)
		}
	}
	return nil
}

// presented returns the token that a request shows. The cookie does not count: the browser
// sends it by itself, so it proves nothing.
func (g *CSRF) presented(c *gin.Context) (string, error) {
	if token := c.GetHeader(CSRFHeader); token != "" || g.field == "" {
		return token, nil
	}
	if mediaType(c.Request) != formType {
		return "", nil
	}
	body, err := ReadBody(c)
	if err != nil {
		return "", err
	}
	token, _, err := body.String(g.field)
	return token, err
}

// good reports whether the token was made for the session.
func (g *CSRF) good(token string, id session.ID) bool {
	raw, err := csrfText.DecodeString(token)
	if err != nil || len(raw) != csrfNonce+sha256.Size || id == (session.ID{}) {
		return false
	}
	for _, key := range g.derived() {
		if subtle.ConstantTimeCompare(csrfTag(key, raw[:csrfNonce], id), raw[csrfNonce:]) == 1 {
			return true
		}
	}
	return false
}

// safeMethod is RFC 9110 section 9.2.1, as in net/http's CrossOriginProtection.
func safeMethod(method string) bool {
	return method == http.MethodGet || method == http.MethodHead || method == http.MethodOptions
}
