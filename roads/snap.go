package roads

import (
	"math"
	"sort"

	"rounds/geo"
	"rounds/routing"

	"github.com/paulmach/orb"
)

// SnapLimit is the farthest that a place may be looked for, however far the caller would go.
const SnapLimit geo.Meters = 20_000

// Place is a point on a street, the nearest to some point beside it.
type Place struct {
	Point orb.Point
	Off   geo.Meters // from the point that was asked for, in a straight line

	street int32
	piece  int32   // the point of the shape before it
	share  float64 // of the street's length that lies before it
}

// Snap is the place on a street of the network that is nearest to p, false if none is within the limit. How to get
// from p to the street is not known: nothing counts it in.
func (n *Network) Snap(p orb.Point, within geo.Meters) (Place, bool) {
	if !finite(p) || !(within >= 0) {
		return Place{}, false
	}
	within = min(within, SnapLimit)
	best, piece, along := slack*float64(within), int32(-1), 0.0
	scale := math.Cos(p.Lat() * math.Pi / 180)
	more := func(least float64) bool { return least <= best }
	n.grid.eachNear(p, more, func(i int32) {
		off, t := nearest(p, n.point(i), n.point(i+1), scale)
		if off < best || off == best && (piece < 0 || i < piece) {
			best, piece, along = off, i, t
		}
	})
	if piece < 0 {
		return Place{}, false
	}
	at := n.place(p, piece, along)
	return at, at.Off <= within
}

// slack is more than the plane that the search takes the ground for is wrong by.
const slack = 1.02

func finite(p orb.Point) bool {
	return math.Abs(p.Lon()) <= 180 && math.Abs(p.Lat()) <= 90
}

// nearest is how far p lies from the piece from a to b, in metres, and where: 0 at a, 1 at b. So near the
// ground is taken for a plane.
func nearest(p, a, b orb.Point, scale float64) (off, along float64) {
	const perDegree = 111_320.0
	ax, ay := (a.Lon()-p.Lon())*scale*perDegree, (a.Lat()-p.Lat())*perDegree
	dx, dy := (b.Lon()-a.Lon())*scale*perDegree, (b.Lat()-a.Lat())*perDegree
	if long := dx*dx + dy*dy; long > 0 {
		along = math.Max(0, math.Min(1, -(ax*dx+ay*dy)/long))
	}
	return math.Hypot(ax+along*dx, ay+along*dy), along
}

func (n *Network) place(p orb.Point, piece int32, along float64) Place {
	s := int32(sort.Search(len(n.streets), func(i int) bool { return n.streets[i].first > piece })) - 1
	a, b := n.point(piece), n.point(piece+1)
	on := orb.Point{a.Lon() + along*(b.Lon()-a.Lon()), a.Lat() + along*(b.Lat()-a.Lat())}
	first, end := n.shape(s)
	before := float64(n.length(first, piece) + geo.Distance(a, on))
	share := 0.0
	if whole := float64(n.length(first, end-1)); whole > 0 {
		share = math.Min(1, before/whole)
	}
	return Place{Point: on, Off: geo.Distance(p, on), street: s, piece: piece, share: share}
}

// length is along a shape from one of its points to another.
func (n *Network) length(from, to int32) (sum geo.Meters) {
	for i := from; i < to; i++ {
		sum += geo.Distance(n.point(i), n.point(i+1))
	}
	return sum
}

// The entries of a place: with the street's shape first, then against it. A direction that is
// shut costs as much as none.

func (n *Network) leave(p Place) []routing.Entry {
	s := n.streets[p.street]
	return []routing.Entry{
		{Node: n.head(p.street), Cost: rest(s.ahead, p.share)},
		{Node: n.head(^p.street), Cost: rest(s.back, 1-p.share)},
	}
}

// head is the node that a direction leads to who sets out on it; any where it is shut.
func (n *Network) head(of int32) int32 {
	ways := n.ways(of)
	if len(ways) == 0 {
		return 0
	}
	return n.arcs.list[ways[0]].To
}

// arrive has an entry for each node that a direction may be taken from.
func (n *Network) arrive(p Place) (entries []routing.Entry) {
	s := n.streets[p.street]
	for _, arc := range n.ways(p.street) {
		entries = append(entries, routing.Entry{Node: n.arcs.list[arc].From, Cost: part(s.ahead, p.share)})
	}
	for _, arc := range n.ways(^p.street) {
		entries = append(entries, routing.Entry{Node: n.arcs.list[arc].From, Cost: part(s.back, 1-p.share)})
	}
	return entries
}

// part is what the first share of a direction costs; rest is the remainder, so that both are the whole.
func part(cost int32, share float64) int32 {
	if cost == shut {
		return int32(routing.Unreachable)
	}
	return int32(math.Round(share * float64(cost)))
}

func rest(cost int32, share float64) int32 {
	if cost == shut {
		return int32(routing.Unreachable)
	}
	return cost - part(cost, share)
}

// direct is the cost between places on one street without leaving it, Unreachable if that is not possible.
func (n *Network) direct(a, b Place) routing.Cost {
	if a.street != b.street {
		return routing.Unreachable
	}
	s := n.streets[a.street]
	best := routing.Unreachable
	if s.ahead != shut && a.share <= b.share {
		best = routing.Cost(part(s.ahead, b.share) - part(s.ahead, a.share))
	}
	if s.back != shut && b.share <= a.share {
		best = min(best, routing.Cost(part(s.back, 1-b.share)-part(s.back, 1-a.share)))
	}
	return best
}
