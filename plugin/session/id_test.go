package session_test

import (
	"errors"
	"strings"
	"testing"
	"time"

	"github.com/ginauth/ginauth/plugin/session"
)

// notIDs is what must not be read as 16 bytes.
func notIDs() map[string]string {
	good := session.NewID(time.Now(), 0).String()
	return map[string]string{
		"empty":                  "",
		"the zero id":            strings.Repeat("A", 22),
		"one too short":          good[:21],
		"one too long":           good + "A",
		"padding":                good + "==",
		"padding inside 22":      good[:20] + "==",
		"standard alphabet":      "+" + good[1:],
		"a slash":                "/" + good[1:],
		"a line break":           good[:10] + "\n" + good[11:],
		"two line breaks":        good[:10] + "\r\n" + good[12:],
		"a space":                " " + good[1:],
		"not ASCII":              good[:20] + "é",
		"other trailing bits":    good[:21] + "B",
		"an empty line appended": good[:21] + "\n",
	}
}

func TestIDHasOneSpelling(t *testing.T) {
	for name, s := range notIDs() {
		if id, err := session.ParseID(s); !errors.Is(err, session.ErrInvalidID) || id != (session.ID{}) {
			t.Errorf("ParseID of %s (%q) = %v, %v", name, s, id, err)
		}
		if jti, err := session.ParseTokenID(s); !errors.Is(err, session.ErrInvalidID) || jti != (session.TokenID{}) {
			t.Errorf("ParseTokenID of %s (%q) = %v, %v", name, s, jti, err)
		}
	}
}

func TestIDSaysWhenAndWhere(t *testing.T) {
	for _, ms := range []int64{1, 255, 1 << 32, 1_800_000_000_123, 1<<48 - 1} {
		for _, shard := range []uint8{0, 15, 255} {
			id := session.NewID(time.UnixMilli(ms).Add(999*time.Microsecond), shard)
			if got := id.Created().UnixMilli(); got != ms || id.Shard() != shard {
				t.Errorf("created %d on shard %d, the id says %d on %d", ms, shard, got, id.Shard())
			}
			back, err := session.ParseID(id.String())
			if err != nil || back != id {
				t.Errorf("ParseID(%q) = %v, %v", id, back, err)
			}
		}
	}
}

func TestTailIsAllButTheTime(t *testing.T) {
	id := session.NewID(time.UnixMilli(1_800_000_000_000), 7)
	later := id.WithTime(id.Created().Add(time.Millisecond))
	if id.Tail() != later.Tail() || id == later {
		t.Errorf("%v and %v, a millisecond later, have the tails %q and %q", id, later, id.Tail(), later.Tail())
	}
	if later.Created().Sub(id.Created()) != time.Millisecond || later.Shard() != id.Shard() {
		t.Errorf("WithTime made %v of %v", later, id)
	}
	if other := session.NewID(id.Created(), 8); other.Tail() == id.Tail() {
		t.Error("the tail does not tell two sessions apart")
	}
	for i := range 16 {
		changed := id
		changed[i] ^= 1
		if inTime := i < 6; (changed.Tail() == id.Tail()) != inTime {
			t.Errorf("byte %d: part of the time %v, but the tail is %q and was %q", i, inTime, changed.Tail(), id.Tail())
		}
	}
}

func TestIDsAreDrawnAtRandom(t *testing.T) {
	now := time.UnixMilli(1_800_000_000_000)
	ids := make(map[session.ID]bool)
	tokens := make(map[session.TokenID]bool)
	for range 10_000 {
		ids[session.NewID(now, 0)] = true
		tokens[session.NewTokenID()] = true
	}
	if len(ids) != 10_000 || len(tokens) != 10_000 {
		t.Errorf("%d ids and %d token ids of 10,000 differ", len(ids), len(tokens))
	}
}

func TestTokenIDRoundTrip(t *testing.T) {
	jti := session.NewTokenID()
	back, err := session.ParseTokenID(jti.String())
	if err != nil || back != jti || len(jti.String()) != 22 {
		t.Errorf("ParseTokenID(%q) = %v, %v", jti, back, err)
	}
}

func TestShardOfSpreadsAndStays(t *testing.T) {
	for _, shards := range []int{-1, 0, 1} {
		if got := session.ShardOf("alice", shards); got != 0 {
			t.Errorf("ShardOf with %d shards = %d", shards, got)
		}
	}
	for _, shards := range []int{2, 16, 256} {
		count := make(map[uint8]int)
		for i := range 1000 * shards {
			count[session.ShardOf(time.UnixMilli(int64(i)).UTC().String(), shards)]++
		}
		if len(count) != shards {
			t.Fatalf("%d of %d shards are used", len(count), shards)
		}
		for shard, n := range count {
			if n < 500 || n > 1500 {
				t.Errorf("shard %d of %d has %d of %d subjects", shard, shards, n, 1000*shards)
			}
		}
	}
	// Stored sessions are found by it, so it must never change.
	if a, b := session.ShardOf("user1", 16), session.ShardOf("", 16); a != 9 || b != 5 {
		t.Errorf("the shards of two known subjects are %d and %d", a, b)
	}
}

func FuzzParseID(f *testing.F) {
	f.Add(session.NewID(time.UnixMilli(1_800_000_000_000), 3).String())
	for _, s := range notIDs() {
		f.Add(s)
	}
	f.Fuzz(func(t *testing.T, s string) {
		if id, err := session.ParseID(s); err == nil && (id.String() != s || id == session.ID{}) {
			t.Errorf("ParseID(%q) = %v", s, id)
		}
		if jti, err := session.ParseTokenID(s); err == nil && (jti.String() != s || jti == session.TokenID{}) {
			t.Errorf("ParseTokenID(%q) = %v", s, jti)
		}
	})
}
