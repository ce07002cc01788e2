package main

import (
	"bufio"
	"cmp"
	"context"
	"errors"
	"fmt"
	"io"
	"math"
	"os"
	"slices"
	"strings"

	"rounds/fieldwork/roster"
	"rounds/internal/cordeau"
	"rounds/internal/sheet"
	"rounds/routing"

	"github.com/paulmach/orb"
)

// cycle is a problem as a file and flags have it.
type cycle struct {
	plan  routing.Journey
	cost  func(i, j int) routing.Cost
	nodes int
	names []int // of calls, in the file's numbers
	unit  float64
	none  []journeyLeftOut // rows for whose rhythm there is no pattern
	usage error            // what is wrong with the flags, for this file
}

// Sizes of journeys.
const (
	mostCalls   = 4000
	evenMinutes = 60 // steps of a minute
	usualEven   = 10 // default of --even
	detour      = 1.35
)

// journey fills the matrix.
func (c *cycle) journey() routing.Journey {
	c.plan.Travel = routing.NewSymmetric(c.nodes, c.cost)
	return c.plan
}

func (c journeyCmd) even(otherwise int) routing.Cost {
	if c.Even != nil {
		otherwise = *c.Even
	}
	return routing.Cost(otherwise)
}

// read reads a file of either kind; errors name it and the line.
func (c journeyCmd) read(ctx context.Context, stdin io.Reader) (*cycle, error) {
	in, said := stdin, "standard input"
	if c.File != "-" {
		file, err := os.Open(c.File)
		if err != nil {
			return nil, err
		}
		defer file.Close()
		in, said = file, c.File
	}
	buffered := bufio.NewReaderSize(in, 1<<16)
	head, err := buffered.Peek(1 << 12)
	if err != nil && !errors.Is(err, io.EOF) {
		return nil, fmt.Errorf("%s: %w", said, err)
	}
	var read *cycle
	switch kindOf(head) {
	case periodsFile:
		read, err = c.readPeriods(buffered)
	case csvFile:
		read, err = c.readShops(ctx, buffered)
	default:
		err = errors.New("this looks like a problem of one day: see rounds route")
	}
	if err != nil {
		return nil, fmt.Errorf("%s: %w", said, err)
	}
	return read, nil
}

// readPeriods reads one of Cordeau's problems.
func (c journeyCmd) readPeriods(in io.Reader) (*cycle, error) {
	p, err := cordeau.Read(in)
	if err != nil {
		return nil, err
	}
	read := &cycle{unit: unitOfDecimals, nodes: len(p.Places)}
	most := float64(routing.MaxCost-1) / read.unit
	steps := func(x float64) routing.Cost { return routing.Cost(math.Round(min(x, most) * read.unit)) }
	read.cost = func(i, j int) routing.Cost {
		return steps(math.Hypot(p.Places[i].X-p.Places[j].X, p.Places[i].Y-p.Places[j].Y))
	}
	for _, d := range p.Days {
		if d.Longest > most || d.Load > most {
			return nil, fmt.Errorf("limits %g and %g: want at most %g", d.Longest, d.Load, most)
		}
		read.plan.Days = append(read.plan.Days, routing.JourneyDay{Tours: p.Vehicles, Longest: steps(d.Longest), Load: steps(d.Load)})
	}
	for i, place := range p.Places[1:] {
		if place.Service > most || place.Load > most {
			return nil, fmt.Errorf("customer %d with service %g and load %g: want at most %g", i+1, place.Service, place.Load, most)
		}
		if len(place.Patterns) == 0 {
			continue
		}
		call := routing.JourneyCall{Node: i + 1, Service: steps(place.Service), Load: steps(place.Load)}
		for _, days := range place.Patterns {
			call.Patterns = append(call.Patterns, routing.Pattern{Days: days})
		}
		read.plan.Calls, read.names = append(read.plan.Calls, call), append(read.names, i+1)
	}
	read.plan.Uneven = c.even(0)
	return read, nil
}

// shopRow is a row of a table.
type shopRow struct {
	at      orb.Point
	service float64 // minutes
	visits  int     // in the cycle
}

// readShops reads a table of shops.
func (c journeyCmd) readShops(ctx context.Context, in io.Reader) (*cycle, error) {
	stream := sheet.NewStream(in)
	header, err := stream.Next()
	for err == nil && blank(header.Cells) {
		header, err = stream.Next()
	}
	if errors.Is(err, io.EOF) {
		err = &sheet.Error{Code: sheet.EmptyFile}
	}
	if err != nil {
		return nil, err
	}
	columns, err := findShopping(header)
	if err != nil {
		return nil, err
	}
	var shops []shopRow
	var unusable []string
	for ctx.Err() == nil && len(shops) <= mostCalls && len(unusable) < shownOfKind {
		row, err := stream.Next()
		if errors.Is(err, io.EOF) {
			break
		}
		if err != nil {
			return nil, err
		}
		if blank(row.Cells) {
			continue
		}
		s, why := c.shop(columns, row.Cells)
		if why != "" {
			unusable = append(unusable, fmt.Sprintf("line %d: %s", row.Line, why))
		}
		shops = append(shops, s)
	}
	if len(unusable) > 0 {
		return nil, errors.New(strings.Join(unusable, "\n"))
	}
	if len(shops) > mostCalls {
		return nil, fmt.Errorf("more than %d rows", mostCalls)
	}
	return c.cycleOf(shops), ctx.Err()
}

// shopping is where a table has what a journey needs; -1: nowhere.
type shopping struct {
	placing
	service, often int
	per            float64 // weeks that often is in
}

func findShopping(header sheet.Row) (s shopping, err error) {
	if s.placing, err = findPlacing(header); err != nil {
		return s, err
	}
	s.service, s.often = -1, -1
	if at, ok := roster.FieldColumn(header.Cells, "service_minutes"); ok {
		s.service = at
	}
	if at, ok := roster.FieldColumn(header.Cells, "visit_frequency"); ok {
		s.often, s.per = at, 4
	}
	for at, heading := range header.Cells {
		if roster.SameHeading(heading, "visits_per_8_weeks") {
			s.often, s.per = at, 8
		}
	}
	return s, nil
}

// shop is what a row says, or why it cannot be used.
func (c journeyCmd) shop(columns shopping, cells []string) (s shopRow, why string) {
	if s.at, why = columns.position(cells); why != "" {
		return s, why
	}
	s.service, s.visits = c.Service, 1
	number := func(column int, what string, most float64) (x float64, told bool) {
		if column < 0 || strings.TrimSpace(cells[column]) == "" || why != "" {
			return 0, false
		}
		x, ok := roster.ParseNumber(strings.TrimSpace(cells[column]))
		if !ok || !(x >= 0 && x <= most) {
			why = fmt.Sprintf("%s %q: want a number from 0 to %g", what, cells[column], most)
			return 0, false
		}
		return x, true
	}
	if minutes, told := number(columns.service, "service minutes", 24*60); told {
		s.service = minutes
	}
	if often, told := number(columns.often, "visits", 7*columns.per); told {
		s.visits = int(math.Ceil(often * float64(c.Weeks) / columns.per))
	}
	return s, why
}

// cycleOf gives shops patterns of days, and people their days.
func (c journeyCmd) cycleOf(shops []shopRow) *cycle {
	read := &cycle{unit: evenMinutes, nodes: len(shops)}
	places := make([]orb.Point, len(shops))
	for i, s := range shops {
		places[i] = s.at
	}
	metres := straight(places).cost
	read.cost = func(i, j int) routing.Cost {
		return routing.Cost(math.Round(float64(metres(i, j)) * detour / (c.Speed / 3.6)))
	}
	start := routing.Free
	if c.Start != nil {
		if start = *c.Start - 1; start < 0 || start >= len(shops) {
			read.usage = fmt.Errorf("--start %d is no row of the file: it has %d", *c.Start, len(shops))
			return read
		}
	}
	longest := routing.Cost(math.Round(c.DayHours * 3600))
	var open uint64
	for d := range 7 * c.Weeks {
		day := routing.JourneyDay{Start: start, End: start}
		if d%7 < c.DaysAWeek {
			day.Tours, day.Longest = c.People, longest
			open |= 1 << d
		}
		read.plan.Days = append(read.plan.Days, day)
	}
	read.plan.Uneven = c.even(usualEven)
	known := map[int][]routing.Pattern{}
	for i, s := range shops {
		if i == start || s.visits == 0 {
			continue
		}
		patterns, why := c.patterns(known, s.visits, open)
		if why != "" {
			read.none = append(read.none, journeyLeftOut{i + 1, why})
			continue
		}
		call := routing.JourneyCall{Node: i, Service: routing.Cost(math.Round(s.service * evenMinutes)), Patterns: patterns}
		read.plan.Calls, read.names = append(read.plan.Calls, call), append(read.names, i+1)
	}
	return read
}

// spacingPrice is that of a day by which a gap differs from the mean one: a minute.
const spacingPrice = evenMinutes

// patterns are those of so many visits: no two of them closer than half of the mean gap.
func (c journeyCmd) patterns(known map[int][]routing.Pattern, visits int, open uint64) ([]routing.Pattern, routing.Reason) {
	if known[visits] == nil {
		days := 7 * c.Weeks
		found, why := routing.Patterns(routing.Rhythm{
			Visits: visits, Days: days, Open: open, MinGap: (days + 2*visits - 1) / (2 * visits), Spacing: spacingPrice,
		})
		if why != "" {
			return nil, why
		}
		known[visits] = found
	}
	return known[visits], ""
}

// leftOut are the rows that have no place, in order.
func (c *cycle) leftOut(p routing.JourneyPlan) []journeyLeftOut {
	out := append([]journeyLeftOut{}, c.none...)
	for _, l := range p.LeftOut {
		out = append(out, journeyLeftOut{c.names[l.Call], l.Reason})
	}
	slices.SortFunc(out, func(a, b journeyLeftOut) int { return cmp.Compare(a.Node, b.Node) })
	return out
}
