package main_test

import (
	"net"
	"net/url"
	"strings"
	"testing"
	"time"
)

func TestABadCommandLineDoesNothing(t *testing.T) {
	t.Parallel()
	r := newRig(t)
	s := r.login("user1")
	r.secrets = append(r.secrets, "canary")
	for _, c := range []struct {
		args string
		want string
	}{
		{"canary", "no such command"},
		{"revoke", "no such command"},
		{"revoke canary", "no such command"},
		{"revoke user user1", "no such command"},
		{"sessions", "0 arguments, want SUBJECT"},
		{"sessions user1 canary", "2 arguments, want SUBJECT"},
		{"revoke session", "0 arguments, want SESSION..."},
		{"revoke token canary", "1 arguments, want no arguments"},
		{"revoke all -yes everything", "1 arguments, want no arguments"},
		{"revoke subject user1 -except canary", "-except is no session id"},
		{"revoke token -session canary", "-session is no session id"},
		{"revoke token -session " + s.ID.String(), "-jti is no token id"},
		{"revoke token -jti " + s.ID.String(), "-session is no session id"},
		{"revoke session -force " + s.ID.String(), "flag provided but not defined: -force"},
		{"revoke all -yes=canary", "bad value for -yes"},
		{"revoke subject user1 -retain canary", "bad value for -retain"},
		{"revoke subject user1 -retain 0", "-retain is under 24h"},
		{"revoke subject user1 -retain 1h", "-retain is under 24h"},
		{"revoke subject user1 -retain -48h", "-retain is under 24h"},
		{"revoke subject user1 -redis-mode canary", "REDIS_MODE or -redis-mode: want single, cluster or sentinel"},
		{"revoke subject user1 -redis-mode sentinel", "REDIS_MASTER or -redis-master: required"},
		{"revoke subject user1 -redis-prefix {canary}", "REDIS_PREFIX or -redis-prefix: "},
		{"revoke subject user1 -redis-shards 0", "REDIS_SHARDS or -redis-shards: want a number from 1 to 256"},
		{"revoke subject user1 -redis-shards canary", "REDIS_SHARDS or -redis-shards: want a number from 1 to 256"},
		{"revoke subject user1 -redis-url http://canary", "REDIS_URL or -redis-url: not a URL of one server"},
		{"revoke subject user1 -redis-mode cluster -redis-url redis://127.0.0.1:1?read_only=true", "REDIS_URL or -redis-url: the URL makes the client read from replicas"},
		{"revoke subject user1 -redis-mode sentinel -redis-url http://canary -redis-prefix {canary}", "REDIS_URL or -redis-url: not a URL of one server"},
		{"revoke subject user1 -redis-mode sentinel -redis-url http://canary -redis-prefix {canary}", "\nginauthctl: REDIS_PREFIX or -redis-prefix: letters, digits and . _ - : only, at most 64\nginauthctl: REDIS_MASTER or -redis-master: required"},
		{"revoke subject user1 -redis-url redis://127.0.0.1:1?addr=canary:2", "REDIS_URL or -redis-url: names more than one server, which REDIS_MODE=single does not allow"},
		{"revoke subject user1 -redis-url redis://127.0.0.1:1?master_name=canary", "REDIS_URL or -redis-url: names more than one server"},
		{"revoke subject user1 -redis-mode cluster -redis-url redis://127.0.0.1:1?master_name=canary", "REDIS_URL or -redis-url: a Cluster has no master_name"},
		{"revoke subject user1 -redis-mode sentinel -redis-master main -redis-url http://canary", "REDIS_URL or -redis-url: not a URL of one server"},
		{"log -limit -1", "-limit is negative"},
		{"log -limit canary", "bad value for -limit"},
		{"nodes -dry-run", "flag provided but not defined: -dry-run"},
	} {
		got := r.ctl(strings.Fields(c.args)...)
		if got.status != 2 || got.out != "" || !strings.HasPrefix(got.stderr, "ginauthctl: ") || !strings.Contains(got.stderr, c.want) {
			t.Errorf("%s: %+v, want %q", c.args, got, c.want)
		}
	}
	if !r.alive(s) {
		t.Error("something was revoked")
	}
}

func TestHelpIsNoMistakeAndShowsNoPassword(t *testing.T) {
	t.Parallel()
	r := newRig(t)
	for _, args := range []string{"", "help", "-h", "--help", "sessions -h", "revoke all --help", "import -h"} {
		if text := r.ok(strings.Fields(args)...); !strings.HasPrefix(text, "usage: ginauthctl ") {
			t.Errorf("%s: %s", args, text)
		}
	}
}

func TestHelpOnRevokeListsItsCommands(t *testing.T) {
	t.Parallel()
	r := newRig(t)
	for _, args := range []string{"revoke -h", "revoke --help", "revoke help"} {
		text := r.ok(strings.Fields(args)...)
		for _, name := range []string{"revoke all ", "revoke session SESSION...", "revoke subject SUBJECT", "revoke token "} {
			if !strings.Contains(text, "\n  "+name) {
				t.Errorf("%s: no %q in %s", args, name, text)
			}
		}
		if strings.Contains(text, "\n  import") {
			t.Errorf("%s lists other commands: %s", args, text)
		}
	}
}

// An error of a URL parser must not reveal a password that contains delimiters of URLs.
func TestNoMistakeInAnAddressTellsThePassword(t *testing.T) {
	t.Parallel()
	r := newRig(t)
	r.secrets = append(r.secrets, "canary")
	for _, address := range []string{
		"redis://:canary@%zz", "redis://:canary@host:x", "redis://12/canary@host:1", "redis://:1/canary@host:1",
		"canary:canary@host:1", "redis://host:1/canary", "redis://host:1?canary=1", "redis://:can#ary-canary@host:1", "\x7fcanary",
	} {
		r.env = []string{"REDIS_URL=" + address}
		if got := r.ctl("sessions", "user1"); got.status != 2 || got.out != "" || !strings.Contains(got.stderr, "REDIS_URL") {
			t.Errorf("%q: %+v", address, got)
		}
	}
	r.env = nil
	if got := r.ctl("sessions", "user1"); got.status != 2 || got.stderr != "ginauthctl: REDIS_URL or -redis-url: required\n" {
		t.Errorf("no address: %+v", got)
	}
}

func TestFlagsWinOverTheEnvironment(t *testing.T) {
	t.Parallel()
	r := newRig(t)
	s := r.login("user1")
	address := strings.TrimPrefix(r.env[0], "REDIS_URL=")
	r.env = []string{"REDIS_URL=redis://127.0.0.1:1", "REDIS_MODE=cluster", "REDIS_PREFIX=other", "REDIS_SHARDS=3"}
	text := r.ok("sessions", "-redis-url", address, "-redis-mode", "single", "user1", "-redis-prefix=ginauth", "-redis-shards=1")
	if !strings.Contains(text, s.ID.String()) {
		t.Error(text)
	}
}

func TestARedisThatDoesNotAnswerIsAFailureAndSoon(t *testing.T) {
	t.Parallel()
	r := newRig(t)
	silent, err := net.Listen("tcp", "127.0.0.1:0") // accepts, and says nothing
	if err != nil {
		t.Fatal(err)
	}
	defer silent.Close()
	address, err := url.Parse(strings.TrimPrefix(r.env[0], "REDIS_URL="))
	if err != nil {
		t.Fatal(err)
	}
	for name, host := range map[string]string{"refused": "127.0.0.1:1", "silent": silent.Addr().String()} {
		address.Host = host
		r.env = []string{"REDIS_URL=" + address.String()}
		for _, args := range []string{"sessions user1", "revoke all -yes", "log", "lag", "check", "shards", "import - "} {
			begin := time.Now()
			got := r.ctlWith("subject,user1\n", strings.Fields(args)...)
			if got.status != 1 || !strings.Contains(got.stderr, "store unavailable") {
				t.Errorf("%s, %s: %+v", name, args, got)
			}
			if took := time.Since(begin); took > 10*time.Second {
				t.Errorf("%s, %s took %v", name, args, took)
			}
		}
	}
}

func TestAWrongPasswordIsAFailureThatDoesNotTellIt(t *testing.T) {
	t.Parallel()
	r := newRig(t)
	r.secrets = append(r.secrets, "wrong-canary")
	r.env = []string{strings.Replace(r.env[0], redisPassword, "wrong-canary", 1)}
	if got := r.ctl("sessions", "user1"); got.status != 1 || !strings.Contains(got.stderr, "WRONGPASS") {
		t.Errorf("%+v", got)
	}
}
