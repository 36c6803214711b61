package main_test

import (
	"os/exec"
	"strings"
	"testing"
)

func TestTwoNodesScript(t *testing.T) {
	t.Parallel()
	for _, bin := range []string{"bash", "curl", "sed"} {
		if !available(t, bin) {
			t.Skip("needs " + bin)
		}
	}
	script := func(urls ...string) (string, error) {
		out, err := exec.CommandContext(t.Context(), "bash", append([]string{"two-nodes.sh"}, urls...)...).CombinedOutput()
		return string(out), err
	}
	server := realRedis(t)
	a, b := start(t, server.url()), start(t, server.url())
	out, err := script(a.base, b.base)
	if err != nil {
		t.Fatalf("%v\n%s", err, out)
	}
	for _, line := range []string{"A: logged in\n", "B: 200 with the token of A\n", "A: 200 to the logout\n", "B: 401, at most "} {
		if !strings.Contains(out, line) {
			t.Errorf("%q is not printed:\n%s", line, out)
		}
	}

	apart := start(t) // this node shares nothing with A
	if out, err := script(a.base, apart.base); err == nil || !strings.Contains(out, "do the nodes share Redis") {
		t.Errorf("two nodes apart: %v\n%s", err, out)
	}
}
