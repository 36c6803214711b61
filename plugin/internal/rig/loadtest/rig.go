package main

import (
	"bufio"
	"context"
	"crypto/rand"
	"crypto/rsa"
	"crypto/x509"
	"encoding/json"
	"encoding/pem"
	"errors"
	"fmt"
	"io"
	"net"
	"os"
	"os/exec"
	"strconv"
	"strings"
	"time"
)

// rig holds the running servers: a Redis for each size of the list, and the servers of a
// table.
type rig struct {
	o      options
	dir    string
	key    []byte // PEM
	redis  map[int]*process
	seeded map[int]time.Duration
}

func newRig(ctx context.Context, o options) (*rig, error) {
	dir, err := os.MkdirTemp("", "ginauth-loadtest")
	if err != nil {
		return nil, err
	}
	r := &rig{o: o, dir: dir, key: newKeyPEM(), redis: map[int]*process{}, seeded: map[int]time.Duration{}}
	for _, n := range o.lists {
		if r.redis[n], err = r.startRedis(); err == nil {
			start := time.Now()
			err = seed(ctx, r.redis[n].addr, n)
			r.seeded[n] = time.Since(start)
		}
		if err != nil {
			r.close()
			return nil, err
		}
	}
	return r, nil
}

func (r *rig) close() {
	for _, p := range r.redis {
		p.stop()
	}
	_ = os.RemoveAll(r.dir)
}

// startRedis starts a server without persistence on a free port. If another process takes the
// port first, startRedis tries another port.
func (r *rig) startRedis() (*process, error) {
	var last error
	for range 5 {
		l, err := net.Listen("tcp", "127.0.0.1:0") //nolint:noctx // closed at once
		if err != nil {
			return nil, err
		}
		addr := l.Addr().String()
		_ = l.Close()
		_, port, _ := net.SplitHostPort(addr)
		cmd := exec.Command("redis-server", "--bind", "127.0.0.1", "--port", port, "--save", "", "--appendonly", "no", "--dir", r.dir) //nolint:gosec,noctx // our own arguments; stopped by close
		p := &process{cmd: cmd, addr: addr}
		if err := cmd.Start(); err != nil {
			return nil, err
		}
		if last = p.awaitListening(); last == nil {
			return p, nil
		}
		p.stop()
	}
	return nil, last
}

// startServer starts a contender and waits until it prints its address.
func (r *rig) startServer(s spec) (*process, error) {
	text, err := json.Marshal(s)
	if err != nil {
		return nil, err
	}
	self, err := os.Executable()
	if err != nil {
		return nil, err
	}
	cmd := exec.Command(self) //nolint:gosec,noctx // this program again; stopped by stop
	cmd.Env = append(os.Environ(), serveEnv+"="+string(text))
	cmd.Stderr = os.Stderr
	p := &process{cmd: cmd}
	if p.stdin, err = cmd.StdinPipe(); err != nil {
		return nil, err
	}
	out, err := cmd.StdoutPipe()
	if err != nil {
		return nil, err
	}
	if err := cmd.Start(); err != nil {
		return nil, err
	}
	line, err := bufio.NewReader(out).ReadString('\n')
	if err != nil {
		p.stop()
		return nil, fmt.Errorf("%s did not start", s.Who)
	}
	p.addr = strings.TrimSpace(line)
	return p, nil
}

// process is a child process.
type process struct {
	cmd   *exec.Cmd
	addr  string
	stdin io.WriteCloser // nil for Redis
}

func (p *process) awaitListening() error {
	for end := time.Now().Add(5 * time.Second); time.Now().Before(end); time.Sleep(10 * time.Millisecond) {
		if conn, err := net.Dial("tcp", p.addr); err == nil { //nolint:noctx // bounded by the loop
			return conn.Close()
		}
	}
	return errors.New("redis-server does not listen")
}

// stop waits briefly for a server to exit by itself. Redis is killed at once, since it has no
// data to save.
func (p *process) stop() {
	if p == nil || p.cmd.Process == nil {
		return
	}
	kill := time.AfterFunc(3*time.Second, func() { _ = p.cmd.Process.Kill() })
	defer kill.Stop()
	if p.stdin != nil {
		_ = p.stdin.Close()
	} else {
		_ = p.cmd.Process.Kill()
	}
	_ = p.cmd.Wait()
}

// memory returns the resident set size of a process in MiB, or 0 if it is not available.
func (p *process) memory() int {
	status, err := os.ReadFile("/proc/" + strconv.Itoa(p.cmd.Process.Pid) + "/status")
	if err != nil {
		return 0
	}
	for line := range strings.Lines(string(status)) {
		if rest, ok := strings.CutPrefix(line, "VmRSS:"); ok {
			kb, _ := strconv.Atoi(strings.Fields(rest)[0])
			return kb / 1024
		}
	}
	return 0
}

func newKeyPEM() []byte {
	key, err := rsa.GenerateKey(rand.Reader, 2048)
	if err != nil {
		panic(err) // only without random numbers from the operating system
	}
	return pem.EncodeToMemory(&pem.Block{Type: "RSA PRIVATE KEY", Bytes: x509.MarshalPKCS1PrivateKey(key)})
}

func publicPEM(private []byte) []byte {
	block, _ := pem.Decode(private)
	key, err := x509.ParsePKCS1PrivateKey(block.Bytes)
	if err != nil {
		panic(err) // the parent wrote this text
	}
	der, err := x509.MarshalPKIXPublicKey(&key.PublicKey)
	if err != nil {
		panic(err)
	}
	return pem.EncodeToMemory(&pem.Block{Type: "PUBLIC KEY", Bytes: der})
}
