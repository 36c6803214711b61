package main_test

import (
	"encoding/json"
	"net"
	"os"
	"os/exec"
	"path/filepath"
	"strings"
	"sync"
	"testing"
	"time"
)

// The programs under sample/examples have their address in the source, as a reader expects.
// Tests build them with a variable in its place and leave the files unchanged.
const (
	exampleListens = `"127.0.0.1:8080"`
	listenVariable = "EXAMPLE_ADDR"
	smallest       = "gin-jwt-smallest"
)

// buildExamples builds all programs once and returns their paths by folder, the pair of
// gin-jwt-smallest as "gin-jwt-smallest/before" and "gin-jwt-smallest/after".
var buildExamples = sync.OnceValues(func() (map[string]string, error) {
	sources, err := filepath.Glob(filepath.Join("examples", "*", "main.go"))
	if err != nil {
		return nil, err
	}
	for _, name := range []string{"before", "after"} {
		sources = append(sources, filepath.Join("examples", smallest, name, "main.go"))
	}
	dir := filepath.Dir(program) // this folder is removed after all tests
	built, replace := make(map[string]string), make(map[string]string)
	for _, source := range sources {
		text, err := os.ReadFile(source)
		if err != nil {
			return nil, err
		}
		name, err := filepath.Rel("examples", filepath.Dir(source))
		if err != nil {
			return nil, err
		}
		built[name] = filepath.Join(dir, filepath.Base(name)) // as go build names it
		replace[source] = built[name] + ".go"
		if err := os.WriteFile(replace[source], []byte(listeningElsewhere(string(text))), 0o600); err != nil {
			return nil, err
		}
	}
	overlay, err := json.Marshal(map[string]any{"Replace": replace})
	if err != nil {
		return nil, err
	}
	file := filepath.Join(dir, "overlay.json")
	if err := os.WriteFile(file, overlay, 0o600); err != nil {
		return nil, err
	}
	arguments := append([]string{"build", "-overlay", file, "-o", dir + string(filepath.Separator)}, buildFlags...)
	return built, run("go", append(arguments, "./examples/...")...)
})

// listeningElsewhere returns the source of a program that reads its address from a variable.
func listeningElsewhere(source string) string {
	source = strings.Replace(source, exampleListens, `listen.Getenv("`+listenVariable+`")`, 1)
	return strings.Replace(source, "import (\n", "import (\n\tlisten \"os\"\n", 1)
}

func run(name string, arguments ...string) error {
	out, err := exec.Command(name, arguments...).CombinedOutput()
	if err != nil {
		return &commandError{string(out), err}
	}
	return nil
}

type commandError struct {
	output string
	err    error
}

func (e *commandError) Error() string { return e.err.Error() + "\n" + e.output }
func (e *commandError) Unwrap() error { return e.err }

// startExample runs a program of sample/examples until the test ends.
func startExample(t *testing.T, name string, env ...string) *node {
	t.Helper()
	built, err := buildExamples()
	if err != nil {
		t.Fatal(err)
	}
	path, ok := built[name]
	if !ok {
		t.Fatalf("sample/examples has no program %s", name)
	}
	addr := net.JoinHostPort("127.0.0.1", freePort(t))
	n := launchProgram(t, path, append([]string{
		"GIN_MODE=release", listenVariable + "=" + addr, "JWT_SECRET=" + secret, "JWT_SECRET_KEY=" + secret,
	}, env...)...)
	n.base = "http://" + addr
	eventually(t, 20*time.Second, func() bool {
		select {
		case <-n.done:
			t.Fatalf("%s exited at start:\n%s", name, n.stderr)
		default:
		}
		conn, err := net.DialTimeout("tcp", addr, time.Second)
		return err == nil && conn.Close() == nil
	})
	return n
}
