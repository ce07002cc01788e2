package routing

import (
	"context"
	"math"
	"math/rand/v2"
	"reflect"
	"slices"
	"testing"

	"pgregory.net/rapid"
)

// aWindowProblem draws a day of up to so many nodes: several windows, some never open, lunch or none, ends of every
// sort, another matrix for cost or none.
func aWindowProblem(least, most int) *rapid.Generator[WindowProblem] {
	return rapid.Custom(func(t *rapid.T) WindowProblem {
		u := aProblem(least, most).Draw(t, "problem")
		n := u.Matrix.Len()
		p := WindowProblem{Times: u.Matrix, Start: u.Start, End: u.End, Stops: make([]Stop, n)}
		if rapid.Bool().Draw(t, "other costs") {
			seed := rapid.Uint64().Draw(t, "seed")
			random := rand.New(rand.NewPCG(seed, 0))
			costs := NewMatrix(n, func(i, j int) Cost { return Cost(random.IntN(60)) })
			p.Costs = &costs
		}
		long := rapid.SampledFrom([]int{100, 300, 600}).Draw(t, "day")
		p.Day = Window{10, Time(10 + long)}
		if rapid.Bool().Draw(t, "lunch") {
			opens := Time(rapid.IntRange(0, long).Draw(t, "lunch opens"))
			p.Lunch = Lunch{Length: 20, Window: Window{opens, opens + Time(rapid.IntRange(0, 60).Draw(t, "lunch lasts"))}}
		}
		for i := range p.Stops {
			s := &p.Stops[i]
			s.Service = Time(rapid.IntRange(0, 20).Draw(t, "service"))
			s.Priority = rapid.IntRange(0, 4).Draw(t, "priority")
			for range rapid.IntRange(0, 3).Draw(t, "windows") {
				opens := Time(rapid.IntRange(0, long+20).Draw(t, "opens"))
				s.Windows = append(s.Windows, Window{opens, opens + Time(rapid.IntRange(-1, 120).Draw(t, "lasts"))})
			}
		}
		return p
	})
}

// bruteWindows is the best of all orders of all choices of stops, judged step by step: after each way there is lunch or
// there is none.
func bruteWindows(p WindowProblem) (lost int, cost Cost, end Time) {
	costs := p.costs()
	lost, cost, end = math.MaxInt, 0, 0
	used := make([]bool, len(p.Stops))
	leg := func(m Matrix, a, b int) Cost {
		if a == Free || b == Free {
			return 0
		}
		return m.At(a, b)
	}
	hungry := p.Lunch.Length > 0 && p.Lunch.Closes >= p.Day.Opens
	var visit func(last int, at Time, paid Cost, hungry bool)
	begin := func(at Time) (Time, bool) {
		meal := max(at, p.Lunch.Opens)
		return meal + p.Lunch.Length, meal <= p.Lunch.Closes
	}
	finish := func(at Time, paid Cost, hungry bool) {
		if at > p.Day.Closes || hungry && at > p.Lunch.Closes {
			return
		}
		gone := 0
		for i, u := range used {
			if !u && i != p.Start && i != p.End {
				gone += p.weight(i)
			}
		}
		if gone < lost || gone == lost && (paid < cost || paid == cost && at < end) {
			lost, cost, end = gone, paid, at
		}
	}
	serve := func(i int, at Time, paid Cost, hungry bool) {
		windows := p.Stops[i].Windows
		if len(windows) == 0 {
			windows = []Window{{0, p.Day.Closes}}
		}
		for _, w := range windows {
			if w.Opens <= w.Closes && at <= w.Closes {
				visit(i, max(at, w.Opens)+p.Stops[i].Service, paid, hungry)
			}
		}
	}
	visit = func(last int, at Time, paid Cost, hungry bool) {
		if at > p.Day.Closes {
			return
		}
		finish(at+Time(leg(p.Times, last, p.End)), paid+leg(costs, last, p.End), hungry)
		if fed, ok := begin(at); hungry && ok {
			finish(fed+Time(leg(p.Times, last, p.End)), paid+leg(costs, last, p.End), false)
		}
		for i := range p.Stops {
			if used[i] || i == p.Start || i == p.End {
				continue
			}
			used[i] = true
			way, toll := Time(leg(p.Times, last, i)), paid+leg(costs, last, i)
			serve(i, at+way, toll, hungry)
			if hungry {
				if fed, ok := begin(at); ok {
					serve(i, fed+way, toll, false)
				}
				if fed, ok := begin(at + way); ok {
					serve(i, fed, toll, false)
				}
			}
			used[i] = false
		}
	}
	visit(p.Start, p.Day.Opens, 0, hungry)
	return lost, cost, end
}

func TestWindowsAreBruteForce(t *testing.T) {
	rapid.Check(t, func(t *rapid.T) {
		p := aWindowProblem(1, 7).Draw(t, "windows")
		got := SolveWindows(context.Background(), p, Options{})
		if err := CheckWindows(p, got); err != nil {
			t.Fatalf("%+v: %v", got, err)
		}
		lost, cost, end := bruteWindows(p)
		if got.Order == nil {
			if lost != math.MaxInt {
				t.Fatalf("nothing, where %d can be had for %d", lost, cost)
			}
			return
		}
		if !got.Proven || got.Lost != lost || got.Cost != cost || got.End != end {
			t.Fatalf("%+v; best loses %d, costs %d, ends %d", got, lost, cost, end)
		}
	})
}

func TestWindowToursAreCheckedAndRepeated(t *testing.T) {
	rapid.Check(t, func(t *rapid.T) {
		p := aWindowProblem(12, 24).Draw(t, "windows")
		o := Options{Seed: rapid.Uint64().Draw(t, "seed"), Kicks: 20}
		got := SolveWindows(context.Background(), p, o)
		if err := CheckWindows(p, got); err != nil {
			t.Fatalf("%+v: %v", got, err)
		}
		if again := SolveWindows(context.Background(), p, o); !reflect.DeepEqual(again, got) {
			t.Fatalf("first %+v, then %+v", got, again)
		}
	})
}

// Every move changes cost and lateness by what it says, whichever way lateness is counted; and an order with none is in
// time.
func TestMovesChangeWhatTheySay(t *testing.T) {
	rapid.Check(t, func(t *rapid.T) {
		p := aWindowProblem(6, 14).Draw(t, "windows")
		h := newHours(p, late(context.Background(), Options{}))
		if h.m < 4 {
			return
		}
		h.ahead = nil
		order := make([]int32, h.m)
		for i, k := range rand.New(rand.NewPCG(rapid.Uint64().Draw(t, "order"), 0)).Perm(h.m) {
			order[i] = int32(k)
		}
		m := newMender(h, order)
		m.price = Cost(rapid.IntRange(0, 20).Draw(t, "price"))
		for place := 1; place <= h.m; place++ {
			mv := m.best(place)
			if mv.priced >= 0 {
				continue
			}
			before := m.total()
			m.make(mv)
			if m.total()-before != mv.priced || mv.priced != mv.cost+m.price*Cost(mv.warp) {
				t.Fatalf("%+v changed %d to %d", mv, before, m.total())
			}
		}
		if _, ok := h.finish(m.order(), h.day.Opens); ok != (m.warp == 0) {
			t.Fatalf("%v goes back %d, in time %v", m.order(), m.warp, ok)
		}
	})
}

// A search without weighing is never better than all orders, and mostly as good.
func TestSearchIsNeverBetterThanExact(t *testing.T) {
	searched, same := 0, 0
	rapid.Check(t, func(t *rapid.T) {
		p := aWindowProblem(6, 11).Draw(t, "windows")
		want := SolveWindows(context.Background(), p, Options{})
		s := newRounds(context.Background(), newHours(p, late(context.Background(), Options{})), Options{})
		s.solveMany()
		got := s.tour(p)
		if err := CheckWindows(p, got); err != nil {
			t.Fatalf("%+v: %v", got, err)
		}
		if got.Lost < want.Lost || got.Lost == want.Lost && got.Cost < want.Cost || want.Order != nil && !want.Proven {
			t.Fatalf("searched %+v, weighed %+v", got, want)
		}
		searched++
		if got.Lost == want.Lost && got.Cost == want.Cost {
			same++
		}
	})
	t.Logf("%d of %d as good as the best", same, searched)
	if same*10 < searched*8 {
		t.Errorf("only %d of %d as good as the best", same, searched)
	}
}

// The bound holds however far from the best the order is that it is looked for with.
func TestWindowBoundsHold(t *testing.T) {
	compared := 0
	rapid.Check(t, func(t *rapid.T) {
		p := aWindowProblem(5, 11).Draw(t, "windows")
		want := SolveWindows(context.Background(), p, Options{})
		s := newRounds(context.Background(), newHours(p, late(context.Background(), Options{})), Options{})
		s.solveFew()
		if want.Order == nil || !want.Proven {
			return
		}
		best := s.best.order
		for i := range best {
			for j := i + 1; j <= len(best); j++ {
				turned := slices.Clone(best)
				slices.Reverse(turned[i:j])
				if w, ok := s.rate(turned); ok && w.cost > s.best.cost {
					s.best = answer{turned, w}
				}
			}
		}
		s.proven = false
		if s.best.cost > want.Cost {
			compared++
		}
		if bound := s.lowerBound(WindowTour{Cost: s.best.cost}); bound > want.Cost {
			t.Fatalf("bound %d of an order that costs %d, the best costs %d", bound, s.best.cost, want.Cost)
		}
	})
	if compared == 0 {
		t.Error("nothing was compared")
	}
}
