package session

import "time"

// MaxSubject is the longest subject in bytes: an e-mail address fits.
const MaxSubject = 255

// MaxUserAgent is how many bytes of a User-Agent are kept. Longer ones are cut.
const MaxUserAgent = 256

// MaxDevice is how many bytes of a device's name are kept. Longer ones are cut.
const MaxDevice = 64

// MaxIP is how many bytes of a client address are kept: an IPv6 address with a zone fits.
const MaxIP = 64

// Session is one login of one subject on one device: what a store keeps about it.
// Times are the store's, to the millisecond, but for AuthTime. Sessions are values;
// a store never shares memory with a caller.
type Session struct {
	ID      ID
	Subject string

	// Generation is the refresh generation, from 1. Confirmed says that a token of
	// this generation has been seen in use, so its refresh reply was not lost.
	Generation uint32
	Confirmed  bool

	CreatedAt  time.Time // when the session began: ID.Created()
	RotatedAt  time.Time // when Generation was reached
	LastUsedAt time.Time // last refresh, or last confirmed use
	IdleAt     time.Time // dead from here on unless refreshed before
	EndsAt     time.Time // dead from here on, whatever happens

	// AuthTime is when the user proved who they are, by the clock of the node that
	// saw it, to the second. A refresh never moves it.
	AuthTime time.Time

	IP        string // of the login or the last refresh
	UserAgent string // of the login or the last refresh
	Device    string // a name for people, given at the login; may be empty

	// Claims is what the application wants back at a refresh, as bytes that mean
	// nothing to the store. May be empty.
	Claims []byte
}

// Deadline is when the session dies if it is not refreshed: the earlier of IdleAt
// and EndsAt.
func (s Session) Deadline() time.Time {
	if s.EndsAt.Before(s.IdleAt) {
		return s.EndsAt
	}
	return s.IdleAt
}
