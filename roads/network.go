package roads

import (
	"context"
	"io"
	"slices"
	"sync"

	"rounds/geo"
	"rounds/routing"

	"github.com/paulmach/orb"
)

// Network is the roads of a place, prepared for questions. It is immutable and can be shared.
type Network struct {
	Profile string // name of the profile that it was made for
	Counts  Counts

	nodes     int
	streets   []street
	arcs      arcs
	byStreet  []int32 // arcs, those of a direction together
	firstOf   []int32 // of each direction in byStreet, ahead and back of each street in turn
	lat, lon  []int32 // shapes of streets, one after another, 10⁻⁷ degrees
	hierarchy *routing.Hierarchy
	grid      grid
	searches  sync.Pool
}

// Counts is what an import found, before all but the largest part was left out, and what it kept.
type Counts struct {
	Ways         int // that the profile may take
	MissingNodes int // of these ways, not in the file
	Streets      int // between junctions and ends
	Nodes        int // junctions and ends
	Arcs         int // directions of streets that are open, once for each node that they may be taken from
	Components   int // strongly connected parts
	Turns        int // restrictions on turning that hold
	Meters       geo.Meters
	KeptMeters   geo.Meters // of streets in the largest part
}

// Import makes the network of a profile from an OSM file, PBF or XML, and prepares it. Progress, unless nil, is
// told now and then how many nodes are prepared. A file that is damaged, without such roads, or cut off elsewhere
// than between two blocks of a PBF, is an error.
func Import(ctx context.Context, file io.ReadSeeker, p Profile, progress func(done, total int)) (*Network, error) {
	x, err := read(ctx, file, p)
	if err != nil {
		return nil, err
	}
	n, err := build(x, p)
	if err != nil {
		return nil, err
	}
	g, err := n.graph()
	if err != nil {
		return nil, err
	}
	n.hierarchy, err = routing.Contract(ctx, g, progress)
	if err != nil {
		return nil, err
	}
	n.index()
	return n, nil
}

func (n *Network) graph() (*routing.Roads, error) {
	return routing.NewRoads(n.nodes, n.arcs.list)
}

// index makes what is not stored.
func (n *Network) index() {
	n.firstOf = make([]int32, 2*len(n.streets)+1)
	for _, of := range n.arcs.of {
		n.firstOf[direction(of)+1]++
	}
	for d := range 2 * len(n.streets) {
		n.firstOf[d+1] += n.firstOf[d]
	}
	n.byStreet = make([]int32, len(n.arcs.of))
	next := slices.Clone(n.firstOf)
	for i, of := range n.arcs.of {
		n.byStreet[next[direction(of)]] = int32(i)
		next[direction(of)]++
	}
	n.grid = newGrid(n)
	n.searches.New = func() any { return n.hierarchy.Search() }
}

// direction is the number of a direction: even with its street's shape, odd against it.
func direction(of int32) int32 {
	if of < 0 {
		return 2*^of + 1
	}
	return 2 * of
}

// ways are the arcs of a direction.
func (n *Network) ways(of int32) []int32 {
	d := direction(of)
	return n.byStreet[n.firstOf[d]:n.firstOf[d+1]]
}

// Streets is how many were kept.
func (n *Network) Streets() int { return len(n.streets) }

// Nodes is how many junctions and ends were kept.
func (n *Network) Nodes() int { return n.nodes }

// Arcs is how many directions of streets were kept.
func (n *Network) Arcs() int { return len(n.arcs.of) }

// Links is what the preparation made of the arcs: how many links there are in all, and how many are shortcuts.
func (n *Network) Links() (links, shortcuts int) { return n.hierarchy.Shortcuts() }

// shape is where the points of a street begin and end.
func (n *Network) shape(s int32) (first, end int32) {
	if int(s)+1 < len(n.streets) {
		return n.streets[s].first, n.streets[s+1].first
	}
	return n.streets[s].first, int32(len(n.lat))
}

func (n *Network) point(i int32) orb.Point { return degrees(n.lat[i], n.lon[i]) }
