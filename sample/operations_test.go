package main_test

import (
	"net/http"
	"os/exec"
	"path/filepath"
	"regexp"
	"strings"
	"testing"
	"time"
)

func TestArgumentsAreNotIgnored(t *testing.T) {
	t.Parallel()
	command := exec.CommandContext(t.Context(), program, "--help")
	out, err := command.CombinedOutput()
	if err == nil || command.ProcessState.ExitCode() != 2 || !strings.Contains(string(out), "docs/http-contract.md") {
		t.Errorf("%v: %s", err, out)
	}
}

// The Redis user in docs/operations.md has enough permissions for a node, and can reach only
// the keys of one application.
func TestTheRedisUserOfTheDocumentsIsEnough(t *testing.T) {
	t.Parallel()
	page := markdown(t)[filepath.Join("..", "docs", "operations.md")]
	line := regexp.MustCompile(`(?m)^    ACL (SETUSER app .*)$`).FindStringSubmatch(page)
	if line == nil {
		t.Fatal("docs/operations.md prints no user")
	}
	server := realRedis(t)
	arguments := []any{"ACL"}
	for _, word := range strings.Fields(line[1]) {
		arguments = append(arguments, word)
	}
	rdb := server.client(t)
	if err := rdb.Do(t.Context(), arguments...).Err(); err != nil {
		t.Fatal(err)
	}
	url := "REDIS_URL=redis://app:password@" + server.addr + "/0"
	for _, check := range []string{"strict", "mirror"} {
		n := start(t, url, "REVOCATION_CHECK="+check)
		n.ok(t, get("/healthz", ""))
		user := n.login(t, "user1")
		n.alive(t, user.access)
		next := tokensOf(n.ok(t, refreshRequest(user.refresh)))
		n.ok(t, get("/protected/sessions", next.access))
		n.ok(t, post("/logout", next.access))
		n.dead(t, user.access)
		// A node whose store is new, and is first written to while the node waits to trust its
		// copy, waits once more: about 5 s in all.
		eventually(t, 15*time.Second, func() bool { return n.do(t, get("/readyz", "")).status == http.StatusOK })
	}
	if denied := rdb.Do(t.Context(), "ACL", "DRYRUN", "app", "SET", "other:key", "x").Val(); denied == "OK" {
		t.Error("the user may write keys of others")
	}
}
