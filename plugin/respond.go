package ginauth

import (
	"errors"
	"fmt"
	"net/http"
	"strconv"
	"strings"
	"time"

	"github.com/gin-gonic/gin"
)

// errorReply is the body of every refusal.
type errorReply struct {
	Code    int    `json:"code"`
	Error   string `json:"error"`
	Message string `json:"message"`
}

// Refuse answers with the row of the error table that err belongs to, and aborts.
// An error of no class is ErrInternal. It sets WWW-Authenticate on a 401 (RFC 6750
// section 3), Retry-After on 429 and 503, and no-store. gin-jwt's HTTPStatusMessageFunc
// and Unauthorized hooks are asked when they are set. When something was already
// written, Refuse only aborts.
//
// Use it in handlers of your own, so that all refusals of a service look the same.
func (a *Auth) Refuse(c *gin.Context, err error) {
	c.Abort()
	_ = c.Error(err)
	if c.Writer.Written() {
		return
	}
	row := classOf(err)
	noStore(c)
	if row.Status == http.StatusUnauthorized {
		c.Header("WWW-Authenticate", a.challenge(row, err))
	}
	if wait := retryAfter(row, err); wait > 0 {
		c.Header("Retry-After", strconv.Itoa(wait))
	}
	message := row.Message
	if a.hooks.message != nil {
		message = a.hooks.message(err, c)
	}
	if a.hooks.unauthorized != nil {
		a.hooks.unauthorized(c, row.Status, message)
		return
	}
	c.JSON(row.Status, errorReply{Code: row.Status, Error: row.Word, Message: message})
}

// challenge is the value of WWW-Authenticate. An error code stands in it only when a
// token was presented: RFC 6750 section 3.1.
func (a *Auth) challenge(row *class, err error) string {
	var stale *staleLogin
	switch {
	case errors.As(err, &stale):
		return fmt.Sprintf(`%s, error="insufficient_user_authentication", error_description="%s", max_age="%d"`,
			a.bearer, row.Message, int(stale.maxAge.Seconds()))
	case errors.Is(row, ErrTokenMissing), errors.Is(row, ErrInvalidCredentials):
		return a.bearer
	case errors.Is(row, ErrInvalidClient):
		return "Basic realm=" + quoted(a.jwt.Realm)
	}
	return fmt.Sprintf(`%s, error="invalid_token", error_description="%s"`, a.bearer, row.Message)
}

// staleLogin is the cause of ErrReauthenticationRequired: RFC 9470 section 3.
type staleLogin struct{ maxAge time.Duration }

func (s *staleLogin) Error() string { return "login older than " + s.maxAge.String() }

// Throttled makes a too_many_attempts error that tells the client when to come back
// (Retry-After, rounded up to a second). An Authenticator returns it to refuse a login.
func Throttled(wait time.Duration) error {
	return refuse(ErrTooManyAttempts, &throttled{wait})
}

type throttled struct{ wait time.Duration }

func (t *throttled) Error() string { return "retry after " + t.wait.String() }

// retryAfter is in seconds; 0 is no header.
func retryAfter(row *class, err error) int {
	var t *throttled
	if errors.As(err, &t) {
		return max(1, int((t.wait+time.Second-1)/time.Second))
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

// noStore keeps token replies and refusals out of caches: RFC 6749 section 5.1.
func noStore(c *gin.Context) {
	c.Header("Cache-Control", "no-store")
	c.Header("Pragma", "no-cache")
}
