package routing

import (
	"math"
	"slices"
)

// A simplex finds the least sum of costs under linear rules, each variable between two limits (dual simplex method:
// C. Lemke, Naval Research Logistics Quarterly 1, 1954; with limits: H. Wagner, ibid. 5, 1958). What it says is rounded
// and proves nothing: it proposes penalties, and a 1-tree in whole numbers proves. Products are rounded before they are
// added, so that it says the same on every machine.
//
//	basic variable = at − Σ table · changes of the others
type simplex struct {
	table  [][]float64 // a row for each basic variable, a column for each other
	basic  []int32     // of each row: its variable
	at     []float64   // of each row: what that is now
	others []int32     // of each column: its variable
	cost   []float64   // of each column: by how much the sum grows with it
	sum    float64

	place  []int32   // of each variable: its column, or −1 less its row, or absent
	value  []float64 // of each variable that is not basic
	lo, hi []float64 // limits of each variable

	flips   []int32
	held    []int32     // columns where a row is not 0
	spare   [][]float64 // rows
	leaning int         // a row that no column can bring within its limits
	weight  float64     // how often it must count to prove that; 0 if there is none
}

const (
	absent   = math.MinInt32
	tiny     = 1e-9 // what rounding leaves
	feasible = 1e-7 // how far beyond its limits a variable may be
)

// A term is a variable and its factor.
type term struct {
	v      int32
	factor float64
}

// newSimplex has variables between 0 and 1 and no rules.
func newSimplex(cost []float64) *simplex {
	s := &simplex{cost: cost}
	for v, c := range cost {
		s.others, s.place = append(s.others, int32(v)), append(s.place, int32(v))
		s.lo, s.hi, s.value = append(s.lo, 0), append(s.hi, 1), append(s.value, 0)
		if c < 0 {
			s.value[v] = 1
			s.sum += c
		}
	}
	return s
}

// rule demands of a sum of terms to be from least to least+most, and gives the variable by which it is above least.
func (s *simplex) rule(terms []term, least, most float64) int32 {
	row, at := s.row(), -least
	for _, t := range terms {
		p := s.place[t.v]
		switch {
		case p >= 0:
			row[p] -= t.factor
		case p != absent:
			takeFrom(row, s.table[-1-p], -t.factor)
		}
		at += float64(t.factor * s.now(t.v))
	}
	v := int32(len(s.place))
	s.place, s.value = append(s.place, int32(-1-len(s.table))), append(s.value, 0)
	s.lo, s.hi = append(s.lo, 0), append(s.hi, most)
	s.table, s.basic, s.at = append(s.table, row), append(s.basic, v), append(s.at, at)
	return v
}

func (s *simplex) row() []float64 {
	last := len(s.spare) - 1
	if last < 0 {
		return make([]float64, len(s.cost))
	}
	row := s.spare[last][:len(s.cost)]
	s.spare = s.spare[:last]
	clear(row)
	return row
}

// takeFrom takes another row some times from a row.
func takeFrom(row, other []float64, times float64) {
	other = other[:len(row)]
	for j, o := range other {
		row[j] -= float64(times * o)
	}
}

// takeHeld takes another row some times from a row, where that holds anything.
func (s *simplex) takeHeld(row, other []float64, times float64) {
	if 2*len(s.held) > len(row) {
		takeFrom(row, other, times)
		return
	}
	for _, j := range s.held {
		row[j] -= float64(times * other[j])
	}
}

// now is what a variable is.
func (s *simplex) now(v int32) float64 {
	switch p := s.place[v]; {
	case p >= 0:
		return s.value[v]
	case p == absent:
		return 0
	default:
		return s.at[-1-p]
	}
}

// price is by how much the sum would grow with a variable.
func (s *simplex) price(v int32) float64 {
	p := s.place[v]
	switch {
	case p >= 0 && s.weight != 0:
		return s.cost[p] + float64(s.weight*s.table[s.leaning][p])
	case p >= 0:
		return s.cost[p]
	case s.weight != 0 && int(-1-p) == s.leaning:
		return s.weight
	}
	return 0
}

// limit sets the limits of a variable.
func (s *simplex) limit(v int32, lo, hi float64) {
	if s.lo[v] == lo && s.hi[v] == hi {
		return
	}
	s.lo[v], s.hi[v] = lo, hi
	if p := s.place[v]; p >= 0 && s.cost[p] < 0 {
		s.move(v, hi)
	} else if p >= 0 {
		s.move(v, lo)
	}
}

func (s *simplex) move(v int32, to float64) {
	j, change := s.place[v], to-s.value[v]
	if change == 0 {
		return
	}
	s.value[v] = to
	s.sum += float64(s.cost[j] * change)
	for i, row := range s.table {
		s.at[i] -= float64(row[j] * change)
	}
}

// An outcome of a search for the least sum.
type outcome int

const (
	halfway  outcome = iota // it was stopped
	lowest                  // the sum is the least there is
	above                   // the least sum is above what was asked for
	hopeless                // nothing keeps the rules
)

const stepsAtOnce = 4 // between looks at the clock

// lower brings the sum to its least, from below, in so many steps at most and until stopped.
func (s *simplex) lower(limit float64, steps int, stop func() bool) outcome {
	s.weight = 0
	for step := range steps {
		if s.sum > limit {
			return above
		}
		i, goal := s.farthest()
		if i < 0 {
			return lowest
		}
		if step%stepsAtOnce == stepsAtOnce-1 && stop() {
			return halfway
		}
		j := s.entering(i, goal)
		if j < 0 {
			s.leaning, s.weight = i, (max(0, limit-s.sum)+1)/(goal-s.at[i])
			return hopeless
		}
		for _, v := range s.flips {
			s.move(v, s.lo[v]+s.hi[v]-s.value[v])
		}
		s.pivot(i, j, goal)
	}
	return halfway
}

// farthest is the row that is farthest beyond a limit, and the limit; -1 if none is.
func (s *simplex) farthest() (row int, goal float64) {
	row = -1
	far := feasible
	for i, v := range s.basic {
		if d := s.lo[v] - s.at[i]; d > far {
			row, goal, far = i, s.lo[v], d
		} else if d := s.at[i] - s.hi[v]; d > far {
			row, goal, far = i, s.hi[v], d
		}
	}
	return row, goal
}

// entering is the column that changes places with a row to bring it to its goal. Columns that would get cheaper than
// nothing by that go to their other limit first, as long as the row still lacks something; -1 if nothing brings it there.
func (s *simplex) entering(i int, goal float64) int {
	lack := math.Abs(goal - s.at[i])
	s.flips = s.flips[:0]
	for {
		j := s.cheapest(s.table[i], goal > s.at[i])
		if j < 0 {
			return -1
		}
		v := s.others[j]
		lack -= float64(math.Abs(s.table[i][j]) * (s.hi[v] - s.lo[v]))
		if lack <= feasible {
			return j
		}
		s.flips = append(s.flips, v)
	}
}

// cheapest is the column, of those not yet flipped, whose cost is the first to be nothing if the row is to rise or fall.
func (s *simplex) cheapest(row []float64, rise bool) int {
	best, least, size := -1, math.Inf(1), 0.0
	for j, r := range row {
		if math.Abs(r) < feasible {
			continue
		}
		v := s.others[j]
		up := s.value[v] == s.lo[v]
		if up == (r > 0) == rise || s.lo[v] == s.hi[v] {
			continue
		}
		ratio := math.Abs(s.cost[j] / r)
		if up == (s.cost[j] < 0) { // by rounding
			ratio = 0
		}
		if ratio > least+tiny || len(s.flips) > 0 && slices.Contains(s.flips, v) {
			continue
		}
		if ratio < least-tiny || math.Abs(r) > size {
			best, least, size = j, min(least, ratio), math.Abs(r)
		}
	}
	return best
}

// pivot lets the variable of a row, which comes to its goal, and that of a column change places.
func (s *simplex) pivot(i, j int, goal float64) {
	row, factor := s.table[i], 1/s.table[i][j]
	step := float64((s.at[i] - goal) * factor)
	s.sum += float64(s.cost[j] * step)
	s.held = s.held[:0]
	row[j] = 1
	for k, v := range row {
		if v != 0 {
			row[k] = v * factor
			s.held = append(s.held, int32(k))
		}
	}
	for k, r := range s.table {
		if f := r[j]; k != i && f != 0 {
			s.at[k] -= float64(f * step)
			r[j] = 0
			s.takeHeld(r, row, f)
		}
	}
	f := s.cost[j]
	s.cost[j] = 0
	s.takeHeld(s.cost, row, f)
	out, in := s.basic[i], s.others[j]
	s.at[i], s.value[out] = s.value[in]+step, goal
	s.basic[i], s.others[j] = in, out
	s.place[in], s.place[out] = int32(-1-i), int32(j)
}

// drop takes a rule back that holds with something to spare.
func (s *simplex) drop(v int32) {
	i, last := int(-1-s.place[v]), len(s.table)-1
	s.spare = append(s.spare, s.table[i])
	s.table[i], s.basic[i], s.at[i] = s.table[last], s.basic[last], s.at[last]
	s.place[s.basic[i]] = int32(-1 - i)
	s.table, s.basic, s.at = s.table[:last], s.basic[:last], s.at[:last]
	s.place[v] = absent
}

// forget takes a variable out that is 0, and not basic, for good.
func (s *simplex) forget(v int32) {
	j, last := s.place[v], len(s.cost)-1
	for i, row := range s.table {
		row[j] = row[last]
		s.table[i] = row[:last]
	}
	s.cost[j], s.others[j] = s.cost[last], s.others[last]
	s.place[s.others[j]] = j
	s.cost, s.others = s.cost[:last], s.others[:last]
	s.place[v] = absent
}

// become makes a simplex the same as another, which has the same memory before and after.
func (s *simplex) become(o *simplex) {
	for len(s.table) < len(o.table) {
		s.table = append(s.table, nil)
	}
	s.table = s.table[:len(o.table)]
	for i, row := range o.table {
		s.table[i] = append(s.table[i][:0], row...)
	}
	s.basic, s.others, s.place = append(s.basic[:0], o.basic...), append(s.others[:0], o.others...), append(s.place[:0], o.place...)
	s.at, s.cost, s.value = append(s.at[:0], o.at...), append(s.cost[:0], o.cost...), append(s.value[:0], o.value...)
	s.lo, s.hi = append(s.lo[:0], o.lo...), append(s.hi[:0], o.hi...)
	s.sum, s.weight = o.sum, 0
}
