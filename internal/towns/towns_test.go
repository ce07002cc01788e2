package towns

import (
	"fmt"
	"hash/fnv"
	"math"
	"slices"
	"testing"

	"rounds/routing/plane"

	"pgregory.net/rapid"
)

// What one machine makes of a seed, all must: compilers that fuse products and sums, and others' math.Exp.
func TestASeedMakesOneCityOnEveryMachine(t *testing.T) {
	t.Parallel()
	h := fnv.New64a()
	town := New(5000, 7)
	fmt.Fprint(h, town, town.Drift(7), Barriers(7))
	if got, want := h.Sum64(), uint64(0xfeb831cc36877119); got != want {
		t.Errorf("%#x, want %#x", got, want)
	}
}

func TestASmallerCityIsPartOfTheLarger(t *testing.T) {
	t.Parallel()
	if large := New(300, 11); !slices.Equal(New(100, 11).Shops, large.Shops[:100]) {
		t.Error("the first 100 of 300 shops are others")
	}
	if slices.Equal(New(100, 11).Shops, New(100, 12).Shops) {
		t.Error("two seeds make one city")
	}
}

func TestCitiesFollowTheRecipe(t *testing.T) {
	t.Parallel()
	const n = 60_000
	sums, logs := map[string]float64{}, 0.0
	for _, s := range New(n, 23).Shops {
		sums[string(s.Class)]++
		sums["minutes"] += float64(s.Minutes) / 1000
		sums["orders"] += float64(s.Orders) / 1000
		sums["volume"] += float64(s.Volume) / 1000
		sums["square"] += math.Pow(math.Log(float64(s.Service)/12_000), 2)
		logs += math.Log(float64(s.Service) / 12_000)
		if s.Key {
			sums["key"]++
		}
		if s.Visits != map[byte]int64{'A': 4, 'B': 2, 'C': 1}[s.Class] || s.Minutes != s.Visits*s.Service {
			t.Fatalf("%+v", s)
		}
		if max(s.At.X, -s.At.X, s.At.Y, -s.At.Y) > half {
			t.Fatalf("%s is outside, at %v", s.Code, s.At)
		}
	}
	for what, want := range map[string]float64{
		"A": 0.2, "B": 0.3, "C": 0.5, "key": 0.03, "square": 0.25, "minutes": 1.9 * 12 * math.Exp(0.125),
		"orders": 1.9 * math.Exp(0.125), "volume": 1.9 * math.Exp(0.5),
	} {
		if got := sums[what] / n; math.Abs(got/want-1) > 0.04 {
			t.Errorf("%s: %.4f a shop, want %.4f", what, got, want)
		}
	}
	if math.Abs(logs/n) > 0.01 {
		t.Errorf("the mean logarithm of a visit is %.4f off 12 minutes", logs/n)
	}
}

// Density varies: half of the shops are on a small part of the ground, and some are everywhere.
func TestCitiesAreDenseHereAndThinThere(t *testing.T) {
	t.Parallel()
	for _, seed := range Seeds {
		var cells [900]int
		for _, p := range New(20_000, seed).Points() {
			cells[min(29, (p.X+half)/10_000)*30+min(29, (p.Y+half)/10_000)]++
		}
		slices.Sort(cells[:])
		densest := 0
		for _, n := range cells[900-90:] {
			densest += n
		}
		if densest < 8_000 || cells[225] < 1 || cells[899] < 30*cells[450] {
			t.Errorf("seed %d: a tenth of the ground has %d of 20,000 shops; a km² has %d to %d, mostly %d", seed, densest, cells[0], cells[899], cells[450])
		}
	}
}

func TestDriftChangesRegionsAndShops(t *testing.T) {
	t.Parallel()
	town := New(20_000, 7)
	drifted := town.Drift(7)
	var logs, squares, n float64
	regions := map[plane.Point][2]float64{}
	for i, now := range drifted.Shops {
		before := town.Shops[i]
		if now.At != before.At || now.Orders != before.Orders || now.Volume != before.Volume || now.Minutes != now.Visits*now.Service {
			t.Fatalf("%+v became %+v", before, now)
		}
		factor := float64(now.Service) / float64(before.Service)
		logs, squares, n = logs+factor, squares+factor*factor, n+1
		at := plane.Point{X: now.At.X / 20_000, Y: now.At.Y / 20_000}
		r := regions[at]
		regions[at] = [2]float64{r[0] + factor, r[1] + 1}
	}
	low, high := 1.0, 1.0
	for _, r := range regions {
		if r[1] > 100 {
			low, high = min(low, r[0]/r[1]), max(high, r[0]/r[1])
		}
	}
	if spread := math.Sqrt(squares/n - logs/n*logs/n); spread < 0.2 || spread > 0.4 || low < 0.6 || low > 0.8 || high > 1.4 || high < 1.2 {
		t.Errorf("factors spread by %.3f, those of regions are %.3f to %.3f", spread, low, high)
	}
}

func TestBarriersCrossTheCity(t *testing.T) {
	t.Parallel()
	for seed := range uint64(100) {
		lines := Barriers(seed)
		river, railway := lines[:len(lines)-1], lines[len(lines)-1]
		if len(river) != bridges+1 || river[0][0].X != -half || river[bridges][len(river[bridges])-1].X != half {
			t.Fatalf("seed %d: a river in %d pieces: %v", seed, len(river), river)
		}
		for i := 1; i < len(river); i++ {
			if before := river[i-1]; river[i][0].X-before[len(before)-1].X != gap {
				t.Errorf("seed %d: bridge %d is %d wide", seed, i, river[i][0].X-before[len(before)-1].X)
			}
		}
		if railway[0].Y != -half || railway[len(railway)-1].Y != half {
			t.Errorf("seed %d: a railway from %v to %v", seed, railway[0], railway[len(railway)-1])
		}
		for _, p := range slices.Concat(lines...) {
			if max(p.X, -p.X, p.Y, -p.Y) > half {
				t.Errorf("seed %d: %v is outside", seed, p)
			}
		}
	}
}

func TestReflectedIsInside(t *testing.T) {
	t.Parallel()
	rapid.Check(t, func(t *rapid.T) {
		x := rapid.Int64Range(-10*Side, 10*Side).Draw(t, "x")
		y := reflected(x)
		if y < -half || y > half || (x >= -half && x <= half && x != y) {
			t.Errorf("%d became %d", x, y)
		}
	})
}

// The functions made of single steps are right to a few of the last bits.
func TestExpAndLn(t *testing.T) {
	t.Parallel()
	for x := -20.0; x < 8; x += 0.0137 {
		if got, want := exp(x), math.Exp(x); math.Abs(got/want-1) > 1e-12 {
			t.Errorf("exp(%g) is %g, want %g", x, got, want)
		}
		if got := ln(math.Exp(x)); math.Abs(got-x) > 1e-12 {
			t.Errorf("ln(exp(%g)) is %g", x, got)
		}
	}
}
