package main

import (
	"context"
	"encoding/json"
	"errors"
	"fmt"
	"io"
	"math"
	"strings"
	"time"

	"rounds/routing"
)

type journeyCmd struct {
	File       string         `arg:"" type:"existingfile" help:"A CSV file with lat and lon, or Cordeau's .txt of a periodic problem; - is standard input."`
	Time       *time.Duration `placeholder:"1s" help:"How long to search, the matrix included; 1s if there is no --iterations either."`
	Iterations *int           `placeholder:"N" help:"How many times to change the plan. Without --time no clock is read."`
	Seed       uint64         `default:"1" help:"Of the changes."`

	Weeks     int     `default:"4" help:"Of the cycle, 1 to 8."`
	DaysAWeek int     `default:"5" help:"Days people work, from Monday on."`
	DayHours  float64 `default:"8" help:"Travel and service of a tour at most; 0 for as long as it takes."`
	People    int     `default:"1" help:"Who work on each day, with a tour each."`
	Start     *int    `placeholder:"N" help:"The number of the row where tours begin and end; wherever suits if absent."`
	Service   float64 `default:"15" help:"Minutes of a visit, where the row has none."`
	Speed     float64 `default:"25" help:"Of travel, in km/h along streets, which are 1.35 times as long as the straight line."`
	Even      *int    `placeholder:"10" help:"Price of unevenness, which is minutes too; 10 if absent, for a problem of Cordeau's 0."`
}

// Help is what -h says beside the flags.
func (journeyCmd) Help() string {
	return `Plans a cycle of days: whom to call on which days, and in what order.

    $ rounds journey shops.csv --weeks 4 --start 1
    {"cost":3104.2,"travel":2871.4,"uneven":12.8,"price":220,"cv":0.012,"seconds":0.98,
     "days":[{"day":1,"stops":14,"travel":141.3,"service":225,"length":366.3}, … ],"left_out":[],"tours":[[[17,4, … ]], … ]}

What is in the file decides what it is, not its name:

    CSV      columns lat and lon (latitude, 纬度 …) in WGS-84, in UTF-8, UTF-16 or GB18030; if there are, also
             service_minutes, and visits_per_8_weeks or visit_frequency, which is in four weeks. A row without is called on
             once a cycle, one with 0 never; what is no whole number of visits in the cycle is rounded up. Visits are on the same
             weekdays every week, or every two, four … weeks. Rows below the heading are numbered from 1, blank ones left out.
             Costs are minutes. Day 1 is the first Monday, day 8 the second.
    Cordeau  periodic problems (kind 1): vehicles, days, limits of tours, on which days a customer may be called at. The flags
             on days and travel do not count. Numbers are the file's; costs its unit, reckoned in steps of 0.0001.

cost is travel, uneven and price: --even times Σ (w − o)² / o, where w is what a day has of travel and service and o what it ought to have; and 1 minute for each day by which a gap between visits is not the mean one. cv is the coefficient of variation of w. tours has for each of days the tours of its people. left_out names the rows for which there is no place, each with a reason (too_few_days, no_spacing, no_pattern, too_heavy, too_far, no_time_left).

With --iterations alone no clock is read, seconds is null, and the same file gives the same line every time. Ctrl-C gives the best so far. The exit status is 3, the answer written, where something is left out, or the answer came before its time or iterations were over, or much later than --time.`
}

// Validate is called by kong: what is wrong here is wrong usage.
func (c journeyCmd) Validate() error {
	between := func(flag string, x, low, high float64) error {
		if !(x >= low && x <= high) {
			return fmt.Errorf("%s: want %g to %g", flag, low, high)
		}
		return nil
	}
	return errors.Join(
		routeCmd{Time: c.Time, Iterations: c.Iterations}.Validate(),
		between("--weeks", float64(c.Weeks), 1, 8), between("--days-a-week", float64(c.DaysAWeek), 1, 7),
		between("--day-hours", c.DayHours, 0, 24), between("--people", float64(c.People), 1, 100),
		between("--service", c.Service, 0, 24*60), between("--speed", c.Speed, 0.1, 1000), between("--even", float64(c.even(0)), 0, 1e6))
}

// Run reads, plans and prints one line.
func (c journeyCmd) Run(ctx context.Context, t terminal) error {
	cycle, err := c.read(ctx, t.In)
	if err != nil {
		return err
	}
	if cycle.usage != nil {
		fmt.Fprintf(t.Err, "rounds: %v\n", cycle.usage)
		return silent(exitUsage)
	}
	answer, kicks, late := c.solve(ctx, cycle, t.Err)
	if err := json.NewEncoder(t.Out).Encode(answer); err != nil {
		return err
	}
	var short []string
	if ctx.Err() != nil && (c.Iterations == nil || kicks < *c.Iterations) {
		short = append(short, "Stopped early: this is the best so far.")
	}
	if n := len(answer.LeftOut); n > 0 {
		short = append(short, fmt.Sprintf("%d of %d are left out.", n, len(cycle.names)+len(cycle.none)))
	}
	if late {
		short = append(short, fmt.Sprintf("It took %.3g s: %d calls are too many for --time %v.", *answer.Seconds, len(cycle.names), c.budget()))
	}
	if len(short) == 0 {
		return nil
	}
	fmt.Fprintln(t.Err, strings.Join(short, "\n"))
	return silent(exitLimit)
}

func (c journeyCmd) budget() time.Duration {
	return routeCmd{Time: c.Time, Iterations: c.Iterations}.budget()
}

// journeyAnswer is the line that is printed, in the file's unit or minutes.
type journeyAnswer struct {
	Cost    float64          `json:"cost"`
	Travel  float64          `json:"travel"`
	Uneven  float64          `json:"uneven"`
	Price   float64          `json:"price"`
	CV      *float64         `json:"cv"` // null if nobody is called on
	Seconds *float64         `json:"seconds"`
	Days    []journeyDay     `json:"days"`
	LeftOut []journeyLeftOut `json:"left_out"`
	Tours   [][][]int        `json:"tours"`
}

// journeyDay is what a day has on which people work, of all their tours.
type journeyDay struct {
	Day     int     `json:"day"`
	Stops   int     `json:"stops"`
	Travel  float64 `json:"travel"`
	Service float64 `json:"service"`
	Length  float64 `json:"length"`
}

type journeyLeftOut struct {
	Node   int            `json:"node"`
	Reason routing.Reason `json:"reason"`
}

// solve searches; late is whether that took much longer than it might.
func (c journeyCmd) solve(ctx context.Context, cycle *cycle, progress io.Writer) (a journeyAnswer, kicks int, late bool) {
	o := routing.Options{Seed: c.Seed}
	if c.Iterations != nil {
		o.Kicks = *c.Iterations
	}
	budget := c.budget()
	if budget == 0 {
		p := routing.SolveJourney(ctx, cycle.journey(), o)
		return cycle.answer(p), p.Kicks, false
	}
	begun := time.Now()
	within, cancel := context.WithDeadline(ctx, begun.Add(budget+grace))
	defer cancel()
	w := watch{begun: begun, until: begun.Add(budget), progress: newProgress(progress, "s; Ctrl-C gives the best so far")}
	o.Spent = w.spent
	p := routing.SolveJourney(within, cycle.journey(), o)
	w.progress.end()
	took := time.Since(begun)
	a = cycle.answer(p)
	seconds := took.Seconds()
	a.Seconds = &seconds
	return a, p.Kicks, took > 2*budget+grace
}

// answer puts a plan in the file's numbers and unit.
func (c *cycle) answer(p routing.JourneyPlan) journeyAnswer {
	in := func(x routing.Cost) float64 { return float64(x) / c.unit }
	a := journeyAnswer{
		Cost: in(p.Cost), Travel: in(p.Travel), Uneven: in(p.Uneven), Price: in(p.Price),
		Days: []journeyDay{}, LeftOut: c.leftOut(p), Tours: [][][]int{},
	}
	var sum, squares float64
	for d, tours := range p.Tours {
		if c.plan.Days[d].Tours == 0 {
			continue
		}
		var travel, service routing.Cost
		named, stops := make([][]int, len(tours)), 0
		for i, tour := range tours {
			way, work := c.measure(d, tour)
			travel, service, stops = travel+way, service+work, stops+len(tour)
			named[i] = make([]int, len(tour))
			for k, call := range tour {
				named[i][k] = c.names[call]
			}
		}
		day := journeyDay{d + 1, stops, in(travel), in(service), in(travel + service)}
		sum, squares = sum+day.Length, squares+day.Length*day.Length
		a.Days, a.Tours = append(a.Days, day), append(a.Tours, named)
	}
	if n := float64(len(a.Days)); sum > 0 {
		cv := math.Sqrt(max(0, squares/n-sum*sum/n/n)) / (sum / n)
		a.CV = &cv
	}
	return a
}

// measure is the travel and the service of a tour.
func (c *cycle) measure(day int, tour []int) (travel, service routing.Cost) {
	last := c.plan.Days[day].Start
	step := func(to int) {
		if last != routing.Free && to != routing.Free {
			travel += c.plan.Travel.At(last, to)
		}
		last = to
	}
	for _, call := range tour {
		step(c.plan.Calls[call].Node)
		service += c.plan.Calls[call].Service
	}
	if len(tour) > 0 {
		step(c.plan.Days[day].End)
	}
	return travel, service
}
