package ginauth_test

import (
	"path/filepath"
	"strings"
	"testing"

	ginauth "github.com/ginauth/ginauth/plugin"
)

// Every page, guide, decision and example program is in a list, so that readers can find it.
func TestEveryPageIsListed(t *testing.T) {
	index, decisions := read(t, "docs/index.md"), read(t, "docs/adr/README.md")
	pages := 0
	walk(t, "docs", ".md", func(path string) {
		relative, err := filepath.Rel("docs", path)
		if err != nil {
			t.Fatal(err)
		}
		list := index
		if name, ok := strings.CutPrefix(relative, "adr/"); ok {
			relative, list = name, decisions
		}
		if relative == "index.md" || relative == "README.md" {
			return
		}
		if pages++; !strings.Contains(list, "("+relative+")") {
			t.Errorf("%s is in no list", path)
		}
	})
	walk(t, "sample/examples", "main.go", func(path string) {
		if pages++; !strings.Contains(index, "(../"+path+")") {
			t.Errorf("%s is in no list", path)
		}
	})
	if pages < 30 {
		t.Errorf("only %d pages were seen", pages)
	}
}

// Every error word and every kind of event is explained.
func TestEveryWordIsExplained(t *testing.T) {
	contract, trouble := read(t, "docs/http-contract.md"), read(t, "docs/troubleshooting.md")
	words := 0
	for _, err := range []error{
		ginauth.ErrInvalidRequest, ginauth.ErrInvalidCredentials, ginauth.ErrTokenMissing, ginauth.ErrInvalidClient,
		ginauth.ErrTokenInvalid, ginauth.ErrTokenExpired, ginauth.ErrTokenRevoked, ginauth.ErrReauthenticationRequired,
		ginauth.ErrInvalidGrant, ginauth.ErrForbidden, ginauth.ErrCrossOrigin, ginauth.ErrNotFound,
		ginauth.ErrMethodNotAllowed, ginauth.ErrTooLarge, ginauth.ErrTooManyAttempts, ginauth.ErrUnavailable, ginauth.ErrInternal,
	} {
		word := strings.TrimPrefix(err.Error(), "ginauth: ")
		for name, page := range map[string]string{"the contract": contract, "troubleshooting": trouble} {
			if words++; !strings.Contains(page, "| `"+word+"` |") {
				t.Errorf("%s has no row for %s", name, word)
			}
		}
	}
	rows := strings.Count(trouble, "\n| `")
	if rows != words/2 {
		t.Errorf("troubleshooting has %d rows for %d words", rows, words/2)
	}
	operations := read(t, "docs/operations.md")
	for _, kind := range ginauth.EventKinds() {
		if !strings.Contains(operations, "`"+kind.String()+"`") {
			t.Errorf("operations do not explain the event %s", kind)
		}
	}
}
