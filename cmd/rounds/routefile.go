package main

import (
	"bufio"
	"bytes"
	"context"
	"errors"
	"fmt"
	"io"
	"math"
	"os"
	"regexp"
	"strings"

	"rounds/geo"
	"rounds/internal/sheet"
	"rounds/internal/tsplib"
	"rounds/routing"

	"github.com/paulmach/orb"
)

// sites are the nodes of a file: how many, what the legs between them cost and about where they lie.
type sites struct {
	nodes     int
	cost      func(i, j int) routing.Cost
	symmetric bool
	plane     [][2]float64 // or nil
	hours     *windowed    // instead of cost, where the file has time windows; or nil
}

// Sizes of problems.
const (
	mostInTable = 4000   // nodes whose legs are kept in memory
	mostSites   = 50_000 // nodes at all
)

// readSites reads a file of any kind; errors name it and the line.
func readSites(ctx context.Context, name string, stdin io.Reader) (s sites, err error) {
	in, said := stdin, "standard input"
	if name != "-" {
		file, err := os.Open(name)
		if err != nil {
			return s, err
		}
		defer file.Close()
		in, said = file, name
	}
	buffered := bufio.NewReaderSize(in, 1<<16)
	head, err := buffered.Peek(1 << 12)
	if err != nil && !errors.Is(err, io.EOF) {
		return s, fmt.Errorf("%s: %w", said, err)
	}
	switch kindOf(head) {
	case tsplibFile:
		s, err = readTSPLIB(buffered)
	case windowsFile:
		s, err = readHours(buffered)
	case periodsFile:
		err = errors.New("this looks like a problem of several days or vehicles (Cordeau's form), which is not supported")
	default:
		s, err = readPlaces(ctx, buffered)
	}
	if err != nil {
		return s, fmt.Errorf("%s: %w", said, err)
	}
	if s.nodes > mostSites {
		return s, fmt.Errorf("%s: %d nodes: at most %d", said, s.nodes, mostSites)
	}
	return s, nil
}

// fileKind is what a file is by its first line.
type fileKind int

const (
	csvFile     fileKind = iota
	tsplibFile           // NAME : berlin52
	windowsFile          // 21: how many nodes
	periodsFile          // 1 3 51 2: the kind, vehicles, customers and days
)

var kinds = []struct {
	kind fileKind
	line *regexp.Regexp
}{
	{tsplibFile, regexp.MustCompile(`^([A-Z_]+[ \t]*:|[A-Z_]+_SECTION$)`)},
	{windowsFile, regexp.MustCompile(`^\d+$`)},
	{periodsFile, regexp.MustCompile(`^\d+([ \t]+\d+){3}$`)},
}

func kindOf(head []byte) fileKind {
	head = bytes.TrimSpace(bytes.TrimPrefix(head, []byte("\uFEFF")))
	first, _, _ := bytes.Cut(head, []byte("\n"))
	for _, k := range kinds {
		if k.line.Match(bytes.TrimSpace(first)) {
			return k.kind
		}
	}
	return csvFile
}

func readTSPLIB(in io.Reader) (sites, error) {
	p, err := tsplib.Read(in)
	cost := func(i, j int) routing.Cost { return routing.Cost(p.Cost(i, j)) }
	return sites{nodes: p.Nodes, cost: cost, symmetric: p.Symmetric, plane: p.Plane}, err
}

func readHours(in io.Reader) (sites, error) {
	w, err := readWindowed(in)
	if err != nil {
		return sites{}, err
	}
	return sites{nodes: w.problem.Times.Len(), hours: w}, nil
}

// readPlaces reads a table of positions. A row without a usable one is no stop that could be left out: it is an error.
func readPlaces(ctx context.Context, in io.Reader) (s sites, err error) {
	stream := sheet.NewStream(in)
	columns, err := findPlacingIn(stream)
	if err != nil {
		return s, err
	}
	var places []orb.Point
	var unusable []string
	for ctx.Err() == nil && len(places) <= mostSites && len(unusable) < shownOfKind {
		row, err := stream.Next()
		if errors.Is(err, io.EOF) {
			break
		}
		if err != nil {
			return s, err
		}
		if blank(row.Cells) {
			continue
		}
		place, why := columns.position(row.Cells)
		if why != "" {
			unusable = append(unusable, fmt.Sprintf("line %d: %s", row.Line, why))
		}
		places = append(places, place)
	}
	if len(unusable) > 0 {
		return s, errors.New(strings.Join(unusable, "\n"))
	}
	return straight(places), ctx.Err()
}

// findPlacingIn reads up to the header, the first line that is not blank.
func findPlacingIn(stream *sheet.Stream) (placing, error) {
	row, err := stream.Next()
	for err == nil && blank(row.Cells) {
		row, err = stream.Next()
	}
	if errors.Is(err, io.EOF) {
		err = &sheet.Error{Code: sheet.EmptyFile}
	}
	if err != nil {
		return placing{}, err
	}
	return findPlacing(row)
}

// straight are sites whose legs are straight lines, in metres.
func straight(places []orb.Point) sites {
	s := sites{nodes: len(places), symmetric: true, plane: make([][2]float64, len(places))}
	between := geo.Distances(places)
	s.cost = func(i, j int) routing.Cost { return routing.Cost(math.Round(float64(between(max(i, j), min(i, j))))) }
	var middle float64
	for _, p := range places {
		middle += p.Lat() / float64(len(places))
	}
	for i, p := range places {
		s.plane[i] = [2]float64{p.Lon() * math.Cos(middle*math.Pi/180), p.Lat()}
	}
	return s
}

// ready fills the matrix; what it gives searches.
func (s sites) ready(p routing.Problem) func(context.Context, routing.Options) routeAnswer {
	if s.hours != nil {
		return s.hours.solve
	}
	p = s.fill(p)
	return func(ctx context.Context, o routing.Options) routeAnswer {
		return answeredFrom1(routing.Solve(ctx, p, o))
	}
}

// fill gives a problem the costs and places of its nodes.
func (s sites) fill(p routing.Problem) routing.Problem {
	p.Points = s.points()
	matrix := routing.NewMatrix
	switch {
	case s.nodes > mostInTable && s.symmetric:
		matrix = routing.ComputedSymmetric
	case s.nodes > mostInTable:
		matrix = routing.Computed
	case s.symmetric:
		matrix = routing.NewSymmetric
	}
	p.Matrix = matrix(s.nodes, s.cost)
	return p
}

// points are the plane in as many steps as a search can count.
func (s sites) points() []routing.Point {
	if s.plane == nil {
		return nil
	}
	low, high := [2]float64{math.Inf(1), math.Inf(1)}, [2]float64{math.Inf(-1), math.Inf(-1)}
	for _, p := range s.plane {
		for k := range 2 {
			low[k], high[k] = min(low[k], p[k]), max(high[k], p[k])
		}
	}
	const steps = 1 << 30
	step := max(high[0]-low[0], high[1]-low[1]) / steps
	if !(step > 0) {
		step = 1
	}
	points := make([]routing.Point, len(s.plane))
	for i, p := range s.plane {
		points[i] = routing.Point{X: int32((p[0] - low[0]) / step), Y: int32((p[1] - low[1]) / step)}
	}
	return points
}
