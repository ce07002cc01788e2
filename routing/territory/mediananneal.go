package territory

import "math"

const (
	annealBatch = 256
	shiftChance = 31 // of so many proposals and one more, one is a new median of a group
	priceGrows  = 32 // at the end an excess is so much dearer than at first, or the cheapest plans would have one
)

// anneal proposes changes of the active places, so many for each, ever fewer of which may make things worse; hot is how much worse at
// first, in mean costs of a place.
func (g *medianState) anneal(active []int32, sweeps int, hot float64) {
	proposals := max(annealBatch, sweeps*len(active))
	batch := annealBatch / float64(proposals)
	cooling, dearer := math.Pow(coldest/hot, batch), math.Pow(priceGrows, batch)
	heat, price := hot*g.mean(), float64(g.firstPrice)
	for ; proposals > 0 && !g.ended(); proposals -= annealBatch {
		g.price = int64(price)
		for range annealBatch {
			g.propose(active[g.rng.Uint64N(uint64(len(active)))], heat)
		}
		g.work += annealBatch
		heat *= cooling
		price *= dearer
	}
	g.tell()
}

// tell reports a best plan that was not told of yet.
func (s *medianSearch) tell() {
	if s.o.Report != nil && s.best.Cost != s.told {
		s.told = s.best.Cost
		s.o.Report(Progress{Iterations: s.work, Cost: s.best.Cost})
	}
}

func (g *medianState) propose(i int32, heat float64) {
	a := g.of[i]
	if g.median[a] == i || len(g.near[i]) == 0 {
		return
	}
	chance := g.rng.Uint64()
	if chance&shiftChance == 0 {
		g.proposeShift(a, i, heat)
		return
	}
	j := g.near[i][(chance>>32)%uint64(min(len(g.near[i]), g.reach))]
	b := g.of[j]
	if a == b {
		return
	}
	if chance&32 == 0 {
		g.proposeMove(i, b, heat)
		return
	}
	if chance&64 == 0 {
		j = g.members[b][chance>>8&0xffffff%uint64(len(g.members[b]))]
	}
	if g.median[b] != j {
		g.proposeSwap(i, j, heat)
	}
}

func (g *medianState) accepts(cost, over int64, heat float64) bool {
	change := cost + over*g.price
	return change <= 0 || float64(change) < heat*g.rng.ExpFloat64()
}

func (g *medianState) proposeShift(k, j int32, heat float64) {
	if cost, over := g.shiftBy(k, j); g.accepts(cost, over, heat) {
		g.setMedian(k, j, cost, over)
		g.note(cost, over)
	}
}

func (g *medianState) proposeMove(i, b int32, heat float64) {
	a, d := g.of[i], g.Demand[i]
	cost := g.row[b][i] - g.row[a][i]
	over := g.overBy(a, -d) + g.overBy(b, d)
	if g.accepts(cost, over, heat) {
		g.move(i, b)
		g.note(cost, over)
	}
}

func (g *medianState) proposeSwap(i, j int32, heat float64) {
	a, b := g.of[i], g.of[j]
	d := g.Demand[i] - g.Demand[j]
	cost := g.row[b][i] + g.row[a][j] - g.row[a][i] - g.row[b][j]
	over := g.overBy(a, -d) + g.overBy(b, d)
	if g.accepts(cost, over, heat) {
		g.move(i, b)
		g.move(j, a)
		g.note(cost, over)
	}
}

// note keeps a plan that has become better.
func (g *medianState) note(cost, over int64) {
	if cost < 0 || over < 0 {
		g.keep()
	}
}
