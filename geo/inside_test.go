package geo_test

import (
	"math"
	"testing"

	"pgregory.net/rapid"

	"rounds/geo"
)

func TestPInside(t *testing.T) {
	huge, tiny, inf, nan := geo.Meters(1e300), geo.Meters(1e-300), geo.Meters(math.Inf(1)), geo.Meters(math.NaN())
	tests := []struct {
		name        string
		d, sigma, r geo.Meters
		want        float64
	}{
		{"measured in the middle: 1 − exp(−r²/2σ²)", 0, 40, 100, 1 - math.Exp(-3.125)},
		{"on the edge: (1 − e⁻¹I₀(1))/2", 10, 10, 10, 0.26712020},
		{"on the edge of a wide circle: nearly half", 1e6, 1, 1e6, 0.5},
		{"just inside, precise", 90, 0.1, 100, 1},
		{"just outside, precise", 110, 0.1, 100, 0},
		{"no error at all, inside", 100, 0, 100, 1},
		{"no error at all, outside", 100.001, 0, 100, 0},
		{"no circle", 0, 10, 0, 0},
		{"nothing known", 0, inf, 100, 0},
		{"infinitely far", inf, 10, 100, 0},
		{"everywhere", 10, 10, inf, 1},
		{"huge and on the edge", huge, 1, huge, 0.5},
		{"tiny and in the middle", 0, tiny, tiny, 1 - math.Exp(-0.5)},
		{"tiny against huge", 0, huge, tiny, 0},
		{"huge against tiny", tiny, tiny, huge, 1},
		{"no distance", nan, 10, 100, math.NaN()},
		{"no sigma", 10, nan, 100, math.NaN()},
		{"no radius", 10, 10, nan, math.NaN()},
	}
	for _, tt := range tests {
		got := geo.PInside(tt.d, tt.sigma, tt.r)
		if !(math.Abs(got-tt.want) <= 1e-6) && !(math.IsNaN(got) && math.IsNaN(tt.want)) {
			t.Errorf("%s: %.9f, want %.9f", tt.name, got, tt.want)
		}
	}
}

// Against the double integral in polar coordinates round the retailer.
func TestPInsideIsTheIntegral(t *testing.T) {
	worst := 0.0
	for _, a := range []float64{0, 0.01, 0.5, 1, 2, 5, 6.9, 7.1, 12, 40} {
		for _, r := range []float64{0.001, 0.3, 1, 2, 3, 5, 6.9, 7, 7.1, 9, 14, 41} {
			got := geo.PInside(geo.Meters(a*17), 17, geo.Meters(r*17))
			worst = max(worst, math.Abs(got-polarIntegral(a, r)))
		}
	}
	t.Logf("worst %.2g", worst)
	if worst > 1e-6 {
		t.Errorf("off by %g, want 1e-6", worst)
	}
}

func polarIntegral(a, r float64) float64 {
	const rings, spokes = 600, 100 // Simpson's rule outwards, midpoints round
	from, to := max(0, a-8), min(r, a+8)
	if from >= to {
		return 0
	}
	open := math.Pi // half the angle that matters, seen from the retailer
	if a > 16 {
		open = math.Asin(8 / (a - 8))
	}
	sum := 0.0
	for i := range rings + 1 {
		rho := from + (to-from)*float64(i)/rings
		weight := [2]float64{2, 4}[i%2] / 3
		if i == 0 || i == rings {
			weight = 1. / 3
		}
		for j := range spokes {
			theta := open * (float64(j) + 0.5) / spokes
			sum += weight * rho * math.Exp(-(sq(rho-a)+4*rho*a*sq(math.Sin(theta/2)))/2)
		}
	}
	return sum * (to - from) / rings * open / spokes / math.Pi
}

func TestPInsideLaws(t *testing.T) {
	rapid.Check(t, func(t *rapid.T) {
		m := func(name string) geo.Meters { return geo.Meters(rapid.Float64Range(0, 1e7).Draw(t, name)) }
		d, sigma, r := m("d"), m("sigma"), m("r")
		p := geo.PInside(d, sigma, r)
		if !(p >= 0 && p <= 1) {
			t.Fatalf("%v is no probability", p)
		}
		if d > r && sigma > 0 && p > 0.5+1e-9 {
			t.Fatalf("outside, and more likely in than out: %v", p)
		}
		if q := geo.PInside(d, sigma, r+m("more")); q < p-1e-9 {
			t.Fatalf("a wider circle holds less: %v, then %v", p, q)
		}
		if q := geo.PInside(d+m("further"), sigma, r); q > p+1e-9 {
			t.Fatalf("further away, and likelier: %v, then %v", p, q)
		}
	})
}

func BenchmarkPInside(b *testing.B) {
	for b.Loop() {
		geo.PInside(80, 12, 100)
	}
}
