package main_test

import (
	"encoding/json"
	"math/rand/v2"
	"net"
	"os"
	"os/exec"
	"path/filepath"
	"strconv"
	"strings"
	"sync"
	"testing"
	"time"
)

// The programs under sample/examples say where they listen in their source, as a reader
// expects. Tests build them with another address in its place and leave the files alone.

const exampleListens = `"127.0.0.1:8080"`

type builtExample struct {
	program, addr string
	running       *sync.Mutex // an address serves one test at a time
}

// buildExamples builds all programs at once, and once only.
var buildExamples = sync.OnceValues(func() (map[string]builtExample, error) {
	sources, err := filepath.Glob(filepath.Join("examples", "*", "main.go"))
	if err != nil {
		return nil, err
	}
	dir := filepath.Dir(program) // removed when the tests end
	built, replace := make(map[string]builtExample), make(map[string]string)
	for _, source := range sources {
		text, err := os.ReadFile(source)
		if err != nil {
			return nil, err
		}
		name := filepath.Base(filepath.Dir(source))
		built[name] = builtExample{filepath.Join(dir, name), quietAddr(), &sync.Mutex{}}
		replace[source] = filepath.Join(dir, name+".go")
		changed := strings.Replace(string(text), exampleListens, strconv.Quote(built[name].addr), 1)
		if err := os.WriteFile(replace[source], []byte(changed), 0o600); err != nil {
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

// quietAddr is a free address below the ports that connections are given, so that it is
// still free when the program is built.
func quietAddr() string {
	for {
		addr := net.JoinHostPort("127.0.0.1", strconv.Itoa(20000+rand.IntN(10000))) //nolint:gosec // G404: a port is no secret
		if l, err := net.Listen("tcp", addr); err == nil {
			_ = l.Close()
			return addr
		}
	}
}

// startExample runs a program of sample/examples until the test ends. Tests of one
// program take turns.
func startExample(t *testing.T, name string, env ...string) *node {
	t.Helper()
	built, err := buildExamples()
	if err != nil {
		t.Fatal(err)
	}
	example, ok := built[name]
	if !ok {
		t.Fatalf("sample/examples has no program %s", name)
	}
	example.running.Lock()
	t.Cleanup(example.running.Unlock) // after launchProgram's, which ends the program
	n := launchProgram(t, example.program, append([]string{
		"GIN_MODE=release", "JWT_SECRET=" + secret, "JWT_SECRET_KEY=" + secret,
	}, env...)...)
	n.base = "http://" + example.addr
	eventually(t, 20*time.Second, func() bool {
		select {
		case <-n.done:
			t.Fatalf("%s ended at start:\n%s", name, n.stderr)
		default:
		}
		conn, err := net.DialTimeout("tcp", example.addr, time.Second)
		return err == nil && conn.Close() == nil
	})
	return n
}
