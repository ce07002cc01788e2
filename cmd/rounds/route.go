package main

import (
	"context"
	"encoding/json"
	"errors"
	"fmt"
	"io"
	"strings"
	"time"

	"rounds/routing"
)

type routeCmd struct {
	File       string         `arg:"" type:"existingfile" help:"A .tsp or .atsp file of TSPLIB, a TSPTW file, or a CSV file with lat and lon; - is standard input."`
	Time       *time.Duration `placeholder:"1s" help:"How long to search, the bound and the matrix included; 1s if there is no --iterations either."`
	Iterations *int           `placeholder:"N" help:"How many times to shake the tour; beyond 60 nodes, to make another one, which counts as one and one more a hundred nodes. Without --time no clock is read."`
	Seed       uint64         `default:"1" help:"Of the shaking."`
	Open       bool           `help:"Do not come back to the start."`
	Start      *int           `placeholder:"N" help:"The number of the node to start from; 1 if absent."`
	End        *int           `placeholder:"N" help:"The number of the node to end at, instead of coming back."`
}

// Help is what -h says beside the flags.
func (routeCmd) Help() string {
	return `Finds the cheapest order in which to visit the nodes of a file, and how much cheaper any order could be at best:

    $ rounds route berlin52.tsp
    {"cost":7542,"lower_bound":7542,"gap":0,"proven":true,"seconds":0.024,"order":[1,22,31,18, … ,49]}

What is in the file decides what it is, not its name:

    TSPLIB  types EUC_2D, CEIL_2D, GEO, ATT and EXPLICIT (FULL_MATRIX, UPPER_ROW, LOWER_ROW, UPPER_DIAG_ROW,
            LOWER_DIAG_ROW), symmetric or not. Nodes have the file's numbers, 1 to n, and costs its rounding.
    TSPTW   the number of nodes, a line of travel times from each, a line for each of when it opens and closes. A call
            waits for the opening. The first node is the depot and stands in no order; the others are numbered from 1.
            Costs are travel alone, in the file's unit; with decimals they are reckoned in steps of 0.0001.
    CSV     columns lat and lon (latitude, 纬度 …) in WGS-84, in UTF-8, UTF-16 or GB18030. Rows below the heading are
            numbered from 1, blank ones left out; costs are metres in a straight line, rounded.

A tour comes back to its start, node 1 or --start, unless there is --open (end anywhere) or --end; with time windows it is from the depot and back. No order costs less than lower_bound; gap is (cost − lower_bound) / lower_bound, null if that is no number. seconds passed between the reading and the answer: null with --iterations alone, as no clock is read, and the same file gives the same line every time.

Where no order is found that keeps all time windows, left_out names the stops that are not served, each with a reason (never_open, too_far, no_time_left): as few as possible. lower_bound is then that of the stops that are served; proven says that not fewer can be left out, nor as few at a lower cost.

Ctrl-C gives the best so far. The exit status is 3, the answer written, where it came before its time or iterations were over, or much later than --time, or leaves stops out.`
}

// Validate is called by kong: what is wrong here is wrong usage.
func (c routeCmd) Validate() error {
	switch {
	case c.Time != nil && *c.Time <= 0:
		return errors.New("--time: want more than 0")
	case c.Iterations != nil && *c.Iterations < 1:
		return errors.New("--iterations: want 1 or more")
	}
	return nil
}

// Run reads, solves and prints one line.
func (c routeCmd) Run(ctx context.Context, t terminal) error {
	s, err := readSites(ctx, c.File, t.In)
	if err != nil {
		return err
	}
	p, err := c.problem(s)
	if err != nil {
		fmt.Fprintf(t.Err, "rounds: %v\n", err)
		return silent(exitUsage)
	}
	answer, late := c.solve(ctx, s, p, t.Err)
	if err := json.NewEncoder(t.Out).Encode(answer); err != nil {
		return err
	}
	short := answer.shortcomings(s, ctx.Err() != nil)
	if late {
		short = append(short, fmt.Sprintf("It took %.3g s: %d nodes are too many for --time %v.", *answer.Seconds, s.nodes, c.budget()))
	}
	if len(short) == 0 {
		return nil
	}
	fmt.Fprintln(t.Err, strings.Join(short, "\n"))
	return silent(exitLimit)
}

// problem says where to begin and end, in the file's numbers.
func (c routeCmd) problem(s sites) (p routing.Problem, err error) {
	if s.hours != nil && (c.Open || c.Start != nil || c.End != nil) {
		return p, errors.New("--open, --start, --end: a file with time windows says itself that the way is from its depot and back")
	}
	node := func(flag string, number *int, otherwise int) int {
		if number == nil {
			return otherwise
		}
		if *number < 1 || *number > s.nodes {
			err = errors.Join(err, fmt.Errorf("%s %d is no node of the file: it has %d", flag, *number, s.nodes))
		}
		return *number - 1
	}
	p.Start = node("--start", c.Start, 0)
	p.End = p.Start
	if c.Open {
		p.End = routing.Free
	}
	p.End = node("--end", c.End, p.End)
	if c.Open && p.Start == p.End && err == nil {
		err = fmt.Errorf("--open and --end %d, where the way starts, contradict each other", p.End+1)
	}
	return p, err
}

// routeAnswer is the line that is printed.
type routeAnswer struct {
	Cost       float64        `json:"cost"` // in the file's unit
	LowerBound float64        `json:"lower_bound"`
	Gap        *float64       `json:"gap"`
	Proven     bool           `json:"proven"`
	Seconds    *float64       `json:"seconds"`
	Order      []int          `json:"order"`
	LeftOut    []routeLeftOut `json:"left_out,omitempty"`
}

// routeLeftOut is a stop that is not served within its hours.
type routeLeftOut struct {
	Node   int            `json:"node"`
	Reason routing.Reason `json:"reason"`
}

// shortcomings are what an answer is not, a line each.
func (a routeAnswer) shortcomings(s sites, stopped bool) (lines []string) {
	if stopped && !a.Proven {
		lines = append(lines, "Stopped early: this is the best so far.")
	}
	if len(a.LeftOut) > 0 {
		lines = append(lines, fmt.Sprintf("%d of %d stops are left out: no order was found that keeps all time windows.", len(a.LeftOut), s.nodes-1))
	}
	return lines
}

// solve fills the matrix and searches it; late is whether that took much longer than it might.
func (c routeCmd) solve(ctx context.Context, s sites, p routing.Problem, progress io.Writer) (answer routeAnswer, late bool) {
	o := routing.Options{Seed: c.Seed}
	if c.Iterations != nil {
		o.Kicks = *c.Iterations
	}
	budget := c.budget()
	if budget == 0 {
		return s.ready(p)(ctx, o), false
	}
	begun := time.Now()
	ctx, cancel := context.WithDeadline(ctx, begun.Add(budget+grace))
	defer cancel()
	search := s.ready(p)
	w := watch{begun: time.Now(), until: begun.Add(budget), progress: newProgress(progress, "s; Ctrl-C gives the best so far")}
	o.Spent = w.spent
	answer = search(ctx, o)
	w.progress.end()
	took := time.Since(begun)
	seconds := took.Seconds()
	answer.Seconds = &seconds
	return answer, took > 2*budget+grace
}

// grace is what any answer may be late by: reading a clock and adding up a bound take their time.
const grace = 100 * time.Millisecond

// budget is the time there is, 0 where only iterations count.
func (c routeCmd) budget() time.Duration {
	switch {
	case c.Time != nil:
		return *c.Time
	case c.Iterations != nil:
		return 0
	}
	return time.Second
}

// answered puts a tour in the file's numbers, and its costs in the unit that has so many steps.
func answered(t routing.Tour, unit float64) routeAnswer {
	a := routeAnswer{Cost: float64(t.Cost) / unit, LowerBound: float64(t.LowerBound) / unit, Proven: t.Proven()}
	if gap := t.Gap(); t.LowerBound > 0 || t.Proven() {
		a.Gap = &gap
	}
	return a
}

// answeredFrom1 is a tour of nodes that have the numbers from 1.
func answeredFrom1(t routing.Tour) routeAnswer {
	a := answered(t, 1)
	a.Order = make([]int, len(t.Order))
	for i, node := range t.Order {
		a.Order[i] = node + 1
	}
	return a
}

// A watch tells how much of the time for a search is gone, and says so on a terminal.
type watch struct {
	begun, until time.Time
	progress     *progress
}

func (w *watch) spent() float64 {
	now := time.Now()
	gone, all := now.Sub(w.begun), w.until.Sub(w.begun)
	if all >= shownFrom && gone < all {
		w.progress.step("searching", int(gone.Seconds()), int(all.Seconds()))
	}
	if all <= 0 {
		return 1
	}
	return float64(gone) / float64(all)
}

// shownFrom is how long a search must be to be worth a line on a terminal.
const shownFrom = 2 * time.Second
