//go:build unix

package redistest

import (
	"errors"
	"net"
	"os"
	"os/exec"
	"path/filepath"
	"strconv"
	"syscall"
	"testing"
	"time"
)

const host = "127.0.0.1"

// startTimeout bounds every wait for a server.
const startTimeout = 10 * time.Second

// Process is one running server or sentinel, of Redis or Valkey. Its methods fail the test on errors.
type Process struct {
	Port int

	t    testing.TB
	bin  string
	args []string
	dir  string
	cmd  *exec.Cmd
	done chan struct{} // closed when the process has ended
}

// Addr returns the address on which the process listens.
func (p *Process) Addr() string { return net.JoinHostPort(host, strconv.Itoa(p.Port)) }

// Pid returns the process id.
func (p *Process) Pid() int { return p.cmd.Process.Pid }

// launch starts a server on a free port and waits until it accepts connections. If another
// process takes the port first, launch tries another port.
func launch(t testing.TB, kind string, args func(port int, dir string) []string) *Process {
	t.Helper()
	for range 5 {
		p := &Process{Port: freePort(t), t: t, bin: program(kind), dir: t.TempDir()}
		p.args = args(p.Port, p.dir)
		t.Cleanup(p.kill)
		if p.start() == nil {
			return p
		}
		p.kill()
	}
	t.Fatalf("redistest: cannot start %s", program(kind))
	return nil
}

func (p *Process) start() error {
	log, err := os.OpenFile(filepath.Join(p.dir, "log"), os.O_CREATE|os.O_APPEND|os.O_WRONLY, 0o600)
	if err != nil {
		return err
	}
	defer log.Close() // the child has its own handle
	p.cmd = exec.Command(p.bin, p.args...)
	p.cmd.Stdout, p.cmd.Stderr = log, log
	p.cmd.Dir = p.dir
	if err := p.cmd.Start(); err != nil {
		return err
	}
	done := make(chan struct{})
	p.done = done
	go func(cmd *exec.Cmd) {
		_ = cmd.Wait()
		close(done)
	}(p.cmd)
	return p.awaitListening()
}

func (p *Process) awaitListening() error {
	for end := time.Now().Add(startTimeout); time.Now().Before(end); {
		select {
		case <-p.done:
			return errors.New("exited at once")
		case <-time.After(10 * time.Millisecond):
		}
		if conn, err := net.DialTimeout("tcp", p.Addr(), time.Second); err == nil {
			return conn.Close()
		}
	}
	return errors.New("does not accept connections")
}

// Stop kills the process (SIGKILL), like a crash, and returns when it is gone. A server
// without an append-only file loses its data.
func (p *Process) Stop() {
	p.t.Helper()
	p.kill()
}

func (p *Process) kill() {
	if p.done == nil {
		return
	}
	_ = p.cmd.Process.Kill() // SIGKILL ends a paused process too
	<-p.done
}

// Restart starts the process again on the same port and folder.
func (p *Process) Restart() {
	p.t.Helper()
	p.kill()
	if err := p.start(); err != nil {
		p.t.Fatalf("redistest: restart of %s: %v", p.bin, err)
	}
}

// Pause suspends the process (SIGSTOP): it answers nothing, but its connections stay open.
func (p *Process) Pause() { p.signal(syscall.SIGSTOP) }

// Resume continues a paused process (SIGCONT).
func (p *Process) Resume() { p.signal(syscall.SIGCONT) }

func (p *Process) signal(s syscall.Signal) {
	p.t.Helper()
	if err := p.cmd.Process.Signal(s); err != nil {
		p.t.Fatalf("redistest: %v to %s: %v", s, p.bin, err)
	}
}

// freePort finds a port that is free together with the port 10000 above, on which a Cluster
// node listens too.
func freePort(t testing.TB) int {
	t.Helper()
	for range 50 {
		l, err := net.Listen("tcp", host+":0")
		if err != nil {
			t.Fatal(err)
		}
		port := l.Addr().(*net.TCPAddr).Port
		l.Close()
		if port > 55000 {
			continue
		}
		bus, err := net.Listen("tcp", net.JoinHostPort(host, strconv.Itoa(port+10000)))
		if err == nil {
			bus.Close()
			return port
		}
	}
	t.Fatal("redistest: no free port")
	return 0
}
