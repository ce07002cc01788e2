package geo

import (
	"math"
	"testing"

	"github.com/paulmach/orb"
	"pgregory.net/rapid"
)

func TestDistancesOfAListAreDistances(t *testing.T) {
	t.Parallel()
	rapid.Check(t, func(t *rapid.T) {
		reach := rapid.SampledFrom([]float64{0, 1e-6, 1e-3, 0.1, 1, 4, 90}).Draw(t, "reach in degrees")
		a := orb.Point{rapid.Float64Range(-180, 180).Draw(t, "lon"), rapid.Float64Range(-90, 90).Draw(t, "lat")}
		b := orb.Point{
			a.Lon() + reach*rapid.Float64Range(-1, 1).Draw(t, "east"),
			max(-90, min(90, a.Lat()+reach*rapid.Float64Range(-1, 1).Draw(t, "north"))),
		}
		got, want := Distances([]orb.Point{a, b})(0, 1), Distance(a, b)
		if !(math.Abs(float64(got-want)) <= 1e-6) {
			t.Fatalf("%v to %v: %v, want %v", a, b, got, want)
		}
	})
}

func TestDistancesOfNoPositionAreNaN(t *testing.T) {
	t.Parallel()
	if d := Distances([]orb.Point{{math.NaN(), 0}, {0, 0}})(0, 1); !math.IsNaN(float64(d)) {
		t.Errorf("%v, want NaN", d)
	}
}

func BenchmarkDistancesOfAList(b *testing.B) {
	places := make([]orb.Point, 1000)
	for i := range places {
		places[i] = orb.Point{120 + float64(i*7919%1009)/1000, 30 + float64(i*6151%1013)/1000}
	}
	between := Distances(places)
	i := 0
	for b.Loop() {
		i = (i + 1) % len(places)
		between(i, len(places)-1-i)
	}
}
