package doctest_test

import (
	"go/ast"
	"go/doc"
	"go/doc/comment"
	"go/parser"
	"go/token"
	"path/filepath"
	"regexp"
	"strings"
	"testing"
)

// docLink matches a link to a name in a comment: [Name], [Type.Method], [package.Name].
var docLink = regexp.MustCompile(`(?:^|[\s(])\[\*?((?:\w+\.)*[A-Z]\w*)\]`)

// Every [Name] in a comment is a name of its package, or of a package that it imports.
func TestDocLinksLeadSomewhere(t *testing.T) {
	positions, files, packages := token.NewFileSet(), map[string][]*ast.File{}, map[string]*doc.Package{}
	walk(t, "plugin", ".go", func(path string) {
		if file, err := parser.ParseFile(positions, filepath.Join(root, path), nil, parser.ParseComments); err != nil {
			t.Fatal(err)
		} else if folder := module + "/" + filepath.Dir(path); !strings.HasSuffix(path, "_test.go") {
			files[folder] = append(files[folder], file)
		}
	})
	for folder := range files {
		p, err := doc.NewFromFiles(positions, files[folder], folder, doc.AllDecls|doc.PreserveAST)
		if err != nil {
			t.Fatal(err)
		}
		packages[folder] = p
	}
	for folder := range files {
		for _, file := range files[folder] {
			for _, group := range file.Comments {
				for _, match := range docLink.FindAllStringSubmatch(group.Text(), -1) {
					if !leadsSomewhere(match[1], packages[folder], packages) {
						t.Errorf("%s: [%s] leads nowhere", positions.Position(group.Pos()), match[1])
					}
				}
			}
		}
	}
}

func leadsSomewhere(name string, p *doc.Package, packages map[string]*doc.Package) bool {
	if first, rest, ok := strings.Cut(name, "."); ok && !token.IsExported(first) {
		path, ok := p.Parser().LookupPackage(first)
		if !ok {
			path, ok = comment.DefaultLookupPackage(first)
		}
		if packages[path] == nil {
			return ok // a package of somebody else
		}
		p, name = packages[path], rest
	}
	dot := strings.LastIndex(name, ".")
	return p.Parser().LookupSym(name[:max(dot, 0)], name[dot+1:])
}
