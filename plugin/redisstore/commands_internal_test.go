package redisstore

import (
	"slices"
	"testing"
)

// A command without harmless arguments would be tried in a form that may write, or not at all.
func TestInspectKnowsAHarmlessFormOfEveryCommand(t *testing.T) {
	t.Parallel()
	s := &Store{replicas: 1}
	needed := s.neededCommands()
	for name := range harmless {
		if !slices.Contains(needed, name) {
			t.Errorf("%s is not needed", name)
		}
	}
	for _, name := range needed {
		if harmless[name] == nil && name != "TIME" {
			t.Errorf("no arguments for %s", name)
		}
	}
}
