package doctest_test

import (
	"encoding/json"
	"io"
	"math/rand/v2"
	"net"
	"net/http"
	"os"
	"os/exec"
	"path/filepath"
	"strconv"
	"strings"
	"testing"
	"time"
)

// quickstart returns the first Go program of README.md.
func quickstart(t *testing.T) string {
	t.Helper()
	_, rest, ok := strings.Cut(read(t, "README.md"), "```go\n")
	program, _, closed := strings.Cut(rest, "```")
	if !ok || !closed || !strings.HasPrefix(program, "package main\n") {
		t.Fatal("README.md has no Go program")
	}
	return program
}

// The quickstart builds, runs and answers in a new, empty module, with this tree in place of
// the published module. Nothing is downloaded.
func TestREADMEQuickstartRunsInANewModule(t *testing.T) {
	addr := someAddr(t)
	dir := t.TempDir()
	program := strings.Replace(quickstart(t), `"127.0.0.1:8080"`, strconv.Quote(addr), 1)
	writeFile(t, filepath.Join(dir, "main.go"), program)
	writeFile(t, filepath.Join(dir, "go.sum"), read(t, "go.sum"))
	here, err := filepath.Abs(root)
	if err != nil {
		t.Fatal(err)
	}
	for _, arguments := range [][]string{
		{"mod", "init", "example.com/hello"},
		{"mod", "edit", "-require=" + module + "@v0.0.0", "-replace=" + module + "=" + here},
		{"build", "-mod=mod", "-o", "hello", "."},
	} {
		command := exec.CommandContext(t.Context(), "go", arguments...)
		command.Dir = dir
		command.Env = append(os.Environ(), "GOPROXY=off", "GOFLAGS=", "GOWORK=off")
		if out, err := command.CombinedOutput(); err != nil {
			t.Fatalf("go %v: %v\n%s", arguments, err, out)
		}
	}
	server := exec.CommandContext(t.Context(), filepath.Join(dir, "hello"))
	server.Env = []string{"GIN_MODE=release"}
	if err := server.Start(); err != nil {
		t.Fatal(err)
	}
	t.Cleanup(func() {
		_ = server.Process.Kill()
		_ = server.Wait()
	})
	awaitListening(t, addr)

	status, tokens := post(t, addr, "/login", "", `{"username":"user1","password":"password123"}`)
	access, _ := tokens["access_token"].(string)
	if status != 200 || access == "" {
		t.Fatalf("login: %d %v", status, tokens)
	}
	if status, reply := ask(t, http.MethodGet, addr, "/protected", access, ""); status != 200 || reply["hello"] != "user1" {
		t.Errorf("protected: %d %v", status, reply)
	}
	if status, reply := post(t, addr, "/logout", access, ""); status != 200 {
		t.Errorf("logout: %d %v", status, reply)
	}
	if status, reply := ask(t, http.MethodGet, addr, "/protected", access, ""); status != 401 || reply["error"] != "token_revoked" {
		t.Errorf("protected after the logout: %d %v", status, reply)
	}
}

// someAddr returns a free address. Its port is below the ephemeral ports, so that it stays
// free.
func someAddr(t *testing.T) string {
	t.Helper()
	for range 100 {
		addr := net.JoinHostPort("127.0.0.1", strconv.Itoa(20000+rand.IntN(10000)))
		if l, err := net.Listen("tcp", addr); err == nil {
			l.Close()
			return addr
		}
	}
	t.Fatal("no free port")
	return ""
}

func writeFile(t *testing.T, path, text string) {
	t.Helper()
	if err := os.WriteFile(path, []byte(text), 0o600); err != nil {
		t.Fatal(err)
	}
}

func awaitListening(t *testing.T, addr string) {
	t.Helper()
	tick := time.NewTicker(20 * time.Millisecond)
	defer tick.Stop()
	for limit := time.Now().Add(20 * time.Second); time.Now().Before(limit); <-tick.C {
		if conn, err := net.DialTimeout("tcp", addr, time.Second); err == nil {
			conn.Close()
			return
		}
	}
	t.Fatal("does not listen")
}

func post(t *testing.T, addr, path, access, body string) (int, map[string]any) {
	t.Helper()
	return ask(t, http.MethodPost, addr, path, access, body)
}

func ask(t *testing.T, method, addr, path, access, body string) (status int, reply map[string]any) {
	t.Helper()
	request, err := http.NewRequestWithContext(t.Context(), method, "http://"+addr+path, strings.NewReader(body))
	if err != nil {
		t.Fatal(err)
	}
	request.Header.Set("Content-Type", "application/json")
	if access != "" {
		request.Header.Set("Authorization", "Bearer "+access)
	}
	res, err := (&http.Client{Timeout: 10 * time.Second}).Do(request)
	if err != nil {
		t.Fatal(err)
	}
	defer res.Body.Close()
	raw, err := io.ReadAll(res.Body)
	if err == nil {
		err = json.Unmarshal(raw, &reply)
	}
	if err != nil {
		t.Fatalf("%s: %v", raw, err)
	}
	return res.StatusCode, reply
}
