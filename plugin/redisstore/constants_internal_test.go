package redisstore

import (
	"regexp"
	"strconv"
	"strings"
	"testing"

	"github.com/ginauth/ginauth/plugin/session"
)

// luaText returns a file of the scripts.
func luaText(t *testing.T, name string) string {
	t.Helper()
	text, err := sources.ReadFile("lua/" + name + ".lua")
	if err != nil {
		t.Fatal(err)
	}
	return string(text)
}

// Scripts and Go code share numbers that they cannot share as code.
func TestScriptsAndGoAgreeAboutNumbers(t *testing.T) {
	t.Parallel()
	for _, c := range []struct {
		file, pattern string
		want          float64
	}{
		{"gate", `afterlife = (\S+)`, float64(session.Afterlife.Milliseconds())},
		{"create", `local marks = (\S+)`, mark(t)},
		{"create", `ZCOUNT', list, '\(' \.\. now, '\((\S+)'`, mark(t)},
		{"create", `ZRANGEBYSCORE', list, '\(' \.\. now, '\((\S+)'`, mark(t)},
		{"detach", `local marks, .* = (\S+), 0`, mark(t)},
		{"detach", `ZCOUNT', list, alive, '\((\S+)'`, mark(t)},
		{"detach", `ZCOUNT', ended, alive, '\((\S+)'`, mark(t)},
		{"cutoffs", `for i = 1, (\d+) do ms = ms`, timeText},
		{"create", `for _ = 1, (\d+) do\n    local digit`, timeText},
		{"restore", `value:sub\(1, (\d+)\)`, float64(len(session.ID{}.String()))},
		{"restore", `value:sub\((\d+)\)`, float64(len(session.ID{}.String()) + 1)},
		{"rotate", `local GONE, .* = (\d), 1, 2, 3, 4`, float64(session.OutcomeGone)},
		{"rotate", `AHEAD = 0, 1, 2, 3, (\d)`, float64(session.OutcomeAhead)},
		{"rotate", `REUSED, AHEAD = 0, 1, 2, (\d), 4`, float64(session.OutcomeReused)},
		{"rotate", `ADVANCED, RETRIED, REUSED, AHEAD = 0, (\d), 2, 3, 4`, float64(session.OutcomeAdvanced)},
		{"rotate", `RETRIED, REUSED, AHEAD = 0, 1, (\d), 3, 4`, float64(session.OutcomeRetried)},
	} {
		found := regexp.MustCompile(c.pattern).FindStringSubmatch(luaText(t, c.file))
		if found == nil {
			t.Errorf("%s.lua has nothing like %s", c.file, c.pattern)
			continue
		}
		if got, err := strconv.ParseFloat(strings.Trim(found[1], "()'"), 64); err != nil || got != c.want {
			t.Errorf("%s.lua: %s, want %.0f", c.file, found[0], c.want)
		}
	}
	if reused := regexp.MustCompile(`(\d+)\\n(reuse)'`).FindStringSubmatch(luaText(t, "rotate")); reused == nil ||
		reused[2] != session.ReasonReuse || reused[1] != strconv.Itoa(len(session.ReasonReuse)) {
		t.Errorf("rotate.lua writes another reason than %q: %q", session.ReasonReuse, reused)
	}
}

// mark is the score from which on a member of a list is the mark.
func mark(t *testing.T) float64 {
	t.Helper()
	score, err := strconv.ParseFloat(strings.TrimPrefix(noSession, "("), 64)
	if err != nil {
		t.Fatal(err)
	}
	return score
}

// No other file has such a number by itself.
func TestNoOtherScriptHasTheMarksNumber(t *testing.T) {
	t.Parallel()
	files, err := sources.ReadDir("lua")
	if err != nil {
		t.Fatal(err)
	}
	for _, f := range files {
		name := strings.TrimSuffix(f.Name(), ".lua")
		text := luaText(t, name)
		if n := strings.Count(text, "1e15"); n > 0 && name != "create" && name != "detach" {
			t.Errorf("%s.lua has the number of the mark", name)
		}
		if name != "gate" && regexp.MustCompile(`\b900000\b|\b900\b`).MatchString(text) {
			t.Errorf("%s.lua has session.Afterlife as a number", name)
		}
	}
}
