package main_test

import (
	"fmt"
	"io/fs"
	"os"
	"os/exec"
	"path/filepath"
	"regexp"
	"slices"
	"strings"
	"syscall"
	"testing"
	"time"
)

// Every block of commands in README.md and docs has a comment in the line before it,
// which readers do not see. It says what runs the block here, or why nothing does:
//
//	<!-- run: TEXT | TEXT -->
//
// runs it in an empty folder. The TEXTs must be in the output, in this order.
//
//	<!-- run against NAME VARIABLE=VALUE: TEXT | TEXT -->
//
// runs it so with the address of a program that was started for it in the
// place of the printed one. NAME is sample, a program of sample/examples, or nodes, which is two
// samples on one Redis, printed with the ports of docker-compose.yml. Variables are for the
// program; there may be none.
//
//	<!-- run in the tree: TEXT | TEXT -->
//	<!-- run in the tree against NAME: TEXT | TEXT -->
//
// run it in the root of the repository.
//
//	<!-- run by TESTNAME -->
//
// another test runs it.
//
//	<!-- not run: REASON -->
//
// A block without a comment is a mistake. docs/adr/0024 says why.
var commandBlock = regexp.MustCompile("(?m)^(.*)\n```sh\n((?s).*?)^```$")

var (
	isRun  = regexp.MustCompile(`^<!-- run( in the tree)?(?: against ([a-z-]+)((?: [A-Z_]+=\S+)*))?: (.+) -->$`)
	notRun = regexp.MustCompile(`^<!-- (?:not run: .{10,}|run by Test\w+) -->$`)
)

func TestEveryCommandOfTheDocumentsIsRunOrSaysWhyNot(t *testing.T) {
	t.Parallel()
	for _, bin := range []string{"bash", "curl", "sed", "openssl"} {
		if !available(t, bin) {
			t.Skip("needs " + bin)
		}
	}
	ran := 0
	for path, text := range markdown(t) {
		blocks := commandBlock.FindAllStringSubmatch(text, -1)
		if len(blocks) != strings.Count(text, "```sh\n") {
			t.Errorf("%s has a block of commands that could not be read", path)
		}
		for i, block := range blocks {
			mark, script := block[1], block[2]
			how := isRun.FindStringSubmatch(mark)
			switch {
			case how != nil:
				ran++
				t.Run(fmt.Sprintf("%s/%d", filepath.Base(path), i+1), func(t *testing.T) {
					t.Parallel()
					dir := ".."
					if how[1] == "" {
						dir = t.TempDir()
					}
					runCommands(t, dir, addressed(t, how[2], strings.Fields(how[3]), script), how[4])
				})
			case !notRun.MatchString(mark):
				t.Errorf("%s: nothing says who runs these commands (%q):\n%s", path, mark, script)
			}
		}
	}
	if ran == 0 {
		t.Error("no block is run")
	}
}

// markdown is README.md and the documents, by path.
func markdown(t *testing.T) map[string]string {
	t.Helper()
	found := make(map[string]string)
	add := func(path string) error {
		text, err := os.ReadFile(path)
		found[path] = string(text)
		return err
	}
	err := filepath.WalkDir(filepath.Join("..", "docs"), func(path string, d fs.DirEntry, err error) error {
		if err != nil || d.IsDir() || !strings.HasSuffix(path, ".md") {
			return err
		}
		return add(path)
	})
	if err == nil {
		err = add(filepath.Join("..", "README.md"))
	}
	if err != nil {
		t.Fatal(err)
	}
	return found
}

// addressed starts what the commands talk to and puts its address where they say it.
func addressed(t *testing.T, name string, env []string, script string) string {
	t.Helper()
	switch name {
	case "":
		return script
	case "sample":
		return strings.ReplaceAll(script, "http://127.0.0.1:8080", start(t, env...).base)
	case "nodes":
		a, b := twoNodes(t)
		return strings.NewReplacer("http://127.0.0.1:8081", a.base, "http://127.0.0.1:8082", b.base).Replace(script)
	default:
		return strings.ReplaceAll(script, "http://127.0.0.1:8080", startExample(t, name, env...).base)
	}
}

func runCommands(t *testing.T, dir, script, want string) {
	t.Helper()
	command := exec.CommandContext(t.Context(), "bash", "-eu", "-o", "pipefail", "-c", script)
	command.Dir = dir
	out, err := command.CombinedOutput()
	if err != nil {
		t.Fatalf("%v\n%s\n%s", err, script, out)
	}
	rest := string(out)
	for text := range strings.SplitSeq(want, " | ") {
		_, after, ok := strings.Cut(rest, text)
		if !ok {
			t.Fatalf("%s\nprints no %q, or not in this place:\n%s", script, text, out)
		}
		rest = after
	}
}

// With Go alone: where README.md starts the sample, the first request of the next block is
// answered with tokens.
func TestFirstCurlWithinTwoCommands(t *testing.T) {
	t.Parallel()
	if !available(t, "bash") || !available(t, "curl") || !available(t, "sed") {
		t.Skip("needs bash, curl and sed")
	}
	readme := markdown(t)[filepath.Join("..", "README.md")]
	blocks := commandBlock.FindAllStringSubmatch(readme, -1)
	at := slices.IndexFunc(blocks, func(block []string) bool { return strings.HasSuffix("\n"+block[2], "\ngo run ./sample\n") })
	if at < 0 || at+1 == len(blocks) || !strings.HasPrefix(blocks[at+1][2], "REPLY=$(curl ") {
		t.Fatal("README.md does not start the sample and then log in with REPLY=$(curl ...)")
	}
	first, second := "go run ./sample", blocks[at+1][2]
	n := startCommand(t, "..", []string{"ADDR=127.0.0.1:0"}, strings.Fields(first)...)
	n.base = n.awaitFor(t, 2*time.Minute, regexp.MustCompile(`(?s)^ginauth sample on (http://\S+)\n.*\n\n$`))
	line, _, _ := strings.Cut(strings.ReplaceAll(second, "http://127.0.0.1:8080", n.base), "\n")
	runCommands(t, t.TempDir(), line+"\necho \"$REPLY\"", `{"access_token":"`)
}

// startCommand runs a program that starts another, until the test ends: both are ended.
func startCommand(t *testing.T, dir string, env []string, command ...string) *node {
	t.Helper()
	n := &node{stdout: &lines{}, stderr: &lines{}, cmd: exec.Command(command[0], command[1:]...), done: make(chan struct{})}
	n.cmd.Dir, n.cmd.Env = dir, append(os.Environ(), env...)
	n.cmd.Stdout, n.cmd.Stderr = n.stdout, n.stderr
	n.cmd.SysProcAttr = &syscall.SysProcAttr{Setpgid: true} // a group of their own
	if err := n.cmd.Start(); err != nil {
		t.Fatal(err)
	}
	go func() {
		defer close(n.done)
		_ = n.cmd.Wait()
	}()
	t.Cleanup(func() {
		_ = syscall.Kill(-n.cmd.Process.Pid, syscall.SIGTERM)
		<-n.done
	})
	return n
}
