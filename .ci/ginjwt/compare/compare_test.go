package main

import (
	"errors"
	"slices"
	"strings"
	"testing"
	"testing/fstest"
)

const table = `# a comment

TestOne passes
TestTwo differs docs/page.md#a-heading-with-marks why it does
    12: expected: 200 actual : 401
    panic: nil map
`

func TestATableIsRead(t *testing.T) {
	rows, err := parseTable(table)
	if err != nil || len(rows) != 2 {
		t.Fatalf("%v, %v", rows, err)
	}
	if got := rows["TestOne"].String(); got != "passes" {
		t.Error(got)
	}
	two := rows["TestTwo"]
	if got := two.String(); got != "differs  docs/page.md#a-heading-with-marks  why it does" {
		t.Error(got)
	}
	if want := []string{"12: expected: 200 actual : 401", "panic: nil map"}; !slices.Equal(two.failures, want) {
		t.Errorf("%q", two.failures)
	}
}

func TestATableWithAHoleIsRefused(t *testing.T) {
	for name, text := range map[string]string{
		"no verdict":                "TestOne\n",
		"a third verdict":           "TestOne not there\n",
		"no page":                   "TestOne differs because of it\n    12: x\n",
		"no reason":                 "TestOne differs page.md#x\n    12: x\n",
		"differs without a failure": "TestOne differs page.md#x because\n",
		"passes with a failure":     "TestOne passes\n    12: x\n",
		"a test twice":              "TestOne passes\nTestOne passes\n",
		"a failure of no test":      "    12: x\n",
	} {
		if rows, err := parseTable(text); err == nil {
			t.Errorf("%s: %v", name, rows)
		}
	}
}

func TestATestDoesExactlyWhatItsRowSays(t *testing.T) {
	passes := row{}
	differs := row{page: "page.md", failures: []string{"12: want 200", "14: want x"}}
	for name, c := range map[string]struct {
		row  row
		got  []string
		fits bool
	}{
		"passes":                   {passes, nil, true},
		"fails":                    {passes, []string{"12: want 200"}, false},
		"differs":                  {differs, []string{"12: want 200 got 401", "14: want x got y"}, true},
		"differs no more":          {differs, nil, false},
		"differs in another line":  {differs, []string{"13: want 200 got 401", "14: want x got y"}, false},
		"differs in one line only": {differs, []string{"12: want 200 got 401"}, false},
		"differs in one more line": {differs, []string{"12: want 200 got 401", "14: want x got y", "15: want z"}, false},
	} {
		if wrong := c.row.judge(c.got); (wrong == "") != c.fits {
			t.Errorf("%s: %q", name, wrong)
		}
	}
}

func TestTheTableHasEachTestAndNoOther(t *testing.T) {
	got := strangers(map[string]row{"TestA": {}, "TestC": {}}, []string{"TestA", "TestB"})
	if len(got) != 2 || !strings.HasPrefix(got[0], "TestB: is not in the table") || !strings.HasPrefix(got[1], "TestC: the table has it") {
		t.Errorf("%q", got)
	}
}

func TestADifferenceNamesAHeadingThatExists(t *testing.T) {
	pages := fstest.MapFS{"docs/page.md": {Data: []byte("# A `heading`, with marks\n\n```sh\n# no heading\n```\n")}}
	for name, c := range map[string]struct {
		row  row
		dead bool
	}{
		"passes":              {row{}, false},
		"a heading":           {row{page: "docs/page.md", anchor: "a-heading-with-marks"}, false},
		"another heading":     {row{page: "docs/page.md", anchor: "another"}, true},
		"a comment in a code": {row{page: "docs/page.md", anchor: "no-heading"}, true},
		"another page":        {row{page: "docs/other.md", anchor: "a-heading-with-marks"}, true},
	} {
		if got := deadLinks(map[string]row{"TestOne": c.row}, pages); (len(got) == 1) != c.dead {
			t.Errorf("%s: %q", name, got)
		}
	}
}

const output = `2026/12/01 02:50:23 ginauth: Config.JWT.Key: weak
ginauth: Config.Store: required
--- FAIL: TestOne (0.00s)
    auth_jwt_test.go:82: 
        	Error Trace:	/somewhere/auth_jwt_test.go:82
        	            				/gofight/gofight.go:369
        	            				/somewhere/auth_jwt_test.go:80
        	Error:      	Not equal: 
        	            	expected: "a"
        	            	actual  : "b"
        	            	
        	            	Diff:
        	            	--- Expected
        	            	+++ Actual
        	Test:       	TestOne
    auth_jwt_test.go:90: 
        	Error Trace:	/somewhere/auth_jwt_test.go:90
        	Error:      	Should be true
        	Test:       	TestOne
panic: nil map [recovered, repanicked]
goroutine 21 [running]:
FAIL
`

func TestFailuresAreReadFromTheOutput(t *testing.T) {
	want := []string{
		"New: ginauth: Config.JWT.Key: weak ginauth: Config.Store: required",
		`82: Not equal: expected: "a" actual : "b"`,
		"90: Should be true",
		"panic: nil map",
	}
	if got := readFailures(output, errors.New("exit status 2")); !slices.Equal(got, want) {
		t.Errorf("%q", got)
	}
	if got := readFailures("killed\n", errors.New("exit status 2")); len(got) != 1 || got[0] != "exit status 2: killed" {
		t.Errorf("an output without a failure: %q", got)
	}
}
