package main_test

import (
	"os"
	"path/filepath"
	"strings"
	"testing"
)

// mistaken starts the sample with a configuration that it must refuse, and returns its error
// messages.
func mistaken(t *testing.T, env ...string) []string {
	t.Helper()
	n := launch(t, env...)
	if code := n.wait(t); code != 2 {
		t.Errorf("exit status %d, want 2", code)
	}
	if n.stdout.String() != "" {
		t.Errorf("on stdout: %s", n.stdout)
	}
	return strings.Split(strings.TrimSpace(n.stderr.String()), "\n")
}

func TestBadValueStopsTheStart(t *testing.T) {
	t.Parallel()
	public := filepath.Join(t.TempDir(), "public.pem")
	if err := os.WriteFile(public, []byte("no key"), 0o600); err != nil {
		t.Fatal(err)
	}
	for variable, values := range map[string][]string{
		"ADDR":                 {"8080", "127.0.0.1:http:1", "127.0.0.1:70000"},
		"REDIS_URL":            {"localhost:6379", "http://localhost", "redis://:hunter2@%zz", "redis://localhost/x", "redis://a:1?addr=b:2"},
		"REDIS_MODE":           {"ring"},
		"REDIS_PREFIX":         {"a b", "{a}", strings.Repeat("p", 65)},
		"JWT_SECRET":           {"short", strings.Repeat("x", 31)},
		"JWT_PREVIOUS_SECRETS": {"short", strings.Repeat("x", 32) + ",short"},
		"JWT_PRIVATE_KEY_FILE": {"/no/such/file", public},
		"JWT_CLIENT_ID":        {"a\tb", "knoten-ä"},
		"INTROSPECTION_CLIENT": {"a\tb", "käse"},
		"INTROSPECTION_SECRET": {"x", strings.Repeat("x", 31)},
		"TRY_OUT":              {"yes", "1"},
		"ACCESS_TTL":           {"0s", "-1m", "15", "soon", "1ms"},
		"SESSION_IDLE_TTL":     {"0s", "-1h", "x"},
		"SESSION_MAX_TTL":      {"0s", "-1h", "x"},
		"REFRESH_GRACE":        {"-1s", "x"},
		"ON_STORE_DOWN":        {"maybe"},
		"REVOCATION_CHECK":     {"never"},
		"MAX_STALENESS":        {"0s", "-1s", "9ms", "x"},
		"COOKIES":              {"yes", "1"},
		"INSECURE_COOKIES":     {"maybe"},
		"LOGIN_RATE":           {"0/1m", "-1/1m", "10", "10/0s", "ten/1m", "10/minute", "OFF", "10001/1m", "10/25h"},
		"USER_RATE":            {"0/1m", "10001/1m", "50", "off/1m"},
		"MAX_SESSIONS":         {"0", "-1", "100001", "many"},
		"TRUSTED_PROXIES":      {"proxy.example", "10.0.0.0/8,x"},
		"TRUSTED_ORIGINS":      {"app.example.com", "*", "https://a.example/", "https://a.example,null", "https://:hunter2@a.example"},
		"SHUTDOWN_TIMEOUT":     {"0s", "-1s", "x"},
		"NODE_NAME":            {"node a", "a\tb", "knoten-ä", strings.Repeat("n", 65)},
	} {
		t.Run(variable, func(t *testing.T) {
			t.Parallel()
			for _, value := range values {
				said := mistaken(t, variable+"="+value)
				if len(said) != 1 || !strings.HasPrefix(said[0], variable+": ") {
					t.Errorf("%q: %q", value, said)
				}
				if strings.Contains(said[0], "hunter2") {
					t.Errorf("a password in %q", said[0])
				}
			}
		})
	}
}

func TestEveryMistakeIsNamedAtOnce(t *testing.T) {
	t.Parallel()
	said := mistaken(t, "REDIS_MODE=sentinel", "REDIS_URL=redis://127.0.0.1:1", "JWT_SECRET=short", "ACCESS_TTL=0s", "MAX_SESSIONS=0")
	for _, variable := range []string{"REDIS_MASTER", "JWT_SECRET", "ACCESS_TTL", "MAX_SESSIONS"} {
		if !strings.Contains("\n"+strings.Join(said, "\n"), "\n"+variable+": ") {
			t.Errorf("%s is not named in %q", variable, said)
		}
	}
	if len(said) != 4 {
		t.Errorf("%d lines for 4 mistakes: %q", len(said), said)
	}
}

func TestRedisModeWithoutAnAddressIsNoReasonToUseMemory(t *testing.T) {
	t.Parallel()
	said := mistaken(t, "REDIS_MODE=cluster")
	if len(said) != 1 || !strings.HasPrefix(said[0], "REDIS_URL: ") {
		t.Errorf("%q", said)
	}
}

// A connection to Redis lives at least 200 ms, in which it may lead to a server that was replaced.
func TestTheCopyCannotBeFresherThanTheConnections(t *testing.T) {
	t.Parallel()
	server := anyRedis(t)
	said := mistaken(t, server.url(), "MAX_STALENESS=399ms")
	if len(said) != 1 || !strings.HasPrefix(said[0], "MAX_STALENESS: ") {
		t.Errorf("%q", said)
	}
	for _, check := range []string{"mirror", "strict"} {
		healed(t, start(t, server.url(), "MAX_STALENESS=400ms", "REVOCATION_CHECK="+check))
	}
}

func TestAddressInUseIsAFailureAndNoMistake(t *testing.T) {
	t.Parallel()
	n := start(t)
	second := launch(t, "JWT_SECRET="+secret, "ADDR="+strings.TrimPrefix(n.base, "http://"))
	if code := second.wait(t); code != 1 {
		t.Errorf("exit status %d, want 1", code)
	}
}
