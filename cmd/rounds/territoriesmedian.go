package main

import (
	"context"
	"encoding/json"
	"errors"
	"io"
	"os"
	"time"

	"rounds/internal/cpmp"
	"rounds/routing/territory"
)

// territoriesMedian are the flags of published problems with medians.
type territoriesMedian struct {
	CPMP     string `name:"cpmp" type:"existingfile" placeholder:"FILE" help:"In place of a file of retailers: a capacitated p-median problem, with rows of x, y, capacity and demand. It takes --distance, --time, --iterations and --seed."`
	Distance string `enum:"floor,real," default:"" help:"With --cpmp: distances in whole units rounded down (floor) or as they are (real). If absent, floor for files as the OR-Library's (whole coordinates of 0 to 100, or one capacity in the first row), real for others."`
}

func (c territoriesCmd) validCPMP() error {
	switch {
	case c.CPMP == "" && c.File == "":
		return errors.New("expected the file of retailers")
	case c.CPMP == "" && c.Distance != "":
		return errors.New("--distance: needs --cpmp FILE")
	case c.CPMP != "" && (c.File != "" || c.Out != "" || c.HTML != "" || c.GeoJSON != "" || c.KML != "" || c.Check != "" || c.K != 0):
		return errors.New("--cpmp goes with --distance, --time, --iterations and --seed alone")
	}
	return nil
}

// medianAnswer is the line that is printed. Places are numbered from 1, as in the file.
type medianAnswer struct {
	Cost       float64           `json:"cost"`
	LowerBound float64           `json:"lower_bound"`
	Proven     bool              `json:"proven"`
	Distance   cpmp.Distance     `json:"distance"`
	Medians    []int             `json:"medians"`
	Assignment []int             `json:"assignment"` // the median of each place
	Excess     *int64            `json:"excess,omitempty"`
	Why        *territory.Reason `json:"why,omitempty"`
	Seconds    *float64          `json:"seconds"`
}

// solveCPMP reads a published problem, solves it, has the plan checked and prints it.
func (c territoriesCmd) solveCPMP(ctx context.Context, t terminal) error {
	begun := time.Now()
	in, err := readCPMP(c.CPMP)
	if err != nil {
		return err
	}
	kind := in.Distance
	if c.Distance != "" {
		kind = cpmp.Distance(c.Distance)
	}
	m := territory.Median{Costs: in.Costs(kind), Groups: in.Medians}
	for _, at := range in.Places {
		m.Demand, m.Capacity = append(m.Demand, at.Demand), append(m.Capacity, at.Capacity)
	}
	p, err := c.searchMedian(ctx, begun, m, t.Err)
	if err == nil {
		err = territory.CheckMedian(m, p)
	}
	if err != nil {
		return err
	}
	line := answerMedian(p, float64(in.Unit(kind)))
	line.Distance = kind
	if c.budget() > 0 {
		seconds := time.Since(begun).Seconds()
		line.Seconds = &seconds
	}
	return line.print(t.Out)
}

func readCPMP(path string) (cpmp.Instance, error) {
	file, err := os.Open(path)
	if err != nil {
		return cpmp.Instance{}, err
	}
	defer file.Close()
	return cpmp.Read(file)
}

func (c territoriesCmd) searchMedian(ctx context.Context, begun time.Time, m territory.Median, progress io.Writer) (territory.MedianPlan, error) {
	o := territory.Options{Seed: c.Seed}
	if c.Iterations != nil {
		o.Iterations = *c.Iterations
	}
	w := watch{begun: begun, until: begun.Add(c.budget()), progress: newProgress(progress, "s; Ctrl-C gives the best so far")}
	if c.budget() > 0 {
		o.Spent = w.spent
	}
	defer w.progress.end()
	return territory.SolveMedian(ctx, m, o)
}

func answerMedian(p territory.MedianPlan, unit float64) medianAnswer {
	a := medianAnswer{Cost: float64(p.Cost) / unit, LowerBound: float64(p.LowerBound) / unit, Proven: p.Proven()}
	for _, j := range p.Medians {
		a.Medians = append(a.Medians, int(j)+1)
	}
	for _, k := range p.Of {
		a.Assignment = append(a.Assignment, a.Medians[k])
	}
	if p.Over > 0 {
		a.Excess, a.Why = &p.Over, &p.Reason
	}
	return a
}

// print ends with the exit status of a limit that could not be met, where a capacity is exceeded.
func (a medianAnswer) print(w io.Writer) error {
	err := json.NewEncoder(w).Encode(a)
	if err == nil && a.Excess != nil {
		return silent(exitLimit)
	}
	return err
}
