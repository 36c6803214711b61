package ginauth

import (
	"context"
	"log/slog"
	"time"

	"github.com/gin-gonic/gin"

	"github.com/ginauth/ginauth/plugin/session"
)

// EventKind names what happened. Its String is the word in logs and metrics.
type EventKind uint8

// Kinds of events. The rules are those of rotation, told at session.Outcome.
const (
	EventLogin           EventKind = iota + 1 // a session began
	EventLoginFailed                          // a login was refused
	EventRefresh                              // rotation rule 2
	EventRefreshRetry                         // rule 3: the same refresh token again
	EventRefreshReuse                         // rule 4: theft, or what looks like it
	EventRefreshAhead                         // rule 5: the store had lost writes
	EventRefreshRefused                       // unknown, expired, revoked, a disabled user, or Reload failed
	EventLogout                               // a session was ended by its owner
	EventRevoked                              // something was revoked; Reason says what
	EventRefused                              // a protected route refused a token
	EventServedUnchecked                      // Allow: served although nothing could check
	EventStoreDown                            // the store could not answer
	EventStale                                // a local copy of the list is no longer trusted
	EventHealed                               // a local copy put back what the store had lost
)

// EventStale and EventHealed are not emitted by Auth: whoever runs a mirror makes them of
// its events, for the same hook and the same counters.

var eventWords = [...]string{
	EventLogin:           "login",
	EventLoginFailed:     "login_failed",
	EventRefresh:         "refresh",
	EventRefreshRetry:    "refresh_retry",
	EventRefreshReuse:    "refresh_reuse",
	EventRefreshAhead:    "refresh_ahead",
	EventRefreshRefused:  "refresh_refused",
	EventLogout:          "logout",
	EventRevoked:         "revoked",
	EventRefused:         "refused",
	EventServedUnchecked: "served_unchecked",
	EventStoreDown:       "store_down",
	EventStale:           "stale",
	EventHealed:          "healed",
}

// EventKinds lists every kind, for a metrics collector that wants all of them from
// the start.
func EventKinds() []EventKind {
	kinds := make([]EventKind, 0, len(eventWords))
	for k := EventLogin; int(k) < len(eventWords); k++ {
		kinds = append(kinds, k)
	}
	return kinds
}

// String is the kind's word, "unknown" if it has none.
func (k EventKind) String() string {
	if int(k) >= len(eventWords) || eventWords[k] == "" {
		return "unknown"
	}
	return eventWords[k]
}

// level is how loud an event is in the log.
func (k EventKind) level() slog.Level {
	switch k {
	case EventRefreshReuse, EventRefreshAhead, EventServedUnchecked, EventStale, EventHealed:
		return slog.LevelWarn
	case EventStoreDown:
		return slog.LevelError
	case EventRefused, EventRefreshRetry:
		return slog.LevelDebug
	}
	return slog.LevelInfo
}

// Event is something that happened. No field ever holds a token, a password, a key or
// a part of one. A session's id is not a secret: it opens nothing by itself.
type Event struct {
	Kind    EventKind
	Time    time.Time
	Subject string     // the user, if known
	Session session.ID // zero if unknown
	IP      string     // the client, by gin's trusted-proxy rules; "" outside a request
	Reason  string     // a fixed word of this package or Because: why or what was revoked, the refusal's word, what came of a reuse
	Actor   string     // EventRevoked: who asked, as By said; the user, for what users do themselves
	Count   int        // EventRevoked: live sessions or tokens ended
	Err     error      // the cause of a refusal or an outage
}

// emit tells the hook and the log. c may be nil.
func (a *Auth) emit(ctx context.Context, c *gin.Context, e Event) {
	e.Time = a.now()
	if c != nil {
		e.IP = c.ClientIP()
	}
	if a.onEvent != nil {
		a.onEvent(ctx, e)
	}
	if !a.logger.Enabled(ctx, e.Kind.level()) {
		return
	}
	attrs := make([]slog.Attr, 0, 7)
	for _, attr := range []slog.Attr{
		slog.String("subject", e.Subject), slog.String("ip", e.IP), slog.String("reason", e.Reason), slog.String("actor", e.Actor),
	} {
		if attr.Value.String() != "" {
			attrs = append(attrs, attr)
		}
	}
	if e.Session != (session.ID{}) {
		attrs = append(attrs, slog.String("session", e.Session.String()))
	}
	if e.Kind == EventRevoked {
		attrs = append(attrs, slog.Int("count", e.Count))
	}
	if e.Err != nil {
		attrs = append(attrs, slog.String("error", e.Err.Error()))
	}
	a.logger.LogAttrs(ctx, e.Kind.level(), "ginauth: "+e.Kind.String(), attrs...)
}
