package main

import (
	"fmt"
	"html"
	"strings"
)

// The plot has one panel per table and one bar per server. The bar is the median; a line spans
// the slowest and the fastest round. Each panel has its own scale.
const (
	plotWidth  = 860
	labelWidth = 300
	barsWidth  = 400
	rowHeight  = 22
	panelHead  = 46
	barHeight  = 14
)

func plot(results []result) string {
	var b strings.Builder
	y := 10
	for _, r := range results {
		y = r.panel(&b, y)
	}
	y += rowHeight
	fmt.Fprintf(&b, `<text x="10" y="%d" fill="#57606a">Bar: median of the rounds. Line: slowest to fastest. In brackets: to the first row, median of the rounds.</text>`+"\n", y-10)
	return fmt.Sprintf(`<svg xmlns="http://www.w3.org/2000/svg" viewBox="0 0 %d %d" width="%d" height="%d" font-family="sans-serif" font-size="13">
<rect width="100%%" height="100%%" fill="#ffffff"/>
%s</svg>
`, plotWidth, y, plotWidth, y, b.String())
}

// panel draws a table from y downwards and returns the y at its end.
func (r result) panel(b *strings.Builder, y int) int {
	fastest := 0.0
	for i := range r.entries {
		fastest = max(fastest, r.rate(i).most)
	}
	fmt.Fprintf(b, `<text x="10" y="%d" font-weight="bold" fill="#1f2328">%s: requests a second</text>`+"\n", y+20, html.EscapeString(r.title))
	y += panelHead - rowHeight/2
	for i, e := range r.entries {
		rate := r.rate(i)
		x := func(v float64) float64 { return labelWidth + v/fastest*barsWidth }
		middle := float64(y) + barHeight/2
		fmt.Fprintf(b, `<text x="%d" y="%d" text-anchor="end" fill="#1f2328">%s</text>`+"\n", labelWidth-8, y+12, html.EscapeString(e.label))
		fmt.Fprintf(b, `<rect x="%d" y="%d" width="%.1f" height="%d" fill="%s"/>`+"\n", labelWidth, y, x(rate.median)-labelWidth, barHeight, e.colour())
		fmt.Fprintf(b, `<path d="M%.1f %.1fH%.1f" stroke="#1f2328" stroke-width="1.5"/>`+"\n", x(rate.least), middle, x(rate.most))
		fmt.Fprintf(b, `<text x="%.1f" y="%d" fill="#1f2328">%.0f (%.2f)</text>`+"\n", x(rate.most)+8, y+12, rate.median, r.ratio(i, 0).median)
		y += rowHeight
	}
	return y + rowHeight/2
}

// colour distinguishes ginauth from the other contenders.
func (e entry) colour() string {
	switch e.who {
	case bare, bareNoToken:
		return "#8c959f"
	case strict, onMirror, mirrorBare:
		return "#2da44e"
	}
	return "#d4a72c"
}
