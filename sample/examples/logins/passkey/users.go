package main

import (
	"bytes"
	"crypto/rand"
	"errors"
	"slices"
	"sync"

	"github.com/go-webauthn/webauthn/protocol"
	"github.com/go-webauthn/webauthn/webauthn"
)

// users keeps the users and their passkeys in memory.
type users struct {
	mu     sync.Mutex
	byName map[string]user
}

// user is a [webauthn.User].
type user struct {
	name        string
	handle      []byte // random, so that it tells nothing of the user to whom it belongs
	credentials []webauthn.Credential
}

func (u user) WebAuthnID() []byte                         { return u.handle }
func (u user) WebAuthnName() string                       { return u.name }
func (u user) WebAuthnDisplayName() string                { return u.name }
func (u user) WebAuthnCredentials() []webauthn.Credential { return u.credentials }

func newUsers(names ...string) *users {
	all := &users{byName: make(map[string]user)}
	for _, name := range names {
		handle := make([]byte, 64)
		_, _ = rand.Read(handle) // never fails
		all.byName[name] = user{name: name, handle: handle}
	}
	return all
}

// named returns the user who is logged in.
func (us *users) named(name string) user {
	us.mu.Lock()
	defer us.mu.Unlock()
	return us.byName[name]
}

var (
	errTaken  = errors.New("this passkey is registered already")
	errNobody = errors.New("no user has this handle")
	errCloned = errors.New("the passkey's counter went back: there may be a copy of it")
)

// add stores a new passkey. An id that any user has is refused: with attestation "none" anybody can
// claim the id of another user's passkey for a key of their own (WebAuthn level 3, section 7.1).
func (us *users) add(name string, made webauthn.Credential) error {
	us.mu.Lock()
	defer us.mu.Unlock()
	for _, u := range us.byName {
		if slices.ContainsFunc(u.credentials, func(c webauthn.Credential) bool { return bytes.Equal(c.ID, made.ID) }) {
			return errTaken
		}
	}
	u := us.byName[name]
	u.credentials = append(slices.Clone(u.credentials), made)
	us.byName[name] = u
	return nil
}

// judge verifies the answer to a challenge and keeps the passkey's new counter. One answer at a
// time: two copies of a passkey that show the same counter must not both be let in.
func (us *users) judge(web *webauthn.WebAuthn, ceremony webauthn.SessionData, answer *protocol.ParsedCredentialAssertionData) (login, error) {
	us.mu.Lock()
	defer us.mu.Unlock()
	found, used, err := web.ValidatePasskeyLogin(us.owner, ceremony, answer)
	if err != nil {
		return login{}, err
	}
	if used.Authenticator.CloneWarning {
		return login{}, errCloned
	}
	u := us.byName[found.WebAuthnName()]
	u.credentials = slices.Clone(u.credentials)
	for i, c := range u.credentials {
		if bytes.Equal(c.ID, used.ID) {
			u.credentials[i] = *used
		}
	}
	us.byName[u.name] = u
	// A key that is copied between devices is not one in hardware.
	key := "hwk"
	if used.Flags.BackupEligible {
		key = "swk"
	}
	return login{u.name, []string{key, "user"}}, nil
}

// owner is called by judge, with the lock held.
func (us *users) owner(_, handle []byte) (webauthn.User, error) {
	for _, u := range us.byName {
		if bytes.Equal(u.handle, handle) {
			return u, nil
		}
	}
	return nil, errNobody
}
