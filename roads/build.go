package roads

import (
	"errors"
	"math"

	"rounds/geo"
	"rounds/routing"

	"github.com/paulmach/orb"
)

// A street is what lies between two junctions or ends.
type street struct {
	ahead, back int32 // ms; shut where that way is not allowed
	first       int32 // of its shape; the next street's first ends it
}

// ends are the junctions of a street, and its way.
type ends struct {
	from, to int32
	way      int64
}

const shut = -1

var errNoRoads = errors.New("there are no roads for this profile in the file: look at the profile, and whether the extract has highways with their nodes")

// A builder turns an extract into streets.
type builder struct {
	x       *extract
	profile Profile
	uses    []int32 // how often each node is on a way; an end counts twice
	vertex  []int32 // of each node that is a junction or an end, -1 others
	nodes   int32   // vertices so far
	streets []street
	ends    []ends
	turns   int // restrictions that hold
	lat     []int32
	lon     []int32
	lengths []float64 // of streets, metres
}

// build makes the network of an extract, without the preparation.
func build(x *extract, p Profile) (*Network, error) {
	b := &builder{x: x, profile: p, uses: make([]int32, len(x.ids)), vertex: make([]int32, len(x.ids))}
	for i := range b.vertex {
		b.vertex[i] = -1
	}
	b.eachRun(func(run []int32, _ way) {
		for _, v := range run {
			b.uses[v]++
		}
		b.uses[run[0]]++
		b.uses[run[len(run)-1]]++
	})
	b.sail()
	b.eachRun(b.addRun)
	if len(b.streets) == 0 {
		return nil, errNoRoads
	}
	n := &Network{Profile: p.Name, Counts: Counts{Ways: len(x.ways), Streets: len(b.streets)}}
	for _, v := range x.nodes {
		if !v.known {
			n.Counts.MissingNodes++
		}
	}
	return n, b.keepLargest(n)
}

// Ferries whose duration would make them slower or faster than this, in km/h, go by their usual speed instead.
const slowestFerry, fastestFerry = 1, 80

// sail gives ferries that are whole in the file the speed at which they take as long as they say.
func (b *builder) sail() {
	for i := range b.x.ways {
		w := &b.x.ways[i]
		if w.crossing == 0 {
			continue
		}
		length, whole := 0.0, true
		for k, id := range w.nodes {
			whole = whole && b.x.nodes[b.x.at(id)].known
			if k > 0 && whole {
				length += float64(geo.Distance(b.point(b.x.at(w.nodes[k-1])), b.point(b.x.at(id))))
			}
		}
		speed := length / 1000 / w.crossing
		if !whole || !(speed >= slowestFerry && speed <= fastestFerry) {
			continue
		}
		if w.ahead > 0 {
			w.ahead = speed
		}
		if w.back > 0 {
			w.back = speed
		}
	}
}

// eachRun goes through the parts of ways whose nodes are in the file. A node given twice running counts once.
func (b *builder) eachRun(do func(run []int32, w way)) {
	for _, w := range b.x.ways {
		var run []int32
		for _, id := range w.nodes {
			v := b.x.at(id)
			switch {
			case !b.x.nodes[v].known:
				doRun(run, w, do)
				run = nil
			case len(run) == 0 || run[len(run)-1] != v:
				run = append(run, v)
			}
		}
		doRun(run, w, do)
	}
}

func doRun(run []int32, w way, do func(run []int32, w way)) {
	if len(run) > 1 {
		do(run, w)
	}
}

// addRun cuts a run into streets, at junctions and barriers.
func (b *builder) addRun(run []int32, w way) {
	begin := 0
	for i := 1; i < len(run); i++ {
		if v := run[i]; i == len(run)-1 || b.uses[v] > 1 || b.x.nodes[v].stopped {
			b.addStreet(run[begin:i+1], w)
			begin = i
		}
	}
}

func (b *builder) addStreet(run []int32, w way) {
	s := street{first: int32(len(b.lat))}
	b.ends = append(b.ends, ends{b.end(run[0]), b.end(run[len(run)-1]), w.id})
	var length float64
	for i, v := range run {
		b.lat, b.lon = append(b.lat, b.x.nodes[v].lat), append(b.lon, b.x.nodes[v].lon)
		if i > 0 {
			length += float64(geo.Distance(b.point(run[i-1]), b.point(v)))
		}
	}
	s.ahead = b.cost(length, w.ahead, run[1:])
	s.back = b.cost(length, w.back, run[:len(run)-1])
	b.streets, b.lengths = append(b.streets, s), append(b.lengths, length)
}

// end is the vertex of a node. A barrier has one for each street, so that nothing leads through.
func (b *builder) end(v int32) int32 {
	if b.vertex[v] < 0 || b.x.nodes[v].stopped {
		b.vertex[v] = b.nodes
		b.nodes++
	}
	return b.vertex[v]
}

// cost is the time for a length at a speed, with a wait at each light among the nodes.
func (b *builder) cost(length, speed float64, nodes []int32) int32 {
	if speed == 0 {
		return shut
	}
	ms := length / speed * 3600
	for _, v := range nodes {
		if b.x.nodes[v].signals {
			ms += float64(b.profile.wait)
		}
	}
	return int32(math.Round(min(ms, float64(routing.MaxCost))))
}

func (b *builder) point(v int32) orb.Point { return degrees(b.x.nodes[v].lat, b.x.nodes[v].lon) }

func degrees(lat, lon int32) orb.Point {
	return orb.Point{float64(lon) / perDegree, float64(lat) / perDegree}
}

// keepLargest gives the network what the largest strongly connected part has of the streets.
func (b *builder) keepLargest(n *Network) error {
	all := b.arcs()
	g, err := routing.NewRoads(int(b.nodes), all.list)
	if err != nil {
		return err
	}
	of, sizes := g.Components()
	n.Counts.Nodes, n.Counts.Arcs, n.Counts.Components, n.Counts.Turns = int(b.nodes), len(all.list), len(sizes), b.turns
	largest := int32(0)
	for i, size := range sizes {
		if size > sizes[largest] {
			largest = int32(i)
		}
	}
	renamed := make([]int32, b.nodes)
	for v := range renamed {
		if of[v] == largest {
			renamed[v] = int32(n.nodes)
			n.nodes++
		}
	}
	kept := func(a routing.Arc) bool { return of[a.From] == largest && of[a.To] == largest }
	open := map[int32]bool{} // directions
	for i, a := range all.list {
		if kept(a) {
			open[all.of[i]] = true
		}
	}
	number := b.keepStreets(n, open)
	if len(n.streets) == 0 {
		return errNoRoads
	}
	for i, a := range all.list {
		if kept(a) {
			n.arcs.add(renamed[a.From], renamed[a.To], a.Cost, numbered(number, all.of[i]))
		}
	}
	return nil
}

// keepStreets keeps those that are open in some direction, and says which number they have now.
func (b *builder) keepStreets(n *Network, open map[int32]bool) (number []int32) {
	number = make([]int32, len(b.streets))
	for i, s := range b.streets {
		n.Counts.Meters += geo.Meters(b.lengths[i])
		ahead, back := open[int32(i)], open[^int32(i)]
		if !ahead && !back {
			continue
		}
		if !ahead {
			s.ahead = shut
		}
		if !back {
			s.back = shut
		}
		n.Counts.KeptMeters += geo.Meters(b.lengths[i])
		number[i] = int32(len(n.streets))
		s.first = int32(len(n.lat))
		b.keep(n, i, s)
	}
	return number
}

// numbered is a direction by the new number of its street.
func numbered(number []int32, of int32) int32 {
	if of < 0 {
		return ^number[^of]
	}
	return number[of]
}

func (b *builder) keep(n *Network, i int, s street) {
	from, to := b.streets[i].first, int32(len(b.lat))
	if i+1 < len(b.streets) {
		to = b.streets[i+1].first
	}
	n.streets = append(n.streets, s)
	n.lat, n.lon = append(n.lat, b.lat[from:to]...), append(n.lon, b.lon[from:to]...)
}
