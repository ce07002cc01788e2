package districting

import (
	"math"
	"math/bits"
	"slices"

	"rounds/routing/territory"
)

// cut is whose each unit is, and what follows from it.
type cut struct {
	*Region
	of      []int32
	loads   [][]int64 // of territories, in steps
	totals  []int64   // of measures, over all units of the problem
	shares  int64
	middles [][2]float64 // of territories, decimetres
	figures []Figures
}

func (r *Region) cutOf(of []int32) *cut {
	k, m := len(r.Problem.Territories), len(r.Problem.Measures)
	c := &cut{
		Region: r, of: of, loads: make([][]int64, k), totals: make([]int64, m),
		middles: make([][2]float64, k), figures: make([]Figures, k),
	}
	for t, asked := range r.Problem.Territories {
		c.loads[t] = make([]int64, m)
		c.shares += asked.Share
		c.figures[t].Islands = [][]string{}
	}
	c.add()
	c.spread()
	c.look()
	c.pieces()
	for t := range c.figures {
		c.figures[t].Loads = r.loads(c.loads[t])
		for measure := range m {
			c.figures[t].Deviations = append(c.figures[t].Deviations, float64(c.loads[t][measure])/c.target(int32(t), measure)-1)
		}
	}
	return c
}

// add adds up loads and finds middles.
func (c *cut) add() {
	for i, u := range c.Problem.Units {
		for k, x := range u.Loads {
			c.totals[k] += x
		}
		t := c.of[i]
		if t == territory.None {
			continue
		}
		for k, x := range u.Loads {
			c.loads[t][k] += x
		}
		c.figures[t].Retailers++
		c.middles[t][0] += float64(u.At.X)
		c.middles[t][1] += float64(u.At.Y)
	}
	for t := range c.middles {
		n := float64(max(1, c.figures[t].Retailers))
		c.middles[t][0] /= n
		c.middles[t][1] /= n
	}
}

// spread adds up how far units are from their middles, in metres.
func (c *cut) spread() {
	for i, t := range c.of {
		if t == territory.None {
			continue
		}
		d := c.distance(i, t)
		c.figures[t].D2 += d * d
		c.figures[t].MeanDistance += d
	}
	for t := range c.figures {
		c.figures[t].MeanDistance /= float64(max(1, c.figures[t].Retailers))
	}
}

// distance is from a unit to the middle of a territory, metres.
func (c *cut) distance(unit int, t int32) float64 {
	at := c.Problem.Units[unit].At
	return math.Hypot(float64(at.X)-c.middles[t][0], float64(at.Y)-c.middles[t][1]) / 10
}

// look counts the units that stand among those of others.
func (c *cut) look() {
	if c.Problem.Beside.Len() == 0 {
		return
	}
	for i, t := range c.of {
		if t == territory.None {
			continue
		}
		beside, others := c.Problem.Beside.Of(i), 0
		for _, j := range beside {
			if c.of[j] != t && c.of[j] != territory.None {
				others++
			}
		}
		if 2*others > len(beside) {
			c.figures[t].Intruding++
		}
	}
	for t := range c.figures {
		c.figures[t].Intruding /= float64(max(1, c.figures[t].Retailers))
	}
}

// pieces finds which territories do not hang together.
func (c *cut) pieces() {
	found := make([][][]int32, len(c.figures))
	seen := make([]bool, len(c.of))
	for i, t := range c.of {
		if t != territory.None && !seen[i] {
			found[t] = append(found[t], c.piece(int32(i), seen))
		}
	}
	for t, pieces := range found {
		if c.Problem.Beside.Len() == 0 {
			pieces = pieces[:min(1, len(pieces))]
		}
		c.figures[t].Pieces = len(pieces)
		slices.SortStableFunc(pieces, func(a, b []int32) int { return len(b) - len(a) })
		for _, piece := range pieces[min(1, len(pieces)):] {
			slices.Sort(piece)
			c.figures[t].Islands = append(c.figures[t].Islands, c.codes(piece))
		}
	}
}

// piece is all that hangs together with a unit.
func (c *cut) piece(first int32, seen []bool) []int32 {
	piece := []int32{first}
	seen[first] = true
	if c.Problem.Beside.Len() == 0 {
		return piece
	}
	for at := 0; at < len(piece); at++ {
		for _, j := range c.Problem.Beside.Of(int(piece[at])) {
			if c.of[j] == c.of[first] && !seen[j] {
				seen[j] = true
				piece = append(piece, j)
			}
		}
	}
	return piece
}

func (c *cut) target(t int32, measure int) float64 {
	return float64(c.totals[measure]) * float64(c.Problem.Territories[t].Share) / float64(c.shares)
}

// worst is the largest deviation of a measure, rounded up to millionths: |load × shares − total × share| ÷ (total × share).
func (c *cut) worst(measure int) float64 {
	var worst uint64
	for t, asked := range c.Problem.Territories {
		haveHigh, have := bits.Mul64(uint64(c.loads[t][measure]), uint64(c.shares))
		wantHigh, want := bits.Mul64(uint64(c.totals[measure]), uint64(asked.Share))
		if haveHigh > 0 || wantHigh > 0 || want == 0 {
			worst = max(worst, uint64(math.Ceil(math.Abs(float64(c.loads[t][measure])/c.target(int32(t), measure)-1)*millionths)))
			continue
		}
		off := max(have, want) - min(have, want)
		high, low := bits.Mul64(off, millionths)
		if high >= want {
			worst = math.MaxInt64
			continue
		}
		whole, rest := bits.Div64(high, low, want)
		worst = max(worst, whole+min(rest, 1))
	}
	return float64(worst) / millionths
}

func (c *cut) total() Total {
	var t Total
	for _, f := range c.figures {
		t.D2 += f.D2
		t.MeanDistance += f.MeanDistance * float64(f.Retailers)
		t.Intruding += f.Intruding * float64(f.Retailers)
		t.Retailers += f.Retailers
		if f.Pieces > 1 {
			t.Broken++
		}
	}
	n := float64(max(1, t.Retailers))
	t.MeanDistance /= n
	t.Intruding /= n
	return t
}
