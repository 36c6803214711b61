package doctest_test

import (
	"regexp"
	"strings"
	"testing"
)

var (
	makesEngine = regexp.MustCompile(`(?m)^\t*\w+ :?= gin\.(Default|New)\(\)$`)
	saysProxies = regexp.MustCompile(`^(\n.*){1,4}\.SetTrustedProxies\(`)
)

// gin trusts every proxy by default. Whoever copies an example behind a limiter of logins would
// let each client choose the address that is counted.
func TestEveryExampleSaysWhichProxiesItTrusts(t *testing.T) {
	texts := documents(t)
	walk(t, "sample", ".go", func(path string) { texts[path] = read(t, path) })
	walk(t, "plugin", ".go", func(path string) {
		name := path[strings.LastIndexByte(path, '/')+1:]
		if strings.HasPrefix(name, "example_") || !strings.HasSuffix(name, "_test.go") {
			texts[path] = read(t, path)
		}
	})
	seen := 0
	for path, text := range texts {
		for _, at := range makesEngine.FindAllStringIndex(text, -1) {
			seen++
			if !saysProxies.MatchString(text[at[1]:]) {
				t.Errorf("%s: an engine without SetTrustedProxies", path)
			}
		}
	}
	if seen < 10 {
		t.Errorf("only %d engines were seen", seen)
	}
}
