package routing

import (
	"context"
	"fmt"
	"math/rand/v2"
	"slices"
	"testing"

	"github.com/google/go-cmp/cmp"
	"pgregory.net/rapid"
)

// someRoads draws a graph in which one-way, parallel, free, useless and endless arcs are common, and of which
// parts may be cut off.
func someRoads() *rapid.Generator[*Roads] {
	return rapid.Custom(func(t *rapid.T) *Roads {
		n := rapid.IntRange(1, 40).Draw(t, "nodes")
		node := rapid.Int32Range(0, int32(n-1))
		cost := rapid.OneOf(rapid.Int32Range(0, 3), rapid.Int32Range(0, 1000), rapid.Int32Range(int32(MaxCost)/3, int32(MaxCost)))
		arcs := rapid.SliceOfN(rapid.Custom(func(t *rapid.T) Arc {
			return Arc{node.Draw(t, "from"), node.Draw(t, "to"), cost.Draw(t, "cost")}
		}), 0, 4*n).Draw(t, "arcs")
		g, err := NewRoads(n, arcs)
		if err != nil {
			t.Fatal(err)
		}
		return g
	})
}

func contracted(t interface{ Fatal(...any) }, g *Roads) *Hierarchy {
	h, err := Contract(context.Background(), g, nil)
	if err != nil {
		t.Fatal(err)
	}
	return h
}

func TestHierarchyCostsWhatDijkstraSays(t *testing.T) {
	t.Parallel()
	rapid.Check(t, func(t *rapid.T) {
		g := someRoads().Draw(t, "roads")
		s := contracted(t, g).Search()
		for from := range g.Len() {
			for to, want := range g.Costs(from) {
				if got := s.Cost(At(from), At(to)); got != want {
					t.Fatalf("from %d to %d: %d, want %d", from, to, got, want)
				}
				checkWay(t, g, s.Way(At(from), At(to)), from, to, want)
			}
		}
	})
}

// checkWay adds a way up.
func checkWay(t *rapid.T, g *Roads, w Way, from, to int, want Cost) {
	if want == Unreachable {
		if diff := cmp.Diff(Way{Cost: Unreachable, From: -1, To: -1}, w); diff != "" {
			t.Fatal(diff)
		}
		return
	}
	at, cost := int32(from), Cost(0)
	for _, i := range w.Arcs {
		a := g.Arcs()[i]
		if a.From != at {
			t.Fatalf("arc %d begins at %d, the way is at %d", i, a.From, at)
		}
		at, cost = a.To, cost+Cost(a.Cost)
	}
	if at != int32(to) || cost != want || w.Cost != want || w.From != 0 || w.To != 0 {
		t.Fatalf("from %d to %d: the way ends at %d and costs %d, want %d: %+v", from, to, at, cost, want, w)
	}
}

// somePlaces draws places with a few entries each.
func somePlaces(n int) *rapid.Generator[[][]Entry] {
	return rapid.SliceOfN(rapid.SliceOfN(rapid.Custom(func(t *rapid.T) Entry {
		return Entry{rapid.Int32Range(0, int32(n-1)).Draw(t, "node"), rapid.Int32Range(0, 50).Draw(t, "cost")}
	}), 0, 3), 0, 6)
}

func TestTablesAreWhatPairsAre(t *testing.T) {
	t.Parallel()
	rapid.Check(t, func(t *rapid.T) {
		g := someRoads().Draw(t, "roads")
		h := contracted(t, g)
		from, to := somePlaces(g.Len()).Draw(t, "from"), somePlaces(g.Len()).Draw(t, "to")
		table, err := h.Table(context.Background(), from, to)
		if err != nil {
			t.Fatal(err)
		}
		s := h.Search()
		for i, a := range from {
			for j, b := range to {
				want := g.between(a, b)
				if got := table.At(i, j); got != want {
					t.Fatalf("table %d %d: %d, want %d", i, j, got, want)
				}
				w := s.Way(a, b)
				if w.Cost != want {
					t.Fatalf("way %d %d: %d, want %d", i, j, w.Cost, want)
				}
				if want != Unreachable {
					checkEnds(t, g, w, a[w.From], b[w.To])
				}
			}
		}
	})
}

// between is the cheapest of all pairs of entries.
func (g *Roads) between(from, to []Entry) Cost {
	best := Unreachable
	for _, a := range from {
		costs := g.Costs(int(a.Node))
		for _, b := range to {
			best = min(best, Cost(a.Cost)+costs[b.Node]+Cost(b.Cost))
		}
	}
	return best
}

func checkEnds(t *rapid.T, g *Roads, w Way, a, b Entry) {
	cost, at := Cost(a.Cost)+Cost(b.Cost), a.Node
	for _, i := range w.Arcs {
		cost, at = cost+Cost(g.Arcs()[i].Cost), g.Arcs()[i].To
	}
	if cost != w.Cost || at != b.Node {
		t.Fatalf("%+v from %+v to %+v adds up to %d and ends at %d", w, a, b, cost, at)
	}
}

func TestComponentsAreWhoReachesWhomAndBack(t *testing.T) {
	t.Parallel()
	rapid.Check(t, func(t *rapid.T) {
		g := someRoads().Draw(t, "roads")
		of, sizes := g.Components()
		reach := make([][]bool, g.Len())
		for v := range reach {
			reach[v] = g.reached(int32(v))
		}
		counted := make([]int32, len(sizes))
		for v := range reach {
			counted[of[v]]++
			for w := range reach {
				if got, want := of[v] == of[w], reach[v][w] && reach[w][v]; got != want {
					t.Fatalf("%d and %d in one: %t, want %t", v, w, got, want)
				}
			}
		}
		if diff := cmp.Diff(counted, sizes); diff != "" {
			t.Fatal(diff)
		}
	})
}

func (g *Roads) reached(from int32) []bool {
	reached := make([]bool, g.Len())
	reached[from] = true
	for open := []int32{from}; len(open) > 0; {
		v := open[0]
		open = open[1:]
		for _, w := range g.out.head[g.out.first[v]:g.out.first[v+1]] {
			if !reached[w] {
				reached[w] = true
				open = append(open, w)
			}
		}
	}
	return reached
}

func TestRestoredIsTheSame(t *testing.T) {
	t.Parallel()
	g := town(20)
	h := contracted(t, g)
	restored, err := Restore(g, h.Ranked())
	if err != nil {
		t.Fatal(err)
	}
	if diff := cmp.Diff(h.Ranked(), restored.Ranked()); diff != "" {
		t.Error(diff)
	}
	if diff := cmp.Diff(h.Ranked(), contracted(t, g).Ranked()); diff != "" {
		t.Errorf("prepared twice: %s", diff)
	}
}

func TestRestoreRefusesWhatIsDamaged(t *testing.T) {
	t.Parallel()
	g := town(8)
	whole := contracted(t, g).Ranked()
	rapid.Check(t, func(t *rapid.T) {
		r := whole
		arrays := []*[]int32{&r.Rank, &r.UpFirst, &r.UpHead, &r.UpCost, &r.UpVia, &r.DownFirst, &r.DownHead, &r.DownCost, &r.DownVia}
		array := rapid.SampledFrom(arrays).Draw(t, "array")
		*array = slices.Clone(*array)
		at := rapid.IntRange(0, len(*array)-1).Draw(t, "at")
		value := rapid.OneOf(rapid.Int32(), rapid.Int32Range(-100, 100)).Draw(t, "value")
		if value == (*array)[at] {
			return
		}
		(*array)[at] = value
		if _, err := Restore(g, r); err == nil {
			t.Fatal("taken")
		}
	})
	for _, r := range []Ranked{{}, {Rank: whole.Rank}} {
		if _, err := Restore(g, r); err == nil {
			t.Error("taken")
		}
	}
}

func TestRoadsThatAreNone(t *testing.T) {
	t.Parallel()
	for what, arc := range map[string]Arc{
		"an end above":   {0, 2, 1},
		"an end below":   {-1, 0, 1},
		"a cost below 0": {0, 1, -1},
	} {
		if _, err := NewRoads(2, []Arc{{0, 1, 1}, arc}); err == nil {
			t.Errorf("%s: taken", what)
		}
	}
	empty, err := NewRoads(0, nil)
	if err != nil {
		t.Fatal(err)
	}
	if table, err := contracted(t, empty).Table(context.Background(), nil, nil); err != nil {
		t.Errorf("%v, %v", table, err)
	}
}

func TestPreparationStops(t *testing.T) {
	t.Parallel()
	ctx, stop := context.WithCancel(context.Background())
	calls := 0
	_, err := Contract(ctx, town(60), func(done, total int) {
		calls++
		stop()
	})
	if err == nil || calls != 1 {
		t.Errorf("%v after %d calls", err, calls)
	}
	if _, err := contracted(t, town(5)).Table(ctx, [][]Entry{At(0)}, [][]Entry{At(1)}); err == nil {
		t.Error("a table although stopped")
	}
}

// town is side × side junctions of local streets, with an arterial road every fifth and a trunk road every twenty-fifth
// street; one in seven local streets is missing and one in ten is one-way. Costs are milliseconds.
func town(side int) *Roads {
	r := rand.New(rand.NewPCG(1, 2))
	var arcs []Arc
	street := func(a, b, line int) {
		speed, local := 30.0/3.6, line%5 != 0
		switch {
		case line%25 == 0:
			speed = 80 / 3.6
		case !local:
			speed = 50 / 3.6
		}
		missing, single := r.IntN(7) == 0, r.IntN(10) == 0
		if local && missing {
			return
		}
		cost := int32((80 + 40*r.Float64()) / speed * 1000)
		arcs = append(arcs, Arc{int32(a), int32(b), cost})
		if !local || !single {
			arcs = append(arcs, Arc{int32(b), int32(a), cost})
		}
	}
	for y := range side {
		for x := range side {
			if x+1 < side {
				street(y*side+x, y*side+x+1, y)
			}
			if y+1 < side {
				street(y*side+x, y*side+x+side, x)
			}
		}
	}
	g, err := NewRoads(side*side, arcs)
	if err != nil {
		panic(err)
	}
	return g
}

func TestTownAgreesWithDijkstra(t *testing.T) {
	t.Parallel()
	g := town(60)
	agree(t, g, contracted(t, g), 20, 500)
}

// agree compares pairs with Dijkstra's answers.
func agree(t testing.TB, g *Roads, h *Hierarchy, sources, targets int) {
	r := rand.New(rand.NewPCG(3, 4))
	s := h.Search()
	for range sources {
		from := r.IntN(g.Len())
		costs := g.Costs(from)
		for range targets {
			to := r.IntN(g.Len())
			if got := s.Cost(At(from), At(to)); got != costs[to] {
				t.Fatalf("from %d to %d: %d, want %d", from, to, got, costs[to])
			}
		}
	}
}

// BenchmarkCity is the preparation of a city of 202,500 junctions, a table and single questions, and how all
// that compares with Dijkstra.
func BenchmarkCity(b *testing.B) {
	g := town(450)
	var h *Hierarchy
	b.Run(fmt.Sprintf("prepare/%d-nodes/%d-arcs", g.Len(), len(g.Arcs())), func(b *testing.B) {
		for b.Loop() {
			h = contracted(b, g)
		}
		links, cuts := h.Shortcuts()
		b.ReportMetric(float64(links), "links")
		b.ReportMetric(float64(cuts), "shortcuts")
	})
	if h == nil {
		h = contracted(b, g)
	}
	r := rand.New(rand.NewPCG(5, 6))
	places := make([][]Entry, 200)
	for i := range places {
		places[i] = At(r.IntN(g.Len()))
	}
	b.Run("table-200x200", func(b *testing.B) {
		for b.Loop() {
			if _, err := h.Table(context.Background(), places, places); err != nil {
				b.Fatal(err)
			}
		}
	})
	s := h.Search()
	b.Run("cost", func(b *testing.B) {
		for b.Loop() {
			s.Cost(At(r.IntN(g.Len())), At(r.IntN(g.Len())))
		}
	})
	b.Run("way", func(b *testing.B) {
		for b.Loop() {
			s.Way(At(r.IntN(g.Len())), At(r.IntN(g.Len())))
		}
	})
	b.Run("dijkstra-one-to-all", func(b *testing.B) {
		for b.Loop() {
			g.Costs(r.IntN(g.Len()))
		}
	})
	b.Run("10000-pairs-equal", func(b *testing.B) {
		for b.Loop() {
			agree(b, g, h, 100, 100)
		}
	})
}
