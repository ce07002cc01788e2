package pins_test

import (
	"fmt"
	"slices"
	"strings"
	"testing"

	"rounds/geo"
	"rounds/geo/pins"
)

// at is one person's exact sightings on so many days, metres from the shop.
func at(person string, east, north float64, days ...int) (all []pins.Sighting) {
	for _, d := range days {
		all = append(all, pins.Sighting{Point: from(shop, east, north), Sigma: 6, Person: person, Day: d})
	}
	return all
}

func audit(person string, east, north float64, days ...int) []pins.Sighting {
	all := at(person, east, north, days...)
	for i := range all {
		all[i].Audit = true
	}
	return all
}

func TestLearn(t *testing.T) {
	t.Parallel()
	for name, c := range map[string]struct {
		seen        []pins.Sighting
		sigma       geo.Meters // of the current pin
		hold        pins.Hold
		east, north float64
	}{
		"nobody":                           {nil, 25, pins.TooFewPeople, 0, 0},
		"two people":                       {slices.Concat(at("a", 80, 0, 1, 2, 3), at("b", 80, 0, 1)), 25, pins.TooFewPeople, 80, 0},
		"three people":                     {slices.Concat(at("a", 80, 10, 1), at("b", 80, 10, 1), at("c", 80, 10, 1)), 25, "", 80, 10},
		"one audit":                        {audit("x", 80, 0, 1), 25, "", 80, 0},
		"an auditor's visits do not count": {slices.Concat(audit("x", 80, 0, 1), at("x", -200, 0, 1, 2, 3)), 25, "", 80, 0},
		"one audit against two people":     {slices.Concat(audit("x", 80, 0, 1), at("a", 0, 0, 1), at("b", 0, 0, 1)), 25, "", 74, 0},
		"two and a liar":                   {slices.Concat(at("a", 80, 0, 1), at("b", 80, 0, 1), at("c", 380, 0, 1)), 25, pins.PeopleDisagree, 84.5, 0},
		"three and a liar":                 {slices.Concat(at("a", 80, 0, 1), at("b", 80, 0, 1), at("c", 80, 0, 1), at("d", 380, 0, 1)), 25, "", 83, 0},
		"two against two":                  {slices.Concat(at("a", 0, 0, 1), at("b", 0, 0, 1), at("c", 300, 0, 1), at("d", 300, 0, 1)), 25, pins.PeopleDisagree, 150, 0},
		"five strung along a street": {
			slices.Concat(at("a", 0, 0, 1), at("b", 0, 0, 1), at("c", 56, 0, 1), at("d", 110, 0, 1), at("e", 110, 0, 1)), 25, pins.OnePersonDecides, 56, 0,
		},
		"surveyed, and the people agree":    {slices.Concat(at("a", 10, 0, 1), at("b", 10, 0, 1), at("c", 10, 0, 1)), 3, pins.NoBetter, 10, 0},
		"surveyed, and the people disagree": {slices.Concat(at("a", 40, 0, 1), at("b", 40, 0, 1), at("c", 40, 0, 1)), 3, "", 40, 0},
	} {
		t.Run(name, func(t *testing.T) {
			t.Parallel()
			got, ok := pins.Learn(geo.Pin{Point: shop, Sigma: c.sigma}, c.seen, pins.Defaults())
			if got.Hold != c.hold || ok != (c.hold == "") {
				t.Fatalf("%+v", got)
			}
			if len(c.seen) == 0 {
				return
			}
			if d := geo.Distance(got.Point, from(shop, c.east, c.north)); d > 1 {
				t.Errorf("%.1f m off: %+v", d, got)
			}
		})
	}
}

func TestEstimateCarriesItsEvidence(t *testing.T) {
	t.Parallel()
	seen := slices.Concat(at("a", 120, 0, 1, 1, 2), at("b", 120, 0, 2), at("c", 120, 0, 9), audit("x", 120, 0, 5), at("b", 9000, 0, 30))
	got, ok := pins.Learn(geo.Pin{Point: shop, Sigma: 25}, seen, pins.Defaults())
	if !ok || got.People != 4 || got.Audits != 1 || got.Visits != 5 || got.Sightings != 6 || got.Days != 4 || got.ValidFrom != 10 ||
		got.NearOld != 0 || got.NearNew != 1 || *got.Shift < 119.9 || *got.Shift > 120.1 || got.Sigma != 8 || got.Influence > 0.01 {
		t.Errorf("%+v", got)
	}
	if got, _ := pins.Learn(geo.Pin{}, seen, pins.Defaults()); got.Shift != nil || got.Hold != "" {
		t.Errorf("no pin before: %+v", got)
	}
}

func TestEntrancesAreNotAveraged(t *testing.T) {
	t.Parallel()
	var seen []pins.Sighting
	for p := range 4 {
		seen = append(seen, at(fmt.Sprint("front", p), float64(p), 0, 1, 2)...)
		seen = append(seen, at(fmt.Sprint("back", p), float64(p), 90, 1, 2, 3)...)
	}
	seen = append(seen, at("front9", 0, 0, 1)...)
	got, ok := pins.Learn(geo.Pin{Point: from(shop, 0, 60), Sigma: 25}, seen, pins.Defaults())
	if !ok || len(got.Entrances) != 2 || got.Entrances[0].People != 5 || got.Entrances[1].Visits != 12 ||
		geo.Distance(got.Point, from(shop, 1.5, 90)) > 1 || geo.Distance(got.Entrances[0].Point, from(shop, 1, 0)) > 1 {
		t.Errorf("%+v", got)
	}
	for i := range seen {
		if strings.HasPrefix(seen[i].Person, "back") {
			seen[i].Point = from(seen[i].Point, 0, 200) // 290 m away is another shop
		}
	}
	if got, _ := pins.Learn(geo.Pin{Point: shop, Sigma: 25}, seen, pins.Defaults()); len(got.Entrances) > 0 {
		t.Errorf("%+v", got)
	}
}

func TestOnlyTheNewestDaysAreHeard(t *testing.T) {
	t.Parallel()
	var seen []pins.Sighting
	for p := range 3 {
		for day := range 40 {
			east := 0.0
			if day >= 28 { // the shop moved twelve days ago
				east = 500
			}
			seen = append(seen, at(fmt.Sprint(p), east, 0, day, day)...)
		}
	}
	got, ok := pins.Learn(geo.Pin{Point: shop, Sigma: 8}, seen, pins.Defaults())
	if !ok || got.Visits != 36 || got.Sightings != 72 || geo.Distance(got.Point, from(shop, 500, 0)) > 1 {
		t.Errorf("%+v", got)
	}
}

func TestByOneHolds(t *testing.T) {
	t.Parallel()
	pin, o := geo.Pin{Point: shop, Sigma: 25}, pins.Defaults()
	for name, c := range map[string]struct {
		seen []pins.Sighting
		hold pins.Hold
	}{
		"nothing":         {nil, pins.TooFewPeople},
		"two people":      {slices.Concat(at("a", 0, 0, 1), at("b", 0, 0, 1)), pins.SeveralPeople},
		"ten km away":     {at("a", 10_000, 0, 1), pins.OutOfReach},
		"an own audit":    {audit("a", 300, 0, 1), ""},
		"ten metres away": {at("a", 10, 0, 1), ""},
	} {
		got, ok := pins.ByOne(pin, pin, c.seen, o)
		if got.Hold != c.hold || ok != (c.hold == "") || (ok && (*got.Shift > 25 || got.Sigma < 25 || got.ValidFrom != 2)) {
			t.Errorf("%s: %+v", name, got)
		}
	}
	if got, ok := pins.ByOne(pin, geo.Pin{}, at("a", 10, 0, 1), o); ok || got.Hold != pins.OutOfReach {
		t.Errorf("no anchor: %+v", got)
	}
}

// The rep's own update never helps their visit of the same day.
func TestApplies(t *testing.T) {
	t.Parallel()
	for name, c := range map[string]struct {
		person string
		day    int
		want   bool
	}{
		"their own, the day before": {"a", 9, false},
		"their own, the same day":   {"a", 10, false},
		"their own, the next day":   {"a", 11, true},
		"somebody else's":           {"c", 10, true},
	} {
		if got := pins.Applies([]string{"a", "b"}, 10, c.person, c.day); got != c.want {
			t.Errorf("%s: %v", name, got)
		}
	}
}

func TestOptionsThatAreUnusableTeachNothing(t *testing.T) {
	t.Parallel()
	o := pins.Defaults()
	if err := o.Validate(); err != nil {
		t.Fatal(err)
	}
	o.MinPeople, o.Reach = 0, geo.Meters(-1)
	if err := o.Validate(); err == nil || !strings.Contains(err.Error(), "min_people 0") || !strings.Contains(err.Error(), "reach_m -1") {
		t.Errorf("%v", err)
	}
	if got, ok := pins.Learn(geo.Pin{Point: shop}, audit("x", 0, 0, 1), o); ok || got.Hold != pins.OptionsInvalid {
		t.Errorf("%+v", got)
	}
	if got, ok := pins.ByOne(geo.Pin{Point: shop}, geo.Pin{Point: shop}, at("x", 0, 0, 1), o); ok || got.Hold != pins.OptionsInvalid {
		t.Errorf("%+v", got)
	}
}

func TestSigmaOf(t *testing.T) {
	t.Parallel()
	for source, want := range map[geo.PinSource]geo.Meters{
		geo.Geocoded: 25, geo.Imported: 25, geo.FirstVisit: 25, geo.Learned: 8, geo.Surveyed: 3, geo.Manual: 10, "": 25,
	} {
		if got := pins.SigmaOf(source); got != want {
			t.Errorf("%s: %v", source, got)
		}
	}
}
