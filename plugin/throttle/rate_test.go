package throttle_test

import (
	"strings"
	"testing"
	"time"

	"github.com/ginauth/ginauth/plugin/throttle"
)

var badRates = []throttle.Rate{
	{Times: 0, Window: time.Minute}, {Times: -1, Window: time.Minute}, {Times: 10001, Window: time.Minute},
	{Times: 10, Window: 0}, {Times: 10, Window: -time.Minute}, {Times: 10, Window: 25 * time.Hour},
	{Times: 10, Window: 999 * time.Millisecond},
}

func TestParseRate(t *testing.T) {
	t.Parallel()
	for text, want := range map[string]throttle.Rate{
		"10/1m":    {Times: 10, Window: time.Minute},
		"1/1s":     {Times: 1, Window: time.Second},
		"1000/24h": {Times: 1000, Window: 24 * time.Hour},
		"5/1h30m":  {Times: 5, Window: 90 * time.Minute},
	} {
		got, err := throttle.ParseRate(text)
		if err != nil || got != want {
			t.Errorf("%s: %v %v", text, got, err)
		}
		if again, err := throttle.ParseRate(got.String()); err != nil || again != got {
			t.Errorf("%s written as %s: %v %v", text, got, again, err)
		}
	}
}

func TestParseRateRefusesTheRest(t *testing.T) {
	t.Parallel()
	bad := []string{
		"", "10", "/1m", "10/", "10/minute", "10/60", "ten/1m", "1.5/1m", "10 / 1m", "10/1m/1m", "off", "-10/1m",
		"99999999999999999999/1m", "10/99999999h",
	}
	for _, r := range badRates {
		bad = append(bad, r.String())
	}
	for _, text := range bad {
		if r, err := throttle.ParseRate(text); err == nil {
			t.Errorf("%q is %v", text, r)
		} else if !strings.HasPrefix(err.Error(), "throttle: ") || !strings.Contains(err.Error(), "want ") {
			t.Errorf("%q: the error does not say what is wanted: %v", text, err)
		}
	}
}

func FuzzParseRate(f *testing.F) {
	for _, text := range []string{"10/1m", "0/1m", "/", "1/1s", "1000/24h", "-1/-1s", "1/1e9h"} {
		f.Add(text)
	}
	f.Fuzz(func(t *testing.T, text string) {
		r, err := throttle.ParseRate(text)
		if err != nil {
			return
		}
		if again, err := throttle.ParseRate(r.String()); err != nil || again != r {
			t.Errorf("%q is %v, and that %v, %v", text, r, again, err)
		}
		if _, err := throttle.Memory(r); err != nil {
			t.Errorf("%q: %v", text, err)
		}
	})
}
