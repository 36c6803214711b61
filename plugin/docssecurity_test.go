package ginauth_test

import (
	"regexp"
	"slices"
	"strconv"
	"strings"
	"testing"
)

// Each requirement S1 to S72 of docs/security.md has exactly one row, and each row names a
// test or says why there is none. TestDocsNameTestsThatExist checks that those tests exist.

const requirements = 72

var (
	requirementRow = regexp.MustCompile(`(?m)^\| (S\d+(?:, S\d+)*) \| ([^|]+) \| (.+) \|$`)
	argued         = []string{"out of scope: "}
)

func TestEveryRequirementNamesATestOrIsArguedOutOfScope(t *testing.T) {
	rows := make(map[string]string)
	for _, match := range requirementRow.FindAllStringSubmatch(read(t, "docs/security.md"), -1) {
		for number := range strings.SplitSeq(match[1], ", ") {
			if _, twice := rows[number]; twice {
				t.Errorf("%s has two rows", number)
			}
			rows[number] = match[3]
		}
	}
	if len(rows) != requirements {
		t.Errorf("%d requirements, want S1 to S%d", len(rows), requirements)
	}
	for n := 1; n <= requirements; n++ {
		number := "S" + strconv.Itoa(n)
		row, there := rows[number]
		if !there {
			t.Errorf("%s is missing", number)
			continue
		}
		named := testName.MatchString(row) || caseName.MatchString(row)
		out := slices.ContainsFunc(argued, func(words string) bool {
			_, reason, found := strings.Cut(row, words)
			return found && len(reason) > 40
		})
		if named == out {
			t.Errorf("%s names a test: %v; is argued out of scope: %v; want one of them: %s", number, named, out, row)
		}
	}
}
