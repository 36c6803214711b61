package ginauth_test

import (
	"io/fs"
	"maps"
	"os"
	"path/filepath"
	"regexp"
	"slices"
	"strings"
	"testing"

	"github.com/ginauth/ginauth/plugin/storetest"
)

// These tests compare the documentation with the repository: links resolve, the tests that it
// names exist, and it lists exactly the sample's variables and routes.

const root = ".."

// documents returns the texts of README.md and docs, by path from the root.
func documents(t *testing.T) map[string]string {
	t.Helper()
	found := map[string]string{"README.md": read(t, "README.md")}
	walk(t, "docs", ".md", func(path string) { found[path] = read(t, path) })
	if len(found) < 10 {
		t.Fatalf("found %d documents", len(found))
	}
	return found
}

func read(t *testing.T, path string) string {
	t.Helper()
	text, err := os.ReadFile(filepath.Join(root, path))
	if err != nil {
		t.Fatal(err)
	}
	return string(text)
}

// walk calls f for every file of a folder with the given ending. Paths are relative to the
// root.
func walk(t *testing.T, folder, end string, f func(path string)) {
	t.Helper()
	err := fs.WalkDir(os.DirFS(root), folder, func(path string, d fs.DirEntry, err error) error {
		if err == nil && !d.IsDir() && strings.HasSuffix(path, end) {
			f(path)
		}
		return err
	})
	if err != nil {
		t.Fatal(err)
	}
}

var (
	fence   = regexp.MustCompile("(?s)```.*?```")
	link    = regexp.MustCompile(`\]\(([^)\s]+)\)`)
	heading = regexp.MustCompile(`(?m)^#+ (.+)$`)
)

func TestDocsLinksResolve(t *testing.T) {
	for path, text := range documents(t) {
		for _, match := range link.FindAllStringSubmatch(fence.ReplaceAllString(text, ""), -1) {
			target, anchor, _ := strings.Cut(match[1], "#")
			if strings.HasPrefix(target, "https://") {
				continue
			}
			file := path
			if target != "" {
				file = filepath.Join(filepath.Dir(path), target)
			}
			if _, err := os.Stat(filepath.Join(root, file)); err != nil || strings.HasPrefix(file, "..") {
				t.Errorf("%s: %s leads nowhere", path, match[1])
				continue
			}
			if anchor != "" && !slices.Contains(anchors(read(t, file)), anchor) {
				t.Errorf("%s: %s has no such heading", path, match[1])
			}
		}
	}
}

// anchors returns the names that GitHub gives to headings.
func anchors(text string) []string {
	var names []string
	for _, match := range heading.FindAllStringSubmatch(fence.ReplaceAllString(text, ""), -1) {
		name := strings.ToLower(regexp.MustCompile(`[^\pL\pN _-]`).ReplaceAllString(match[1], ""))
		names = append(names, strings.ReplaceAll(name, " ", "-"))
	}
	return names
}

func TestDocsNameNoPathOfAMachine(t *testing.T) {
	private := regexp.MustCompile(`(^|[\s"'(=` + "`" + `])(/(work|home|root|tmp|Users|var/folders)/|[A-Z]:\\)`)
	for path, text := range documents(t) {
		if found := private.FindString(text); found != "" {
			t.Errorf("%s names %q", path, found)
		}
	}
}

// testName matches a test's name in the documents: a function, or a case of the storetest
// suite.
var (
	testName = regexp.MustCompile(`\b((?:Test|Fuzz|Benchmark)[A-Z][A-Za-z0-9_]*)`)
	caseName = regexp.MustCompile(`storetest "([^"]+)"`)
)

func TestDocsNameTestsThatExist(t *testing.T) {
	functions := make(map[string]bool)
	declared := regexp.MustCompile(`(?m)^func ((?:Test|Fuzz|Benchmark)\w+)\(`)
	for _, folder := range []string{"plugin", "sample"} {
		walk(t, folder, "_test.go", func(path string) {
			for _, match := range declared.FindAllStringSubmatch(read(t, path), -1) {
				functions[match[1]] = true
			}
		})
	}
	cases := make(map[string]bool)
	for _, c := range storetest.Cases() {
		cases[c.Name] = true
	}
	named := 0
	for path, text := range documents(t) {
		for _, match := range testName.FindAllStringSubmatch(text, -1) {
			if named++; !functions[match[1]] {
				t.Errorf("%s names %s, which is no test", path, match[1])
			}
		}
		for _, match := range caseName.FindAllStringSubmatch(text, -1) {
			if named++; !cases[match[1]] {
				t.Errorf("%s names the case %q, which storetest does not have", path, match[1])
			}
		}
	}
	if named < 50 {
		t.Errorf("only %d tests are named", named)
	}
}

func TestContractListsTheSamplesVariables(t *testing.T) {
	row := regexp.MustCompile("(?m)^\\| `([A-Z][A-Z_]+)` \\|")
	call := regexp.MustCompile(`e\.\w+\("([A-Z][A-Z_]+)"`)
	wantSame(t, "variable", listed(read(t, "docs/http-contract.md"), row), inSample(t, call))
}

func TestContractListsTheSamplesRoutes(t *testing.T) {
	row := regexp.MustCompile("(?m)^\\| `(?:GET|POST|DELETE) (/[^`?]*)")
	route := regexp.MustCompile(`(?:get\(\w+, |(?:r|protected|admin)\.(?:POST|DELETE)\()"([^"]*)"`)
	group := map[string]string{"protected": "/protected", "admin": "/protected/admin"}
	routes := make(map[string]bool)
	for _, match := range route.FindAllStringSubmatch(read(t, "sample/routes.go"), -1) {
		prefix := ""
		for name, path := range group {
			if strings.HasPrefix(match[0], "get("+name) || strings.HasPrefix(match[0], name) {
				prefix = path
			}
		}
		routes[prefix+match[1]] = true
	}
	wantSame(t, "route", listed(read(t, "docs/http-contract.md"), row), routes)
}

func listed(text string, pattern *regexp.Regexp) map[string]bool {
	found := make(map[string]bool)
	for _, match := range pattern.FindAllStringSubmatch(text, -1) {
		found[match[1]] = true
	}
	return found
}

func inSample(t *testing.T, pattern *regexp.Regexp) map[string]bool {
	t.Helper()
	found := make(map[string]bool)
	walk(t, "sample", ".go", func(path string) {
		if !strings.HasSuffix(path, "_test.go") {
			maps.Copy(found, listed(read(t, path), pattern))
		}
	})
	return found
}

func wantSame(t *testing.T, what string, documented, actual map[string]bool) {
	t.Helper()
	if len(actual) < 10 {
		t.Fatalf("found %d %ss in the sample", len(actual), what)
	}
	for name := range actual {
		if !documented[name] {
			t.Errorf("docs/http-contract.md does not list the %s %s", what, name)
		}
	}
	for name := range documented {
		if !actual[name] {
			t.Errorf("docs/http-contract.md lists the %s %s, which the sample does not have", what, name)
		}
	}
}
