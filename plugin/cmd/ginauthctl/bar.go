package main

import (
	"fmt"
	"io"
	"strings"
	"time"
)

const (
	barWidth = 40
	barEvery = 100 * time.Millisecond
)

// bar shows how far long work is, on a terminal and nowhere else. The zero bar shows
// nothing.
type bar struct {
	w    io.Writer
	on   bool
	last time.Time
	seen bool
}

// show draws the bar, unless it has just been drawn.
func (b *bar) show(done, total int) {
	if now := time.Now(); b.on && (done == total || now.Sub(b.last) >= barEvery) {
		b.last, b.seen = now, true
		full := barWidth * done / max(1, total)
		_, _ = fmt.Fprintf(b.w, "\r[%s%s] %3d %% %d/%d", strings.Repeat("#", full), strings.Repeat(".", barWidth-full), 100*done/max(1, total), done, total)
	}
}

// end goes to a line of its own.
func (b *bar) end() {
	if b.seen {
		_, _ = io.WriteString(b.w, "\n")
	}
}
