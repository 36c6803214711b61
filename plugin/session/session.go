package session

import (
	"time"
	"unicode/utf8"
)

// MaxSubject is the longest subject, in bytes. An e-mail address fits.
const MaxSubject = 255

// ValidSubject reports whether a text can be a subject: 1 to [MaxSubject] bytes of valid UTF-8.
// JSON has no other text, so a token could not name such a subject as the store does. Subjects
// are compared byte by byte, and nothing normalizes them.
func ValidSubject(subject string) bool {
	return subject != "" && len(subject) <= MaxSubject && utf8.ValidString(subject)
}

// MaxUserAgent is the longest User-Agent that is kept, in bytes. Longer ones are cut.
const MaxUserAgent = 256

// MaxDevice is the longest device name that is kept, in bytes. Longer ones are cut.
const MaxDevice = 64

// MaxIP is the longest client address that is kept, in bytes. An IPv6 address with a zone fits.
const MaxIP = 64

// Session is one login of one subject on one device, as a store keeps it. All times except
// AuthTime are by the store's clock, to the millisecond. Sessions are values: a store never
// shares memory with a caller.
type Session struct {
	ID      ID
	Subject string

	// Generation is the refresh generation, from 1. Confirmed is set once a token of this
	// generation was seen in use: the client has then received the reply that brought it.
	Generation uint32
	Confirmed  bool

	// LateRetries counts the generations in a row that were retried late: Generation itself, if
	// RetriedLate is set, and those right before it. See [OutcomeRetried].
	LateRetries uint8
	RetriedLate bool

	CreatedAt  time.Time // when the session began: ID.Created()
	RotatedAt  time.Time // when Generation was reached
	LastUsedAt time.Time // last refresh, or last confirmed use
	IdleAt     time.Time // the session is dead from here on, unless it is refreshed before
	EndsAt     time.Time // the session is dead from here on in any case

	// AuthTime is when the user authenticated, by the clock of the node that saw it, to
	// the second. A refresh never moves it. 1970-01-01T00:00:00Z means that nobody knows.
	AuthTime time.Time

	IP        string // of the login or the last refresh
	UserAgent string // of the login or the last refresh
	Device    string // a name for people, given at the login; may be empty

	// Claims is data that the application gets back at a refresh. The store does not
	// interpret it. May be empty.
	Claims []byte
}

// Deadline returns when the session dies if it is not refreshed: the earlier of IdleAt and
// EndsAt.
func (s Session) Deadline() time.Time {
	if s.EndsAt.Before(s.IdleAt) {
		return s.EndsAt
	}
	return s.IdleAt
}
