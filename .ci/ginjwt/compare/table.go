package main

import (
	"fmt"
	"io/fs"
	"maps"
	"regexp"
	"slices"
	"strings"
)

// row is what the table says of one test: that it passes (page is empty), or where the
// documents say that it differs, and which failures it has.
type row struct {
	page, anchor, why string
	failures          []string // a part of each, in their order
}

func (r row) String() string {
	if r.page == "" {
		return "passes"
	}
	return fmt.Sprintf("differs  %s#%s  %s", r.page, r.anchor, r.why)
}

// parseTable reads lines of the form "TestName passes" or "TestName differs PAGE#ANCHOR WHY". Under
// one that differs there is an indented line for each of its failures. Empty lines and those that
// begin with # are comments.
func parseTable(text string) (map[string]row, error) {
	rows := map[string]row{}
	last := ""
	for line := range strings.Lines(text) {
		words := strings.Fields(line)
		switch {
		case len(words) == 0 || line[0] == '#':
			continue
		case line[0] == ' ':
			r := rows[last]
			r.failures = append(r.failures, strings.Join(words, " "))
			rows[last] = r
			continue
		}
		r, ok := parseRow(words)
		if _, twice := rows[words[0]]; twice || !ok {
			return nil, fmt.Errorf("not a row of the table, or its second: %s", line)
		}
		last = words[0]
		rows[last] = r
	}
	for name, r := range rows {
		if (r.page == "") != (len(r.failures) == 0) {
			return nil, fmt.Errorf("%s: failures belong to a test that differs, and to no other", name)
		}
	}
	return rows, nil
}

func parseRow(words []string) (row, bool) {
	if len(words) == 2 && words[1] == "passes" {
		return row{}, true
	}
	if len(words) < 4 || words[1] != "differs" {
		return row{}, false
	}
	page, anchor, ok := strings.Cut(words[2], "#")
	return row{page: page, anchor: anchor, why: strings.Join(words[3:], " ")}, ok
}

// judge compares a row with the failures that the test had, and returns what is wrong.
func (r row) judge(got []string) string {
	same := len(got) == len(r.failures)
	for i := 0; same && i < len(got); i++ {
		same = strings.Contains(got[i], r.failures[i])
	}
	switch {
	case same:
		return ""
	case len(got) == 0:
		return "passes, and the table says that it differs"
	case r.page == "":
		return "the table says that it passes:\n    " + strings.Join(got, "\n    ")
	}
	return "fails in another way than the table says:\n    " + strings.Join(got, "\n    ")
}

// strangers returns the tests without a row, and the rows without a test.
func strangers(rows map[string]row, names []string) []string {
	var found []string
	for _, name := range names {
		if _, ok := rows[name]; !ok {
			found = append(found, name+": is not in the table")
		}
	}
	for _, name := range slices.Sorted(maps.Keys(rows)) {
		if !slices.Contains(names, name) {
			found = append(found, name+": the table has it, and gin-jwt does not")
		}
	}
	return found
}

var (
	fence    = regexp.MustCompile("(?s)```.*?```")
	heading  = regexp.MustCompile(`(?m)^#+ (.+)$`)
	unlinked = regexp.MustCompile(`[^\pL\pN _-]`)
)

// deadLinks returns the rows whose page, or whose heading in it, does not exist.
func deadLinks(rows map[string]row, root fs.FS) []string {
	var found []string
	for _, name := range slices.Sorted(maps.Keys(rows)) {
		r := rows[name]
		if r.page == "" {
			continue
		}
		text, err := fs.ReadFile(root, r.page)
		if err != nil || !slices.Contains(anchors(string(text)), r.anchor) {
			found = append(found, fmt.Sprintf("%s: there is no %s#%s", name, r.page, r.anchor))
		}
	}
	return found
}

// anchors returns the names that GitHub gives to the headings of a page.
func anchors(page string) []string {
	var names []string
	for _, match := range heading.FindAllStringSubmatch(fence.ReplaceAllString(page, ""), -1) {
		name := unlinked.ReplaceAllString(strings.ToLower(match[1]), "")
		names = append(names, strings.ReplaceAll(name, " ", "-"))
	}
	return names
}
