package password_test

import (
	"errors"
	"slices"
	"strings"
	"testing"
	"time"

	"github.com/ginauth/ginauth/plugin/password"
)

// Made by the reference implementation's command line: the password is "password", the
// salt "somesalt".
const foreign = "$argon2id$v=19$m=256,t=2,p=1$c29tZXNhbHQ$nf65EOgLrQMR/uIPnA4rEsF5h7TKyQwu9U1bMCHGi/4"

func TestHashesOfOthersAreRead(t *testing.T) {
	t.Parallel()
	h := newHasher(t, password.Options{Params: cheap})
	if rehash, err := h.Verify(t.Context(), foreign, "password"); !rehash || err != nil {
		t.Errorf("rehash %v, %v", rehash, err)
	}
	wantVerify(t, h, foreign, "passwor", password.ErrMismatch)
}

// An attacker who can write a hash into the database must not control the memory and the time of
// a login.
func TestOtherSpellingsAreNoHashes(t *testing.T) {
	t.Parallel()
	const good = "$argon2id$v=19$m=8,t=1,p=1$c2l4dGVlbiBieXRlcyBvaw$AAAAAAAAAAAAAAAAAAAAAA"
	h := newHasher(t, password.Options{Params: cheap})
	wantVerify(t, h, good, "x", password.ErrMismatch)
	for _, bad := range []string{
		"", "password", "$$$$$", good + "$", " " + good, good + "=", good[1:], good + "\n",
		strings.Replace(good, "argon2id", "argon2i", 1), strings.Replace(good, "v=19", "v=18", 1),
		strings.Replace(good, "v=19", "v=019", 1), strings.Replace(good, "m=8", "m=08", 1),
		strings.Replace(good, "m=8", "m=+8", 1), strings.Replace(good, "m=8", "m=7", 1),
		strings.Replace(good, "m=8", "m=4294967295", 1), strings.Replace(good, "m=8", "m=4294967304", 1),
		strings.Replace(good, "t=1", "t=0", 1), strings.Replace(good, "t=1", "t=99", 1),
		strings.Replace(good, "p=1", "p=0", 1), strings.Replace(good, "p=1", "p=2", 1), strings.Replace(good, "p=1", "p=257", 1),
		strings.Replace(good, "m=8,t=1", "t=1,m=8", 1), strings.Replace(good, "p=1", "p=1,keyid=x", 1),
		"$argon2id$v=19$m=8,t=1,p=1$c2l4$AAAAAAAAAAAAAAAAAAAAAA", // short salt
		"$argon2id$v=19$m=8,t=1,p=1$c2l4dGVlbiBieXRlcyBvaw$AAAA", // short key
		"$argon2id$v=19$m=8,t=1,p=1$c2l4dGVlbiBieXRlcyBvaw$",
		"$argon2id$v=19$m=8,t=1,p=1$c2l4dGVlbiBieXRlcyBvaw$" + strings.Repeat("AAAA", 22),
		good[:len(good)-1] + "B", // trailing bits
	} {
		wantVerify(t, h, bad, "x", password.ErrMalformedHash)
	}
}

func FuzzVerify(f *testing.F) {
	for _, hash := range []string{
		foreign, "$argon2id$v=19$m=8,t=1,p=1$c2l4dGVlbiBieXRlcyBvaw$AAAAAAAAAAAAAAAAAAAAAA",
		"$argon2id$v=19$m=4294967295,t=1,p=1$c2l4dGVlbiBieXRlcyBvaw$AAAAAAAAAAAAAAAAAAAAAA", "$argon2i$v=19$m=8,t=1,p=1$$",
	} {
		f.Add(hash, "password")
	}
	h := newHasher(f, password.Options{Params: cheap})
	f.Fuzz(func(t *testing.T, hash, plain string) {
		if strings.Contains(hash, "m=") && !strings.Contains(hash, "m=8,t=1,") && hash != foreign {
			hash = "$argon2id$v=19$m=8,t=1,p=1$" + hash // a costly hash teaches nothing more
		}
		_, err := h.Verify(t.Context(), hash, plain)
		switch {
		case err == nil && (hash != foreign || plain != "password"):
			t.Errorf("%q is let in by %q", plain, hash)
		case err != nil && !errors.Is(err, password.ErrMismatch) && !errors.Is(err, password.ErrMalformedHash) && !errors.Is(err, password.ErrTooLong):
			t.Errorf("%q: %v", hash, err)
		}
	})
}

func median(d []time.Duration) time.Duration {
	slices.Sort(d)
	return d[len(d)/2]
}
