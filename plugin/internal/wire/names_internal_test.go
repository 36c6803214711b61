package wire

import (
	"encoding/json"
	"strconv"
	"testing"
	"unicode"
)

// Two names are one to fold exactly when they are one to encoding/json: otherwise a spelling that
// only the application's binding takes would pass.
func TestNamesFoldAsEncodingJSONFoldsThem(t *testing.T) {
	t.Parallel()
	taken := 0
	for r := rune(0); r <= unicode.MaxRune; r++ {
		if unicode.SimpleFold(r) == r {
			continue // alone
		}
		var fields struct{ K, S, É, Σ int }
		if err := json.Unmarshal([]byte("{"+strconv.Quote(string(r))+":1}"), &fields); err != nil {
			t.Fatal(err)
		}
		for name, took := range map[string]int{"k": fields.K, "s": fields.S, "é": fields.É, "σ": fields.Σ} {
			taken += took
			if same := fold(string(r)) == fold(name); same != (took == 1) {
				t.Errorf("%q is %q: %v here, %v in encoding/json", r, name, same, took == 1)
			}
		}
	}
	if taken != 3+3+2+3 { // with the Kelvin sign, the long s, and the final sigma
		t.Errorf("%d spellings", taken)
	}
}
