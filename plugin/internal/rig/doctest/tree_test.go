package doctest_test

import (
	"io/fs"
	"os"
	"path/filepath"
	"strings"
	"testing"
)

// root is the top of the repository.
const root = "../../../.."

// documents returns the texts of README.md, docs, .github and the pages beside examples, by path
// from the root.
func documents(t *testing.T) map[string]string {
	t.Helper()
	found := map[string]string{"README.md": read(t, "README.md")}
	for _, folder := range []string{"docs", ".github", "sample/examples"} {
		walk(t, folder, ".md", func(path string) { found[path] = read(t, path) })
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
	seen := false
	err := fs.WalkDir(os.DirFS(root), folder, func(path string, d fs.DirEntry, err error) error {
		if err == nil && !d.IsDir() && strings.HasSuffix(path, end) {
			seen = true
			f(path)
		}
		return err
	})
	if err != nil {
		t.Fatal(err)
	}
	if !seen {
		t.Fatalf("%s holds no %s", folder, end)
	}
}
