package main

import (
	"regexp"
	"strings"
)

// What a test program prints of a failure: the line in which the shim's New shows its error, a
// failed assertion of testify with the line of the test file, and a panic.
var failure = regexp.MustCompile(`(?m)^\S+ \S+ (ginauth: .*(?:\n(?:ginauth: ).*)*)` +
	`|(?s:Error Trace:\s+\S*?:(\d+)\s.*?Error:\s+(.*?)\n\s+(?:\n\s+Diff:.*?)?Test:)` +
	`|(?m:^(panic: .*?)(?: \[recovered.*)?$)`)

// readFailures returns the failures in a test's output, in their order, each on one line. An output
// without any is a failure too.
func readFailures(out string, exit error) []string {
	var found []string
	for _, match := range failure.FindAllStringSubmatch(out, -1) {
		switch {
		case match[1] != "":
			found = append(found, "New: "+oneLine(match[1]))
		case match[2] != "":
			found = append(found, match[2]+": "+oneLine(match[3]))
		default:
			found = append(found, oneLine(match[4]))
		}
	}
	if len(found) == 0 {
		return []string{oneLine(exit.Error() + ": " + out)}
	}
	return found
}

func oneLine(s string) string { return strings.Join(strings.Fields(s), " ") }
