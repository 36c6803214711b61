package doctest_test

import (
	"go/ast"
	"go/doc"
	"go/parser"
	"go/token"
	"os/exec"
	"path/filepath"
	"regexp"
	"slices"
	"strings"
	"testing"
)

const (
	ginJWT    = "github.com/appleboy/gin-jwt/v2"
	migration = "docs/migrating-from-gin-jwt.md"
)

// Whoever moves an application looks for what it uses: each field and method of gin-jwt's struct, and
// each function, error and type of its package, begins a row of a table, with what takes its place.
func TestEveryNameOfGinJWTIsInATableOfTheMigrationGuide(t *testing.T) {
	named := inFirstCells(read(t, migration))
	for _, name := range exported(t, ginJWT) {
		if !named[name] {
			t.Errorf("%s: no table has `%s` in its first column", migration, name)
		}
	}
}

var (
	codeSpan   = regexp.MustCompile("`[^`]+`")
	identifier = regexp.MustCompile(`[\pL_][\pL\pN_]*`)
)

// inFirstCells returns the identifiers in backticks in the first column of the tables of a page.
func inFirstCells(page string) map[string]bool {
	found := map[string]bool{}
	for line := range strings.Lines(fence.ReplaceAllString(page, "")) {
		row, ok := strings.CutPrefix(line, "|")
		if !ok {
			continue
		}
		cell, _, _ := strings.Cut(row, " |")
		for _, span := range codeSpan.FindAllString(cell, -1) {
			for _, name := range identifier.FindAllString(span, -1) {
				found[name] = true
			}
		}
	}
	return found
}

func TestOnlyTheFirstColumnOfATableNamesWhatOneLooksFor(t *testing.T) {
	named := inFirstCells("`Prose`\n| use | here |\n| --- | --- |\n| `New(m)`, `jwt.Err` | `Right` |\n```go\n| `Code` |\n```\n")
	for name, want := range map[string]bool{"New": true, "Err": true, "Prose": false, "Right": false, "Code": false, "use": false} {
		if named[name] != want {
			t.Errorf("%s: %v", name, named[name])
		}
	}
}

// exported returns the exported names of a module's top package, with the fields and methods of
// its types.
func exported(t *testing.T, path string) []string {
	t.Helper()
	var names []string
	values := func(groups []*doc.Value) {
		for _, group := range groups {
			names = append(names, group.Names...)
		}
	}
	functions := func(all []*doc.Func) {
		for _, f := range all {
			names = append(names, f.Name)
		}
	}
	p := packageDoc(t, path)
	values(slices.Concat(p.Consts, p.Vars))
	functions(p.Funcs)
	for _, typed := range p.Types {
		names = append(names, typed.Name)
		values(slices.Concat(typed.Consts, typed.Vars))
		functions(slices.Concat(typed.Funcs, typed.Methods))
		names = append(names, fields(typed.Decl)...)
	}
	if len(names) < 50 {
		t.Fatalf("%s: read only %q", path, names)
	}
	return names
}

// packageDoc reads a package from the module cache.
func packageDoc(t *testing.T, path string) *doc.Package {
	t.Helper()
	list := exec.CommandContext(t.Context(), "go", "list", "-f", `{{.Dir}}{{range .GoFiles}} {{.}}{{end}}`, path)
	list.Dir = root
	out, err := list.Output()
	if err != nil {
		t.Fatal(err)
	}
	words := strings.Fields(string(out))
	set := token.NewFileSet()
	var files []*ast.File
	for _, name := range words[1:] {
		file, err := parser.ParseFile(set, filepath.Join(words[0], name), nil, parser.ParseComments)
		if err != nil {
			t.Fatal(err)
		}
		files = append(files, file)
	}
	p, err := doc.NewFromFiles(set, files, path)
	if err != nil {
		t.Fatal(err)
	}
	return p
}

// fields returns the exported fields of a type, if it is a struct.
func fields(decl *ast.GenDecl) []string {
	var names []string
	ast.Inspect(decl, func(n ast.Node) bool {
		field, ok := n.(*ast.Field)
		if ok {
			for _, name := range field.Names {
				if name.IsExported() {
					names = append(names, name.Name)
				}
			}
		}
		return !ok // parameters of a field's function are no fields
	})
	return names
}
