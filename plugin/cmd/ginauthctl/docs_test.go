package main_test

import (
	"os"
	"os/exec"
	"path/filepath"
	"regexp"
	"strings"
	"testing"
)

// TestTheDocumentedCommandsWork runs every command of docs/ginauthctl.md, in its order.
func TestTheDocumentedCommandsWork(t *testing.T) {
	t.Parallel()
	if _, err := exec.LookPath("bash"); err != nil {
		if os.Getenv("CI") != "" {
			t.Fatal("bash is not installed, and CI requires it")
		}
		t.Skip("needs bash")
	}
	page := read(t, "../../../docs/ginauthctl.md")
	var script []string
	for _, block := range regexp.MustCompile("(?s)```sh\n(.*?)```").FindAllStringSubmatch(page, -1) {
		if !strings.Contains(block[1], "go install") {
			script = append(script, block[1])
		}
	}
	r := newRig(t)
	s := r.login("user1")
	cmd := exec.CommandContext(t.Context(), "bash", "-euo", "pipefail", "-c", strings.Join(script, "\n"))
	cmd.Dir = t.TempDir()
	cmd.Env = append(r.env, "PATH="+filepath.Dir(program)+":"+os.Getenv("PATH"))
	out, err := cmd.CombinedOutput()
	if err != nil {
		t.Fatalf("%v\n%s", err, out)
	}
	for _, want := range []string{
		s.ID.String(), "the log is empty\n", "no node follows the log", "revoked; 1 session had been live\n",
		"revoked; 0 sessions had been live\n", "dry run: 3 checked", "revoked: 3, of which",
	} {
		if !strings.Contains(string(out), want) {
			t.Errorf("no %q in\n%s", want, out)
		}
	}
	if r.alive(s) {
		t.Error("the session lives")
	}
}
