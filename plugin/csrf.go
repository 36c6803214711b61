package ginauth

import (
	"crypto/hmac"
	"crypto/rand"
	"crypto/sha256"
	"crypto/subtle"
	"errors"
	"mime"
	"net/http"
	"slices"
	"sync/atomic"

	"github.com/gin-gonic/gin"

	"github.com/ginauth/ginauth/plugin/internal/token"
	"github.com/ginauth/ginauth/plugin/keys"
	"github.com/ginauth/ginauth/plugin/session"
)

// CSRFHeader is where a client shows the token that it has read from the cookie
// __Host-csrf_token: see Config.CSRFToken.
const CSRFHeader = "X-CSRF-Token"

// csrfInfo separates these keys from every other use of the same secret.
const csrfInfo = "ginauth csrf token v1"

const csrfNonce = 16

var errCSRF = errors.New("no csrf token of this session")

// csrfGuard makes and judges the signed double-submit tokens of Config.CSRFToken:
//
//	base64url( nonce (16 bytes) | HMAC-SHA-256 over nonce and session id )
//
// Bound to the session, one token is of no use in another; the nonce makes each look
// different (a page that is compressed must not repeat a secret). Its keys are derived
// from those of the ring and follow it.
type csrfGuard struct {
	ring    *keys.Ring
	field   string // of forms; "": the header alone
	current atomic.Pointer[csrfKeys]
}

type csrfKeys struct {
	version uint64
	keys    [][]byte // the first signs
}

func newCSRFGuard(c Config, ring *keys.Ring) *csrfGuard {
	if !c.CSRFToken {
		return nil
	}
	return &csrfGuard{ring: ring, field: c.CSRFField}
}

// derived are the keys of the ring as it is now; none if it cannot sign any more.
func (g *csrfGuard) derived() [][]byte {
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

// mint makes a token for a session, "" without a key.
func (g *csrfGuard) mint(id session.ID) string {
	all := g.derived()
	if len(all) == 0 {
		return ""
	}
	var nonce [csrfNonce]byte
	_, _ = rand.Read(nonce[:])
	return token.Segment.EncodeToString(slices.Concat(nonce[:], csrfTag(all[0], nonce[:], id)))
}

// good reports whether the token was made for the session.
func (g *csrfGuard) good(text string, id session.ID) bool {
	raw, err := token.Segment.DecodeString(text)
	if err != nil || len(raw) != csrfNonce+sha256.Size {
		return false
	}
	for _, key := range g.derived() {
		if subtle.ConstantTimeCompare(csrfTag(key, raw[:csrfNonce], id), raw[csrfNonce:]) == 1 {
			return true
		}
	}
	return false
}

// presented is the token that a request shows. The cookie is not looked at: the browser
// sends it by itself, so it proves nothing.
func (g *csrfGuard) presented(c *gin.Context) (string, error) {
	if token := c.GetHeader(CSRFHeader); token != "" || g.field == "" {
		return token, nil
	}
	if kind, _, _ := mime.ParseMediaType(c.GetHeader("Content-Type")); kind != "application/x-www-form-urlencoded" {
		return "", nil
	}
	body, err := ReadBody(c)
	if err != nil {
		return "", err
	}
	token, _, err := body.String(g.field)
	return token, err
}

// checkCSRF refuses an unsafe request that cookies of these sessions let in, unless it
// shows a token of each. No sessions: no cookie had a part in it.
func (a *Auth) checkCSRF(c *gin.Context, byCookie ...session.ID) error {
	if a.csrf == nil || len(byCookie) == 0 || safeMethod(c.Request.Method) {
		return nil
	}
	token, err := a.csrf.presented(c)
	if err != nil {
		return err
	}
	for _, id := range byCookie {
		if !a.csrf.good(token, id) {
			return refuse(ErrCrossOrigin, errCSRF)
		}
	}
	return nil
}

// accessByCookie is the session of an access token that a cookie alone brought. Another
// site cannot write a header, so what stands there needs no token beside it.
func (a *Auth) accessByCookie(r *http.Request, access *token.Verified) []session.ID {
	if a.csrf == nil || access == nil || a.transport.inHeader(r) {
		return nil
	}
	return []session.ID{access.SessionID}
}

// safeMethod is RFC 9110 section 9.2.1, as net/http's CrossOriginProtection has it.
func safeMethod(method string) bool {
	return method == http.MethodGet || method == http.MethodHead || method == http.MethodOptions
}

// CSRFToken is a token of the session that is logged in, for a page to put into its
// forms; "" where nobody is, or Config.CSRFToken is off. Each call gives another one, and
// all are good while the session's keys are.
func (a *Auth) CSRFToken(c *gin.Context) string {
	access, ok := verifiedFrom(c)
	if !ok || a.csrf == nil || access.Legacy() {
		return ""
	}
	return a.csrf.mint(access.SessionID)
}
