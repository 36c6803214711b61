package main

import (
	"encoding/json"
	"io"
	"strings"
	"testing"
)

type said struct {
	Text string `json:"text"`
}

func (said) text(io.Writer) {}

// A User-Agent comes from a client and may hold what a terminal obeys.
func TestJSONHoldsNothingThatATerminalObeys(t *testing.T) {
	const text = "a\x1b[2J \x7f \u009b2J \u202e \U000e0001 \u200b <b> \u00e4 \u65e5 \U0001f600 \\u0041"
	var out strings.Builder
	if err := write(&out, said{text}, true); err != nil {
		t.Fatal(err)
	}
	for _, bad := range []string{"\x1b", "\x7f", "\u009b", "\u202e", "\U000e0001"} {
		if strings.Contains(out.String(), bad) {
			t.Errorf("%q is in %q", bad, out.String())
		}
	}
	if !strings.Contains(out.String(), "<b> \u00e4 \u65e5 \U0001f600") {
		t.Errorf("harmless text is escaped: %q", out.String())
	}
	var back said
	if err := json.Unmarshal([]byte(out.String()), &back); err != nil || back.Text != text {
		t.Errorf("%q, %v: not the same text", back.Text, err)
	}
}
