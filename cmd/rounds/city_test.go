package main

import (
	"cmp"
	"math"
	"reflect"
	"slices"
	"testing"

	"rounds/fieldwork/roster"
	"rounds/geo"
	"rounds/internal/sheet"

	"github.com/paulmach/orb"
)

func TestOneSeedMakesOneCity(t *testing.T) {
	t.Parallel()
	if !reflect.DeepEqual(newCity(7), newCity(7)) {
		t.Error("one seed made two cities")
	}
	if reflect.DeepEqual(newCity(7), newCity(8)) {
		t.Error("two seeds made one city")
	}
}

func TestCityIsWhatItIsMeantToBe(t *testing.T) {
	t.Parallel()
	c := newCity(1)
	if want := len(districts) * shopsPerDistrict; len(c.shops) != want || len(c.reps) != len(districts) {
		t.Fatalf("%d shops and %d reps", len(c.shops), len(c.reps))
	}
	if !slices.IsSortedFunc(c.shops, func(a, b shop) int { return cmp.Compare(a.code, b.code) }) {
		t.Error("the shops are not in the order of their codes")
	}
	count := map[string]int{}
	for _, s := range c.shops {
		count["class "+s.class.name]++
		switch off := geo.Distance(s.stands, s.pin); {
		case off >= 300 && off <= 700:
			count["wrong pin"]++
		case off > 60:
			t.Errorf("the pin of %s is off by %.0f m: neither right nor wrong", s.code, float64(off))
		}
		if s.indoor {
			count["indoor"]++
		}
		if away := geo.Distance(s.pin, centre); away > 10_000 {
			t.Errorf("%s is %.0f m from the centre", s.code, float64(away))
		}
	}
	for what, least := range map[string]int{"class A": 200, "class B": 500, "class C": 800, "wrong pin": 100, "indoor": 100} {
		if count[what] < least {
			t.Errorf("%d of %s, want %d at least", count[what], what, least)
		}
	}
}

func TestCheatsClaimFromFarAway(t *testing.T) {
	t.Parallel()
	for seed := range uint64(10) {
		c := newCity(seed)
		for _, s := range c.shops {
			r := c.reps[s.district]
			if d := min(geo.Distance(r.home, s.pin), geo.Distance(r.teahouse, s.pin)); d < 1000 {
				t.Fatalf("seed %d: %s can be claimed from %.0f m away", seed, s.code, float64(d))
			}
		}
	}
}

func TestShopByCode(t *testing.T) {
	t.Parallel()
	c := newCity(1)
	want := c.shops[1234]
	if got, ok := c.shop(want.code); !ok || got != want {
		t.Errorf("found %v", got)
	}
	if _, ok := c.shop("none"); ok {
		t.Error("found a shop that is not there")
	}
}

func TestRegisterReadsWithoutDoubt(t *testing.T) {
	t.Parallel()
	c := newCity(1)
	file, err := c.register()
	if err != nil {
		t.Fatal(err)
	}
	table, err := sheet.Read(file, "")
	if err != nil {
		t.Fatal(err)
	}
	read, err := roster.Parse(table, roster.Options{Datum: geo.WGS84})
	if err != nil {
		t.Fatal(err)
	}
	if len(read.Findings) > 0 || len(read.Rows) != len(c.shops) {
		t.Fatalf("%d rows, findings: %v", len(read.Rows), read.Findings)
	}
	row, s := read.Rows[0], c.shops[0]
	if row.Name != s.name || row.Rep != c.reps[s.district].login || row.Territory != districts[s.district].name || len(row.Extra) > 0 {
		t.Errorf("read %+v of %+v", row, s)
	}
	if off := geo.Distance(*row.Point, s.pin); off > 1 {
		t.Errorf("the pin has moved by %.0f m", float64(off))
	}
}

func TestAway(t *testing.T) {
	t.Parallel()
	for _, p := range []orb.Point{centre, {0, 0}, {-70, -50}} {
		for turn := 0.0; turn < 2*math.Pi; turn += 0.5 {
			if d := geo.Distance(p, away(p, turn, 5000)); math.Abs(float64(d)-5000) > 50 {
				t.Errorf("5 km from %v are %.0f m", p, float64(d))
			}
		}
	}
	if p := away(centre, math.Pi/2, 1000); p.Lon() != centre.Lon() && p.Lat() <= centre.Lat() {
		t.Errorf("north of %v is %v", centre, p)
	}
}
