package main

import (
	"context"
	"errors"
	"fmt"
	"io"
	"math"
	"strconv"
	"strings"

	"rounds/internal/lines"
	"rounds/routing"
)

// windowed is a problem with time windows (TSPTW) as a file has it: node 0 is the depot, where the way begins and ends.
type windowed struct {
	problem routing.WindowProblem
	unit    float64 // steps of the problem in one of the file
}

// Limits of files with time windows.
const (
	mostWindowed   = 1000 // nodes
	longestRow     = 1 << 20
	unitOfDecimals = 1e4 // where a number of the file has a point, all count in steps of 0.0001
)

// solve is a search for [routeCmd.solve].
func (w *windowed) solve(ctx context.Context, o routing.Options) routeAnswer {
	t := routing.SolveWindows(ctx, w.problem, o)
	a := answered(routing.Tour{Cost: t.Cost, LowerBound: t.LowerBound}, w.unit)
	a.Proven = t.Proven
	a.Order = make([]int, 0, len(t.Calls))
	for _, call := range t.Calls {
		a.Order = append(a.Order, call.Node)
	}
	for _, l := range t.LeftOut {
		a.LeftOut = append(a.LeftOut, routeLeftOut{l.Node, l.Reason})
	}
	return a
}

// readWindowed reads the number of nodes, a row of travel times for each, and a row for each of when it opens and closes.
// What is behind a # is a remark.
func readWindowed(in io.Reader) (*windowed, error) {
	r := rowReader{Reader: lines.NewReader(in, longestRow)}
	rows, err := r.rows()
	if err != nil {
		return nil, r.Here(err)
	}
	n := len(rows) / 2
	return windowedOf(rows[:n], rows[n:], r.decimals)
}

// windowedOf puts together what was read.
func windowedOf(legs, hours []numberRow, decimals bool) (*windowed, error) {
	w := &windowed{unit: 1}
	if decimals {
		w.unit = unitOfDecimals
	}
	for i, row := range legs {
		row.numbers[i] = 0 // nobody goes from a node to itself
	}
	for _, rows := range [][]numberRow{legs, hours} {
		for _, row := range rows {
			if err := row.fits(w.unit); err != nil {
				return nil, err
			}
		}
	}
	steps := func(x float64) routing.Time { return routing.Time(math.Round(x * w.unit)) }
	w.problem.Times = routing.NewMatrix(len(legs), func(i, j int) routing.Cost { return routing.Cost(steps(legs[i].numbers[j])) })
	w.problem.Stops = make([]routing.Stop, len(hours))
	for i, row := range hours {
		open := routing.Window{Opens: steps(row.numbers[0]), Closes: steps(row.numbers[1])}
		if open.Closes < open.Opens {
			return nil, fmt.Errorf("line %d: closes at %g, before it opens at %g", row.line, row.numbers[1], row.numbers[0])
		}
		if i == 0 {
			w.problem.Day = open
		} else {
			w.problem.Stops[i].Windows = []routing.Window{open}
		}
	}
	return w, nil
}

// rowReader reads numbers line by line.
type rowReader struct {
	*lines.Reader
	decimals bool // there was a number that is not whole as it is written
}

// numberRow is a line of numbers.
type numberRow struct {
	line    int
	numbers []float64
}

// words are those of the next line that has any.
func (r *rowReader) words() ([]string, error) {
	for {
		line, err := r.Next()
		if err != nil {
			return nil, err
		}
		line, _, _ = strings.Cut(line, "#")
		if words := strings.Fields(line); len(words) > 0 {
			return words, nil
		}
	}
}

// rows are all lines below the first: of each node the travel times, and of each the hours.
func (r *rowReader) rows() ([]numberRow, error) {
	n, err := r.nodes()
	if err != nil {
		return nil, err
	}
	rows := make([]numberRow, 2*n)
	for i := range rows {
		want := n
		if i >= n {
			want = 2
		}
		if rows[i], err = r.row(want); err != nil {
			return nil, err
		}
	}
	if _, err := r.words(); err == nil {
		return nil, fmt.Errorf("the file goes on after the windows of %d nodes", n)
	} else if !errors.Is(err, io.ErrUnexpectedEOF) {
		return nil, err
	}
	return rows, nil
}

// nodes is the number in the first line, known to be digits.
func (r *rowReader) nodes() (int, error) {
	words, err := r.words()
	if err != nil {
		return 0, err
	}
	n, err := strconv.Atoi(words[0])
	if err != nil || n < 1 || n > mostWindowed {
		return 0, fmt.Errorf("%.20s nodes: with time windows want 1 to %d", words[0], mostWindowed)
	}
	return n, nil
}

func (r *rowReader) row(want int) (numberRow, error) {
	words, err := r.words()
	if errors.Is(err, io.ErrUnexpectedEOF) {
		return numberRow{}, fmt.Errorf("the file ends where %d more numbers are wanted", want)
	}
	if err != nil {
		return numberRow{}, err
	}
	if len(words) != want {
		return numberRow{}, fmt.Errorf("%d numbers: want %d", len(words), want)
	}
	row := numberRow{r.Number(), make([]float64, want)}
	for i, word := range words {
		if row.numbers[i], err = strconv.ParseFloat(word, 64); err != nil {
			return row, fmt.Errorf("%.20q is no number", word)
		}
		r.decimals = r.decimals || strings.ContainsAny(word, ".eE")
	}
	return row, nil
}

// fits says which number of a row cannot be counted in steps.
func (row numberRow) fits(unit float64) error {
	most := float64(routing.MaxCost-1) / unit
	for _, x := range row.numbers {
		if !(x >= 0 && x <= most) {
			return fmt.Errorf("line %d: %g: want 0 to %.10g", row.line, x, most)
		}
	}
	return nil
}
