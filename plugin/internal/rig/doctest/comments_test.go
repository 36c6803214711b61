package doctest_test

import (
	"go/ast"
	"go/doc/comment"
	"go/parser"
	"go/token"
	"path/filepath"
	"strings"
	"testing"
)

// Code in the comments that go doc shows is code of the repository too. Lines with "...",
// where the author left something out, are not compared.
func TestCodeInPackageCommentsIsGoOfTheTree(t *testing.T) {
	tree := goTexts(t)
	blocks := 0
	walk(t, "plugin", ".go", func(path string) {
		if strings.HasSuffix(path, "_test.go") || strings.HasPrefix(path, filepath.Join("plugin", "internal")) {
			return
		}
		for _, code := range codeInComments(t, path) {
			if !strings.Contains(code, ":=") && !strings.Contains(code, "func ") {
				continue // a table or a list
			}
			blocks++
			for _, piece := range withoutGaps(code) {
				if !inTree(tree, piece) {
					t.Errorf("%s: no Go file has this, line by line:\n%s", path, piece)
				}
			}
		}
	})
	if blocks == 0 {
		t.Error("no block was seen")
	}
}

// codeInComments returns the code blocks in the comments of a file's package clause and
// declarations.
func codeInComments(t *testing.T, path string) []string {
	t.Helper()
	file, err := parser.ParseFile(token.NewFileSet(), filepath.Join(root, path), nil, parser.ParseComments|parser.SkipObjectResolution)
	if err != nil {
		t.Fatal(err)
	}
	var found []string
	collect := func(group *ast.CommentGroup) {
		for _, block := range new(comment.Parser).Parse(group.Text()).Content {
			if code, ok := block.(*comment.Code); ok {
				found = append(found, code.Text)
			}
		}
	}
	ast.Inspect(file, func(n ast.Node) bool {
		switch n := n.(type) {
		case *ast.File:
			collect(n.Doc)
		case *ast.GenDecl:
			collect(n.Doc)
		case *ast.FuncDecl:
			collect(n.Doc)
		case *ast.Field:
			collect(n.Doc)
		}
		return true
	})
	return found
}

func withoutGaps(code string) []string {
	var pieces []string
	piece := ""
	for line := range strings.Lines(code + "\n...\n") {
		if strings.Contains(line, "...") || strings.TrimSpace(line) == "" {
			if piece != "" {
				pieces = append(pieces, piece)
			}
			piece = ""
			continue
		}
		piece += line
	}
	return pieces
}
