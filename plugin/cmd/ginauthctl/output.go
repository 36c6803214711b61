package main

import (
	"encoding/json"
	"fmt"
	"io"
	"strings"
	"text/tabwriter"
	"time"
	"unicode"
	"unicode/utf16"
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
		_, err := io.WriteString(w, escaped(b.String()))
		return err
	}
	a.text(&b)
	_, err := io.WriteString(w, b.String())
	return err
}

// escaped replaces characters in the strings of a JSON text that a terminal would obey, and that
// encoding/json leaves as they are: DEL, C1 controls, marks that turn the direction of writing.
func escaped(text string) string {
	var b strings.Builder
	for _, r := range text {
		if r < unicode.MaxASCII || unicode.IsPrint(r) {
			b.WriteRune(r)
			continue
		}
		for _, unit := range utf16.Encode([]rune{r}) {
			_, _ = fmt.Fprintf(&b, `\u%04x`, unit)
		}
	}
	return b.String()
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
