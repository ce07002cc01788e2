package territory

import (
	"cmp"
	"context"
	"math/rand/v2"
	"slices"
)

// Cuts into few territories are begun in several ways, each levelled a little over some of the nodes. The best ones are levelled over
// all of them and searched for a while each; the best of these is searched on.
const (
	fewTerritories = 32
	trials         = 12
	trialSweeps    = 24
	mostLooked     = 2000 // nodes, about
	heats          = 4
	heatsUntil     = allOfIt * 35 / 100
)

// trials begins in several ways and returns the best cuts, the first of which the state is in.
func (l *levelling) trials(ctx context.Context, lots []lot) (cuts [][]int32) {
	if len(lots) == 1 { // else territories are not beside all others
		l.every = max(1, len(l.s.nodes)/mostLooked)
	}
	var tried []outcome
	for try := range trials {
		for _, lot := range lots {
			if try > 0 {
				l.scatter(lot, rand.NewPCG(uint64(try), 7))
			}
		}
		l.run(ctx, trialSweeps)
		tried = append(tried, l.outcome())
	}
	slices.SortStableFunc(tried, func(a, b outcome) int { return cmp.Compare(a.score, b.score) })
	every := l.every
	for _, o := range tried[:heats] {
		copy(l.s.of, o.of)
		copy(l.height, o.height)
		if every > 1 {
			l.every = every
			l.look()
			for _, lot := range lots {
				l.nearest(lot)
			}
			l.every = 1
		}
		l.run(ctx, trialSweeps)
		cuts = append(cuts, slices.Clone(l.s.of))
	}
	copy(l.s.of, cuts[0])
	return cuts
}

// heat is a cut that was searched for a while.
type heat struct {
	of     []int32
	aims   *aims
	broken int
	score  int64
}

// heated searches from each of the cuts that there are to begin from, and goes on from the best.
func (r *search) heated() {
	var best heat
	begun := r.share
	for i, of := range r.heats {
		if i > 0 {
			if r.over() {
				break
			}
			copy(r.of, of)
			r.unite()
			r.rejoin()
			r.separate()
			r.begin()
			r.broken = r.mend()
			r.recount()
		}
		r.aim()
		r.anneal(begun + (heatsUntil-begun)*(i+1)/len(r.heats))
		r.restore()
		h := heat{of: r.of, aims: r.aims, broken: r.broken, score: r.cost + r.change + fined(r.out, r.least*16)}
		if i == 0 || h.broken < best.broken || h.broken == best.broken && h.score < best.score {
			h.of = slices.Clone(r.of)
			best = h
		}
	}
	if len(r.heats) == 0 {
		return
	}
	copy(r.of, best.of)
	r.aims, r.broken = best.aims, best.broken
	r.begin()
	r.keep(r.broken)
	r.hot = max(1, r.hot/4)
}
