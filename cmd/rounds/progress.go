package main

import (
	"fmt"
	"io"
	"os"
	"time"

	"golang.org/x/term"
)

// progress rewrites one line of a terminal; anywhere else it is silent.
type progress struct {
	w     io.Writer
	what  string
	shown time.Time
	live  bool
}

func newProgress(w io.Writer, what string) *progress {
	f, ok := w.(*os.File)
	return &progress{w: w, what: what, live: ok && term.IsTerminal(int(f.Fd()))}
}

// refresh is how often the line may change.
const refresh = 100 * time.Millisecond

func (p *progress) at(done, total int) { p.step("", done, total) }

func (p *progress) step(step string, done, total int) {
	if !p.live || (time.Since(p.shown) < refresh && done != total) {
		return
	}
	p.shown = time.Now()
	if total > 0 {
		fmt.Fprintf(p.w, "\r\033[K%s %d of %d %s", step, done, total, p.what)
	} else {
		fmt.Fprintf(p.w, "\r\033[K%s %d %s", step, done, p.what)
	}
}

func (p *progress) end() {
	if p.live && !p.shown.IsZero() {
		fmt.Fprint(p.w, "\r\033[K")
	}
}
