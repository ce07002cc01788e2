package pins_test

import (
	"fmt"
	"slices"
	"testing"

	"github.com/google/go-cmp/cmp"
	"github.com/paulmach/orb"

	"rounds/geo"
	"rounds/geo/pins"
)

// A town of twelve shops a kilometre apart, all of one territory and place, with
// nothing wrong.
func town() []pins.Subject {
	all := make([]pins.Subject, 12)
	for i := range all {
		at := from(shop, float64(1000*(i%4))+0.123, float64(1000*(i/4))+0.456)
		all[i] = pins.Subject{
			Pin:       geo.Pin{Point: at, Sigma: 25, Source: geo.Geocoded},
			Sightings: crowd(at, 3), Judged: 6, Territory: "north", Place: "310000",
		}
	}
	return all
}

// crowd is so many people, two exact days each, at a place.
func crowd(at orb.Point, people int) (all []pins.Sighting) {
	for p := range people {
		for day := range 2 {
			all = append(all, pins.Sighting{Point: from(at, float64(p), float64(day)), Sigma: 6, Person: fmt.Sprint(p), Day: day})
		}
	}
	return all
}

func TestSuspects(t *testing.T) {
	t.Parallel()
	for name, c := range map[string]struct {
		spoil    func(x *pins.Subject)
		severity int
		reasons  []pins.Reason
	}{
		"nothing wrong":                         {func(*pins.Subject) {}, 0, nil},
		"null island":                           {func(x *pins.Subject) { x.Pin.Point = orb.Point{} }, 100, []pins.Reason{pins.NoPosition}},
		"three people 150 m away":               {func(x *pins.Subject) { x.Sightings = crowd(from(x.Pin.Point, 150, 0), 3) }, 55, []pins.Reason{pins.VisitsFar}},
		"one person 150 m away":                 {func(x *pins.Subject) { x.Sightings = crowd(from(x.Pin.Point, 150, 0), 1) }, 35, []pins.Reason{pins.VisitsFar}},
		"three people 60 m from a vague pin":    {func(x *pins.Subject) { x.Sightings = crowd(from(x.Pin.Point, 60, 0), 3) }, 0, nil},
		"three people 60 m from a surveyed pin": {func(x *pins.Subject) { x.Sightings, x.Pin.Sigma = crowd(from(x.Pin.Point, 60, 0), 3), 3 }, 65, []pins.Reason{pins.VisitsFar}},
		"three people in another province":      {func(x *pins.Subject) { x.Sightings = crowd(from(x.Pin.Point, 9e5, 0), 3) }, 80, []pins.Reason{pins.VisitsFar}},
		"half of the visits undecided":          {func(x *pins.Subject) { x.NotAt = 3 }, 10, []pins.Reason{pins.VisitsUndecided}},
		"one of two visits undecided":           {func(x *pins.Subject) { x.NotAt, x.Judged = 1, 2 }, 0, nil},
		"a second geocoder 99 m away":           {func(x *pins.Subject) { x.Second = new(from(x.Pin.Point, 99, 0)) }, 0, nil},
		"a second geocoder 300 m away":          {func(x *pins.Subject) { x.Second = new(from(x.Pin.Point, 0, 300.1)) }, 12, []pins.Reason{pins.GeocodersApart}},
		"a second geocoder on null island":      {func(x *pins.Subject) { x.Second = new(orb.Point) }, 0, nil},
		"three decimals": {func(x *pins.Subject) {
			x.Pin.Point = orb.Point{120.154, 30.26}
			x.Sightings = nil
		}, 15, []pins.Reason{pins.FewDecimals}},
		"four decimals": {func(x *pins.Subject) { x.Pin.Point, x.Sightings = orb.Point{120.1541, 30.26}, nil }, 0, nil},
		"in another province, unvisited": {func(x *pins.Subject) {
			x.Pin.Point, x.Sightings = orb.Point{113.264321, 23.129123}, nil
		}, 190, []pins.Reason{pins.FarFromPlace, pins.FarFromTerritory, pins.OutOfBounds}},
		"19 km away, unvisited": {func(x *pins.Subject) { x.Pin.Point, x.Sightings = from(x.Pin.Point, -17_000, 0), nil }, 0, nil},
		"alone in its place and territory": {func(x *pins.Subject) {
			x.Pin.Point, x.Sightings, x.Place, x.Territory = from(x.Pin.Point, -60_000, 0), nil, "310001", ""
		}, 0, nil},
	} {
		t.Run(name, func(t *testing.T) {
			t.Parallel()
			all, s := town(), pins.DefaultScrutiny()
			s.Bounds = orb.Bound{Min: orb.Point{119, 29}, Max: orb.Point{121, 31}}
			c.spoil(&all[5])
			got := pins.Suspects(all, s)
			if c.severity == 0 {
				if len(got) > 0 {
					t.Fatalf("%+v", got)
				}
				return
			}
			if len(got) != 1 || got[0].Index != 5 || got[0].Severity != c.severity || !slices.Equal(got[0].Reasons, c.reasons) {
				t.Fatalf("want %d %v: %+v", c.severity, c.reasons, got)
			}
		})
	}
}

func TestSharedPointsAreSuspects(t *testing.T) {
	t.Parallel()
	all := town()
	for i := range all {
		all[i].Sightings = nil
	}
	all[2].Pin.Point = all[1].Pin.Point
	if got := pins.Suspects(all, pins.DefaultScrutiny()); len(got) > 0 {
		t.Errorf("two may share a door: %+v", got)
	}
	all[3].Pin.Point = all[1].Pin.Point
	got := pins.Suspects(all, pins.DefaultScrutiny())
	if len(got) != 3 || got[0].Index != 1 || got[2].Index != 3 || got[0].Sharing != 3 || got[0].Severity != 10 {
		t.Errorf("%+v", got)
	}
}

// Neither the antimeridian nor a pole splits a group.
func TestGroupsLieTogetherEverywhere(t *testing.T) {
	t.Parallel()
	for name, place := range ends {
		all := make([]pins.Subject, 9)
		for i := range all {
			all[i] = pins.Subject{Pin: geo.Pin{Point: from(place, 900*float64(i)-4000.3, 7.1), Sigma: 25}, Territory: "one"}
		}
		all[8].Pin.Point = from(place, 0.2, 30_000)
		got := pins.Suspects(all, pins.DefaultScrutiny())
		if len(got) != 1 || got[0].Index != 8 || !slices.Equal(got[0].Reasons, []pins.Reason{pins.FarFromTerritory}) {
			t.Errorf("%s: %+v", name, got)
		}
	}
}

func TestRankingIsByTheRetailerNotItsPlaceInTheList(t *testing.T) {
	t.Parallel()
	all := town()
	all[1].Pin.Point = orb.Point{}
	all[4].Sightings = crowd(from(all[4].Pin.Point, 150, 0), 3)
	all[7].NotAt = 6
	want := pins.Suspects(all, pins.DefaultScrutiny())
	slices.Reverse(all)
	got := pins.Suspects(all, pins.DefaultScrutiny())
	for i := range got {
		got[i].Index = len(all) - 1 - got[i].Index
	}
	if diff := cmp.Diff(want, got); diff != "" || len(want) != 3 || want[0].Index != 1 || want[1].Index != 4 {
		t.Errorf("%s %+v", diff, want)
	}
}

// People visit where the second geocoder of the state of New York says the shop
// is; the pin is where the first one says.
func TestSuspectsAmongTwoGeocoders(t *testing.T) {
	t.Parallel()
	rows := sharedRows(t, "retailers/nys_same_address_two_geocoders.csv")
	for i, e := range environments {
		r := seeded(uint64(400 + i))
		var far, found, near, wrong, farEasy, foundEasy int
		var all []pins.Subject
		var apart []float64
		for _, row := range rows[1:] {
			pin := orb.Point{number(t, row[8]), number(t, row[7])}
			truth := orb.Point{number(t, row[10]), number(t, row[9])}
			apart = append(apart, float64(geo.Distance(pin, truth)))
			all = append(all, pins.Subject{
				Pin:       geo.Pin{Point: pin, Sigma: pins.SigmaOf(geo.Geocoded), Source: geo.Geocoded},
				Sightings: e.visits(r, truth, 3+r.IntN(4), 2, 8),
			})
		}
		suspect := map[int]bool{}
		for _, s := range pins.Suspects(all, pins.DefaultScrutiny()) {
			suspect[s.Index] = slices.Contains(s.Reasons, pins.VisitsFar)
		}
		for i, d := range apart {
			switch {
			case d > 150:
				farEasy++
				foundEasy += one(suspect[i])
				fallthrough
			case d > 100:
				far++
				found += one(suspect[i])
			case d <= 50:
				near++
				wrong += one(suspect[i])
			}
		}
		t.Logf("%-12s over 100 m apart: %d of %d found (over 150 m: %d of %d); at most 50 m apart: %d of %d wrongly suspected",
			e.name, found, far, foundEasy, farEasy, wrong, near)
		if 100*found < 85*far || 100*foundEasy < 98*farEasy || 1000*wrong > 5*near {
			t.Errorf("%s: not good enough", e.name)
		}
	}
}

func one(b bool) int {
	if b {
		return 1
	}
	return 0
}

// A city: 50,000 retailers of 250 territories, four people of three days each.
func city() []pins.Subject {
	r := seeded(5)
	all := make([]pins.Subject, 50_000)
	for i := range all {
		territory := i % 250
		at := from(shop, float64(2000*(territory%16))+600*r.NormFloat64(), float64(2000*(territory/16))+600*r.NormFloat64())
		pin := geocoded(r, at)
		all[i] = pins.Subject{
			Pin: pin, Sightings: environments[i%3].visits(r, at, 4, 3, 3), Judged: 12, NotAt: r.IntN(3),
			Territory: fmt.Sprint(territory), Place: fmt.Sprint("p", territory/4), Second: new(geocoded(r, at).Point),
		}
	}
	return all
}

func BenchmarkSuspects(b *testing.B) {
	all, s := city(), pins.DefaultScrutiny()
	for b.Loop() {
		b.ReportMetric(float64(len(pins.Suspects(all, s))), "suspects")
	}
}

func BenchmarkLearn(b *testing.B) {
	pin, all := geocoded(seeded(6), shop), environments[2].visits(seeded(6), shop, 6, 8, 8)
	for b.Loop() {
		pins.Learn(pin, all, pins.Defaults())
	}
}
