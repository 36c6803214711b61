package main_test

import (
	"errors"
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

// Every block of commands in README.md, docs and the pages beside examples has a comment in the line before it, which
// readers do not see. The comment says how this test runs the block, or why it does not:
//
//	<!-- run: TEXT | TEXT -->
//
// runs the block in an empty folder. The output must contain the TEXTs in this order.
//
//	<!-- run against NAME VARIABLE=VALUE: TEXT | TEXT -->
//
// does the same, but starts a program first and replaces the printed address with its address.
// NAME is sample, a program of sample/examples, or nodes: two samples on one Redis, printed
// with the ports of docker-compose.yml. The variables are for the program and may be left out.
//
//	<!-- run in the tree: TEXT | TEXT -->
//	<!-- run in the tree against NAME: TEXT | TEXT -->
//
// runs the block in the root of the repository.
//
//	<!-- run by TESTNAME -->
//
// says that another test runs the block.
//
//	<!-- not run: REASON -->
//
// A block without a comment is an error. docs/adr/0024 gives the reasons.
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

// markdown returns README.md and the documents by path.
func markdown(t *testing.T) map[string]string {
	t.Helper()
	found := make(map[string]string)
	add := func(path string) error {
		text, err := os.ReadFile(path)
		found[path] = string(text)
		return err
	}
	err := add(filepath.Join("..", "README.md"))
	for _, folder := range []string{filepath.Join("..", "docs"), "examples"} {
		err = errors.Join(err, filepath.WalkDir(folder, func(path string, d fs.DirEntry, err error) error {
			if err != nil || d.IsDir() || !strings.HasSuffix(path, ".md") {
				return err
			}
			return add(path)
		}))
	}
	if err != nil {
		t.Fatal(err)
	}
	return found
}

// addressed starts the program that the commands call and puts its address into the script.
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

// With only Go installed, README.md's first block starts the sample, and the first request of
// the next block is answered with tokens.
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

// startCommand runs a program that starts another one. Both are stopped when the test ends.
func startCommand(t *testing.T, dir string, env []string, command ...string) *node {
	t.Helper()
	n := &node{stdout: &lines{}, stderr: &lines{}, cmd: exec.Command(command[0], command[1:]...), done: make(chan struct{})}
	n.cmd.Dir, n.cmd.Env = dir, append(os.Environ(), env...)
	n.cmd.Stdout, n.cmd.Stderr = n.stdout, n.stderr
	n.cmd.SysProcAttr = &syscall.SysProcAttr{Setpgid: true} // a process group of its own, so that both can be stopped
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
