package ginauth

import (
	"context"
	"errors"
	"log/slog"
	"time"

	"github.com/ginauth/ginauth/plugin/session"
)

// EventKind names what happened. Its String is the word in logs and metrics.
type EventKind uint8

// Kinds of events. The rules are those of rotation: see [session.Outcome].
const (
	EventLogin           EventKind = iota + 1 // a session began
	EventLoginFailed                          // a login was refused, or a password of TryPassword
	EventRefresh                              // a refresh token was exchanged: rule 2
	EventRefreshRetry                         // rule 3: the same refresh token again; Reason "other_client": another address or User-Agent
	EventRefreshReuse                         // rule 4: theft, or something that looks like it
	EventRefreshAhead                         // rule 5: the store had lost writes
	EventRefreshRefused                       // unknown, expired, revoked, a disabled user, or Reload failed
	EventLogout                               // the user ended a session
	EventRevoked                              // something was revoked; see Reason
	EventRefused                              // a protected route refused a token
	EventServedUnchecked                      // a route with Allow served a request that could not be checked
	EventStoreDown                            // the store could not answer, or a mirror could not follow it
	EventStale                                // a mirror's shard is no longer trusted
	EventHealed                               // a mirror put back what the store had lost
	EventInStep                               // a mirror's shard is in step, for the first time or again
	EventResync                               // a mirror reads a shard again; Err is the cause
	EventClientRefused                        // a client was refused at RevocationHandler or IntrospectionHandler
)

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
	EventInStep:          "in_step",
	EventResync:          "resync",
	EventClientRefused:   "client_refused",
}

// EventKinds returns every kind, for metrics that show all of them from the start.
func EventKinds() []EventKind {
	kinds := make([]EventKind, 0, len(eventWords))
	for k := EventLogin; int(k) < len(eventWords); k++ {
		kinds = append(kinds, k)
	}
	return kinds
}

// String returns the kind's word, "unknown" if it has none.
func (k EventKind) String() string {
	if int(k) >= len(eventWords) || eventWords[k] == "" {
		return "unknown"
	}
	return eventWords[k]
}

// level is the log level of an event.
func (e Event) level() slog.Level {
	switch e.Kind {
	case EventRefreshReuse, EventRefreshAhead, EventServedUnchecked, EventStale, EventHealed, EventResync:
		return slog.LevelWarn
	case EventStoreDown:
		return slog.LevelError
	case EventRefreshRetry:
		if e.Reason == reasonOtherClient {
			return slog.LevelWarn
		}
		return slog.LevelDebug
	case EventClientRefused:
		if errors.Is(e.Err, errNoClient) { // anybody can send that, without limit
			return slog.LevelDebug
		}
		return slog.LevelWarn
	case EventRefused:
		return slog.LevelDebug
	}
	return slog.LevelInfo
}

// Event is something that happened. No field ever holds a token, a password, a key or a part
// of one. A session id is not a secret: it gives no access.
type Event struct {
	Kind    EventKind
	Time    time.Time
	Subject string     // the user, if known
	Session session.ID // zero if unknown
	IP      string     // the client, by gin's trusted-proxy rules, without a port; "" outside a request
	Reason  string     // why: a fixed word, the text of Because, or the refusal's error word
	Actor   string     // EventRevoked, EventLogout: the text of By, or the user who made the request
	Count   int        // EventRevoked, EventLogout: live sessions or tokens ended; EventHealed: entries put back
	Shard   int        // events of a mirror: the shard of the store
	Err     error      // the cause of a refusal, an outage or a resync
}

// emit calls the hook and writes the log line.
func (a *Auth) emit(ctx context.Context, e Event) {
	e.Time = a.now()
	e.IP = clientAddress(ctx)
	if a.config.OnEvent != nil {
		a.config.OnEvent(ctx, e)
	}
	level := e.level()
	if a.config.Logger.Enabled(ctx, level) {
		a.config.Logger.LogAttrs(ctx, level, "ginauth: "+e.Kind.String(), e.attrs()...)
	}
}

// attrs are those fields of the event that say something.
func (e Event) attrs() []slog.Attr {
	attrs := make([]slog.Attr, 0, 8)
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
	if e.Kind == EventRevoked || e.Kind == EventHealed {
		attrs = append(attrs, slog.Int("count", e.Count))
	}
	if e.Kind.ofMirror() || e.Reason == session.NoticeError.String() {
		attrs = append(attrs, slog.Int("shard", e.Shard))
	}
	if e.Err != nil {
		attrs = append(attrs, slog.String("error", e.Err.Error()))
	}
	return attrs
}
