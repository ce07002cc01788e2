package territory

import (
	"context"
	"math"
	"reflect"
	"strings"
	"testing"

	"pgregory.net/rapid"
)

// aMedian draws a problem of a few places, with ties, costs one way only, places nobody asks at, and capacities that hardly do.
func aMedian(most int) *rapid.Generator[Median] {
	return rapid.Custom(func(t *rapid.T) Median {
		n := rapid.IntRange(1, most).Draw(t, "places")
		m := Median{Costs: make([][]int64, n), Groups: rapid.IntRange(1, n).Draw(t, "groups")}
		m.Demand = rapid.SliceOfN(rapid.Int64Range(0, 9), n, n).Draw(t, "demand")
		m.Capacity = rapid.SliceOfN(rapid.Int64Range(5, 30), n, n).Draw(t, "capacity")
		x := rapid.SliceOfN(rapid.Int64Range(0, 40), 2*n, 2*n).Draw(t, "at")
		uphill := rapid.Int64Range(0, 2).Draw(t, "uphill")
		for j := range n {
			m.Costs[j] = make([]int64, n)
			for i := range n {
				dx, dy := x[2*i]-x[2*j], x[2*i+1]-x[2*j+1]
				m.Costs[j][i] = max(dx, -dx) + max(dy, -dy) + uphill*max(0, dx)
			}
		}
		return m
	})
}

// cheapestMedian weighs every choice of medians and of who serves whom; -1 if none keeps the capacities.
func cheapestMedian(m Median) int64 {
	best := int64(math.MaxInt64)
	spare := make([]int64, len(m.Costs))
	var medians []int
	var serve func(i int, cost int64)
	serve = func(i int, cost int64) {
		if cost >= best {
			return
		}
		if i == len(m.Costs) {
			best = cost
			return
		}
		for _, j := range medians {
			own := j == i
			if !own && containsInt(medians, i) || spare[j] < m.Demand[i] {
				continue
			}
			spare[j] -= m.Demand[i]
			serve(i+1, cost+m.Costs[j][i])
			spare[j] += m.Demand[i]
		}
	}
	var choose func(j int)
	choose = func(j int) {
		if len(medians) == m.Groups {
			copy(spare, m.Capacity)
			serve(0, 0)
			return
		}
		if j < len(m.Costs) {
			medians = append(medians, j)
			choose(j + 1)
			medians = medians[:len(medians)-1]
			choose(j + 1)
		}
	}
	choose(0)
	if best == math.MaxInt64 {
		return -1
	}
	return best
}

func containsInt(all []int, x int) bool {
	for _, y := range all {
		if y == x {
			return true
		}
	}
	return false
}

func TestMediansAreTheCheapest(t *testing.T) {
	t.Parallel()
	rapid.Check(t, func(t *rapid.T) {
		m := aMedian(8).Draw(t, "problem")
		least := cheapestMedian(m)
		p, err := SolveMedian(context.Background(), m, Options{Seed: 1, Iterations: 1 << 20})
		if err != nil {
			if least >= 0 {
				t.Fatalf("%v, though there is a plan of %d", err, least)
			}
			return
		}
		if err := CheckMedian(m, p); err != nil {
			t.Fatal(err)
		}
		if least < 0 && p.Reason != WholeUnits {
			t.Fatalf("no plan keeps the capacities, and the reason is %q of an excess of %d", p.Reason, p.Over)
		}
		if least >= 0 && (p.Cost != least || !p.Proven()) {
			t.Fatalf("cost %d, bound %d, excess %d: the cheapest plan costs %d", p.Cost, p.LowerBound, p.Over, least)
		}
	})
}

func TestBoundsAreBelowTheCheapestPlan(t *testing.T) {
	t.Parallel()
	rapid.Check(t, func(t *rapid.T) {
		m := aMedian(7).Draw(t, "problem")
		if m.valid() != nil {
			return
		}
		least := cheapestMedian(m)
		for iterations := 1; least >= 0 && iterations < 1<<16; iterations *= 4 {
			p, err := SolveMedian(context.Background(), m, Options{Seed: 3, Iterations: iterations})
			if err != nil {
				t.Fatal(err)
			}
			if p.LowerBound > least || p.Over == 0 && p.Cost < least {
				t.Fatalf("after %d: bound %d, cost %d: the cheapest plan costs %d", iterations, p.LowerBound, p.Cost, least)
			}
			if err := CheckMedian(m, p); err != nil {
				t.Fatal(err)
			}
		}
	})
}

func TestPacking(t *testing.T) {
	t.Parallel()
	rapid.Check(t, func(t *rapid.T) {
		n := rapid.IntRange(0, 10).Draw(t, "items")
		gain := rapid.SliceOfN(rapid.Int64Range(0, 1<<40), n, n).Draw(t, "gains")
		load := rapid.SliceOfN(rapid.Int64Range(0, 50), n, n).Draw(t, "loads")
		room := rapid.Int64Range(0, 200).Draw(t, "room")
		var p packer
		for i := range n {
			p.add(int32(i), gain[i], load[i])
		}
		bound := p.pack(room)
		var best int64
		for set := range 1 << n {
			var g, l int64
			for i := range n {
				g += gain[i] * int64(set>>i&1)
				l += load[i] * int64(set>>i&1)
			}
			if l <= room {
				best = max(best, g)
			}
		}
		if bound != best || p.most != best {
			t.Fatalf("gain %d, bound %d: want %d", p.most, bound, best)
		}
		if divided := p.bound(0, room); divided < best {
			t.Fatalf("divided they gain %d: whole %d", divided, best)
		}
	})
}

// line is places on a line, all with the same demand and capacity.
func line(n, groups int, demand, capacity int64) Median {
	m := Median{Groups: groups}
	for j := range n {
		row := make([]int64, n)
		for i := range row {
			row[i] = int64(max(i-j, j-i))
		}
		m.Costs = append(m.Costs, row)
		m.Demand = append(m.Demand, demand)
		m.Capacity = append(m.Capacity, capacity)
	}
	return m
}

func TestMediansThatCannotBeSayWhy(t *testing.T) {
	t.Parallel()
	for says, c := range map[string]struct {
		change func(*Median)
		want   string
	}{
		"no places":                  {func(m *Median) { *m = Median{} }, "0 places"},
		"no medians":                 {func(m *Median) { m.Groups = 0 }, "0 medians"},
		"more medians than places":   {func(m *Median) { m.Groups = 7 }, "7 medians of 6"},
		"a demand missing":           {func(m *Median) { m.Demand = m.Demand[1:] }, "5 demands"},
		"a cost missing":             {func(m *Median) { m.Costs[2] = m.Costs[2][1:] }, "median 2 has 5 costs"},
		"a negative cost":            {func(m *Median) { m.Costs[2][3] = -1 }, "place 3 costs -1 from 2"},
		"a negative demand":          {func(m *Median) { m.Demand[4] = -1 }, "demand of place 4 is -1"},
		"a negative capacity":        {func(m *Median) { m.Capacity[4] = -1 }, "capacity of place 4 is -1"},
		"costs beyond all sums":      {func(m *Median) { m.Costs[2][3] = math.MaxInt64 }, "cost of place 3"},
		"a place that fits nowhere":  {func(m *Median) { m.Demand[5] = 31 }, "place 5 asks for 31"},
		"too little capacity of all": {func(m *Median) { m.Groups = 1 }, "all places ask for 60, the largest capacities of 1 medians are 30"},
	} {
		m := line(6, 2, 10, 30)
		c.change(&m)
		if _, err := SolveMedian(context.Background(), m, Options{}); err == nil || !strings.Contains(err.Error(), c.want) {
			t.Errorf("%s: %v, want %s", says, err, c.want)
		}
	}
	p, err := SolveMedian(context.Background(), line(6, 2, 10, 35), Options{})
	if err != nil || p.Cost != 4 || !p.Proven() {
		t.Errorf("two threes: %+v, %v", p, err)
	}
	p, err = SolveMedian(context.Background(), line(5, 2, 10, 29), Options{})
	if err != nil || p.Over != 1 || p.Reason != WholeUnits {
		t.Errorf("five tens in two of 29: %+v, %v", p, err)
	}
}

func TestMediansRepeatAndStop(t *testing.T) {
	t.Parallel()
	m := line(60, 7, 3, 36)
	for i := range m.Demand {
		m.Demand[i] += int64(i * i % 3)
	}
	solve := func(ctx context.Context, o Options) MedianPlan {
		p, err := SolveMedian(ctx, m, o)
		if err == nil {
			err = CheckMedian(m, p)
		}
		if err != nil {
			t.Error(err)
		}
		return p
	}
	one := solve(context.Background(), Options{Seed: 5, Iterations: 300_000})
	if two := solve(context.Background(), Options{Seed: 5, Iterations: 300_000}); !reflect.DeepEqual(one, two) {
		t.Errorf("the same seed gave %+v and %+v", one, two)
	}
	ctx, cancel := context.WithCancel(context.Background())
	cancel()
	if p := solve(ctx, Options{}); p.Iterations > 5000 {
		t.Errorf("%d iterations after the end", p.Iterations)
	}
	calls := 0.0
	if p := solve(context.Background(), Options{Spent: func() float64 { calls++; return calls / 50 }}); p.Iterations == 0 {
		t.Error("no iterations in 50 askings")
	}
}

func TestMedianPlansThatAreWrong(t *testing.T) {
	t.Parallel()
	m := line(6, 2, 10, 30)
	for says, c := range map[string]struct {
		change func(*MedianPlan)
		want   string
	}{
		"as it should be":             {func(*MedianPlan) {}, ""},
		"a median less":               {func(p *MedianPlan) { p.Medians = p.Medians[1:] }, "1 medians"},
		"a place less":                {func(p *MedianPlan) { p.Of = p.Of[1:] }, "2 medians of 5 places"},
		"medians out of order":        {func(p *MedianPlan) { p.Medians, p.Of = []int32{4, 1}, []int32{1, 1, 1, 0, 0, 0} }, "median 1 is place 1"},
		"a median beyond the places":  {func(p *MedianPlan) { p.Medians[1] = 6 }, "median 1 is place 6"},
		"a median served by another":  {func(p *MedianPlan) { p.Of[4] = 0 }, "is in group 0"},
		"a place served by nobody":    {func(p *MedianPlan) { p.Of[0] = None }, "place 0 is in group -1"},
		"a cost too low":              {func(p *MedianPlan) { p.Cost-- }, "cost 3"},
		"an excess that is not there": {func(p *MedianPlan) { p.Over = 5 }, "excess 5"},
		"a place moved":               {func(p *MedianPlan) { p.Of[2], p.Cost = 1, 5 }, "want 5 and 10"},
		"a bound too high":            {func(p *MedianPlan) { p.LowerBound = 5 }, "bound 5"},
	} {
		p := MedianPlan{Medians: []int32{1, 4}, Of: []int32{0, 0, 0, 1, 1, 1}, Cost: 4, LowerBound: 4}
		c.change(&p)
		err := CheckMedian(m, p)
		if c.want == "" && err != nil || c.want != "" && (err == nil || !strings.Contains(err.Error(), c.want)) {
			t.Errorf("%s: %v, want %q", says, err, c.want)
		}
	}
}

func TestPricesBoundTheCheapestPlan(t *testing.T) {
	t.Parallel()
	rapid.Check(t, func(t *rapid.T) {
		m := aMedian(7).Draw(t, "problem")
		if m.valid() != nil {
			return
		}
		least := cheapestMedian(m)
		if least < 0 {
			return
		}
		s := newMedianSearch(context.Background(), m, Options{})
		s.start()
		d := newMedianDual(s)
		for range 60 {
			if d.evaluate(); d.ceil(d.sum) > least {
				t.Fatalf("the bound is %d: the cheapest plan costs %d", d.ceil(d.sum), least)
			}
			d.step(0.7)
		}
	})
}

func TestNothingButBetterPlansIsLookedFor(t *testing.T) {
	t.Parallel()
	for _, cost := range []int64{1, 7, 1 << 40} {
		for _, fine := range []uint{0, 3, mostFine} {
			d := medianDual{medianSearch: &medianSearch{target: MostMedianCost, best: MedianPlan{Cost: cost}}, fine: fine}
			if most := d.mostSum(); d.ceil(most) != cost-1 || d.ceil(most+1) != cost {
				t.Errorf("of plans that cost less than %d, the highest bound is %d of 1/2^%d", cost, most, fine)
			}
		}
	}
}
