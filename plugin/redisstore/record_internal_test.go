package redisstore

import (
	"fmt"
	"math/rand/v2"
	"strconv"
	"strings"
	"testing"

	"github.com/redis/go-redis/v9"

	"github.com/ginauth/ginauth/plugin/internal/redisx"
	"github.com/ginauth/ginauth/plugin/internal/rig/redistest"
	"github.com/ginauth/ginauth/plugin/session"
)

// liveText writes a session as the scripts do.
func liveText(r record, tokenEnd int64, nonce string) string {
	return fmt.Sprintf("%d %d %d %d %d %d %d %d %d %s %d %d %d\n%s%s%s%s", r.created, r.generation, r.rotated, r.used, r.idle, r.end,
		tokenEnd, r.confirmed, r.late, nonce, len(r.subject), len(r.client), len(r.data), r.subject, r.client, r.data, r.tokens)
}

func FuzzParseRecord(f *testing.F) {
	f.Add(liveText(record{created: 1, generation: 2, idle: 5, end: 7, subject: "a\n! b", client: client("ip", "ua"), data: pack("1", "d", "c")}, 9, "-"))
	f.Add("! 1772366460008 1 - - 16\npassword changed")
	f.Add("! 1 4 KXGpvPr8F-43 1795987814837-1 5\nreuse1 3 2 2 3600002 86400000 1772367361 0 0OpYE1BGydg1 3 0 0\nbob")
	for _, text := range []string{"", "\n", "! \n", "! 1 1 - - 99\nx", "! 1 1 - - -1\nx", "1 2 3 4 5 6 7 8 0 9 9223372036854775807 1 1\nabc", "1 1 1 1 1 1 1 1 0 - 1 -1 1\nabc"} {
		f.Add(text)
	}
	f.Fuzz(func(t *testing.T, text string) {
		r, err := parseRecord(text)
		if err != nil {
			if r.subject != "" {
				t.Errorf("%q: a record beside an error", text)
			}
			return
		}
		_, _ = r.session(session.ID{1})
		_ = r.live(session.ID{1}, 1)
		_ = r.revoked(session.TokenID{1})
		if r.ended {
			return
		}
		again, err := parseRecord(liveText(r, 1, "-"))
		if err != nil || again != r {
			t.Errorf("%q: %+v, written and read %+v, %v", text, r, again, err)
		}
	})
}

func FuzzReadCutoff(f *testing.F) {
	id := session.ID{1, 2, 3}.String()
	for _, text := range []string{
		"", "5", "5 -", "5 " + id, "5 " + id + " 5000 nonce 3 9 1-1 a reason", "5 - 5000 nonce < 9 1-1 ", "x - 1 n - 9 - ", "5 !! 1 n - 9 - r", " ",
	} {
		f.Add(text)
	}
	f.Fuzz(func(t *testing.T, text string) {
		c := readCutoff(text)
		parsed, err := parseCutoff(text)
		before, after := session.Probe{ID: session.ID{6: 1}}, session.Probe{ID: session.ID{0: 255, 6: 1}}
		switch {
		case text == "":
			if c.covers(before) || c.covers(after) {
				t.Error("no cut-off covers a session")
			}
		case err != nil, strings.Count(text, " ") < 7:
			if !c.covers(before) || !c.covers(after) {
				t.Errorf("%q is unreadable, and does not cover everything", text)
			}
		default:
			if c.Cutoff != parsed || c.unreadable {
				t.Errorf("%q: %+v, want %+v", text, c, parsed)
			}
		}
	})
}

// Go and the scripts read the same out of a text, and both refuse the same.
func TestScriptsAndGoReadRecordsAlike(t *testing.T) {
	t.Parallel()
	rdb := redistest.Client(t, redistest.Real(t).Addr(), Tune)
	read := redis.NewScript(luaText(t, "session") + `
		local s, t = live(ARGV[1]), tombstone(ARGV[1])
		if s then return {'live', string.format('%.0f', s.c), s.g, string.format('%.0f', s.i), s.subject, s.tokens, s.head .. s.tokens} end
		if t then return {'ended', string.format('%.0f', t.c), t.g, t.reason, stone(t.c, t.g, t.n, t.p, t.reason, t.more)} end
		return {'neither'}`)
	rng := draws()
	for i := range 2000 {
		text := randomText(rng, i)
		r, err := parseRecord(text)
		seen, luaErr := read.Run(t.Context(), rdb, nil, text).StringSlice()
		if luaErr != nil {
			t.Fatal(luaErr)
		}
		want := []string{"neither"}
		switch {
		case err != nil:
			if seen[0] != "neither" { // a length that is too long is an error to Go only
				continue
			}
		case r.ended:
			want = []string{"ended", strconv.FormatInt(r.created, 10), strconv.Itoa(int(r.generation)), r.reason, text}
		default:
			want = []string{"live", strconv.FormatInt(r.created, 10), strconv.Itoa(int(r.generation)), strconv.FormatInt(r.idle, 10), r.subject, r.tokens, text}
		}
		if strings.Join(seen, "|") != strings.Join(want, "|") {
			t.Errorf("%q: the script reads %q, Go reads %q", text, seen, want)
		}
	}
}

func draws() *rand.Rand { return rand.New(rand.NewPCG(1, 2)) } //nolint:gosec // the same draws in every run

// randomText returns a live session, a tombstone, or a broken one of either.
func randomText(rng *rand.Rand, i int) string {
	random := func(n int) string {
		const letters = "ab \n!-:0919|\x00\xffü"
		var b strings.Builder
		for range rng.IntN(n + 1) {
			b.WriteByte(letters[rng.IntN(len(letters))])
		}
		return b.String()
	}
	r := record{
		created: rng.Int64N(1 << 43), generation: rng.Uint32(), rotated: rng.Int64N(1 << 35), used: rng.Int64N(1 << 35), idle: rng.Int64N(1 << 35),
		end: rng.Int64N(1 << 35), confirmed: rng.Uint32(), late: rng.Int64N(5), subject: random(40), client: pack(random(9), random(60)), data: pack("7", random(9), random(99)),
	}
	nonce := "-"
	if i%3 == 0 {
		nonce = redisx.Nonce() + "1"
		r.tokens = session.NewTokenID().String() + " 1772367361 " + nonce + " 5-0\n"
	}
	text := liveText(r, rng.Int64N(1<<33), nonce)
	if i%2 == 0 {
		reason := random(20)
		text = fmt.Sprintf("! %d %d %s - %d\n%s%s", r.created, r.generation, nonce, len(reason), reason, text)
	}
	if i%5 == 0 { // broken
		text = text[:1+rng.IntN(strings.Index(text, "\n"))]
	}
	return text
}

// A refresh writes the whole session. What it does not change is read as before.
func TestARefreshKeepsWhatItDoesNotChange(t *testing.T) {
	t.Parallel()
	rdb := redistest.Client(t, redistest.Real(t).Addr(), Tune)
	s, err := New(rdb, Options{Timeout: 10e9, ConnLife: 40e9})
	if err != nil {
		t.Fatal(err)
	}
	defer s.Close(t.Context())
	if err := s.Ping(t.Context()); err != nil {
		t.Fatal(err)
	}
	rng := draws()
	for i := range 300 {
		text := randomText(rng, 3*i+1) // a live one is 2, 8, 14, ... of that
		before, err := parseRecord(text)
		if err != nil || before.ended || before.generation >= 1<<31 || before.subject == "" {
			continue
		}
		id := session.NewID(s.Now(), 0)
		before.created, before.idle, before.end = created(id), 1<<30, 1<<31
		before.rotated, before.used = 0, 0
		key := s.shards[0].session(id.String())
		if err := rdb.Set(t.Context(), key, liveText(before, 1, "-"), 0).Err(); err != nil {
			t.Fatal(err)
		}
		rotated, err := s.Rotate(t.Context(), session.Rotation{ID: id, Generation: before.generation, IdleTTL: 1e9, IP: "ip", UserAgent: "ua"})
		if err != nil || rotated.Outcome != session.OutcomeAdvanced {
			t.Fatalf("%q: %d, %v", text, rotated.Outcome, err)
		}
		if err := s.Confirm(t.Context(), []session.Use{{ID: id, Generation: before.generation + 1}}); err != nil {
			t.Fatal(err)
		}
		after, err := parseRecord(rdb.Get(t.Context(), key).Val())
		want := before
		want.generation, want.confirmed, want.client = before.generation+1, before.generation+1, client("ip", "ua")
		want.late = []int64{0, 2, 0, 4, 0}[before.late] // see session.lua
		want.rotated, want.used, want.idle = after.rotated, after.used, after.idle
		if err != nil || after != want {
			t.Errorf("after a refresh %+v, want %+v, %v", after, want, err)
		}
	}
}
