// Package cpmp reads capacitated p-median problems as they are published: places on a plane, what each asks for, what each
// could serve as a median, and how many medians there are to be. It solves nothing.
package cpmp

import (
	"fmt"
	"io"
	"math"

	"rounds/internal/lines"
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
	r := lines.NewReader(in, longestLine)
	p, err := read(r)
	if err != nil {
		return Instance{}, r.Here(err)
	}
	return p, nil
}

func read(r *lines.Reader) (p Instance, err error) {
	head, err := r.Numbers(mostNumber)
	if err != nil {
		return p, err
	}
	if len(head) != 2 && len(head) != 3 {
		return p, fmt.Errorf("%d numbers: want places and medians, and perhaps the capacity of all", len(head))
	}
	places, err := lines.Whole(head[0], 1, mostPlaces)
	if err != nil {
		return p, err
	}
	medians, err := lines.Whole(head[1], 1, float64(places))
	if err != nil {
		return p, err
	}
	p = Instance{Medians: int(medians), Places: make([]Place, places)}
	for i := range p.Places {
		row, err := r.Numbers(mostNumber)
		if err != nil {
			return p, err
		}
		if p.Places[i], err = placeOf(row, i, head[2:]); err != nil {
			return p, err
		}
	}
	p.Distance = p.usualDistance(len(head) == 3)
	return p, r.End(fmt.Sprintf("%d places", places))
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
	if p.Capacity, err = lines.Whole(row[2], 0, mostNumber); err != nil {
		return p, fmt.Errorf("capacity %w", err)
	}
	if p.Demand, err = lines.Whole(row[3], 0, mostNumber); err != nil {
		return p, fmt.Errorf("demand %w", err)
	}
	return p, nil
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
