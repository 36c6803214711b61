package token_test

import (
	"bytes"
	"errors"
	"math"
	"strings"
	"testing"
	"time"

	"github.com/ginauth/ginauth/plugin/internal/token"
	"github.com/ginauth/ginauth/plugin/session"
)

func key(b byte) []byte { return bytes.Repeat([]byte{b}, token.MinRefreshKey) }

func newCodec(t testing.TB, current []byte, previous ...[]byte) *token.Codec {
	t.Helper()
	c, err := token.NewCodec(append([][]byte{current}, previous...)...)
	if err != nil {
		t.Fatalf("NewCodec: %v", err)
	}
	return c
}

func someRefresh(generation uint32) token.Refresh {
	return token.Refresh{ID: session.NewID(time.UnixMilli(1_800_000_000_000), 3), Generation: generation}
}

func refused(t *testing.T, c *token.Codec, s string) {
	t.Helper()
	if r, err := c.Decode(s); !errors.Is(err, token.ErrInvalidRefresh) || r != (token.Refresh{}) {
		t.Errorf("Decode(%q) = %+v, %v", s, r, err)
	}
}

func TestRefreshTokenRoundTrip(t *testing.T) {
	c := newCodec(t, key(1))
	for _, g := range []uint32{1, 2, 255, 256, math.MaxUint32} {
		want := someRefresh(g)
		s := c.Encode(want)
		if got, err := c.Decode(s); err != nil || got != want {
			t.Errorf("Decode(%q) = %+v, %v, want %+v", s, got, err, want)
		}
		if again := c.Encode(want); again != s {
			t.Errorf("the same generation is once %q and once %q", s, again)
		}
		if !strings.HasPrefix(s, "rt1_") || len(s) != 58 {
			t.Errorf("%q: %d characters", s, len(s))
		}
	}
}

// The wire form must not change under tokens that are out there. The text was
// computed from the description of Codec by another program.
func TestRefreshTokenOfAKnownKey(t *testing.T) {
	var id session.ID
	copy(id[:], "0123456789abcdef")
	const want = "rt1_ehOkpzAxMjM0NTY3ODlhYmNkZWYAAAAHhCD2f-4sSJ8rxSsm2jl7HQ"
	if got := newCodec(t, key(1)).Encode(token.Refresh{ID: id, Generation: 7}); got != want {
		t.Errorf("Encode = %q, want %q", got, want)
	}
}

func TestEverySingleCharacterChangeIsRefused(t *testing.T) {
	c := newCodec(t, key(1), key(2))
	s := c.Encode(someRefresh(5))
	for i := range len(s) {
		for b := range 256 {
			if byte(b) != s[i] {
				refused(t, c, s[:i]+string([]byte{byte(b)})+s[i+1:])
			}
		}
		refused(t, c, s[:i]+s[i+1:])
		refused(t, c, s[:i]+"A"+s[i:])
		refused(t, c, s[:i])
	}
}

func TestJunkIsNoRefreshToken(t *testing.T) {
	c := newCodec(t, key(1))
	s := c.Encode(someRefresh(1))
	for _, junk := range []string{
		"", "rt1_", "rt1", s + "A", s + "=", s + "\n", " " + s, "RT1_" + s[4:], "rt2_" + s[4:], s[4:], s + s,
		"rt1_" + strings.Repeat("A", len(s)-4), "rt1_" + strings.Repeat("A", 1<<20),
		s[:20] + "\r\n" + s[22:], s[:20] + "\r\n" + s[20:],
	} {
		refused(t, c, junk)
	}
}

func TestKeyRotation(t *testing.T) {
	r := someRefresh(1)
	old, next := newCodec(t, key(1)), newCodec(t, key(2), key(1))
	if got, err := next.Decode(old.Encode(r)); err != nil || got != r {
		t.Errorf("a token of the previous key: %+v, %v", got, err)
	}
	if got, err := next.Decode(next.Encode(r)); err != nil || got != r {
		t.Errorf("a token of the new key: %+v, %v", got, err)
	}
	if old.Encode(r) == next.Encode(r) {
		t.Error("the previous key still signs")
	}
	refused(t, old, next.Encode(r))                 // a node that does not know the new key yet
	refused(t, newCodec(t, key(2)), old.Encode(r))  // the previous key was withdrawn
	refused(t, newCodec(t, key(3)), next.Encode(r)) // a stranger's key
	twice := newCodec(t, key(1), key(1))            // the same key listed twice does no harm
	if got, err := twice.Decode(old.Encode(r)); err != nil || got != r {
		t.Errorf("a key listed twice: %+v, %v", got, err)
	}
}

func TestWeakKeysAreRefused(t *testing.T) {
	good := key(1)
	for name, keys := range map[string][][]byte{
		"none":             {nil},
		"empty":            {{}},
		"31 bytes":         {good[:31]},
		"a short previous": {good, good, good[:31]},
		"an empty one":     {good, nil},
	} {
		if c, err := token.NewCodec(keys...); !errors.Is(err, token.ErrWeakKey) || c != nil {
			t.Errorf("%s: %v, %v", name, c, err)
		}
	}
	if err := func() error { _, err := token.NewCodec(good[:31]); return err }(); strings.Contains(err.Error(), string(good[:8])) {
		t.Errorf("the error shows the key: %v", err)
	}
}

func TestCodecKeepsItsOwnKey(t *testing.T) {
	mine := key(1)
	c := newCodec(t, mine)
	before := c.Encode(token.Refresh{Generation: 1})
	clear(mine)
	if after := c.Encode(token.Refresh{Generation: 1}); after != before {
		t.Error("a caller who clears the key changes the codec")
	}
}

func FuzzRefreshDecode(f *testing.F) {
	c := newCodec(f, key(1))
	previous := newCodec(f, key(2))
	both := newCodec(f, key(1), key(2))
	good := c.Encode(someRefresh(1))
	for _, s := range []string{good, previous.Encode(someRefresh(2)), good[:57], good + "A", "rt1_", "", strings.Repeat("A", 58)} {
		f.Add(s)
	}
	f.Fuzz(func(t *testing.T, s string) {
		r, err := both.Decode(s)
		if err != nil {
			if !errors.Is(err, token.ErrInvalidRefresh) || r != (token.Refresh{}) {
				t.Errorf("Decode(%q) = %+v, %v", s, r, err)
			}
			return
		}
		if s != c.Encode(r) && s != previous.Encode(r) {
			t.Errorf("Decode(%q) = %+v, which no key writes so", s, r)
		}
	})
}

func TestUnverifiedRefreshReadsWhatEncodeWroteAndNoOtherForm(t *testing.T) {
	codec, err := token.NewCodec([]byte(strings.Repeat("k", token.MinRefreshKey)))
	if err != nil {
		t.Fatal(err)
	}
	want := token.Refresh{ID: session.NewID(time.Now(), 3), Generation: 9}
	text := codec.Encode(want)
	if got, err := token.UnverifiedRefresh(text); err != nil || got != want {
		t.Errorf("%v %v", got, err)
	}
	for _, junk := range []string{"", "rt1_", text[:len(text)-1], text + "A", "rt2_" + text[4:], text[:20] + "\n" + text[21:], text[:20] + "=" + text[21:]} {
		if got, err := token.UnverifiedRefresh(junk); !errors.Is(err, token.ErrInvalidRefresh) || got != (token.Refresh{}) {
			t.Errorf("%q: %v %v", junk, got, err)
		}
	}
}
