package roads

import (
	"context"
	"fmt"
	"math/rand/v2"
	"testing"

	"rounds/geo"
	"rounds/routing"

	"github.com/paulmach/orb"
)

func TestExtractsOfRealPlaces(t *testing.T) {
	t.Parallel()
	for _, c := range []struct {
		file          string
		profile       Profile
		ways, missing int
		turns         int
		km, kept      float64
	}{
		{monaco, Car, 1097, 0, 32, 76.7, 66.7},
		{monaco, MotorScooter, 1097, 0, 32, 76.7, 66.7},
		{monaco, Foot, 3033, 0, 0, 145.1, 142.1},
		{helsinki, Car, 919, 190, 35, 28.6, 24.7},
		{helsinki, MotorScooter, 943, 190, 36, 30.9, 27.0},
		{helsinki, Foot, 2365, 810, 0, 97.7, 96.4},
		{jingan, Car, 793, 0, 0, 101.4, 63.7}, // cut out with its one-way streets leading outside
		{jingan, Foot, 793, 0, 0, 101.4, 89.9},
	} {
		t.Run(fmt.Sprint(c.file, " ", c.profile.Name), func(t *testing.T) {
			t.Parallel()
			n := imported(t, c.file, c.profile)
			got := n.Counts
			if got.Ways != c.ways || got.MissingNodes != c.missing || got.Turns != c.turns || !near(got.Meters, c.km) || !near(got.KeptMeters, c.kept) {
				t.Errorf("%+v", got)
			}
			agree(t, n)
		})
	}
}

func near(m geo.Meters, km float64) bool {
	return m > geo.Meters(1000*(km-0.1)) && m < geo.Meters(1000*(km+0.1))
}

// agree compares 10,000 pairs of junctions with Dijkstra's answers; all of them can be reached.
func agree(t *testing.T, n *Network) {
	t.Helper()
	g, err := n.graph()
	if err != nil {
		t.Fatal(err)
	}
	s, r := n.hierarchy.Search(), rand.New(rand.NewPCG(1, 2))
	for range 100 {
		from := r.IntN(g.Len())
		costs := g.Costs(from)
		for range 100 {
			to := r.IntN(g.Len())
			if got := s.Cost(routing.At(from), routing.At(to)); got != costs[to] || got == routing.Unreachable {
				t.Fatalf("from %d to %d: %d, want %d", from, to, got, costs[to])
			}
		}
	}
}

// somewhere is points in and around a network.
func somewhere(n *Network, count int) (points []orb.Point) {
	r := rand.New(rand.NewPCG(7, 8))
	for range count {
		p := n.point(int32(r.IntN(len(n.lat))))
		points = append(points, orb.Point{p.Lon() + (r.Float64()-0.5)/200, p.Lat() + (r.Float64()-0.5)/200})
	}
	return points
}

func TestSnapFindsTheNearestOfAllStreets(t *testing.T) {
	t.Parallel()
	n := imported(t, monaco, Car)
	for _, p := range somewhere(n, 100) {
		least := n.leastOff(p)
		for _, limit := range []geo.Meters{0, 30, 200, 5000} {
			at, ok := n.Snap(p, limit)
			if ok != (least <= limit) || ok && at.Off > least+0.05 {
				t.Fatalf("%v within %.0f m: %+v, %t, want %.2f m", p, limit, at, ok, least)
			}
		}
	}
}

// leastOff looks at all pieces that could be near.
func (n *Network) leastOff(p orb.Point) geo.Meters {
	least := geo.Meters(1e9)
	for s := range n.streets {
		first, end := n.shape(int32(s))
		for i := first; i+1 < end; i++ {
			a, b := n.point(i), n.point(i+1)
			if geo.Distance(p, a)-geo.Distance(a, b) <= least {
				least = min(least, n.place(p, i, along(p, a, b)).Off)
			}
		}
	}
	return least
}

// along looks for the nearest point of a piece by thirds.
func along(p, a, b orb.Point) float64 {
	off := func(t float64) geo.Meters {
		return geo.Distance(p, orb.Point{a.Lon() + t*(b.Lon()-a.Lon()), a.Lat() + t*(b.Lat()-a.Lat())})
	}
	low, high := 0.0, 1.0
	for range 40 {
		if l, h := low+(high-low)/3, high-(high-low)/3; off(l) < off(h) {
			high = h
		} else {
			low = l
		}
	}
	return (low + high) / 2
}

func TestRoutesTakeWhatTablesSay(t *testing.T) {
	t.Parallel()
	for _, c := range []struct {
		file    string
		profile Profile
	}{{monaco, Car}, {helsinki, Foot}, {jingan, MotorScooter}} {
		n := imported(t, c.file, c.profile)
		places := snapped(t, n, somewhere(n, 60))
		times, err := n.Times(context.Background(), places, places)
		if err != nil {
			t.Fatal(err)
		}
		for i, a := range places {
			for j, b := range places {
				r, ok := n.Route(a, b)
				if !ok || r.Time != times.At(i, j) {
					t.Fatalf("%s from %d to %d: %d ms, %t; the table says %d ms", c.file, i, j, r.Time, ok, times.At(i, j))
				}
				checkLine(t, c.profile, r, a, b)
			}
		}
	}
}

func snapped(t *testing.T, n *Network, points []orb.Point) (places []Place) {
	t.Helper()
	for _, p := range points {
		at, ok := n.Snap(p, SnapLimit)
		if !ok {
			t.Fatalf("nothing near %v", p)
		}
		places = append(places, at)
	}
	return places
}

// checkLine makes sure that a line joins two places without a jump, as fast as the profile can be at most.
func checkLine(t *testing.T, p Profile, r Route, a, b Place) {
	t.Helper()
	if r.Line[0] != a.Point || r.Line[len(r.Line)-1] != b.Point {
		t.Fatalf("from %v to %v: %v", a.Point, b.Point, r.Line)
	}
	if least := float64(r.Length) / p.top * 3600; float64(r.Time) < least-float64(len(r.Line)) {
		t.Fatalf("%.0f m in %d ms", r.Length, r.Time)
	}
	slowest := 2.5 / 3.6
	if most := float64(r.Length)/slowest + 1; float64(r.Time)/1000 > most+float64(len(r.Line))*float64(p.wait)/1000 {
		t.Fatalf("%.0f m in %d ms: the line is too short", r.Length, r.Time)
	}
	if r.Length < geo.Distance(a.Point, b.Point)-0.01 {
		t.Fatalf("%.2f m, but %.2f m straight", r.Length, geo.Distance(a.Point, b.Point))
	}
}

func BenchmarkMonaco(b *testing.B) {
	n := imported(b, monaco, Car)
	var places []Place
	for _, p := range somewhere(n, 200) {
		if at, ok := n.Snap(p, SnapLimit); ok {
			places = append(places, at)
		}
	}
	b.Run("import", func(b *testing.B) {
		for b.Loop() {
			imported(b, monaco, Car)
		}
	})
	b.Run("table-200x200", func(b *testing.B) {
		for b.Loop() {
			if _, err := n.Times(context.Background(), places, places); err != nil {
				b.Fatal(err)
			}
		}
	})
	points := somewhere(n, 1000)
	b.Run("snap", func(b *testing.B) {
		for i := 0; b.Loop(); i++ {
			n.Snap(points[i%len(points)], 500)
		}
	})
}
