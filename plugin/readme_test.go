package ginauth_test

import (
	"os"
	"os/exec"
	"path/filepath"
	"strings"
	"testing"
)

// quickstart is the first Go program of README.md.
func quickstart(t *testing.T) string {
	t.Helper()
	readme, err := os.ReadFile(filepath.Join("..", "README.md"))
	if err != nil {
		t.Fatal(err)
	}
	_, rest, ok := strings.Cut(string(readme), "```go\n")
	program, _, closed := strings.Cut(rest, "```")
	if !ok || !closed || !strings.HasPrefix(program, "package main\n") {
		t.Fatal("README.md has no Go program")
	}
	return program
}

// The quickstart is a whole program: it builds as it is printed.
func TestREADMEQuickstartBuilds(t *testing.T) {
	dir := t.TempDir()
	file := filepath.Join(dir, "main.go")
	if err := os.WriteFile(file, []byte(quickstart(t)), 0o600); err != nil {
		t.Fatal(err)
	}
	build := exec.CommandContext(t.Context(), "go", "vet", file)
	build.Dir = ".."
	if out, err := build.CombinedOutput(); err != nil {
		t.Errorf("%v\n%s", err, out)
	}
}

// The quickstart is what Example runs, to the letter, up to where it would listen.
func TestREADMEQuickstartIsTheExample(t *testing.T) {
	_, body, ok := strings.Cut(quickstart(t), "\nfunc main() {\n")
	body, _, listens := strings.Cut(body, "\tlog.Fatal(r.Run(")
	if !ok || !listens || strings.Count(body, "\n") < 20 {
		t.Fatal("the quickstart has no main that listens")
	}
	example, err := os.ReadFile("example_test.go")
	if err != nil {
		t.Fatal(err)
	}
	if !strings.Contains(string(example), body) {
		t.Errorf("Example does not run what README.md prints:\n%s", body)
	}
}
