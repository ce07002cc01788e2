package pins_test

import (
	"fmt"
	"math/rand/v2"
	"os"
	"testing"

	"github.com/paulmach/orb"

	"rounds/geo"
	"rounds/geo/pins"
)

// times is n, and ten times as many in the long run.
func times(n int) int {
	if os.Getenv("ROUNDS_SOAK") != "" {
		return 10 * n
	}
	return n
}

// A city of honest people: three to six, two to eight visits each.
func TestLearnedPinsAreBetterThanGeocodedOnes(t *testing.T) {
	t.Parallel()
	shops := times(300)
	for i, e := range environments {
		t.Run(e.name, func(t *testing.T) {
			t.Parallel()
			r := seeded(uint64(i))
			var before, after, ratio []float64
			holds, entrances := map[pins.Hold]int{}, 0
			for range shops {
				current := geocoded(r, shop)
				got, ok := pins.Learn(current, e.visits(r, shop, 3+r.IntN(4), 2, 8), pins.Defaults())
				before = append(before, float64(geo.Distance(current.Point, shop)))
				if len(got.Entrances) > 0 {
					entrances++
				}
				if !ok {
					holds[got.Hold]++
					continue
				}
				off := float64(geo.Distance(got.Point, shop))
				after, ratio = append(after, off), append(ratio, off/float64(got.Sigma))
			}
			t.Logf("%-12s geocoded median %.1f p90 %.1f m; learned %d of %d: median %.1f p90 %.1f m, p90 error %.2f sigma; false entrances %d; held %v",
				e.name, quantile(before, .5), quantile(before, .9), len(after), shops,
				quantile(after, .5), quantile(after, .9), quantile(ratio, .9), entrances, holds)
			if len(after) < 8*shops/10 || quantile(after, .5) > 12 || quantile(after, .9) > 25 || entrances > shops/100 {
				t.Error("not good enough")
			}
			if q := quantile(ratio, .9); q > 2.5 { // 2.15 for a round normal
				t.Errorf("the sigma is too good: 90 %% of errors are within %.2f of it", q)
			}
		})
	}
}

// One person pretends a hundred times that the shop is at their sofa, 300 m away.
func TestOnePersonTeachesNoPin(t *testing.T) {
	t.Parallel()
	for i, e := range environments {
		for honest := 2; honest <= 4; honest++ {
			t.Run(fmt.Sprintf("%s, %d honest", e.name, honest), func(t *testing.T) {
				t.Parallel()
				teach(t, seeded(uint64(100+10*i+honest)), e, honest)
			})
		}
	}
}

func teach(t *testing.T, r *rand.Rand, e environment, people int) {
	runs := times(100)
	moved, proposed, worst := 0, 0, 0.0
	for range runs {
		pin := geo.Pin{Point: shop, Sigma: 25, Source: geo.Geocoded, Version: 1}
		sofa, honest := sofaVisits(r, from(shop, 300, 0), "sofa"), e.visits(r, shop, people, 2, 8)
		if got, ok := pins.Learn(pin, append(sofa, honest...), pins.Defaults()); ok {
			proposed++
			worst = max(worst, float64(geo.Distance(got.Point, shop)))
			if geo.Distance(got.Point, withoutSofa(pin, honest)) > 25.01 {
				moved++
			}
		}
	}
	t.Logf("%d of %d proposed, at most %.1f m from the truth, moved over 25 m by one: %d", proposed, runs, worst, moved)
	if moved > 0 {
		t.Errorf("%d pins moved", moved)
	}
}

func TestOnePersonAloneTeachesNoPin(t *testing.T) {
	t.Parallel()
	r, worst := seeded(7), 0.0
	for range times(100) {
		pin := geocoded(r, shop)
		sofa := sofaVisits(r, from(shop, 300, 0), "sofa")
		if got, ok := pins.Learn(pin, sofa, pins.Defaults()); ok {
			t.Fatalf("%+v", got)
		}
		worst = max(worst, oneAfterAnother(t, pin, sofa))
	}
	t.Logf("30 proposals in a row, each accepted: at most %.3f m", worst)
	if !(worst <= 25) {
		t.Error("too far")
	}
}

func sofaVisits(r *rand.Rand, sofa orb.Point, person string) (all []pins.Sighting) {
	for day := range 100 {
		at := from(sofa, 4*r.NormFloat64(), 4*r.NormFloat64())
		all = append(all, pins.Sighting{Point: at, Sigma: 4, Person: person, Day: day})
	}
	return all
}

// withoutSofa is where the honest alone put the pin, were two enough.
func withoutSofa(pin geo.Pin, honest []pins.Sighting) orb.Point {
	o := pins.Defaults()
	o.MinPeople = 2
	got, _ := pins.Learn(pin, honest, o)
	return got.Point
}

// oneAfterAnother accepts a month of one person's proposals, each from the pin
// that the last one left.
func oneAfterAnother(t *testing.T, pin geo.Pin, own []pins.Sighting) float64 {
	anchor, current := pin, pin
	for day := range 30 {
		got, ok := pins.ByOne(current, anchor, own[day:], pins.Defaults())
		if !ok || !got.Clipped {
			t.Fatalf("%+v", got)
		}
		current.Point, current.Version = got.Point, current.Version+1
	}
	return float64(geo.Distance(anchor.Point, current.Point))
}

// Two of five agree on a place 300 m away; the bound of the package comment holds.
func TestTwoOfFiveMoveLittle(t *testing.T) {
	t.Parallel()
	runs := times(100)
	for i, e := range environments {
		r := seeded(uint64(200 + i))
		var shift []float64
		held := 0
		for range runs {
			pin := geo.Pin{Point: shop, Sigma: 25, Source: geo.Geocoded, Version: 1}
			honest := e.visits(r, shop, 3, 2, 8)
			all := honest
			for k := range 2 {
				all = append(all, sofaVisits(r, from(shop, 300, 0), fmt.Sprint("sofa", k))...)
			}
			got, ok := pins.Learn(pin, all, pins.Defaults())
			if !ok {
				held++
			}
			shift = append(shift, float64(geo.Distance(got.Point, shop)))
		}
		t.Logf("%-12s two of five at 300 m: the estimate is median %.1f p90 %.1f m from the truth, held %d of %d",
			e.name, quantile(shift, .5), quantile(shift, .9), held, runs)
		if quantile(shift, .9) > 90 {
			t.Errorf("%s: moved too far", e.name)
		}
	}
}

// Five people use two doors 90 m apart, each of them both.
func TestTwoDoorsAreFound(t *testing.T) {
	t.Parallel()
	const shops = 300
	for i, e := range environments[:2] {
		r := seeded(uint64(300 + i))
		found, near := 0, 0
		for range shops {
			var all []pins.Sighting
			for p := range 5 {
				for day := range 6 {
					door := from(shop, float64(90*(day%2)), 0)
					all = append(all, e.sight(r, door, fmt.Sprint(p), 7*day+p))
				}
			}
			got, ok := pins.Learn(geo.Pin{Point: from(shop, -20, 10), Sigma: 25}, all, pins.Defaults())
			if ok && len(got.Entrances) == 2 {
				found++
				if geo.Distance(got.Point, shop) < 20 {
					near++
				}
			}
		}
		t.Logf("%-12s two doors 90 m apart: found %d of %d, the nearer one right in %d", e.name, found, shops, near)
		if e.name == "open" && near < 9*shops/10 {
			t.Error("too few")
		}
	}
}
