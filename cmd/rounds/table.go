package main

import (
	"fmt"
	"io"
	"strings"

	"golang.org/x/text/width"
)

// table is rows of cells, aligned by the columns that they take on a terminal: the first cell of a row to
// the left, the others, which are numbers, to the right.
type table [][]string

func (t table) write(w io.Writer) error {
	widths := t.widths()
	for _, row := range t {
		line := &strings.Builder{}
		for i, cell := range row {
			gap := strings.Repeat(" ", widths[i]-columns(cell))
			if i == 0 {
				line.WriteString(cell + gap)
			} else {
				line.WriteString("  " + gap + cell)
			}
		}
		if _, err := fmt.Fprintln(w, strings.TrimRight(line.String(), " ")); err != nil {
			return err
		}
	}
	return nil
}

func (t table) widths() []int {
	var widths []int
	for _, row := range t {
		for i, cell := range row {
			if i == len(widths) {
				widths = append(widths, 0)
			}
			widths[i] = max(widths[i], columns(cell))
		}
	}
	return widths
}

// columns is how many columns of a terminal a text takes: Chinese characters take two
// (https://www.unicode.org/reports/tr11/).
func columns(text string) int {
	n := 0
	for _, r := range text {
		switch width.LookupRune(r).Kind() {
		case width.EastAsianWide, width.EastAsianFullwidth:
			n += 2
		default:
			n++
		}
	}
	return n
}
