package routing

import (
	"cmp"
	"slices"
)

const (
	firstPool  = 30   // tours; each pool is twice as large as the one before
	poolFor    = 0.65 // of the time that is left, making a pool's tours
	anewNodes  = 100  // a tour made anew counts as a kick for each so many
	mostDearer = 2    // times a leg seems dearer, at most, to begin a tour by others
)

// evolve makes pools of tours and crosses them until no tour has what another lacks, then larger ones, until so many
// kicks are counted or time is up.
func (s *solving) evolve(c *climber, near [][]neighbour) {
	x := newCrosser(s.ring, c.lists, s.random)
	legs := edges(near)
	c.settleAll()
	for size := firstPool; s.goesOn(); size *= 2 {
		p := pool{solving: s, tours: []*array{c.release()}}
		p.fill(c, legs, size)
		p.mix(x)
		c.begin(p.best().order)
		s.keep(c)
	}
}

// goesOn tells whether there is time, and something to be found.
func (s *solving) goesOn() bool { return s.kicks < s.most && s.cost > s.bound && !s.over(kickUntil) }

// A pool is tours that are crossed with each other.
type pool struct {
	*solving
	tours []*array
}

// fill adds tours to a pool.
func (p *pool) fill(c *climber, legs []edge, size int) {
	until := p.spent()
	until += poolFor * (kickUntil - until)
	for len(p.tours) < size && p.goesOn() && !p.over(until) {
		p.kicks += 1 + p.n/anewNodes
		c.begin(p.joined(p.shuffled(legs)))
		c.settleAll()
		p.tours = append(p.tours, c.release())
	}
}

// shuffled are the legs as they would be sorted if some were dearer.
func (p *pool) shuffled(legs []edge) []edge {
	seeming := make([]edge, len(legs))
	for i, e := range legs {
		seeming[i] = edge{e.a, e.b, int32(min(int64(e.leg)*int64(whole+p.random.IntN((mostDearer-1)*whole))/whole, int64(MaxCost)))}
	}
	slices.SortFunc(seeming, func(x, y edge) int {
		return cmp.Or(cmp.Compare(x.leg, y.leg), cmp.Compare(x.a, y.a), cmp.Compare(x.b, y.b))
	})
	return seeming
}

// mix crosses each tour with another, in ever new order, until nothing more comes of it.
func (p *pool) mix(x *crosser) {
	for gained := Cost(1); gained > 0; {
		gained = 0
		p.random.Shuffle(len(p.tours), func(i, j int) { p.tours[i], p.tours[j] = p.tours[j], p.tours[i] })
		for i, t := range p.tours {
			if p.over(kickUntil) {
				return
			}
			gained += x.cross(t, p.tours[(i+1)%len(p.tours)])
		}
	}
}

func (p *pool) best() *array {
	return slices.MinFunc(p.tours, func(a, b *array) int { return cmp.Compare(p.length(a.order), p.length(b.order)) })
}
