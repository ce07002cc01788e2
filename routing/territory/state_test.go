package territory

import (
	"context"
	"math"
	"math/rand/v2"
	"slices"
	"testing"

	"rounds/internal/towns"
)

// TestSumsStayTrue moves nodes about and counts again: every sum and list is what it was kept at.
func TestSumsStayTrue(t *testing.T) {
	t.Parallel()
	p := city(towns.Size{Shops: 600, Territories: 7}, 3, 20_000)
	p.Together = [][]int32{{1, 2, 3}, {10, 400}, {400, 590}}
	p.Territories[3].Home = &p.Units[0].At
	p.Territories[4].Most = []int64{1 << 20, 50, 0, 0}
	for i := range p.Units {
		p.Units[i].Today = int32(i % 7)
	}
	s := compile(&p)
	s.price = make([]int64, len(s.nodes))
	for u := range s.price {
		s.price[u] = int64(u % 13)
	}
	for c := range s.fines {
		s.fines[c] = 1 << 30
	}
	s.begun(context.Background())
	s.begin()
	s.aims = &aims{low: slices.Clone(s.high), high: slices.Clone(s.low), stiff: 1 << 30}
	s.recount()
	s.keep(0)
	random := rand.New(rand.NewPCG(1, 2))
	for step := range 5000 {
		s.put(int32(random.IntN(len(s.nodes))), int32(random.IntN(7)))
		if step%1000 == 999 {
			compareSums(t, s)
		}
	}
	was := slices.Clone(s.best.of)
	s.restore()
	if !slices.Equal(was, s.of) {
		t.Error("restored is not what was kept")
	}
	compareSums(t, s)
	plan, err := Check(p, s.spreadOut())
	if err == nil && plan.Cost != s.cost {
		t.Errorf("cost %d, checked %d", s.cost, plan.Cost)
	}
}

func compareSums(t *testing.T, s *state) {
	t.Helper()
	type kept struct {
		cost, out, fine, change, moved int64
		has                            []int64
		terr                           []sums
		border, abroad                 []int32
	}
	now := func() kept {
		border := slices.Sorted(slices.Values(s.border))
		return kept{s.cost, s.out, s.fine, s.change, s.moved, slices.Clone(s.has), slices.Clone(s.terr), border, slices.Clone(s.abroad)}
	}
	a := now()
	s.recount()
	b := now()
	if a.cost != b.cost || a.out != b.out || a.fine != b.fine || a.change != b.change || a.moved != b.moved {
		t.Fatalf("kept %d %d %d %d %d, counted %d %d %d %d %d", a.cost, a.out, a.fine, a.change, a.moved, b.cost, b.out, b.fine, b.change, b.moved)
	}
	if !slices.Equal(a.has, b.has) || !slices.Equal(a.terr, b.terr) || !slices.Equal(a.border, b.border) || !slices.Equal(a.abroad, b.abroad) {
		t.Fatal("lists differ from what is counted")
	}
	if a.cost <= 0 || a.cost == math.MaxInt64 {
		t.Fatalf("cost %d", a.cost)
	}
}

// TestTheSameEveryTime cuts a city twice by iterations alone.
func TestTheSameEveryTime(t *testing.T) {
	t.Parallel()
	p := city(towns.Size{Shops: 500, Territories: 6}, 5, 50_000)
	a := Balance(t.Context(), p, Options{Seed: 4, Iterations: 50_000})
	b := Balance(t.Context(), p, Options{Seed: 4, Iterations: 50_000})
	if !slices.Equal(a.Of, b.Of) || a.Iterations != b.Iterations {
		t.Error("two plans of one problem, seed and number of iterations differ")
	}
	if !a.Met {
		t.Errorf("not met: %v", a.Short)
	}
}

// TestAimsFollowMisses misses limits for a while, then keeps to them: aims go inside by what is missed, and come back, never past limits.
func TestAimsFollowMisses(t *testing.T) {
	t.Parallel()
	r := &search{state: &state{terr: make([]sums, 3), measures: 1, has: []int64{160, 40, 100}}}
	r.low, r.high, r.fines = []int64{90, 90, 90}, []int64{110, 110, math.MaxInt64}, make([]int64, 1)
	r.unit, r.homed = slices.Repeat([]uint64{1 << 56 / 100}, 3), make([]bool, 3)
	r.aim()
	r.share = 3 * allOfIt / ticks
	r.follow()
	if want := []int64{90, 90 + 3*(50/followed), 90}; !slices.Equal(r.aims.low, want) {
		t.Errorf("lows are %v, want %v", r.aims.low, want)
	}
	if want := []int64{110 - 3*(50/followed), 110, math.MaxInt64}; !slices.Equal(r.aims.high, want) {
		t.Errorf("highs are %v, want %v", r.aims.high, want)
	}
	if r.refine(); r.terr[0].fine == 0 || r.terr[2].fine != 0 {
		t.Errorf("fines are %d and %d", r.terr[0].fine, r.terr[2].fine)
	}
	r.has = []int64{100, 100, 100}
	r.share = allOfIt
	r.follow()
	if !slices.Equal(r.aims.low, r.low) || !slices.Equal(r.aims.high, r.high) {
		t.Errorf("aims end at %v and %v", r.aims.low, r.aims.high)
	}
}
