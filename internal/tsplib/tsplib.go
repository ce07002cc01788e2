// Package tsplib reads problems of the travelling salesman as TSPLIB 95 writes them (G. Reinelt, TSPLIB 95,
// Universität Heidelberg): whole costs, by coordinates or one by one. It solves nothing.
package tsplib

import (
	"errors"
	"fmt"
	"io"
	"strconv"
	"strings"

	"rounds/internal/lines"
)

// Instance is a problem: nodes, numbered from 0 here and from 1 in the file, and what the legs between them cost.
type Instance struct {
	Name      string
	Nodes     int
	Cost      func(i, j int) int64 // of different nodes; 0 to 2³¹−1
	Symmetric bool                 // there costs what back costs
	Plane     [][2]float64         // about where the nodes lie, x and y in any unit; nil where the file has costs alone
}

// Read reads a .tsp or .atsp file of type EUC_2D, CEIL_2D, GEO, ATT or EXPLICIT. What cannot be read, or not be
// understood, is an error that names the line.
func Read(in io.Reader) (Instance, error) {
	r := &reader{lines: lines.NewReader(in, longestLine), header: map[string]entry{}}
	for !r.ended {
		line, err := r.lines.Next()
		if errors.Is(err, io.ErrUnexpectedEOF) {
			break
		}
		if err == nil {
			err = r.take(line)
		}
		if err != nil {
			return Instance{}, r.lines.Here(err)
		}
	}
	return r.instance()
}

const longestLine = 1 << 24

// reader is a file under way.
type reader struct {
	lines   *lines.Reader
	ended   bool
	header  map[string]entry
	section string

	weights []int32
	nodes   []node
	last    map[string]int // the last line of each section
}

// entry is what the header says of one thing, and where.
type entry struct {
	value string
	line  int
}

type node struct {
	number, line int
	x, y         float64
}

// Sections that are read; those left out draw pictures.
const (
	coordinates = "NODE_COORD_SECTION"
	weights     = "EDGE_WEIGHT_SECTION"
	pictures    = "DISPLAY_DATA_SECTION"
)

func (r *reader) take(line string) error {
	word := strings.ToUpper(line[:wordLength(line)])
	switch {
	case word == "EOF":
		r.ended = true
		return nil
	case strings.HasSuffix(word, "_SECTION"):
		return r.begin(word)
	case r.section == "" && word != "":
		value := strings.TrimLeft(line[len(word):], " \t:")
		r.header[word] = entry{value, r.lines.Number()}
		return nil
	case r.section == "":
		return fmt.Errorf("%q stands in no section", shortened(line))
	}
	return r.numbers(strings.Fields(line))
}

// wordLength is how many letters and underlines a line begins with.
func wordLength(line string) int {
	for i := range len(line) {
		if c := line[i]; c != '_' && (c < 'A' || c > 'Z') && (c < 'a' || c > 'z') {
			return i
		}
	}
	return len(line)
}

func (r *reader) begin(section string) error {
	switch section {
	case coordinates, weights, pictures:
	default:
		return fmt.Errorf("%s is not supported", section)
	}
	if r.last == nil {
		r.last = map[string]int{}
	}
	if r.last[section] > 0 {
		return fmt.Errorf("%s again", section)
	}
	r.section, r.last[section] = section, r.lines.Number()
	return nil
}

func (r *reader) numbers(fields []string) error {
	r.last[r.section] = r.lines.Number()
	switch r.section {
	case coordinates:
		return r.node(fields)
	case weights:
		return r.costs(fields)
	}
	return nil
}

func (r *reader) node(fields []string) (err error) {
	if len(fields) != 3 {
		return fmt.Errorf("%q: want a node, x and y", shortened(strings.Join(fields, " ")))
	}
	n := node{line: r.lines.Number()}
	if n.number, err = strconv.Atoi(fields[0]); err != nil {
		return fmt.Errorf("%q is no node number", shortened(fields[0]))
	}
	if n.x, err = coordinate(fields[1]); err != nil {
		return err
	}
	if n.y, err = coordinate(fields[2]); err != nil {
		return err
	}
	r.nodes = append(r.nodes, n)
	return nil
}

// farthest keeps every leg within 31 bits.
const farthest = 700_000_000

func coordinate(text string) (float64, error) {
	x, err := strconv.ParseFloat(text, 64)
	if err != nil {
		return 0, fmt.Errorf("%q is no coordinate", shortened(text))
	}
	if !(x >= -farthest && x <= farthest) {
		return 0, fmt.Errorf("coordinate %s is not within ±%d", shortened(text), farthest)
	}
	return x, nil
}

func (r *reader) costs(fields []string) error {
	for _, text := range fields {
		c, err := strconv.ParseInt(text, 10, 32)
		if f, e := strconv.ParseFloat(text, 64); err != nil && e == nil && f >= 0 && f < 1<<31 && f == float64(int64(f)) {
			c, err = int64(f), nil // 12.0, 1e+06
		}
		if err != nil || c < 0 {
			return fmt.Errorf("%q is no whole number from 0 to 2147483647", shortened(text))
		}
		r.weights = append(r.weights, int32(c))
	}
	return nil
}

func shortened(text string) string {
	const most = 40
	if len(text) > most {
		return text[:most] + "…"
	}
	return text
}
