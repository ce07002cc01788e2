package districting

import (
	"bytes"
	"context"
	"fmt"
	"math"
	"math/rand/v2"
	"slices"
	"testing"

	"github.com/google/go-cmp/cmp"
	"github.com/paulmach/orb"
	"github.com/paulmach/orb/planar"
)

// quarters is a town of four territories by its middle, and whose each unit is.
func quarters(t testing.TB, n int, around orb.Point) (*Region, []int32) {
	t.Helper()
	r, faults := New(town(n, 4, around))
	if len(faults) > 0 {
		t.Fatal(faults)
	}
	of := make([]int32, n)
	for i, u := range r.Problem.Units {
		if u.At.X > 0 {
			of[i]++
		}
		if u.At.Y > 0 {
			of[i] += 2
		}
	}
	return r, of
}

func TestOutlinesHoldTheirRetailers(t *testing.T) {
	t.Parallel()
	for _, around := range []orb.Point{{120, 30}, {179.9, -17}, {-180, 51}} {
		r, of := quarters(t, 300, around)
		outlines := r.Outlines(of)
		for i := range r.City.Places {
			r.City.Places[i].Today = outlines[of[i]].Territory
		}
		if wrong := Disagreements(t.Context(), r.City.Places, outlines); len(wrong) > 0 {
			t.Errorf("around %v: %v", around, wrong)
		}
		for _, o := range outlines {
			for _, polygon := range o.Ground {
				for i, ring := range polygon {
					if !ring.Closed() || (ring.Orientation() == orb.CCW) != (i == 0) {
						t.Errorf("%s: ring %d runs %v, closed %v", o.Territory, i, ring.Orientation(), ring.Closed())
					}
				}
			}
		}
	}
}

// What is left of a drawing after its decimals are cut still does not cross itself, and neighbours still have the same corners.
func TestOutlinesOutliveTheirDecimals(t *testing.T) {
	t.Parallel()
	r, of := quarters(t, 3000, orb.Point{120, 30})
	var file bytes.Buffer
	if err := r.WriteGeoJSON(&file, of); err != nil {
		t.Fatal(err)
	}
	d, err := ReadMap(&file)
	if err != nil {
		t.Fatal(err)
	}
	seen := map[[2]orb.Point]bool{}
	var drawn [][2]orb.Point
	for _, o := range d.Outlines {
		for _, ring := range slices.Concat(o.Ground...) {
			for i, b := range ring[1:] {
				s := [2]orb.Point{ring[i], b}
				seen[s] = true
				if !seen[[2]orb.Point{b, ring[i]}] {
					drawn = append(drawn, s)
				}
			}
		}
	}
	if len(drawn) > len(seen)*9/10 {
		t.Errorf("%d of %d sides are not shared", len(drawn), len(seen))
	}
	for i, s := range drawn {
		for _, u := range drawn[:i] {
			if side(s, u[0])*side(s, u[1]) < 0 && side(u, s[0])*side(u, s[1]) < 0 {
				t.Errorf("%v crosses %v", s, u)
			}
		}
	}
}

func side(s [2]orb.Point, p orb.Point) float64 {
	v := (s[1][0]-s[0][0])*(p[1]-s[0][1]) - (s[1][1]-s[0][1])*(p[0]-s[0][0])
	return float64(cmpZero(v))
}

func cmpZero(v float64) int {
	switch {
	case v > 0:
		return 1
	case v < 0:
		return -1
	}
	return 0
}

func square(west, south, size float64) orb.Polygon {
	return orb.Polygon{{{west, south}, {west + size, south}, {west + size, south + size}, {west, south + size}, {west, south}}}
}

func TestDisagreementsAreNamed(t *testing.T) {
	t.Parallel()
	hole := append(square(120, 30, 1), square(120.4, 30.4, 0.2)[0])
	outlines := []Outline{
		{"东", orb.MultiPolygon{hole, square(125, 30, 1)}},
		{"西", orb.MultiPolygon{square(119, 30, 1.1)}},
		{"空", orb.MultiPolygon{{}, {{}}, {{{1, 1}}}}},
		{"无", nil},
		{"日界", orb.MultiPolygon{square(179.5, -17, 1)}},
	}
	for _, c := range []struct {
		name string
		place
		want Disagreement
	}{
		{"at home", place{orb.Point{120.3, 30.3}, "东"}, Disagreement{}},
		{"at home in the second piece", place{orb.Point{125.3, 30.3}, "东"}, Disagreement{}},
		{"another's", place{orb.Point{120.3, 30.3}, "西"}, Disagreement{OtherOwner, "A", "西", []string{"东"}}},
		{"nobody's", place{orb.Point{120.3, 30.3}, ""}, Disagreement{NoOwner, "A", "", []string{"东"}}},
		{"in the hole", place{orb.Point{120.5, 30.5}, "东"}, Disagreement{InNone, "A", "东", []string{}}},
		{"outside, and nobody's", place{orb.Point{130, 30}, ""}, Disagreement{InNone, "A", "", []string{}}},
		{"in two", place{orb.Point{120.05, 30.5}, "东"}, Disagreement{InSeveral, "A", "东", []string{"东", "西"}}},
		{"nowhere", place{orb.Point{}, "东"}, Disagreement{Unplaced, "A", "东", []string{}}},
		{"no number", place{orb.Point{math.NaN(), 30}, "东"}, Disagreement{Unplaced, "A", "东", []string{}}},
		{"west of 180°", place{orb.Point{179.9, -16.5}, "日界"}, Disagreement{}},
		{"east of 180°", place{orb.Point{-179.9, -16.5}, "日界"}, Disagreement{}},
		{"on the line between two", place{orb.Point{120, 30.99}, "东"}, Disagreement{InSeveral, "A", "东", []string{"东", "西"}}},
	} {
		found := Disagreements(t.Context(), []Place{{Code: "A", At: c.At, Today: c.Today}}, outlines)
		want := []Disagreement{c.want}
		if c.want.Kind == "" {
			want = want[:0]
		}
		if diff := cmp.Diff(want, found); diff != "" {
			t.Errorf("%s: %s", c.name, diff)
		}
	}
}

// Whoever asks and goes away is not worked for any more.
func TestDisagreementsNobodyWaitsFor(t *testing.T) {
	t.Parallel()
	ctx, cancel := context.WithCancel(t.Context())
	cancel()
	if found := Disagreements(ctx, make([]Place, 1), nil); found != nil {
		t.Errorf("%v", found)
	}
}

type place struct {
	At    orb.Point
	Today string
}

// A line that two polygons share belongs to one of them.
func TestSharedLinesAreOnes(t *testing.T) {
	t.Parallel()
	zigzag := orb.Ring{{120, 30}, {120.1, 30.1}, {119.95, 30.3}, {120.2, 30.55}}
	west := append(slices.Clone(zigzag), orb.Point{119, 30.55}, orb.Point{119, 30}, zigzag[0])
	east := append(slices.Clone(zigzag), orb.Point{121, 30.55}, orb.Point{121, 30}, zigzag[0])
	slices.Reverse(east)
	outlines := []Outline{{"w", orb.MultiPolygon{{west}}}, {"e", orb.MultiPolygon{{east}}}}
	r := rand.New(rand.NewPCG(1, 1))
	for range 2000 {
		i, share := r.IntN(3), float64(r.IntN(1025))/1024
		p := orb.Point{zigzag[i][0] + share*(zigzag[i+1][0]-zigzag[i][0]), zigzag[i][1] + share*(zigzag[i+1][1]-zigzag[i][1])}
		if p.Lat() >= 30.55 {
			continue
		}
		if found := Disagreements(t.Context(), []Place{{At: p}}, outlines); len(found[0].In) != 1 {
			t.Fatalf("%v is in %v", p, found[0].In)
		}
	}
}

// Bands change nothing about who is inside: orb's test, side by side, agrees.
func TestGroundAgreesWithOrb(t *testing.T) {
	t.Parallel()
	r := rand.New(rand.NewPCG(3, 4))
	var star orb.Ring
	for i := range 500 {
		far := 0.1 + r.Float64()
		star = append(star, orb.Point{120 + far*math.Cos(float64(i)*math.Pi/250), 30 + far*math.Sin(float64(i)*math.Pi/250)})
	}
	star = append(star, star[0])
	g := newGround(orb.Polygon{star}, 0)
	for i := range 5000 {
		p := orb.Point{119 + 2*r.Float64(), 29 + 2*r.Float64()}
		if i%2 == 0 {
			p[1] = star[r.IntN(500)].Lat() // as far north as a corner
		}
		if got, want := g.holds(p), planar.RingContains(star, p); got != want {
			t.Fatalf("%v: %v, want %v", p, got, want)
		}
	}
}

func BenchmarkDisagreements(b *testing.B) {
	r, of := quarters(b, 50_000, orb.Point{120, 30})
	outlines := r.Outlines(of)
	b.ResetTimer()
	for b.Loop() {
		if found := Disagreements(b.Context(), r.City.Places, outlines); len(found) != 50_000 {
			b.Fatal(fmt.Sprint(len(found)))
		}
	}
}
