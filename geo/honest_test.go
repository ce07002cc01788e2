package geo_test

import (
	"math"
	"testing"

	"pgregory.net/rapid"

	"rounds/geo"
)

func TestPHonest(t *testing.T) {
	inf, nan := geo.Meters(math.Inf(1)), geo.Meters(math.NaN())
	tests := []struct {
		name        string
		d, sigma, r geo.Meters
		want        float64
	}{
		{"within the radius", 99, 10, 100, 1},
		{"on the edge", 100, 10, 100, 1},
		{"on the edge, without error", 100, 0, 100, 1},
		{"just beyond, without error: an outlier", 100.001, 0, 100, 0.04},
		{"one sigma out: 0.96 e^(−1/2) + 0.04 e^(−0.005)", 110, 10, 100, 0.6220692},
		{"two sigmas out: 0.96 e^(−2) + 0.04 e^(−0.02)", 120, 10, 100, 0.1691298},
		{"100 m out: only an outlier, 0.04 e^(−1/2)", 200, 10, 100, 0.0242612},
		{"sigma of 50: the wide bell is four times as wide", 300, 50, 100, 0.96*math.Exp(-8) + 0.04*math.Exp(-0.5)},
		{"very far", 1e7, 10, 100, 0},
		{"infinitely far", inf, 10, 100, 0},
		{"nothing known", 1e7, inf, 100, 1},
		{"no distance", nan, 10, 100, math.NaN()},
		{"no sigma", 10, nan, 100, math.NaN()},
		{"no radius", 10, 10, nan, math.NaN()},
	}
	for _, tt := range tests {
		got := geo.PHonest(tt.d, tt.sigma, tt.r)
		if !(math.Abs(got-tt.want) <= 1e-6) && !(math.IsNaN(got) && math.IsNaN(tt.want)) {
			t.Errorf("%s: %.9f, want %.9f", tt.name, got, tt.want)
		}
	}
}

func TestPHonestLaws(t *testing.T) {
	rapid.Check(t, func(t *rapid.T) {
		m := func(name string) geo.Meters { return geo.Meters(rapid.Float64Range(0, 1e7).Draw(t, name)) }
		d, sigma, r := m("d"), m("sigma"), m("r")
		p := geo.PHonest(d, sigma, r)
		if !(p >= 0 && p <= 1) {
			t.Fatalf("%v is no probability", p)
		}
		if q := geo.PHonest(d+m("further"), sigma, r); q > p {
			t.Fatalf("further away, and likelier: %v, then %v", p, q)
		}
		if q := geo.PHonest(d, sigma+m("vaguer"), r); q < p-1e-15 {
			t.Fatalf("measured worse, and less likely: %v, then %v", p, q)
		}
		if q := geo.PHonest(d, sigma, r+m("wider")); q < p-1e-15 {
			t.Fatalf("a wider circle, and less likely: %v, then %v", p, q)
		}
	})
}

func BenchmarkPHonest(b *testing.B) {
	for b.Loop() {
		geo.PHonest(180, 12, 100)
	}
}
