// Package cpmp reads capacitated p-median problems as they are published: places on a plane, what each asks for, what each
// could serve as a median, and how many medians there are to be. It solves nothing.
package cpmp

import (
	"bufio"
	"errors"
	"fmt"
	"io"
	"math"
	"strconv"
	"strings"
)

// Instance is a problem.
type Instance struct {
	Medians int
	Places  []Place
	// Distance is how published values of such a file measure: [Floor] for problems of the OR-Library, [Real] otherwise.
	Distance Distance
}

// Place is a customer, and what it could serve as a median.
type Place struct {
	X, Y             float64
	Capacity, Demand int64
}

// Distance is the kind of straight line between two places.
type Distance string

// Kinds of distances.
const (
	Floor Distance = "floor" // in whole units, rounded down
	Real  Distance = "real"
)

// Sizes of files.
const (
	mostPlaces  = 5000
	longestLine = 1 << 12
	mostNumber  = 1e9
	library     = 100 // coordinates of the OR-Library's problems are whole and go up to this
	fineSteps   = 1e6 // of a unit of length in a cost
	mostCost    = 1 << 50
)

// Read reads either layout: a head of places and medians, and rows of x, y, capacity and demand; or a head of places, medians and
// the capacity of all, and rows of a number, x, y and demand. What cannot be understood is an error that names the line.
func Read(in io.Reader) (Instance, error) {
	r := &reader{lines: bufio.NewScanner(in)}
	r.lines.Buffer(nil, longestLine)
	p, err := r.instance()
	if err != nil {
		return Instance{}, fmt.Errorf("line %d: %w", r.line, err)
	}
	return p, nil
}

type reader struct {
	lines *bufio.Scanner
	line  int
}

// next are the numbers of the next line that has any; io.ErrUnexpectedEOF if there is none.
func (r *reader) next() ([]float64, error) {
	for r.line++; r.lines.Scan(); r.line++ {
		words := strings.Fields(strings.TrimPrefix(r.lines.Text(), "\uFEFF"))
		if len(words) > 0 {
			return numbers(words)
		}
	}
	if err := r.lines.Err(); errors.Is(err, bufio.ErrTooLong) {
		return nil, fmt.Errorf("longer than %d bytes", longestLine)
	} else if err != nil {
		return nil, err
	}
	return nil, io.ErrUnexpectedEOF
}

func numbers(words []string) ([]float64, error) {
	all := make([]float64, len(words))
	for i, word := range words {
		x, err := strconv.ParseFloat(word, 64)
		if err != nil || !(math.Abs(x) <= mostNumber) {
			return nil, fmt.Errorf("%.20q: want a number of at most %g", word, mostNumber)
		}
		all[i] = x
	}
	return all, nil
}

func (r *reader) instance() (p Instance, err error) {
	head, err := r.next()
	if err != nil {
		return p, err
	}
	if len(head) != 2 && len(head) != 3 {
		return p, fmt.Errorf("%d numbers: want places and medians, and perhaps the capacity of all", len(head))
	}
	places, err := wholeNumber(head[0], 1, mostPlaces)
	if err != nil {
		return p, err
	}
	medians, err := wholeNumber(head[1], 1, float64(places))
	if err != nil {
		return p, err
	}
	p = Instance{Medians: int(medians), Places: make([]Place, places)}
	for i := range p.Places {
		row, err := r.next()
		if err != nil {
			return p, err
		}
		if p.Places[i], err = placeOf(row, i, head[2:]); err != nil {
			return p, err
		}
	}
	p.Distance = p.usualDistance(len(head) == 3)
	return p, r.end(int(places))
}

func (r *reader) end(places int) error {
	_, err := r.next()
	if errors.Is(err, io.ErrUnexpectedEOF) {
		return nil
	}
	if err == nil {
		err = fmt.Errorf("the file goes on after %d places", places)
	}
	return err
}

// placeOf is a row: x, y, capacity and demand; or where all have one capacity, its number, x, y and demand.
func placeOf(row []float64, i int, capacity []float64) (p Place, err error) {
	if len(row) != 4 {
		return p, fmt.Errorf("%d numbers: want 4", len(row))
	}
	if len(capacity) > 0 {
		if row[0] != float64(i+1) {
			return p, fmt.Errorf("number %g: want %d", row[0], i+1)
		}
		row = []float64{row[1], row[2], capacity[0], row[3]}
	}
	p = Place{X: row[0], Y: row[1]}
	if p.Capacity, err = wholeNumber(row[2], 0, mostNumber); err != nil {
		return p, fmt.Errorf("capacity %w", err)
	}
	if p.Demand, err = wholeNumber(row[3], 0, mostNumber); err != nil {
		return p, fmt.Errorf("demand %w", err)
	}
	return p, nil
}

func wholeNumber(x, least, most float64) (int64, error) {
	if !(x >= least && x <= most && x == math.Trunc(x)) {
		return 0, fmt.Errorf("%g: want a whole number of %g to %g", x, least, most)
	}
	return int64(x), nil
}

// usualDistance tells the OR-Library's problems from others: by their head, or by whole coordinates of 0 to 100.
func (p Instance) usualDistance(head bool) Distance {
	if head {
		return Floor
	}
	for _, at := range p.Places {
		for _, x := range [2]float64{at.X, at.Y} {
			if x < 0 || x > library || x != math.Trunc(x) {
				return Real
			}
		}
	}
	return Floor
}

// Unit is how many steps of a cost are a unit of length: 1 for [Floor], and a million for [Real] unless places lie too far apart.
func (p Instance) Unit(kind Distance) int64 {
	if kind == Floor {
		return 1
	}
	unit, far := int64(fineSteps), p.farthest()*float64(len(p.Places))
	for unit > 1 && far*float64(unit) > mostCost {
		unit /= 10
	}
	return unit
}

func (p Instance) farthest() float64 {
	low, high := p.Places[0], p.Places[0]
	for _, at := range p.Places {
		low.X, low.Y = min(low.X, at.X), min(low.Y, at.Y)
		high.X, high.Y = max(high.X, at.X), max(high.Y, at.Y)
	}
	return math.Hypot(high.X-low.X, high.Y-low.Y)
}

// Costs are the distances from every place to every place in steps of 1/[Instance.Unit], to the nearest for [Real].
func (p Instance) Costs(kind Distance) [][]int64 {
	unit := float64(p.Unit(kind))
	costs := make([][]int64, len(p.Places))
	for i, a := range p.Places {
		costs[i] = make([]int64, len(p.Places))
		for j, b := range p.Places {
			d := math.Hypot(a.X-b.X, a.Y-b.Y)
			if kind == Floor {
				costs[i][j] = int64(math.Floor(d))
			} else {
				costs[i][j] = int64(math.Round(d * unit))
			}
		}
	}
	return costs
}
