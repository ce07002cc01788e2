package routing

import (
	"cmp"
	"slices"
)

const (
	firstPool = 30   // tours; each pool is twice as large as the one before
	poolFor   = 0.65 // of the time that is left, making a pool's tours
	anewNodes = 100  // a tour made anew counts as a kick for each so many
)

// A pool is tours that are crossed with each other.
type pool struct {
	*solving
	cross *crosser
	tours []*array
	legs  []edge  // that tours begin with
	pi    []int64 // the penalties of a 1-tree: with them legs cost about what they are worth to a tour
}

// evolve makes pools of tours and crosses them until none has what another lacks, each with the best so far and larger
// than the one before, until so many kicks are counted or time is up; or, if a proof is to follow, one finds nothing.
func (s *solving) evolve(c *climber, pi []int64, proving bool) {
	c.settleAll()
	p := pool{solving: s, cross: newCrosser(s.ring, c.lists, s.random), legs: c.edges(), pi: pi}
	for size, last := firstPool, Cost(-1); s.goesOn() && !(proving && s.cost == last); size *= 2 {
		last = s.cost
		p.tours = append(p.tours[:0], c.release())
		p.fill(c, size)
		p.mix()
		c.begin(p.best().order)
		c.settleAll()
		s.keep(c.order)
	}
}

// goesOn tells whether there is time, and something to be found.
func (s *solving) goesOn() bool { return s.kicks < s.most && s.cost > s.bound && !s.over(s.until) }

// fill adds tours.
func (p *pool) fill(c *climber, size int) {
	c.hasty = true
	defer func() { c.hasty = false }()
	until := p.spent()
	until += poolFor * (p.until - until)
	for len(p.tours) < size && p.goesOn() && !p.over(until) {
		p.kicks += 1 + p.n/anewNodes
		c.begin(p.joined(p.shuffled()))
		c.settleAll()
		p.tours = append(p.tours, c.release())
	}
}

// Keys to sort legs by: a number of parts above the leg's own number.
const (
	legBits  = 24
	mostBits = 64 - legBits
)

// shuffled are the legs, those first that cost least with penalties, if each cost up to as much again.
func (p *pool) shuffled() []edge {
	keys := make([]uint64, len(p.legs))
	for i, e := range p.legs {
		parts := int64(e.leg) * scale
		seems := parts + parts*int64(p.random.Uint32N(whole))/whole + p.pi[e.a] + p.pi[e.b]
		keys[i] = uint64(min(max(seems, 0), 1<<mostBits-1))<<legBits | uint64(i)
	}
	slices.Sort(keys)
	legs := make([]edge, len(keys))
	for i, k := range keys {
		legs[i] = p.legs[k&(1<<legBits-1)]
	}
	return legs
}

// mix crosses each tour with another, in ever new order, until nothing more comes of it.
func (p *pool) mix() {
	for gained := Cost(1); gained > 0; {
		gained = 0
		p.random.Shuffle(len(p.tours), func(i, j int) { p.tours[i], p.tours[j] = p.tours[j], p.tours[i] })
		for i, t := range p.tours {
			if p.over(p.until) {
				return
			}
			gained += p.cross.put(t, p.tours[(i+1)%len(p.tours)])
		}
	}
}

func (p *pool) best() *array {
	return slices.MinFunc(p.tours, func(a, b *array) int { return cmp.Compare(p.length(a.order), p.length(b.order)) })
}
