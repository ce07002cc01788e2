package routing

import (
	"context"
	"fmt"
	"testing"
)

// A counted context counts how much is asked of a matrix between two looks at the time, and is over after some.
type counted struct {
	context.Context
	looks, until int
	asked, most  int // legs
}

func (c *counted) Err() error {
	c.most, c.asked = max(c.most, c.asked), 0
	if c.looks++; c.looks > c.until {
		return context.Canceled
	}
	return nil
}

func (c *counted) legs(n int) Matrix {
	at := func(i int) (int, int) { return i * 7919 % 10007, i * 6151 % 10009 }
	return Computed(n, func(i, j int) Cost {
		c.asked++
		xi, yi := at(i)
		xj, yj := at(j)
		return Cost(abs(xi-xj) + abs(yi-yj) + i%3)
	})
}

// Searches look at the time at least each time that they have asked for half a million legs, which take some 5 ms, and soon after it is
// over they have an answer.
func TestTimeIsLookedAtOften(t *testing.T) {
	const often = 500_000
	for _, n := range []int{100, 2000} {
		for _, until := range []int{0, 1, 60} {
			c := &counted{Context: t.Context(), until: until}
			p := Problem{Matrix: c.legs(n)}
			got := Solve(c, p, Options{})
			if most := max(c.most, c.asked); most > often {
				t.Errorf("%d nodes, time for %d looks: %d legs asked for between two", n, until, most)
			}
			if _, err := Check(p, got.Order); err != nil {
				t.Error(err)
			}
		}
	}
}

func TestCancelledDaysWithHoursAreAnswered(t *testing.T) {
	ctx, cancel := context.WithCancel(t.Context())
	cancel()
	for _, stops := range []int{0, 1, 8, 20, 21, 100} {
		for _, lunch := range []bool{false, true} {
			p := aDay(stops, 1, lunch)
			if err := CheckWindows(p, SolveWindows(ctx, p, Options{})); err != nil {
				t.Errorf("%d stops, lunch %v: %v", stops, lunch, err)
			}
		}
	}
}

func TestBadInputIsAnswered(t *testing.T) {
	none := func(int, int) Cost { return MaxCost }
	oneOff := func(i, j int) Cost {
		if i == 7 || j == 7 {
			return MaxCost
		}
		return Cost(10 + (i*j)%13)
	}
	wayIn := func(i, j int) Cost { // node 3 can be reached, and only left for node 5
		if i == 3 && j != 5 {
			return MaxCost
		}
		return Cost(10 + (i*7+j)%13)
	}
	for _, tt := range []struct {
		name  string
		nodes int
		cost  func(i, j int) Cost
		holes int // on the best closed tour
	}{
		{"nowhere to go", 0, none, 0},
		{"one stop", 1, none, 0},
		{"two stops apart", 2, none, 2},
		{"all stops at one point", 40, func(int, int) Cost { return 0 }, 0},
		{"no way anywhere, a few", 9, none, 9},
		{"no way anywhere", 30, none, 30},
		{"one stop cut off, of a few", 10, oneOff, 2},
		{"one stop cut off", 30, oneOff, 2},
		{"one stop cut off, of many", 90, oneOff, 2},
		{"one way out, of a few", 10, wayIn, 0},
		{"one way out", 30, wayIn, 0},
		{"one way out, of many", 90, wayIn, 0},
	} {
		p := Problem{Matrix: NewMatrix(tt.nodes, tt.cost)}
		if tt.nodes == 0 {
			p.Start, p.End = Free, Free
		}
		got := Solve(t.Context(), p, Options{})
		if cost, err := Check(p, got.Order); err != nil || cost != got.Cost || got.LowerBound > cost {
			t.Errorf("%s: %+v, %d: %v", tt.name, got, cost, err)
		}
		if holes := int(got.Cost / MaxCost); holes != tt.holes {
			t.Errorf("%s: through %d holes, want %d", tt.name, holes, tt.holes)
		}
	}
}

// Where nothing leads, or nothing leads back in time, stops are left out, and named.
func TestStopsOutOfReachAreLeftOut(t *testing.T) {
	for _, stops := range []int{0, 1, 8, 30} {
		for _, far := range []int{-1, 1, stops} {
			if far > stops || far == 0 {
				continue
			}
			p := WindowProblem{Day: Window{0, 100_000}, Stops: make([]Stop, stops+1)}
			p.Times = NewMatrix(stops+1, func(i, j int) Cost {
				if i == far || j == far {
					return MaxCost
				}
				return 5
			})
			got := SolveWindows(t.Context(), p, Options{})
			if err := CheckWindows(p, got); err != nil {
				t.Error(err)
			}
			want := "[]"
			if far > 0 {
				want = fmt.Sprint([]LeftOut{{far, TooFar}})
			}
			if fmt.Sprint(got.LeftOut) != want {
				t.Errorf("%d stops: %v left out, want %s", stops, got.LeftOut, want)
			}
		}
	}
}

func TestManyStopsAreAnswered(t *testing.T) {
	c := &counted{Context: t.Context(), until: 100}
	p := Problem{Matrix: c.legs(10_000)}
	for i := range 10_000 {
		p.Points = append(p.Points, Point{int32(i * 7919 % 10007), int32(i * 6151 % 10009)})
	}
	got := Solve(c, p, Options{})
	if cost, err := Check(p, got.Order); err != nil || cost != got.Cost || got.LowerBound > cost {
		t.Errorf("%d, %d: %v", cost, got.LowerBound, err)
	}
}

// A search that is over before it has begun still says what no order goes below, unless there are very many nodes.
func TestBoundWithoutTime(t *testing.T) {
	t.Parallel()
	stopped, cancel := context.WithCancel(context.Background())
	cancel()
	at := func(i, j int) Cost { return Cost(100 + (i*7919+j*104729)%1000) }
	for _, n := range []int{61, 200} {
		p := Problem{Matrix: NewMatrix(n, at)}
		if got := Solve(stopped, p, Options{}); got.LowerBound < Cost(100*n) || got.LowerBound > got.Cost {
			t.Errorf("%d nodes: %d, at least %d", n, got.Cost, got.LowerBound)
		}
		hours := WindowProblem{Times: p.Matrix, Stops: make([]Stop, n), Day: Window{Closes: 1 << 20}}
		if got := SolveWindows(stopped, hours, Options{}); len(got.LeftOut) > 0 || got.LowerBound < Cost(100*n) || got.LowerBound > got.Cost {
			t.Errorf("%d nodes with hours: %d, at least %d, %d left out", n, got.Cost, got.LowerBound, len(got.LeftOut))
		}
	}
}
