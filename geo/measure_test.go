package geo_test

import (
	"math"
	"testing"
	"time"

	"github.com/paulmach/orb"

	"rounds/geo"
)

func TestDistanceIsToTheNearestEntrance(t *testing.T) {
	gate, yard := metersFrom(shop, 150, 0), metersFrom(shop, -150, 0)
	nowhere := orb.Point{math.NaN(), 30}
	tests := []struct {
		name      string
		entrances []orb.Point
		want      float64
	}{
		{"none: to the point", nil, 150},
		{"at the gate", []orb.Point{gate}, 0},
		{"the nearest of two", []orb.Point{yard, gate}, 0},
		{"the point is nearer", []orb.Point{yard}, 150},
		{"entrances that are no positions", []orb.Point{nowhere, {}, {181, 0}}, 150},
	}
	for _, tt := range tests {
		e := atTheDoor()
		e.Pin.Entrances, e.Fixes = tt.entrances, []geo.Fix{fixAt(150)}
		got := geo.Measure(e).Fixes[0].Distance
		if got == nil || math.Abs(float64(*got)-tt.want) > 1 {
			t.Errorf("%s: %v, want %v", tt.name, got, tt.want)
		}
	}
	e := atTheDoor()
	e.Pin.Point, e.Pin.Entrances = orb.Point{}, []orb.Point{gate}
	if geo.Measure(e).HasPin {
		t.Error("entrances without a pin are a pin")
	}
}

func TestAgeIsByTheKinderClock(t *testing.T) {
	const unknown = geo.Seconds(-1e9)
	at := func(s int) time.Time { return tap.Add(time.Duration(s) * time.Second) }
	tests := []struct {
		name             string
		fix, by, happend time.Time
		want             geo.Seconds
	}{
		{"by the phone's clock alone", at(-10), tap, time.Time{}, 10},
		{"the phone's clock is an hour ahead, its fixes are not", at(-10), at(3600), tap, 10},
		{"and the other way round", at(-10), tap, at(3600), 10},
		{"the smaller of two of different signs", at(0), at(-5), at(7), -5},
		{"the tap by the true time alone", at(-10), time.Time{}, tap, 10},
		{"neither tap", at(-10), time.Time{}, time.Time{}, unknown},
		{"no fix time", time.Time{}, tap, tap, unknown},
	}
	for _, tt := range tests {
		e := atTheDoor()
		e.Fixes[0].Time, e.At, e.Happened = tt.fix, tt.by, tt.happend
		got := unknown
		if age := geo.Measure(e).Fixes[0].Age; age != nil {
			got = *age
		}
		if got != tt.want {
			t.Errorf("%s: %v, want %v", tt.name, got, tt.want)
		}
	}
}

func TestTimesAreKeptInUTC(t *testing.T) {
	e := atTheDoor()
	shanghai := time.FixedZone("", 8*3600)
	e.At, e.Fixes[0].Time = e.At.In(shanghai), e.Fixes[0].Time.In(shanghai)
	m := geo.Measure(e)
	if *m.At != tap || *m.Fixes[0].Time != tap.Add(-10*time.Second) {
		t.Errorf("tap %v, fix %v", m.At, m.Fixes[0].Time)
	}
	for _, bad := range []time.Time{{}, time.Date(12000, 1, 1, 0, 0, 0, 0, time.UTC), time.Date(-1, 1, 1, 0, 0, 0, 0, time.UTC)} {
		e.At, e.Fixes[0].Time = bad, bad
		if m := geo.Measure(e); m.At != nil || m.Fixes[0].Time != nil {
			t.Errorf("%v is kept", bad)
		}
		throughJSON(t, geo.Measure(e))
	}
}
