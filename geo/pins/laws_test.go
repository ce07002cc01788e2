package pins_test

import (
	"encoding/json"
	"fmt"
	"maps"
	"math"
	"math/rand/v2"
	"slices"
	"testing"

	"github.com/google/go-cmp/cmp"
	"github.com/paulmach/orb"
	"pgregory.net/rapid"

	"rounds/geo"
	"rounds/geo/pins"
)

// ends is where coordinates have edges, and one place where they have none.
var ends = map[string]orb.Point{
	"Hangzhou": shop, "the equator": {120, 0}, "Fiji, on 180° east": {180, -16.5}, "Fiji, on 180° west": {-180, -16.5},
	"the North Pole": {120, 90}, "the South Pole": {-60, -90}, "just off the South Pole": {-60, -89.9999},
}

// A scene is sightings laid out in metres about a place.
type scene struct {
	offsets [][2]float64 // the first is the pin's
	seen    []pins.Sighting
}

// aScene draws one to seven people, most of them at a shop with one or two
// doors, some anywhere within a kilometre. No two offsets are alike.
func aScene(t *rapid.T) scene {
	r := rand.New(rand.NewPCG(rapid.Uint64().Draw(t, "seed"), 1))
	noise := rapid.Float64Range(1, 60).Draw(t, "noise")
	gap := rapid.SampledFrom([]float64{0, 0, 70, 110}).Draw(t, "gap")
	s := scene{offsets: [][2]float64{{100 * r.NormFloat64(), 100 * r.NormFloat64()}}}
	for p := range rapid.IntRange(1, 7).Draw(t, "people") {
		astray := r.IntN(5) == 0
		for day := range 1 + r.IntN(6) {
			at := [2]float64{noise*r.NormFloat64() + gap*float64(day%2), noise * r.NormFloat64()}
			if astray {
				at[0], at[1] = at[0]+700, at[1]-300
			}
			s.offsets = append(s.offsets, at)
			s.seen = append(s.seen, pins.Sighting{
				Sigma: geo.Meters(4 + 50*r.Float64()), Person: fmt.Sprint(p), Day: day / 2, Audit: p == 6,
			})
		}
	}
	return s
}

// put lays the scene out at a place, turned by an angle.
func (s scene) put(place orb.Point, turn float64) (geo.Pin, []pins.Sighting) {
	sin, cos := math.Sincos(turn)
	at := func(o [2]float64) orb.Point { return from(place, cos*o[0]-sin*o[1], sin*o[0]+cos*o[1]) }
	all := slices.Clone(s.seen)
	for i := range all {
		all[i].Point = at(s.offsets[i+1])
	}
	return geo.Pin{Point: at(s.offsets[0]), Sigma: 25, Version: 1}, all
}

// offset is metres east and north of a place.
func offset(place, p orb.Point) (x, y float64) {
	v, o := earth(p), earth(place)
	sinLon, cosLon := math.Sincos(place.Lon() * math.Pi / 180)
	sinLat, cosLat := math.Sincos(place.Lat() * math.Pi / 180)
	d := [3]float64{v[0] - o[0], v[1] - o[1], v[2] - o[2]}
	return -sinLon*d[0] + cosLon*d[1], -sinLat*cosLon*d[0] - sinLat*sinLon*d[1] + cosLat*d[2]
}

func TestOrderDoesNotMatter(t *testing.T) {
	t.Parallel()
	rapid.Check(t, func(t *rapid.T) {
		pin, all := aScene(t).put(shop, 0)
		want, _ := pins.Learn(pin, all, pins.Defaults())
		before := slices.Clone(all)
		got, _ := pins.Learn(pin, rapid.Permutation(all).Draw(t, "shuffled"), pins.Defaults())
		if diff := cmp.Diff(want, got); diff != "" {
			t.Fatal(diff)
		}
		if !slices.Equal(before, all) {
			t.Fatal("the sightings were changed")
		}
	})
}

func TestBrokenSightingsAreNotThere(t *testing.T) {
	t.Parallel()
	bad := math.NaN()
	rapid.Check(t, func(t *rapid.T) {
		pin, all := aScene(t).put(shop, 0)
		want, _ := pins.Learn(pin, all, pins.Defaults())
		for range rapid.IntRange(1, 5).Draw(t, "broken") {
			s := all[rapid.IntRange(0, len(all)-1).Draw(t, "which")]
			s.Person = rapid.SampledFrom([]string{s.Person, "stranger"}).Draw(t, "who")
			switch rapid.IntRange(0, 3).Draw(t, "how") {
			case 0:
				s.Point = rapid.SampledFrom([]orb.Point{{}, {bad, 30}, {120, bad}, {math.Inf(1), 30}, {181, 0}, {0, -91}}).Draw(t, "point")
			case 1:
				s.Sigma = rapid.SampledFrom([]geo.Meters{0, -1, geo.Meters(bad), geo.Meters(math.Inf(1)), 61}).Draw(t, "sigma")
			case 2:
				s.Point, s.Sigma = orb.Point{}, geo.Meters(bad)
			case 3:
				s.Point[1] = math.Inf(-1)
			}
			all = append(all, s)
		}
		got, _ := pins.Learn(pin, all, pins.Defaults())
		if diff := cmp.Diff(want, got); diff != "" {
			t.Fatal(diff)
		}
		if _, err := json.Marshal(got); err != nil {
			t.Fatal(err)
		}
	})
}

// The same scene, turned and put up elsewhere, gives the same place in it.
func TestPlaceAndDirectionDoNotMatter(t *testing.T) {
	t.Parallel()
	rapid.Check(t, func(t *rapid.T) {
		s, turn := aScene(t), rapid.Float64Range(0, 7).Draw(t, "turn")
		pin, all := s.put(shop, 0)
		want, _ := pins.Learn(pin, all, pins.Defaults())
		for name, place := range ends {
			there, moved := s.put(place, turn)
			got, _ := pins.Learn(there, moved, pins.Defaults())
			if got.Hold != want.Hold || len(got.Entrances) != len(want.Entrances) || math.Abs(float64(got.Sigma-want.Sigma)) > 0.01 {
				t.Fatalf("%s: %+v, in Hangzhou: %+v", name, got, want)
			}
			for i := range all {
				here, away := geo.Distance(want.Point, all[i].Point), geo.Distance(got.Point, moved[i].Point)
				if math.Abs(float64(here-away)) > 0.01 {
					t.Fatalf("%s: %v m from sighting %d, in Hangzhou %v m", name, away, i, here)
				}
			}
		}
	})
}

func TestEstimateLiesAmongItsSightings(t *testing.T) {
	t.Parallel()
	rapid.Check(t, func(t *rapid.T) {
		s := aScene(t)
		pin, all := s.put(shop, 0)
		got, _ := pins.Learn(pin, all, pins.Defaults())
		x, y := offset(shop, got.Point)
		for turn := 0.0; turn < 2*math.Pi; turn += 0.1 {
			sin, cos := math.Sincos(turn)
			farthest := math.Inf(-1)
			for _, o := range s.offsets[1:] {
				farthest = max(farthest, cos*o[0]+sin*o[1])
			}
			if cos*x+sin*y > farthest+0.01 {
				t.Fatalf("%v, %v is outside of %v", x, y, s.offsets)
			}
		}
	})
}

// The bound of the package comment, at its worst: colluders exact and together.
func TestMinorityIsBounded(t *testing.T) {
	t.Parallel()
	rapid.Check(t, func(t *rapid.T) {
		n := rapid.IntRange(3, 9).Draw(t, "people")
		k := rapid.IntRange(0, (n-1)/2).Draw(t, "colluding")
		r := rapid.Float64Range(0, 50).Draw(t, "r")
		sigma := rapid.Float64Range(5, 40).Draw(t, "sigma")
		far, turn := rapid.Float64Range(0, 2000).Draw(t, "far"), rapid.Float64Range(0, 7).Draw(t, "turn")
		var all []pins.Sighting
		for p := range n {
			angle := rapid.Float64Range(0, 7).Draw(t, "angle")
			s := pins.Sighting{Point: from(shop, r*math.Cos(angle), r*math.Sin(angle)), Sigma: geo.Meters(sigma), Person: fmt.Sprint(p)}
			if p < k {
				s.Point, s.Sigma = from(shop, far*math.Cos(turn), far*math.Sin(turn)), 5
			}
			all = append(all, s)
		}
		o := pins.Defaults()
		o.MaxGap = 1 // no entrances
		got, _ := pins.Learn(geo.Pin{}, all, o)
		alpha := float64(k) / float64(n)
		bound := max(r+1.5*sigma, r*(1-alpha)/math.Sqrt(1-2*alpha))
		if d := float64(geo.Distance(got.Point, shop)); d > bound+0.01 {
			t.Fatalf("%v m from the honest, bound %v", d, bound)
		}
	})
}

// Nobody decides alone: without any one rep the proposal is within 25 m, or the
// others agree on nothing, and then two of them stand at it all the same.
func TestNobodyMovesAPinAlone(t *testing.T) {
	t.Parallel()
	rapid.Check(t, func(t *rapid.T) {
		pin, all := aScene(t).put(shop, 0)
		got, ok := pins.Learn(pin, all, pins.Defaults())
		if !ok || got.Audits > 0 {
			return
		}
		o := pins.Defaults()
		o.MinPeople--
		for p := range got.People {
			others := slices.DeleteFunc(slices.Clone(all), func(s pins.Sighting) bool { return s.Person == fmt.Sprint(p) })
			without, _ := pins.Learn(pin, others, o)
			agreed := without.Hold != pins.PeopleDisagree && without.Hold != pins.TooFewPeople
			if agreed && geo.Distance(got.Point, without.Point) > 25.01 {
				t.Fatalf("%+v, without %d %+v", got, p, without)
			}
			if !agreed && standing(others, append(doors(got), got.Point)) < 2 {
				t.Fatalf("%+v is %d's alone", got, p)
			}
		}
	})
}

func doors(e pins.Estimate) (at []orb.Point) {
	for _, d := range e.Entrances {
		at = append(at, d.Point)
	}
	return at
}

// standing counts the people who were at one of the places at least once.
func standing(all []pins.Sighting, places []orb.Point) int {
	near := map[string]bool{}
	for _, s := range all {
		for _, p := range places {
			if geo.Distance(s.Point, p) <= 150 {
				near[s.Person] = true
			}
		}
	}
	return len(near)
}

func TestOnePersonStaysWithinTheLimit(t *testing.T) {
	t.Parallel()
	rapid.Check(t, func(t *rapid.T) {
		name := rapid.SampledFrom(slices.Sorted(maps.Keys(ends))).Draw(t, "place")
		anchor, all := aScene(t).put(ends[name], 0)
		for i := range all {
			all[i].Person = "me"
		}
		current := geo.Pin{Point: from(anchor.Point, 20, 0)}
		got, ok := pins.ByOne(current, anchor, all, pins.Defaults())
		if !ok {
			t.Fatalf("%+v", got)
		}
		if d := geo.Distance(anchor.Point, got.Point); !(d <= 25) {
			t.Fatalf("%v m from the anchor", d)
		}
	})
}

// Saying it again on the same day is not saying more.
func TestRepeatingOneselfAddsNothing(t *testing.T) {
	t.Parallel()
	rapid.Check(t, func(t *rapid.T) {
		s := aScene(t)
		pin, all := s.put(shop, 0)
		for i := range all {
			all[i].Day = i // one a day
		}
		want, _ := pins.Learn(pin, all, pins.Defaults())
		again := all[rapid.IntRange(0, len(all)-1).Draw(t, "which")]
		for range 50 {
			all = append(all, again)
		}
		got, _ := pins.Learn(pin, all, pins.Defaults())
		if d := geo.Distance(want.Point, got.Point); d > 0.01 || want.Visits != got.Visits || want.Hold != got.Hold {
			t.Fatalf("moved %v m: %+v, %+v", d, want, got)
		}
	})
}
