// Package cordeau reads periodic vehicle routing problems as J.-F. Cordeau, M. Gendreau and G. Laporte publish
// them (Networks 30, 1997): places on a plane, days, vehicles and on which days a place may be called at. It solves nothing.
package cordeau

import (
	"bufio"
	"errors"
	"fmt"
	"io"
	"math"
	"math/bits"
	"strconv"
	"strings"
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
		if len(words) == 0 {
			continue
		}
		numbers := make([]float64, len(words))
		for i, word := range words {
			x, err := strconv.ParseFloat(word, 64)
			if err != nil || !(math.Abs(x) <= mostNumber) {
				return nil, fmt.Errorf("%.20q: want a number of at most %g", word, mostNumber)
			}
			numbers[i] = x
		}
		return numbers, nil
	}
	if err := r.lines.Err(); errors.Is(err, bufio.ErrTooLong) {
		return nil, fmt.Errorf("longer than %d bytes", longestLine)
	} else if err != nil {
		return nil, err
	}
	return nil, io.ErrUnexpectedEOF
}

// head is the first line: the kind, vehicles, customers and days.
func (r *reader) head() (vehicles, customers, days int, err error) {
	head, err := r.next()
	if err != nil {
		return 0, 0, 0, err
	}
	if len(head) != 4 {
		return 0, 0, 0, fmt.Errorf("%d numbers: want the kind, vehicles, customers and days", len(head))
	}
	if head[0] != 1 {
		return 0, 0, 0, fmt.Errorf("kind %g: only kind 1, with several days and one depot, is supported", head[0])
	}
	var whole [3]int
	for i, most := range [3]int{mostVehicles, mostPlaces - 1, mostDays} {
		if whole[i], err = wholeNumber(head[i+1], most); err != nil {
			return 0, 0, 0, err
		}
	}
	if whole[2] == 0 {
		err = errors.New("no days")
	}
	return whole[0], whole[1], whole[2], err
}

func wholeNumber(x float64, most int) (int, error) {
	if !(x >= 0 && x <= float64(most) && x == math.Trunc(x)) {
		return 0, fmt.Errorf("%g: want a whole number of at most %d", x, most)
	}
	return int(x), nil
}

func (r *reader) instance() (p Instance, err error) {
	vehicles, customers, days, err := r.head()
	if err != nil {
		return p, err
	}
	p = Instance{Vehicles: vehicles, Days: make([]Limits, days), Places: make([]Place, customers+1)}
	for d := range p.Days {
		row, err := r.next()
		if err != nil {
			return p, err
		}
		if len(row) != 2 || row[0] < 0 || row[1] < 0 {
			return p, errors.New("want how long a tour of the day may take and what it may carry")
		}
		p.Days[d] = Limits{row[0], row[1]}
	}
	for i := range p.Places {
		row, err := r.next()
		if err != nil {
			return p, err
		}
		if p.Places[i], err = placeOf(row, i, days); err != nil {
			return p, err
		}
	}
	if _, err := r.next(); err == nil {
		return p, fmt.Errorf("the file goes on after %d customers", customers)
	} else if !errors.Is(err, io.ErrUnexpectedEOF) {
		return p, err
	}
	return p, nil
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
	often, err := wholeNumber(row[5], days)
	if err != nil {
		return p, err
	}
	sets, err := wholeNumber(row[6], mostPatterns)
	if err != nil {
		return p, err
	}
	if len(row) < 7+sets {
		return p, fmt.Errorf("%d sets of days: want %d", len(row)-7, sets)
	}
	for _, code := range row[7 : 7+sets] {
		set, err := daysOf(code, often, days)
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
