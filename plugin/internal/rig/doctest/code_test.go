package doctest_test

import (
	"os/exec"
	"path/filepath"
	"regexp"
	"strings"
	"testing"
)

// Code in the documents is code of the repository. A block of Go is text of some Go file: an
// Example, a test or a program under sample/examples, which was compiled and run. The new side
// of a diff is too. TestEveryCommandOfTheDocumentsIsRunOrSaysWhyNot of the sample checks
// commands. docs/adr/0024 gives the reasons.

var codeBlock = regexp.MustCompile("(?ms)^```([a-z]*)\n(.*?)^```$")

// elsewhere lists the languages of blocks that hold no code (output and drawings), and of
// blocks that tests of the sample run: commands, and JavaScript in a browser
// (TestJavaScriptOfTheDocumentsRuns).
var elsewhere = map[string]bool{"json": true, "text": true, "mermaid": true, "sh": true, "js": true}

func TestGoInTheDocumentsIsGoOfTheTree(t *testing.T) {
	tree := goTexts(t)
	blocks := 0
	for path, text := range documents(t) {
		for _, match := range codeBlock.FindAllStringSubmatch(text, -1) {
			language, code := match[1], match[2]
			switch {
			case language == "go":
				blocks++
				if !inTree(tree, code) {
					t.Errorf("%s: no Go file has this, line by line:\n%s", path, code)
				}
			case language == "diff":
				blocks++
				for _, piece := range added(code) {
					if !inTree(tree, piece) {
						t.Errorf("%s: no Go file has this, line by line:\n%s", path, piece)
					}
				}
			case !elsewhere[language]:
				t.Errorf("%s: a block of %q is checked by nothing:\n%s", path, language, code)
			}
		}
	}
	if blocks == 0 {
		t.Error("no block was seen")
	}
}

// goTexts returns all Go files without indentation.
func goTexts(t *testing.T) []string {
	t.Helper()
	var texts []string
	for _, folder := range []string{"plugin", "sample"} {
		walk(t, folder, ".go", func(path string) {
			// Code that these tests quote does not count.
			if !strings.HasPrefix(path, filepath.Join("plugin", "internal", "rig", "doctest")) {
				texts = append(texts, flat(read(t, path)))
			}
		})
	}
	return texts
}

// flat returns a text without indentation and alignment, with a newline before and after each
// line.
func flat(code string) string {
	var b strings.Builder
	b.WriteByte('\n')
	for line := range strings.Lines(code) {
		b.WriteString(strings.Join(strings.Fields(line), " ") + "\n")
	}
	return b.String()
}

func inTree(tree []string, code string) bool {
	want := flat(code)
	for _, text := range tree {
		if strings.Contains(text, want) {
			return true
		}
	}
	return false
}

// added returns the consecutive lines that a diff keeps or adds, split at "...", where the
// author left something out.
func added(diff string) []string {
	var pieces []string
	piece := ""
	end := func() {
		if strings.TrimSpace(piece) != "" {
			pieces = append(pieces, strings.Trim(piece, "\n")+"\n")
		}
		piece = ""
	}
	for line := range strings.Lines(diff) {
		switch {
		case strings.HasPrefix(line, "-"):
			continue
		case strings.TrimSpace(line) == "" || strings.TrimSpace(line[1:]) == "...":
			end()
		default:
			piece += line[1:]
		}
	}
	end()
	return pieces
}

// The comparison finds code that exists, and reports code that does not.
func TestADifferenceBetweenADocumentAndTheTreeIsFound(t *testing.T) {
	tree := []string{flat("package x\n\nfunc f() {\n\tg(1)\n\tg(2)\n}\n")}
	for code, want := range map[string]bool{
		"func f() {\n\tg(1)\n": true,
		"g(1)\ng(2)\n":         true,
		"\t\tg(2)\n":           true,
		"g(1)\ng(3)\n":         false,
		"g(1\n":                false,
		"f() {\n":              false, // half a line
	} {
		if inTree(tree, code) != want {
			t.Errorf("%q: %v", code, !want)
		}
	}
	if got := added(" a\n-b\n+c\n ...\n\n+d\n"); len(got) != 2 || got[0] != "a\nc\n" || got[1] != "d\n" {
		t.Errorf("%q", got)
	}
}

// Every go doc command in the documents prints something.
func TestGoDocCommandsOfTheDocumentsWork(t *testing.T) {
	command := regexp.MustCompile("`(go doc [^`]+)`")
	seen := make(map[string]bool)
	for path, text := range documents(t) {
		for _, match := range command.FindAllStringSubmatch(text, -1) {
			if seen[match[1]] {
				continue
			}
			seen[match[1]] = true
			godoc := exec.CommandContext(t.Context(), "go", strings.Fields(match[1])[1:]...)
			godoc.Dir = root
			if out, err := godoc.CombinedOutput(); err != nil {
				t.Errorf("%s: %s: %v\n%s", path, match[1], err, out)
			}
		}
	}
	if len(seen) == 0 {
		t.Error("no command was seen")
	}
}
