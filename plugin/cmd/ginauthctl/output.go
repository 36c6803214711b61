package main

import (
	"encoding/json"
	"fmt"
	"io"
	"strings"
	"text/tabwriter"
	"time"
	"unicode"
)

// answer is the result of a command. It is printed as JSON, or as text for people.
type answer interface {
	text(w io.Writer)
}

func write(w io.Writer, a answer, asJSON bool) error {
	var b strings.Builder
	if asJSON {
		e := json.NewEncoder(&b)
		e.SetIndent("", "  ")
		e.SetEscapeHTML(false)
		if err := e.Encode(a); err != nil {
			return err
		}
	} else {
		a.text(&b)
	}
	_, err := io.WriteString(w, b.String())
	return err
}

// table writes rows in columns, with printable cells.
func table(w io.Writer, rows ...[]string) {
	t := tabwriter.NewWriter(w, 0, 0, 2, ' ', 0)
	for _, row := range rows {
		for i, cell := range row {
			row[i] = printable(cell)
		}
		_, _ = fmt.Fprintln(t, strings.Join(row, "\t")) // w is in memory
	}
	_ = t.Flush()
}

// printable replaces characters that a terminal would obey: subjects and User-Agents come from
// clients.
func printable(s string) string {
	return strings.Map(func(r rune) rune {
		if unicode.IsPrint(r) {
			return r
		}
		return '?'
	}, s)
}

func when(t time.Time) string {
	if t.IsZero() {
		return "-"
	}
	return t.UTC().Format(time.RFC3339)
}

// plural returns "1 session" or "2 sessions".
func plural(n int, word string) string {
	if n == 1 {
		return "1 " + word
	}
	if strings.HasSuffix(word, "y") {
		word = strings.TrimSuffix(word, "y") + "ie"
	}
	return fmt.Sprintf("%d %ss", n, word)
}
