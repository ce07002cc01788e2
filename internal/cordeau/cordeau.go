// Package cordeau reads periodic vehicle routing problems as J.-F. Cordeau, M. Gendreau and G. Laporte publish
// them (Networks 30, 1997): places on a plane, days, vehicles and on which days a place may be called at. It solves nothing.
package cordeau

import (
	"errors"
	"fmt"
	"io"
	"math"
	"math/bits"

	"rounds/internal/lines"
)

// Instance is a problem. Place 0 is the depot, where all tours begin and end.
type Instance struct {
	Vehicles int // on every day
	Days     []Limits
	Places   []Place
}

// Limits are those of a tour of a day; 0: none.
type Limits struct{ Longest, Load float64 }

// Place is a customer, numbered in the file as here, or the depot.
type Place struct {
	X, Y, Service, Load float64
	Patterns            []uint64 // days on which it can be called at, one set of them; bit d for day d
}

// Sizes of files.
const (
	mostVehicles = 100
	mostDays     = 64
	mostPlaces   = 4000
	mostPatterns = 1000
	longestLine  = 1 << 16
	mostNumber   = 1e9
)

// Read reads a file of the kind 1, with several days. What cannot be understood is an error that names the line.
func Read(in io.Reader) (Instance, error) {
	r := lines.NewReader(in, longestLine)
	p, err := read(r)
	if err != nil {
		return Instance{}, r.Here(err)
	}
	return p, nil
}

// readHead reads the first line: the kind, vehicles, customers and days.
func readHead(r *lines.Reader) (vehicles, customers, days int, err error) {
	head, err := r.Numbers(mostNumber)
	if err != nil {
		return 0, 0, 0, err
	}
	if len(head) != 4 {
		return 0, 0, 0, fmt.Errorf("%d numbers: want the kind, vehicles, customers and days", len(head))
	}
	if head[0] != 1 {
		return 0, 0, 0, fmt.Errorf("kind %g: only kind 1, with several days and one depot, is supported", head[0])
	}
	var whole [3]int64
	for i, limits := range [3][2]float64{{0, mostVehicles}, {0, mostPlaces - 1}, {1, mostDays}} {
		if whole[i], err = lines.Whole(head[i+1], limits[0], limits[1]); err != nil {
			return 0, 0, 0, err
		}
	}
	return int(whole[0]), int(whole[1]), int(whole[2]), nil
}

func read(r *lines.Reader) (p Instance, err error) {
	vehicles, customers, days, err := readHead(r)
	if err != nil {
		return p, err
	}
	p = Instance{Vehicles: vehicles, Days: make([]Limits, days), Places: make([]Place, customers+1)}
	for d := range p.Days {
		row, err := r.Numbers(mostNumber)
		if err != nil {
			return p, err
		}
		if len(row) != 2 || row[0] < 0 || row[1] < 0 {
			return p, errors.New("want how long a tour of the day may take and what it may carry")
		}
		p.Days[d] = Limits{row[0], row[1]}
	}
	for i := range p.Places {
		row, err := r.Numbers(mostNumber)
		if err != nil {
			return p, err
		}
		if p.Places[i], err = placeOf(row, i, days); err != nil {
			return p, err
		}
	}
	return p, r.End(fmt.Sprintf("%d customers", customers))
}

// placeOf is a row: number, x, y, service, load, how often, how many sets of days, and these. In some files there is more
// behind them, the window of a day.
func placeOf(row []float64, number, days int) (p Place, err error) {
	if len(row) < 7 {
		if number > 0 || len(row) < 5 {
			return p, fmt.Errorf("%d numbers: want at least 7", len(row))
		}
		row = append(row, make([]float64, 7-len(row))...)
	}
	if row[0] != float64(number) {
		return p, fmt.Errorf("number %g: want %d", row[0], number)
	}
	p = Place{X: row[1], Y: row[2], Service: row[3], Load: row[4]}
	if p.Service < 0 || p.Load < 0 {
		return p, fmt.Errorf("service %g, load %g: want 0 or more", p.Service, p.Load)
	}
	if number == 0 {
		return p, nil
	}
	often, err := lines.Whole(row[5], 0, float64(days))
	if err != nil {
		return p, err
	}
	sets, err := lines.Whole(row[6], 0, mostPatterns)
	if err != nil {
		return p, err
	}
	if codes := row[7:]; len(codes) < int(sets) {
		return p, fmt.Errorf("%d sets of days: want %d", len(codes), sets)
	}
	for _, code := range row[7 : 7+sets] {
		set, err := daysOf(code, int(often), days)
		if err != nil {
			return p, err
		}
		p.Patterns = append(p.Patterns, set)
	}
	return p, nil
}

// daysOf turns a code round: its lowest bit is the last day.
func daysOf(code float64, often, days int) (uint64, error) {
	if !(code >= 0 && code == math.Trunc(code)) || bits.OnesCount64(uint64(code)) != often || bits.Len64(uint64(code)) > days {
		return 0, fmt.Errorf("%g is no choice of %d of %d days", code, often, days)
	}
	return bits.Reverse64(uint64(code)) >> (64 - days), nil
}
