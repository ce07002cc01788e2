package roads

import (
	"context"

	"rounds/geo"
	"rounds/routing"

	"github.com/paulmach/orb"
)

// Times is how long it takes from places to places.
type Times struct {
	network  *Network
	from, to []Place
	table    routing.Table
}

// Times is how long it takes from each of some places to each of others. It ends early with the error of ctx.
func (n *Network) Times(ctx context.Context, from, to []Place) (Times, error) {
	leave, arrive := make([][]routing.Entry, len(from)), make([][]routing.Entry, len(to))
	for i, p := range from {
		leave[i] = n.leave(p)
	}
	for j, p := range to {
		arrive[j] = n.arrive(p)
	}
	table, err := n.hierarchy.Table(ctx, leave, arrive)
	return Times{n, from, to, table}, err
}

// At is the time from the i-th place to the j-th in milliseconds, [routing.Unreachable] if there is no way.
func (t Times) At(i, j int) routing.Cost {
	return min(t.table.At(i, j), t.network.direct(t.from[i], t.to[j]))
}

// Route is a quickest way between two places.
type Route struct {
	Time   routing.Cost // milliseconds
	Length geo.Meters
	Line   orb.LineString // from place to place, at least two points
}

// Route is a quickest way from a place to another, with its line; false if there is none.
func (n *Network) Route(from, to Place) (Route, bool) {
	search := n.searches.Get().(*routing.Search)
	defer n.searches.Put(search)
	way := search.Way(n.leave(from), n.arrive(to))
	line := orb.LineString{from.Point}
	switch direct := n.direct(from, to); {
	case direct <= way.Cost && direct < routing.Unreachable:
		way.Cost = direct
		line = n.between(line, from, to)
	case way.Cost == routing.Unreachable:
		return Route{}, false
	default:
		line = n.setOut(line, from, way.From == 0)
		for _, arc := range way.Arcs {
			line = n.along(line, n.arcs.of[arc])
		}
		line = n.comeIn(line, to, way.To < len(n.ways(to.street)))
	}
	line = append(line, to.Point)
	return Route{way.Cost, lengthOf(line), line}, true
}

func lengthOf(line orb.LineString) (sum geo.Meters) {
	for i := range len(line) - 1 {
		sum += geo.Distance(line[i], line[i+1])
	}
	return sum
}

// between goes along the one street that both are on.
func (n *Network) between(line orb.LineString, a, b Place) orb.LineString {
	for i := a.piece + 1; i <= b.piece; i++ {
		line = append(line, n.point(i))
	}
	for i := a.piece; i > b.piece; i-- {
		line = append(line, n.point(i))
	}
	return line
}

// setOut goes from a place to an end of its street.
func (n *Network) setOut(line orb.LineString, p Place, ahead bool) orb.LineString {
	first, end := n.shape(p.street)
	if ahead {
		return n.points(line, p.piece+1, end)
	}
	return n.reversed(line, first, p.piece+1)
}

// comeIn goes from an end of a place's street to it.
func (n *Network) comeIn(line orb.LineString, p Place, ahead bool) orb.LineString {
	first, end := n.shape(p.street)
	if ahead {
		return n.points(line, first, p.piece+1)
	}
	return n.reversed(line, p.piece+1, end)
}

// along goes along a whole street; against its shape if it is negative.
func (n *Network) along(line orb.LineString, s int32) orb.LineString {
	if s < 0 {
		first, end := n.shape(^s)
		return n.reversed(line, first, end)
	}
	first, end := n.shape(s)
	return n.points(line, first, end)
}

// points appends those of a shape, without repeating where the line is already.
func (n *Network) points(line orb.LineString, first, end int32) orb.LineString {
	for i := first; i < end; i++ {
		if p := n.point(i); p != line[len(line)-1] {
			line = append(line, p)
		}
	}
	return line
}

// reversed appends them from the last to the first.
func (n *Network) reversed(line orb.LineString, first, end int32) orb.LineString {
	for i := end - 1; i >= first; i-- {
		if p := n.point(i); p != line[len(line)-1] {
			line = append(line, p)
		}
	}
	return line
}
