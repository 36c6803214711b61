package main_test

import (
	"fmt"
	"io/fs"
	"os"
	"os/exec"
	"path/filepath"
	"regexp"
	"strings"
	"testing"
)

// Every block of commands in README.md and docs has a comment in the line before it,
// which readers do not see. It says what runs the block here, or why nothing does:
//
//	<!-- run against NAME: TEXT | TEXT -->
//
// runs it, with the address of a program that was started for it: NAME is sample, a program of
// sample/examples, or nodes, which is two samples on one Redis, on the ports of
// docker-compose.yml. The TEXTs must be in the output, in this order.
//
//	<!-- run in the tree: TEXT | TEXT -->
//
// runs it in the root of the repository.
//
//	<!-- not run: REASON -->
//
// A block without a comment is a mistake. docs/adr/0027 says why.
var commandBlock = regexp.MustCompile("(?m)^(.*)\n```sh\n((?s).*?)^```$")

var (
	runAgainst = regexp.MustCompile(`^<!-- run against ([a-z-]+): (.+) -->$`)
	runInTree  = regexp.MustCompile(`^<!-- run in the tree: (.+) -->$`)
	notRun     = regexp.MustCompile(`^<!-- not run: .{10,} -->$`)
)

func TestEveryCommandOfTheDocumentsIsRunOrSaysWhyNot(t *testing.T) {
	t.Parallel()
	if !available(t, "bash") || !available(t, "curl") || !available(t, "sed") {
		t.Skip("needs bash, curl and sed")
	}
	ran := 0
	for path, text := range markdown(t) {
		blocks := commandBlock.FindAllStringSubmatch(text, -1)
		if len(blocks) != strings.Count(text, "```sh\n") {
			t.Errorf("%s has a block of commands that could not be read", path)
		}
		for i, block := range blocks {
			mark, script := block[1], block[2]
			if against := runAgainst.FindStringSubmatch(mark); against != nil {
				ran++
				t.Run(fmt.Sprintf("%s/%d", filepath.Base(path), i+1), func(t *testing.T) {
					t.Parallel()
					runCommands(t, t.TempDir(), addressed(t, against[1], script), against[2])
				})
				continue
			}
			if tree := runInTree.FindStringSubmatch(mark); tree != nil {
				ran++
				t.Run(fmt.Sprintf("%s/%d", filepath.Base(path), i+1), func(t *testing.T) {
					t.Parallel()
					runCommands(t, "..", script, tree[1])
				})
				continue
			}
			if !notRun.MatchString(mark) {
				t.Errorf("%s: nothing says who runs these commands (%q):\n%s", path, mark, script)
			}
		}
	}
	if ran < 5 {
		t.Errorf("only %d blocks are run", ran)
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
func addressed(t *testing.T, name, script string) string {
	t.Helper()
	switch name {
	case "sample":
		return strings.ReplaceAll(script, "http://127.0.0.1:8080", start(t).base)
	case "nodes":
		a, b := twoNodes(t)
		return strings.NewReplacer("http://127.0.0.1:8081", a.base, "http://127.0.0.1:8082", b.base).Replace(script)
	default:
		return strings.ReplaceAll(script, "http://127.0.0.1:8080", startExample(t, name).base)
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
