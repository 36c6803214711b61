package doctest_test

import (
	"maps"
	"os"
	"path/filepath"
	"regexp"
	"slices"
	"strings"
	"testing"

	"github.com/ginauth/ginauth/plugin/storetest"
)

var (
	fence   = regexp.MustCompile("(?s)```.*?```")
	link    = regexp.MustCompile(`\]\(([^)\s]+)\)`)
	heading = regexp.MustCompile(`(?m)^#+ (.+)$`)
)

// target is the destination of a link: a file, by its path from the root, and optionally a
// heading in it.
type target struct{ file, anchor string }

// links returns the links of a document to files of the repository.
func links(path, text string) (found []target) {
	for _, match := range link.FindAllStringSubmatch(fence.ReplaceAllString(text, ""), -1) {
		file, anchor, _ := strings.Cut(match[1], "#")
		switch {
		case strings.HasPrefix(file, "https://"):
		case file == "":
			found = append(found, target{path, anchor})
		default:
			found = append(found, target{filepath.Join(filepath.Dir(path), file), anchor})
		}
	}
	return found
}

func TestDocsLinksResolve(t *testing.T) {
	for path, text := range documents(t) {
		for _, to := range links(path, text) {
			if _, err := os.Stat(filepath.Join(root, to.file)); err != nil || strings.HasPrefix(to.file, "..") {
				t.Errorf("%s: %s leads nowhere", path, to.file)
				continue
			}
			if to.anchor != "" && !slices.Contains(anchors(read(t, to.file)), to.anchor) {
				t.Errorf("%s: %s has no heading #%s", path, to.file, to.anchor)
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

// Every page can be reached from README.md by following links.
func TestEveryPageCanBeReachedFromTheREADME(t *testing.T) {
	pages := documents(t)
	reached := map[string]bool{"README.md": true}
	for next := []string{"README.md"}; len(next) > 0; next = next[1:] {
		for _, to := range links(next[0], pages[next[0]]) {
			for _, page := range []string{to.file, filepath.Join(to.file, "README.md")} { // the page of a folder
				if pages[page] != "" && !reached[page] {
					reached[page] = true
					next = append(next, page)
				}
			}
		}
	}
	for _, path := range slices.Sorted(maps.Keys(pages)) {
		if !reached[path] && !strings.HasPrefix(path, ".github") {
			t.Errorf("no link leads to %s", path)
		}
	}
}

// testName matches a test's name in the documents: a function, or a case of the storetest
// suite.
var (
	testName = regexp.MustCompile(`\b((?:Test|Fuzz|Benchmark)[A-Z][A-Za-z0-9_]*)`)
	caseName = regexp.MustCompile(`storetest "([^"]+)"`)
)

// docs/security.md names the test of each requirement. Every named test exists.
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
	for path, text := range documents(t) {
		for _, match := range testName.FindAllStringSubmatch(text, -1) {
			if !functions[match[1]] {
				t.Errorf("%s names %s, which is no test", path, match[1])
			}
		}
		for _, match := range caseName.FindAllStringSubmatch(text, -1) {
			if !cases[match[1]] {
				t.Errorf("%s names the case %q, which storetest does not have", path, match[1])
			}
		}
	}
}
