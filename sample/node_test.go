package main_test

import (
	"bufio"
	"bytes"
	"errors"
	"io"
	"log"
	"os"
	"os/exec"
	"path/filepath"
	"regexp"
	"strings"
	"sync"
	"syscall"
	"testing"
	"time"
)

// program is the path of the sample, built once.
var program string

func TestMain(m *testing.M) { os.Exit(buildAndRun(m)) }

func buildAndRun(m *testing.M) int {
	dir, err := os.MkdirTemp("", "sample")
	if err != nil {
		log.Print(err)
		return 1
	}
	defer func() { _ = os.RemoveAll(dir) }()
	program = filepath.Join(dir, "sample")
	build := exec.Command("go", append(append([]string{"build"}, buildFlags...), "-o", program, ".")...)
	if out, err := build.CombinedOutput(); err != nil {
		log.Printf("%v\n%s", err, out)
		return 1
	}
	defer func() { stopBrowser() }() // a closure, since a test may have replaced stopBrowser
	return m.Run()
}

// secret is every node's JWT_SECRET unless the test sets another.
const secret = "a secret of the tests and a long one: 0123456789"

// node is one running process of the sample.
type node struct {
	base   string // http://127.0.0.1:port
	stdout *lines
	stderr *lines
	cmd    *exec.Cmd
	done   chan struct{}
	canary canary
	sample bool // else an example program, which docs/openapi.yaml does not describe
}

// start runs the sample with only the given environment and waits until it listens. When the
// test ends, start stops it and checks its log.
func start(t *testing.T, env ...string) *node {
	t.Helper()
	n := launch(t, append([]string{"ADDR=127.0.0.1:0", "JWT_SECRET=" + secret}, env...)...)
	n.sample = true
	n.base = n.await(t, regexp.MustCompile(`(?s)^ginauth sample on (http://\S+)\n.*\n\n$`))
	t.Cleanup(func() {
		if code := n.stop(t); code != 0 {
			t.Errorf("exit status %d after SIGTERM", code)
		}
		n.checkLog(t)
	})
	return n
}

func launch(t *testing.T, env ...string) *node {
	t.Helper()
	return launchProgram(t, program, env...)
}

func launchProgram(t *testing.T, path string, env ...string) *node {
	t.Helper()
	n := &node{stdout: &lines{}, stderr: &lines{}, cmd: exec.Command(path), done: make(chan struct{})}
	// By default the race detector sleeps for a second before each exit.
	n.cmd.Env = append([]string{"GORACE=atexit_sleep_ms=10"}, env...)
	n.cmd.Stdout, n.cmd.Stderr = n.stdout, n.stderr
	if err := n.cmd.Start(); err != nil {
		t.Fatal(err)
	}
	go func() {
		defer close(n.done)
		_ = n.cmd.Wait() // the exit status is in ProcessState
	}()
	t.Cleanup(func() {
		_ = n.cmd.Process.Kill() // only a safety net: stop runs first
		<-n.done
	})
	return n
}

// stop asks the process to exit and returns its exit status.
func (n *node) stop(t *testing.T) int {
	t.Helper()
	if err := n.cmd.Process.Signal(syscall.SIGTERM); err != nil && !errors.Is(err, os.ErrProcessDone) {
		t.Error(err)
	}
	return n.wait(t)
}

func (n *node) wait(t *testing.T) int {
	t.Helper()
	select {
	case <-n.done:
	case <-time.After(20 * time.Second):
		t.Errorf("does not end; its log:\n%s", n.stderr)
		return -1
	}
	return n.cmd.ProcessState.ExitCode()
}

var leaks = regexp.MustCompile(`eyJ[A-Za-z0-9_-]{10}|rt1_|password(123|456)|admin-password|DATA RACE|\$argon2id|` + secret)

// checkLog fails the test if the log holds a token, password, hash or key, or reports a race.
func (n *node) checkLog(t *testing.T) {
	t.Helper()
	scanner := bufio.NewScanner(strings.NewReader(n.stderr.String()))
	for scanner.Scan() {
		if leaks.MatchString(scanner.Text()) {
			t.Errorf("in the log: %s", scanner.Text())
		}
	}
	n.canary.check(t, n.stderr.String())
}

// lines collects the output of a process.
type lines struct {
	mu  sync.Mutex
	buf bytes.Buffer
}

var _ io.Writer = (*lines)(nil)

func (l *lines) Write(p []byte) (int, error) {
	l.mu.Lock()
	defer l.mu.Unlock()
	return l.buf.Write(p)
}

func (l *lines) String() string {
	l.mu.Lock()
	defer l.mu.Unlock()
	return l.buf.String()
}

// await waits until the program's output matches re, and returns the first group.
func (n *node) await(t *testing.T, re *regexp.Regexp) string {
	t.Helper()
	return n.awaitFor(t, 20*time.Second, re)
}

func (n *node) awaitFor(t *testing.T, limit time.Duration, re *regexp.Regexp) string {
	t.Helper()
	var found []string
	eventually(t, limit, func() bool {
		select {
		case <-n.done:
			t.Fatalf("exited at start:\n%s", n.stderr)
		default:
		}
		found = re.FindStringSubmatch(n.stdout.String())
		return found != nil
	})
	return found[1]
}

// eventually polls ok until it returns true, and fails the test after limit.
func eventually(t *testing.T, limit time.Duration, ok func() bool) {
	t.Helper()
	for end := time.Now().Add(limit); !ok(); time.Sleep(20 * time.Millisecond) {
		if time.Now().After(end) {
			t.Fatalf("not within %v", limit)
		}
	}
}
