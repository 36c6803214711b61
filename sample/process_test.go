package main_test

import (
	"bufio"
	"fmt"
	"net"
	"net/http"
	"os/exec"
	"strings"
	"syscall"
	"testing"
	"time"
)

func TestSIGTERMLetsARequestInFlightFinish(t *testing.T) {
	t.Parallel()
	n := start(t)
	addr := strings.TrimPrefix(n.base, "http://")
	conn, err := net.Dial("tcp", addr)
	if err != nil {
		t.Fatal(err)
	}
	defer conn.Close()
	if err := conn.SetDeadline(time.Now().Add(10 * time.Second)); err != nil {
		t.Fatal(err)
	}
	body := "username=user1&password=password123"
	_, err = fmt.Fprintf(conn, "POST /login HTTP/1.1\r\nHost: %s\r\nContent-Type: application/x-www-form-urlencoded\r\nContent-Length: %d\r\nExpect: 100-continue\r\n\r\n", addr, len(body))
	if err != nil {
		t.Fatal(err)
	}
	in := bufio.NewReader(conn)
	// The handler reads the body, so the request is in flight.
	if line, err := in.ReadString('\n'); err != nil || line != "HTTP/1.1 100 Continue\r\n" {
		t.Fatal(line, err)
	}
	if _, err := in.ReadString('\n'); err != nil {
		t.Fatal(err)
	}
	if err := n.cmd.Process.Signal(syscall.SIGTERM); err != nil {
		t.Fatal(err)
	}
	eventually(t, 5*time.Second, func() bool { // wait until new connections are refused
		c, err := net.DialTimeout("tcp", addr, time.Second)
		return err != nil || c.Close() != nil
	})
	if _, err := conn.Write([]byte(body)); err != nil {
		t.Fatal(err)
	}
	res, err := http.ReadResponse(in, nil)
	if err != nil {
		t.Fatal(err)
	}
	defer res.Body.Close()
	if res.StatusCode != http.StatusOK {
		t.Errorf("%d, want 200", res.StatusCode)
	}
	if code := n.wait(t); code != 0 {
		t.Errorf("exit status %d", code)
	}
}

func TestShutdownTimeoutCutsOffTheRest(t *testing.T) {
	t.Parallel()
	n := start(t, "SHUTDOWN_TIMEOUT=50ms")
	conn, err := net.Dial("tcp", strings.TrimPrefix(n.base, "http://"))
	if err != nil {
		t.Fatal(err)
	}
	defer conn.Close()
	if _, err := conn.Write([]byte("POST /login HTTP/1.1\r\nHost: x\r\nContent-Length: 9\r\nContent-Type: application/json\r\n\r\n{")); err != nil {
		t.Fatal(err)
	}
	n.ok(t, get("/healthz", ""))
	begin := time.Now()
	if code := n.stop(t); code != 0 {
		t.Errorf("exit status %d", code)
	}
	if took := time.Since(begin); took > 8*time.Second {
		t.Errorf("took %v", took)
	}
}

func TestPrintedCommandsWork(t *testing.T) {
	t.Parallel()
	for _, bin := range []string{"bash", "curl", "sed"} {
		if !available(t, bin) {
			t.Skip("needs " + bin)
		}
	}
	n := start(t)
	printed := n.stdout.String()
	for _, want := range []string{"in-memory", "user1 / password123", "user2 / password456", "admin / admin-password-789"} {
		if !strings.Contains(printed, want) {
			t.Errorf("%q is not printed", want)
		}
	}
	_, script, _ := strings.Cut(printed, "in another terminal:")
	out, err := exec.CommandContext(t.Context(), "bash", "-eu", "-c", script).CombinedOutput()
	if err != nil {
		t.Fatalf("%v\n%s", err, out)
	}
	got := strings.Split(strings.TrimSpace(string(out)), "\n")
	if len(got) != 4 {
		t.Fatalf("%d replies:\n%s", len(got), out)
	}
	for i, want := range []string{
		`"message":"This is a protected route."`, `"sessions":[{`, `{"code":200}`, `"error":"token_revoked"`,
	} {
		if !strings.Contains(got[i], want) {
			t.Errorf("reply %d: %s, want %s", i+1, got[i], want)
		}
	}
}
