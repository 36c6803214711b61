// Command compare runs every test of a compiled test program in a process of its own, so that a
// panic hides no other test, and compares what happened with a table:
//
//	compare TABLE ROOT PROGRAM
//
// Pages in the table are relative to ROOT. The tests run in the current folder. It prints each test
// with its verdict, and fails if one differs from the table.
package main

import (
	"context"
	"fmt"
	"os"
	"os/exec"
	"strings"
)

func main() {
	ok, err := run(context.Background(), os.Args[1:])
	if err != nil {
		fmt.Fprintln(os.Stderr, "compare:", err)
	}
	if !ok {
		os.Exit(1)
	}
}

func run(ctx context.Context, arguments []string) (bool, error) {
	if len(arguments) != 3 {
		return false, fmt.Errorf("want TABLE ROOT PROGRAM")
	}
	text, err := os.ReadFile(arguments[0])
	if err != nil {
		return false, err
	}
	rows, err := parseTable(string(text))
	if err != nil {
		return false, err
	}
	names, err := testNames(ctx, arguments[2])
	if err != nil {
		return false, err
	}
	mistakes := append(strangers(rows, names), deadLinks(rows, os.DirFS(arguments[1]))...)
	passed, failed := 0, len(mistakes)
	for _, name := range names {
		row, ok := rows[name]
		if !ok {
			continue // among the strangers
		}
		if wrong := row.judge(failures(ctx, arguments[2], name)); wrong != "" {
			failed++
			mistakes = append(mistakes, name+": "+wrong)
			fmt.Printf("WRONG %-48s %s\n", name, row)
			continue
		}
		passed++
		fmt.Printf("ok    %-48s %s\n", name, row)
	}
	for _, mistake := range mistakes {
		fmt.Println(mistake)
	}
	fmt.Printf("%d passed, %d failed\n", passed, failed)
	return failed == 0, nil
}

// testNames asks a test program for its tests.
func testNames(ctx context.Context, program string) ([]string, error) {
	out, err := exec.CommandContext(ctx, program, "-test.list", "^Test").Output()
	names := strings.Fields(string(out))
	if err == nil && len(names) == 0 {
		err = fmt.Errorf("%s has no tests", program)
	}
	return names, err
}

// failures runs one test. It returns nothing for a test that has passed.
func failures(ctx context.Context, program, name string) []string {
	out, err := exec.CommandContext(ctx, program, "-test.run", "^"+name+"$").CombinedOutput()
	if err == nil {
		return nil
	}
	return readFailures(string(out), err)
}
