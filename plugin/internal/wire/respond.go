package wire

import (
	"errors"
	"fmt"
	"net/http"
	"strconv"
	"strings"
	"time"

	"github.com/gin-gonic/gin"

	"github.com/ginauth/ginauth/plugin/internal/refusal"
)

// Refuser answers requests with a row of the error table. It is immutable; safe for
// concurrent use.
type Refuser struct {
	Scheme string // of the challenge, "Bearer"
	Realm  string

	// gin-jwt's hooks; nil: none.
	Message      func(error, *gin.Context) string // HTTPStatusMessageFunc
	Unauthorized func(*gin.Context, int, string)

	CookieLast bool // the last source in TokenLookup is a cookie
	GinErrors  bool // gin's c.Errors get each refusal
}

type refusedKey struct{}

// Refused returns the error that the request was refused with, nil if it was not.
func Refused(c *gin.Context) error {
	v, _ := c.Get(refusedKey{})
	err, _ := v.(error)
	return err
}

// refused is the body of a refusal.
type refused struct {
	Code    int    `json:"code"`
	Error   string `json:"error"`
	Message string `json:"message"`
}

// Refuse aborts and answers with the row that err belongs to: status, body, no-store,
// WWW-Authenticate on a 401 and Retry-After on 429 and 503. If something was already
// written, it only aborts.
func (f *Refuser) Refuse(c *gin.Context, err error) {
	c.Abort()
	c.Set(refusedKey{}, err)
	if f.GinErrors {
		_ = c.Error(err)
	}
	if c.Writer.Written() {
		return
	}
	row := refusal.Of(err)
	NoStore(c)
	if row.Status == http.StatusUnauthorized {
		c.Header("WWW-Authenticate", f.challenge(row, err))
	}
	if wait := retryAfter(row, err); wait > 0 {
		c.Header("Retry-After", strconv.Itoa(wait))
	}
	message := f.message(c, row, err)
	if f.Unauthorized != nil {
		f.Unauthorized(c, row.Status, message)
		return
	}
	c.JSON(row.Status, refused{Code: row.Status, Error: row.Word, Message: message})
}

// message is the public sentence, unless a hook of gin-jwt expects what gin-jwt would have said.
func (f *Refuser) message(c *gin.Context, row *refusal.Class, err error) string {
	if f.Message == nil && f.Unauthorized == nil {
		return row.Message
	}
	told := refusal.Told(err, f.CookieLast)
	switch {
	case f.Message != nil:
		return f.Message(told, c)
	case told == error(row): //nolint:errorlint // the row itself
		return row.Message
	}
	return told.Error()
}

// challenge returns the value of WWW-Authenticate. It has an error code only if a token was
// presented: RFC 6750 section 3.1.
func (f *Refuser) challenge(row *refusal.Class, err error) string {
	bearer := f.Scheme + " realm=" + quoted(f.Realm)
	var stale *refusal.StaleLogin
	switch {
	case errors.As(err, &stale):
		return fmt.Sprintf(`%s, error="insufficient_user_authentication", error_description="%s", max_age="%d"`,
			bearer, row.Message, int(stale.MaxAge.Seconds()))
	case row == refusal.TokenMissing, row == refusal.InvalidCredentials:
		return bearer
	case row == refusal.InvalidClient:
		return "Basic realm=" + quoted(f.Realm)
	}
	return fmt.Sprintf(`%s, error="invalid_token", error_description="%s"`, bearer, row.Message)
}

// retryAfter returns seconds; 0 means no header.
func retryAfter(row *refusal.Class, err error) int {
	var throttled *refusal.Throttled
	if errors.As(err, &throttled) {
		return max(1, int((throttled.Wait+time.Second-1)/time.Second))
	}
	if row.Status == http.StatusServiceUnavailable || row.Status == http.StatusTooManyRequests {
		return 1
	}
	return 0
}

// quoted writes a realm as a quoted-string (RFC 9110 section 5.6.4).
func quoted(s string) string {
	return `"` + strings.NewReplacer(`\`, `\\`, `"`, `\"`).Replace(s) + `"`
}

// NoStore keeps token replies and refusals out of caches (RFC 6749 section 5.1), and browsers
// from taking them for another type than they are.
func NoStore(c *gin.Context) {
	c.Header("X-Content-Type-Options", "nosniff")
	c.Header("Cache-Control", "no-store")
	c.Header("Pragma", "no-cache")
}
