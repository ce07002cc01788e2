package main

import (
	"context"
	"encoding/json"
	"errors"
	"fmt"
	"io"
	"os"
	"reflect"
	"time"

	"rounds/internal/cpmp"
	"rounds/routing/territory"
)

// territoriesMedian are the flags of published problems with medians.
type territoriesMedian struct {
	CPMP     string `name:"cpmp" type:"existingfile" placeholder:"FILE" help:"In place of a file of retailers: a capacitated p-median problem, with rows of x, y, capacity and demand; - is standard input. It takes --distance, --time, --iterations and --seed."`
	Distance string `enum:"floor,real," default:"" help:"With --cpmp: distances in whole units rounded down (floor) or as they are (real). If absent, floor for files as the OR-Library's (whole coordinates of 0 to 100, or one capacity in the first row), real for others."`
}

func (c territoriesCmd) validCPMP() error {
	switch {
	case c.CPMP == "" && c.File == "":
		return errors.New("expected the file of retailers")
	case c.CPMP == "" && c.Distance != "":
		return errors.New("--distance: needs --cpmp FILE")
	case c.CPMP != "" && !reflect.DeepEqual(c, territoriesCmd{
		territoriesMedian: c.territoriesMedian, Time: c.Time, Iterations: c.Iterations, Seed: c.Seed,
		territoriesTravel: territoriesTravel{Speed: 25, DaysAWeek: 5}, // their defaults
	}):
		return errors.New("--cpmp goes with --distance, --time, --iterations and --seed alone")
	}
	return nil
}

// medianAnswer is the line that is printed. Places are numbered from 1, as in the file.
type medianAnswer struct {
	Cost       float64           `json:"cost"`
	LowerBound float64           `json:"lower_bound"`
	Gap        *float64          `json:"gap"`
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
	in, err := c.readCPMP(t.In)
	if err != nil {
		return err
	}
	kind := in.Distance
	if c.Distance != "" {
		kind = cpmp.Distance(c.Distance)
	}
	begun := time.Now()
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
	stopped := ctx.Err() != nil && !p.Proven() && (c.Iterations == nil || p.Iterations < *c.Iterations)
	return line.print(t, stopped)
}

// readCPMP reads the problem; errors name the file and the line.
func (c territoriesCmd) readCPMP(stdin io.Reader) (in cpmp.Instance, err error) {
	name := "standard input"
	if c.CPMP != "-" {
		file, err := os.Open(c.CPMP)
		if err != nil {
			return in, err
		}
		defer file.Close()
		stdin, name = file, c.CPMP
	}
	if in, err = cpmp.Read(stdin); err == nil {
		err = servable(in)
	}
	if err != nil {
		return in, fmt.Errorf("%s: %w", name, err)
	}
	return in, nil
}

// servable is an error if a place asks for more than any could serve, with its number in the file.
func servable(in cpmp.Instance) error {
	var most int64
	for _, at := range in.Places {
		most = max(most, at.Capacity)
	}
	for i, at := range in.Places {
		if at.Demand > most {
			return fmt.Errorf("place %d asks for %d: no place can serve more than %d", i+1, at.Demand, most)
		}
	}
	return nil
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
	if gap, ok := p.Gap(); ok {
		a.Gap = &gap
	}
	if p.Over > 0 {
		a.Excess, a.Why = &p.Over, &p.Reason
	}
	return a
}

// print writes the line, and on the other side of the terminal what the plan is not.
func (a medianAnswer) print(t terminal, stopped bool) error {
	if err := json.NewEncoder(t.Out).Encode(a); err != nil {
		return err
	}
	if stopped {
		fmt.Fprintln(t.Err, "Stopped early: this is the best so far.")
	}
	if a.Excess != nil {
		fmt.Fprintf(t.Err, "Capacities are exceeded by %d: %s.\n", *a.Excess, medianReasons[*a.Why])
	}
	if stopped || a.Excess != nil {
		return silent(exitLimit)
	}
	return nil
}

var medianReasons = map[territory.Reason]string{
	territory.WholeUnits: "no plan keeps them",
	territory.NotFound:   "no plan that keeps them was found",
}
