package mirror_test

import (
	"context"
	"strings"
	"testing"
	"time"

	"github.com/ginauth/ginauth/plugin/memstore"
	"github.com/ginauth/ginauth/plugin/mirror"
)

func TestOptionsOutOfBoundsAreErrors(t *testing.T) {
	t.Parallel()
	const second = time.Second
	for name, c := range map[string]struct {
		o    mirror.Options
		want []string // the beginning of each line; none: the options are good
	}{
		"defaults":             {mirror.Options{}, nil},
		"smallest staleness":   {mirror.Options{MaxStaleness: 10 * time.Millisecond}, nil},
		"largest heartbeat":    {mirror.Options{MaxStaleness: second, Heartbeat: second / 2}, nil},
		"a name of 64 bytes":   {mirror.Options{Node: strings.Repeat("n", 64)}, nil},
		"a name with a blank":  {mirror.Options{Node: "knoten ä"}, nil},
		"negative staleness":   {mirror.Options{MaxStaleness: -1}, []string{"mirror: Options.MaxStaleness: -1ns"}},
		"staleness below 10ms": {mirror.Options{MaxStaleness: 10*time.Millisecond - 1}, []string{"mirror: Options.MaxStaleness: 9.999999ms"}},
		"negative heartbeat":   {mirror.Options{Heartbeat: -second}, []string{"mirror: Options.Heartbeat: -1s"}},
		"heartbeat too slow":   {mirror.Options{MaxStaleness: second, Heartbeat: second/2 + 1}, []string{"mirror: Options.Heartbeat: 500.000001ms, want at most 500ms"}},
		"above the default":    {mirror.Options{Heartbeat: 3 * second}, []string{"mirror: Options.Heartbeat: 3s, want at most 2.5s"}},
		"a name of 65 bytes":   {mirror.Options{Node: strings.Repeat("n", 65)}, []string{"mirror: Options.Node: want 1 to 64 bytes"}},
		"a name of two lines":  {mirror.Options{Node: "a\nb"}, []string{"mirror: Options.Node: want 1 to 64 bytes"}},
		"a name that is junk":  {mirror.Options{Node: "a\xff"}, []string{"mirror: Options.Node: want 1 to 64 bytes"}},
		"all at once": {mirror.Options{MaxStaleness: -1, Heartbeat: -1, Node: "\x00"},
			[]string{"mirror: Options.MaxStaleness", "mirror: Options.Heartbeat", "mirror: Options.Node"}},
	} {
		t.Run(name, func(t *testing.T) {
			t.Parallel()
			m, err := mirror.New(memstore.New(), c.o)
			if err == nil {
				t.Cleanup(func() { _ = m.Close(context.Background()) })
			}
			wantLines(t, err, c.want)
		})
	}
}

func wantLines(t *testing.T, err error, want []string) {
	t.Helper()
	var lines []string
	if err != nil {
		lines = strings.Split(err.Error(), "\n")
	}
	if len(lines) != len(want) {
		t.Fatalf("%q, want %d lines", lines, len(want))
	}
	for i, line := range lines {
		if !strings.HasPrefix(line, want[i]) {
			t.Errorf("%q, want %q", line, want[i])
		}
	}
}

func TestNilStoreIsAnErrorBesideTheOthers(t *testing.T) {
	t.Parallel()
	m, err := mirror.New(nil, mirror.Options{MaxStaleness: -1})
	wantLines(t, err, []string{"mirror: the store is nil", "mirror: Options.MaxStaleness"})
	if m != nil {
		t.Error("a Mirror of nothing")
	}
	if _, err := mirror.New((*memstore.Store)(nil), mirror.Options{}); err == nil || err.Error() != "mirror: the store is nil" {
		t.Errorf("a nil pointer: %v", err)
	}
	defer func() {
		if recover() == nil {
			t.Error("Must did not panic")
		}
	}()
	mirror.Must(m, err)
}
