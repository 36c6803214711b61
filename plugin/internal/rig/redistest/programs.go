package redistest

import (
	"os"
	"os/exec"
	"testing"
)

// ServerVariable names the environment variable that chooses the servers: "redis", the
// default, or "valkey".
const ServerVariable = "GINAUTH_TEST_SERVER"

// These are what a [Process] can be.
const (
	server   = "server"
	sentinel = "sentinel"
	cli      = "cli"
)

// Valkey reports whether valkey-server runs in the place of redis-server.
func Valkey() bool { return family() == "valkey" }

func family() string {
	if name := os.Getenv(ServerVariable); name != "" {
		return name
	}
	return "redis"
}

// program returns the name of a program of the chosen family, like valkey-server.
func program(kind string) string { return family() + "-" + kind }

// available reports whether a program is installed. With CI set a missing program fails the
// test.
func available(t testing.TB, kind string) bool {
	t.Helper()
	if name := family(); name != "redis" && name != "valkey" {
		t.Fatalf("redistest: %s=%s: want redis or valkey", ServerVariable, name)
	}
	if _, err := exec.LookPath(program(kind)); err == nil {
		return true
	}
	if os.Getenv("CI") != "" {
		t.Fatalf("redistest: %s is not installed, and CI requires it", program(kind))
	}
	return false
}
