package wire

import (
	"errors"
	"net/http"
	"strings"
	"unicode"

	"github.com/ginauth/ginauth/plugin/internal/refusal"
)

var (
	errSpellings  = errors.New("two fields whose names differ only in letter case")
	errInTheQuery = errors.New("a field of the body is in the query too")
)

// oneSpelling refuses names of which two differ only in letter case. [Body] matches names
// exactly, but encoding/json, in the application's binding, does not: of two spellings each
// reader would take its own. The names themselves are all different.
func oneSpelling[V any](members map[string]V) error {
	seen := make(map[string]struct{}, len(members))
	for name := range members {
		folded := fold(name)
		if _, twice := seen[folded]; twice {
			return refusal.Wrap(refusal.InvalidRequest, errSpellings)
		}
		seen[folded] = struct{}{}
	}
	return nil
}

// fold maps all names that encoding/json takes for one another to one text. Case folding is
// Unicode's simple one: "ſ" is an "s", and the Kelvin sign a "k".
func fold(name string) string {
	return strings.Map(func(r rune) rune {
		least := r
		for other := unicode.SimpleFold(r); other != r; other = unicode.SimpleFold(other) {
			least = min(least, other)
		}
		return least
	}, name)
}

// OnlyHere refuses a request whose query has a field of the body too, in any letter case. gin's
// binding merges the query into a form, and so could take another value than this package.
func (b Body) OnlyHere(r *http.Request) error {
	if r.URL.RawQuery == "" {
		return nil
	}
	fields := make(map[string]struct{}, len(b.json)+len(b.form))
	for name := range b.json {
		fields[fold(name)] = struct{}{}
	}
	for name := range b.form {
		fields[fold(name)] = struct{}{}
	}
	for name := range r.URL.Query() { // what gin's binding and net/http read
		if _, both := fields[fold(name)]; both {
			return refusal.Wrap(refusal.InvalidRequest, errInTheQuery)
		}
	}
	return nil
}
