package routing

import (
	"context"
	"math/bits"
	"math/rand/v2"
	"reflect"
	"testing"

	"pgregory.net/rapid"
)

// aJourney draws a cycle: days alike or not, some without people, limits or none, legs that nobody can go, calls with
// several patterns or none.
func aJourney(mostCalls, mostDays int) *rapid.Generator[Journey] {
	return rapid.Custom(func(t *rapid.T) Journey {
		nodes := rapid.IntRange(1, mostCalls+1).Draw(t, "nodes")
		random := rand.New(rand.NewPCG(rapid.Uint64().Draw(t, "seed"), 0))
		holes := rapid.SampledFrom([]int{0, 0, 10}).Draw(t, "holes in a hundred")
		slope := Cost(rapid.SampledFrom([]int{0, 5}).Draw(t, "slope"))
		j := Journey{Uneven: Cost(rapid.SampledFrom([]int{0, 1, 20}).Draw(t, "uneven"))}
		j.Travel = NewMatrix(nodes, func(a, b int) Cost {
			if random.IntN(100) < holes {
				return MaxCost
			}
			return Cost(random.IntN(40)) + slope*Cost(max(0, b-a))
		})
		end := rapid.IntRange(Free, nodes-1)
		longest := rapid.SampledFrom([]int{0, 60, 150}).Draw(t, "longest")
		load := rapid.SampledFrom([]int{0, 8}).Draw(t, "load")
		for range rapid.IntRange(0, mostDays).Draw(t, "days") {
			d := JourneyDay{Start: end.Draw(t, "start"), End: end.Draw(t, "end"), Tours: rapid.IntRange(0, 2).Draw(t, "tours")}
			if longest > 0 {
				d.Longest = Cost(rapid.IntRange(longest/3, longest).Draw(t, "length"))
			}
			if load > 0 {
				d.Load = Cost(rapid.IntRange(3, load).Draw(t, "load"))
			}
			j.Days = append(j.Days, d)
		}
		for range rapid.IntRange(0, mostCalls).Draw(t, "calls") {
			j.Calls = append(j.Calls, aJourneyCall(nodes, len(j.Days)).Draw(t, "call"))
		}
		return j
	})
}

func aJourneyCall(nodes, days int) *rapid.Generator[JourneyCall] {
	return rapid.Custom(func(t *rapid.T) JourneyCall {
		c := JourneyCall{
			Node: rapid.IntRange(0, nodes-1).Draw(t, "node"), Priority: rapid.IntRange(0, 3).Draw(t, "priority"),
			Service: Cost(rapid.IntRange(0, 20).Draw(t, "service")), Load: Cost(rapid.IntRange(0, 4).Draw(t, "load")),
		}
		for range rapid.IntRange(0, 3).Draw(t, "patterns") {
			p := Pattern{rapid.Uint64Range(0, 1<<days-1).Draw(t, "days"), Cost(rapid.IntRange(0, 30).Draw(t, "price"))}
			c.Patterns = append(c.Patterns, p)
		}
		return c
	})
}

func TestJourneysAreCheckedAndRepeated(t *testing.T) {
	rapid.Check(t, func(t *rapid.T) {
		j := aJourney(25, 8).Draw(t, "journey")
		o := Options{Seed: rapid.Uint64().Draw(t, "seed"), Kicks: 150}
		got := SolveJourney(context.Background(), j, o)
		if err := CheckJourney(j, got); err != nil {
			t.Fatalf("%+v: %v", got, err)
		}
		if again := SolveJourney(context.Background(), j, o); !reflect.DeepEqual(again, got) {
			t.Fatalf("first %+v, then %+v", got, again)
		}
	})
}

// With kicks for many runs, plans come from plans.
func TestPlansFromPlansAreCheckedAndRepeated(t *testing.T) {
	for seed := range 20 {
		j := aJourney(10, 5).Example(seed)
		o := Options{Seed: uint64(seed), Kicks: 15_000}
		got := SolveJourney(t.Context(), j, o)
		if err := CheckJourney(j, got); err != nil {
			t.Fatalf("%+v: %v", got, err)
		}
		if again := SolveJourney(t.Context(), j, o); !reflect.DeepEqual(again, got) {
			t.Fatalf("first %+v, then %+v", got, again)
		}
	}
}

// What is on the board costs what it says, after every visit put in or taken out, and after all is taken back.
func TestBoardsCostWhatTheySay(t *testing.T) {
	rapid.Check(t, func(t *rapid.T) {
		j := aJourney(8, 4).Draw(t, "journey")
		s := newPlanning(context.Background(), j, Options{Seed: rapid.Uint64().Draw(t, "seed")})
		s.begin()
		for i := range j.Calls {
			insertAtThePriceTold(t, s, int32(i))
			recount(t, s)
		}
		before := s.shot()
		for range 5 {
			if len(j.Calls) == 0 {
				return
			}
			s.begin()
			s.ruin()
			if !s.recreate() || rapid.Bool().Draw(t, "undo") { // what a day has no room for must be undone
				s.undo()
				if again := s.shot(); !reflect.DeepEqual(before, again) {
					t.Fatalf("%+v, undone %+v", before, again)
				}
			}
			before = s.shot()
		}
	})
}

// insertAtThePriceTold makes a call by the first pattern that fits, and fails if that costs something else than was told.
func insertAtThePriceTold(t *rapid.T, s *planning, call int32) {
	c := &s.Calls[call]
	for k, p := range c.Patterns {
		if p.Days == 0 || s.look(call, p.Days) != p.Days {
			continue
		}
		want := s.travel + s.price + p.Price + s.priceOf(c, p.Days)
		if s.make(call, int32(k)); s.cost() != want {
			t.Fatalf("pattern %d of call %d: cost %d, told %d", k, call, s.cost(), want)
		}
		return
	}
}

// Where the way over a call is the only one, a tour without it keeps no limits.
func TestBoardsSeeWhatNobodyCanGo(t *testing.T) {
	way := NewMatrix(3, func(i, j int) Cost {
		if i+j == 2 && i != j { // between 0 and 2
			return MaxCost
		}
		return 1
	})
	j := Journey{Travel: way, Days: []JourneyDay{{End: Free, Tours: 1}}, Calls: []JourneyCall{{Node: 1, Patterns: []Pattern{{Days: 1}}}, {Node: 2, Patterns: []Pattern{{Days: 1}}}}}
	s := newPlanning(t.Context(), j, Options{})
	s.restore(snapshot{taken: []int32{0, 0}, tours: [][]int32{{0, 1}}})
	if !s.sound() {
		t.Error("the way over the first call cannot be gone")
	}
	s.begin()
	if s.leave(0); s.sound() {
		t.Error("the way without it can be")
	}
}

// At the end nothing that fits is overlooked.
func TestFinishOverlooksNothing(t *testing.T) {
	j := Journey{Travel: NewMatrix(1, nil), Days: []JourneyDay{{Tours: 1}}, Calls: []JourneyCall{{Patterns: []Pattern{{Days: 1}}}}}
	s := newPlanning(t.Context(), j, Options{})
	s.keep()
	s.blink = 1
	if s.finish(); s.best.lost != 0 {
		t.Error("the only call is left out")
	}
}

// shot is the current plan.
func (s *planning) shot() snapshot {
	s.best = snapshot{}
	s.keep()
	return s.best
}

// recount fails if what is on the board is not what it says it is.
func recount(t *rapid.T, s *planning) {
	now := s.shot()
	p := s.plan()
	if p.Cost != now.cost || p.Lost != now.lost {
		t.Fatalf("cost %d, lost %d: want %d, %d", now.cost, now.lost, p.Cost, p.Lost)
	}
	p.LeftOut = nil
	c := journeyCheck{*s.Journey, p}
	if err := c.money(); err != nil {
		t.Fatal(err)
	}
	for t1 := range s.tours {
		for i, leg := range s.tours[t1].legs {
			if path := s.tours[t1].path; len(path) > 2 && leg != s.leg(path[i], path[i+1]) {
				t.Fatalf("leg %d of tour %d", i, t1)
			}
		}
	}
}

// bruteJourney is the best of all choices of patterns and all orders, of one tour a day.
func bruteJourney(j Journey) (lost int, cost Cost) {
	c := journeyCheck{j: j, p: JourneyPlan{Taken: make([]int, len(j.Calls)), Tours: make([][][]int, len(j.Days))}}
	lost = -1
	var choose func(i, gone int)
	choose = func(i, gone int) {
		if i == len(j.Calls) {
			if sum, ok := c.bruteDays(); ok && (lost < 0 || gone < lost || gone == lost && sum < cost) {
				lost, cost = gone, sum
			}
			return
		}
		c.p.Taken[i] = -1
		choose(i+1, gone+j.Calls[i].weight())
		for k, p := range j.Calls[i].Patterns {
			if c.p.Taken[i] = k; p.Days != 0 {
				choose(i+1, gone)
			}
		}
	}
	choose(0, 0)
	return lost, cost
}

func (c *journeyCheck) bruteDays() (sum Cost, ok bool) {
	work := make([]int64, len(c.j.Days))
	for i, k := range c.p.Taken {
		if k >= 0 {
			sum += c.j.Calls[i].Patterns[k].Price
		}
	}
	for d, day := range c.j.Days {
		var tour []int
		for i, k := range c.p.Taken {
			if k >= 0 && c.j.Calls[i].Patterns[k].Days>>d&1 == 1 {
				tour = append(tour, i)
				work[d] += int64(c.j.Calls[i].Service)
			}
		}
		if len(tour) > 0 && day.Tours == 0 {
			return 0, false
		}
		travel, ok := c.bruteTour(d, tour, 0)
		if !ok {
			return 0, false
		}
		work[d] += int64(travel)
		sum += travel
	}
	return sum + c.uneven(work), true
}

func (c *journeyCheck) bruteTour(day int, tour []int, fixed int) (best Cost, ok bool) {
	if fixed == len(tour) {
		travel, _ := c.travel(day, tour)
		return travel, c.fits(day, tour)
	}
	for i := fixed; i < len(tour); i++ {
		tour[fixed], tour[i] = tour[i], tour[fixed]
		if travel, fits := c.bruteTour(day, tour, fixed+1); fits && (!ok || travel < best) {
			best, ok = travel, true
		}
		tour[fixed], tour[i] = tour[i], tour[fixed]
	}
	return best, ok
}

// A search is never better than all plans, and nearly always as good. A day's tour is to be the shortest.
func TestJourneysAreNearlyBruteForce(t *testing.T) {
	searched, same := 0, 0
	rapid.Check(t, func(t *rapid.T) {
		j := aJourney(5, 3).Draw(t, "journey")
		for d := range j.Days {
			j.Days[d].Tours = min(1, j.Days[d].Tours)
		}
		if j.Uneven > 0 { // a longer way may be more even
			j.Uneven = 1
		}
		got := SolveJourney(context.Background(), j, Options{Kicks: 300})
		lost, cost := bruteJourney(j)
		if err := CheckJourney(j, got); err != nil || got.Lost < lost || got.Lost == lost && j.Uneven == 0 && got.Cost < cost {
			t.Fatalf("%+v: %v; all plans: %d lost, %d", got, err, lost, cost)
		}
		searched++
		if got.Lost == lost && got.Cost <= cost {
			same++
		}
	})
	t.Logf("%d of %d as good as the best", same, searched)
	if same*100 < searched*95 {
		t.Errorf("only %d of %d as good as the best", same, searched)
	}
}

func TestJourneys(t *testing.T) {
	line := NewMatrix(4, func(i, j int) Cost { return Cost(10 * abs(i-j)) }) // 0 – 1 – 2 – 3
	day := JourneyDay{Tours: 1, Longest: 70}
	any2 := []Pattern{{1, 0}, {2, 0}}
	for _, c := range []struct {
		says string
		j    Journey
		want JourneyPlan
	}{
		{"nobody to call on, no days", Journey{}, JourneyPlan{}},
		{
			"one call goes where it costs the least",
			Journey{Travel: line, Days: []JourneyDay{day, day}, Calls: []JourneyCall{{Node: 3, Patterns: []Pattern{{1, 5}, {2, 4}}}}},
			JourneyPlan{Taken: []int{1}, Tours: [][][]int{{{}}, {{0}}}, Cost: 64, Travel: 60, Price: 4},
		},
		{
			"calls that lie together share a day",
			Journey{Travel: line, Days: []JourneyDay{day, day}, Calls: []JourneyCall{{Node: 3, Patterns: any2[1:]}, {Node: 2, Patterns: any2}}},
			JourneyPlan{Taken: []int{0, 1}, Cost: 60, Travel: 60},
		},
		{
			"unevenness at a price parts them",
			Journey{Travel: line, Uneven: 10, Days: []JourneyDay{day, day}, Calls: []JourneyCall{{Node: 3, Patterns: any2[1:]}, {Node: 2, Service: 15, Patterns: any2}}},
			JourneyPlan{Taken: []int{0, 0}, Tours: [][][]int{{{1}}, {{0}}}, Cost: 100, Travel: 100},
		},
		{
			"nobody works on any day it could be",
			Journey{Travel: line, Days: []JourneyDay{day, {}}, Calls: []JourneyCall{{Node: 1, Patterns: any2[1:]}, {Node: 1}, {Node: 1, Patterns: make([]Pattern, 1)}}},
			JourneyPlan{Taken: []int{-1, -1, -1}, Lost: 3, LeftOut: []CallLeftOut{{0, NoPattern}, {1, NoPattern}, {2, NoPattern}}},
		},
		{
			"too far, too heavy",
			Journey{Travel: line, Days: []JourneyDay{{Tours: 1, Longest: 50, Load: 5}}, Calls: []JourneyCall{{Node: 3, Patterns: any2[:1]}, {Node: 1, Load: 6, Patterns: any2[:1]}}},
			JourneyPlan{Taken: []int{-1, -1}, Lost: 2, LeftOut: []CallLeftOut{{0, TooFar}, {1, TooHeavy}}},
		},
		{
			"the least priority is left out",
			Journey{Travel: line, Days: []JourneyDay{day}, Calls: []JourneyCall{{Node: 1, Service: 40, Patterns: any2[:1]}, {Node: 1, Service: 40, Priority: 2, Patterns: any2[:1]}}},
			JourneyPlan{Taken: []int{-1, 0}, Tours: [][][]int{{{1}}}, Lost: 1, Cost: 20, Travel: 20, LeftOut: []CallLeftOut{{0, NoTimeLeft}}},
		},
	} {
		t.Run(c.says, func(t *testing.T) {
			got := SolveJourney(t.Context(), c.j, Options{})
			if err := CheckJourney(c.j, got); err != nil {
				t.Fatal(err)
			}
			if c.want.Tours == nil {
				got.Tours = nil
			}
			if c.want.Taken == nil {
				got.Taken = nil
			}
			if got.Kicks = 0; !reflect.DeepEqual(got, c.want) {
				t.Errorf("got %+v, want %+v", got, c.want)
			}
		})
	}
}

func TestAnEndedContextStillPlans(t *testing.T) {
	ctx, cancel := context.WithCancel(t.Context())
	cancel()
	j := aJourney(20, 6).Example(7)
	got := SolveJourney(ctx, j, Options{})
	if err := CheckJourney(j, got); err != nil || got.Kicks != 0 {
		t.Errorf("%+v: %v", got, err)
	}
}

// The checker finds what is wrong with a plan.
func TestCheckJourneyFinds(t *testing.T) {
	line := NewMatrix(3, func(i, j int) Cost { return Cost(10 * abs(i-j)) })
	calls := []JourneyCall{{Node: 1, Load: 1, Patterns: []Pattern{{1, 2}, {2, 0}}}, {Node: 2, Load: 1, Patterns: []Pattern{{1, 0}}}}
	j := Journey{Travel: line, Days: []JourneyDay{{Tours: 1, Longest: 40, Load: 2}, {Tours: 1}}, Calls: calls}
	good := func() JourneyPlan {
		return JourneyPlan{Taken: []int{0, 0}, Tours: [][][]int{{{0, 1}}, {{}}}, Cost: 42, Travel: 40, Price: 2}
	}
	if err := CheckJourney(j, good()); err != nil {
		t.Fatal(err)
	}
	for says, spoil := range map[string]func(*JourneyPlan){
		"a call not on the day of its pattern": func(p *JourneyPlan) { p.Taken[0] = 1 },
		"a call twice":                         func(p *JourneyPlan) { p.Tours[0][0] = []int{0, 1, 1} },
		"a tour too many":                      func(p *JourneyPlan) { p.Tours[0] = append(p.Tours[0], nil) },
		"no such pattern":                      func(p *JourneyPlan) { p.Taken[0] = 2 },
		"no such call":                         func(p *JourneyPlan) { p.Tours[0][0][0] = 2 },
		"a wrong cost":                         func(p *JourneyPlan) { p.Cost++ },
		"a wrong travel":                       func(p *JourneyPlan) { p.Travel--; p.Cost-- },
		"unevenness that is free":              func(p *JourneyPlan) { p.Uneven++; p.Cost++ },
		"a reason for a call that is made":     func(p *JourneyPlan) { p.LeftOut = []CallLeftOut{{0, TooFar}} },
		"a call left out that would fit": func(p *JourneyPlan) {
			*p = JourneyPlan{Taken: []int{-1, 0}, Tours: [][][]int{{{1}}, {{}}}, Cost: 40, Travel: 40, Lost: 1, LeftOut: []CallLeftOut{{0, NoTimeLeft}}}
		},
		"a call left out without a word": func(p *JourneyPlan) {
			*p = JourneyPlan{Taken: []int{-1, 0}, Tours: [][][]int{{{1}}, {{}}}, Cost: 40, Travel: 40, Lost: 1}
		},
	} {
		p := good()
		if spoil(&p); CheckJourney(j, p) == nil {
			t.Errorf("%s: no error", says)
		}
	}
	for says, days := range map[string]JourneyDay{"too long": {Tours: 1, Longest: 39}, "too heavy": {Tours: 1, Load: 1}} {
		short := j
		short.Days = []JourneyDay{days, j.Days[1]}
		if CheckJourney(short, good()) == nil {
			t.Errorf("%s: no error", says)
		}
	}
}

func TestUnevennessIsTheSquareOfTheCoefficientOfVariation(t *testing.T) {
	e := newEvenness(&Journey{Uneven: 1, Days: []JourneyDay{{Tours: 1, Longest: 100}, {Tours: 1, Longest: 100}, {Tours: 2, Longest: 50}, {}}})
	for d, work := range []Cost{80, 100, 120} {
		e.add(d, work)
	}
	if got := e.cost(); got != 8 { // mean 100, variance 800/3: 300 · (16.33/100)² = 8
		t.Errorf("unevenness %d, want 8", got)
	}
	e.add(0, 20)
	if e.add(2, -20); e.cost() != 0 || bits.OnesCount64(e.total.high) != 0 {
		t.Errorf("unevenness %d of days alike", e.cost())
	}
}
