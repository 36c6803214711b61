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

// bar shows the progress of long work on a terminal. The zero bar shows nothing.
type bar struct {
	w    io.Writer
	on   bool
	last time.Time
	seen bool
}

// show draws the bar, at most every barEvery.
func (b *bar) show(done, total int) {
	if now := time.Now(); b.on && (done == total || now.Sub(b.last) >= barEvery) {
		b.last, b.seen = now, true
		full := barWidth * done / max(1, total)
		_, _ = fmt.Fprintf(b.w, "\r[%s%s] %3d %% %d/%d", strings.Repeat("#", full), strings.Repeat(".", barWidth-full), 100*done/max(1, total), done, total)
	}
}

// end finishes the bar's line.
func (b *bar) end() {
	if b.seen {
		_, _ = io.WriteString(b.w, "\n")
	}
}
