package tsplib

import (
	"fmt"
	"strconv"
	"strings"
)

// instance puts together what was read.
func (r *reader) instance() (Instance, error) {
	if kind, line := r.said("TYPE"); kind != "" && kind != "TSP" && kind != "ATSP" {
		return Instance{}, fmt.Errorf("line %d: TYPE %s: want TSP or ATSP", line, shortened(kind))
	}
	count, line := r.said("DIMENSION")
	n, err := strconv.Atoi(count)
	switch {
	case count == "":
		return Instance{}, fmt.Errorf("the file says no DIMENSION")
	case err != nil || n < 1:
		return Instance{}, fmt.Errorf("line %d: DIMENSION %s: want a number of nodes", line, shortened(count))
	}
	p := Instance{Name: r.header["NAME"].value, Nodes: n}
	kind, line := r.said("EDGE_WEIGHT_TYPE")
	switch kind {
	case "":
		return Instance{}, fmt.Errorf("the file says no EDGE_WEIGHT_TYPE")
	case "EXPLICIT":
		return r.explicit(p)
	}
	measure, ok := measures[kind]
	if !ok {
		return Instance{}, fmt.Errorf("line %d: EDGE_WEIGHT_TYPE %s: want EUC_2D, CEIL_2D, GEO, ATT or EXPLICIT", line, shortened(kind))
	}
	return r.measured(p, measure)
}

// said is the first word that the header says of something, without remarks behind it, and on which line.
func (r *reader) said(what string) (word string, line int) {
	e := r.header[what]
	if fields := strings.Fields(e.value); len(fields) > 0 {
		word = strings.ToUpper(fields[0])
	}
	return word, e.line
}

// measured is an instance whose legs follow from coordinates.
func (r *reader) measured(p Instance, m measure) (Instance, error) {
	if r.last[coordinates] == 0 {
		return p, fmt.Errorf("the file has no %s", coordinates)
	}
	places, err := r.places(p.Nodes)
	if err != nil {
		return p, err
	}
	if m.check != nil {
		for _, n := range r.nodes {
			if err := m.check(n.x, n.y); err != nil {
				return p, fmt.Errorf("line %d: %w", n.line, err)
			}
		}
	}
	p.Symmetric = true
	p.Cost, p.Plane = m.cost(places)
	return p, nil
}

// places are the coordinates in the order of the nodes' numbers.
func (r *reader) places(n int) ([][2]float64, error) {
	if len(r.nodes) < n {
		return nil, fmt.Errorf("line %d: %s ends after %d nodes: DIMENSION is %d", r.last[coordinates], coordinates, len(r.nodes), n)
	}
	places, lines := make([][2]float64, n), make([]int, n)
	for _, node := range r.nodes {
		if node.number < 1 || node.number > n {
			return nil, fmt.Errorf("line %d: node %d: want 1 to %d", node.line, node.number, n)
		}
		i := node.number - 1
		if lines[i] > 0 {
			return nil, fmt.Errorf("line %d: node %d again: it is on line %d", node.line, node.number, lines[i])
		}
		places[i], lines[i] = [2]float64{node.x, node.y}, node.line
	}
	return places, nil
}

// explicit is an instance with every cost in the file.
func (r *reader) explicit(p Instance) (Instance, error) {
	format, line := r.said("EDGE_WEIGHT_FORMAT")
	layout, ok := layouts[format]
	if !ok {
		const want = "FULL_MATRIX, UPPER_ROW, LOWER_ROW, UPPER_DIAG_ROW or LOWER_DIAG_ROW"
		if format == "" {
			return p, fmt.Errorf("the file says no EDGE_WEIGHT_FORMAT: want %s", want)
		}
		return p, fmt.Errorf("line %d: EDGE_WEIGHT_FORMAT %s: want %s", line, shortened(format), want)
	}
	if r.last[weights] == 0 {
		return p, fmt.Errorf("the file has no %s", weights)
	}
	if p.Nodes > mostExplicit {
		_, line := r.said("DIMENSION")
		return p, fmt.Errorf("line %d: DIMENSION %d: with costs one by one at most %d", line, p.Nodes, mostExplicit)
	}
	if want := layout.size(p.Nodes); len(r.weights) != want {
		return p, fmt.Errorf("line %d: %s ends after %d numbers: %s of %d nodes has %d",
			r.last[weights], weights, len(r.weights), format, p.Nodes, want)
	}
	list, n := r.weights, p.Nodes
	p.Cost = func(i, j int) int64 { return int64(list[layout.at(i, j, n)]) }
	p.Symmetric = format != "FULL_MATRIX" || evenly(p.Cost, n)
	return p, nil
}

// mostExplicit keeps the number of costs a number; a file of so many would have 10 GB.
const mostExplicit = 1 << 16

func evenly(cost func(i, j int) int64, n int) bool {
	for i := range n {
		for j := range i {
			if cost(i, j) != cost(j, i) {
				return false
			}
		}
	}
	return true
}

// A layout is how a matrix lies in a file: how many numbers of it, and where that of a leg is.
type layout struct {
	size func(n int) int
	at   func(i, j, n int) int
}

var layouts = map[string]layout{
	"FULL_MATRIX": {
		func(n int) int { return n * n },
		func(i, j, n int) int { return i*n + j },
	},
	"LOWER_ROW": {
		func(n int) int { return n * (n - 1) / 2 },
		func(i, j, _ int) int { i, j = max(i, j), min(i, j); return i*(i-1)/2 + j },
	},
	"LOWER_DIAG_ROW": {
		func(n int) int { return n * (n + 1) / 2 },
		func(i, j, _ int) int { i, j = max(i, j), min(i, j); return i*(i+1)/2 + j },
	},
	"UPPER_ROW": {
		func(n int) int { return n * (n - 1) / 2 },
		func(i, j, n int) int { i, j = min(i, j), max(i, j); return i*(2*n-i-1)/2 + j - i - 1 },
	},
	"UPPER_DIAG_ROW": {
		func(n int) int { return n * (n + 1) / 2 },
		func(i, j, n int) int { i, j = min(i, j), max(i, j); return i*(2*n-i+1)/2 + j - i },
	},
}
