package routing

import (
	"context"
	"fmt"
	"reflect"
	"testing"
)

// A street, a minute from each node to the next; the depot is node 0.
func street(n int) Matrix {
	return NewMatrix(n, func(i, j int) Cost { return Cost(abs(i - j)) })
}

func TestWindowDaysInWords(t *testing.T) {
	closed := Stop{Windows: []Window{{200, 300}}}
	tests := []struct {
		name    string
		p       WindowProblem
		order   []int
		leftOut []LeftOut
		cost    Cost
		end     Time
	}{
		{"nothing to visit", WindowProblem{Day: Window{5, 10}}, []int{}, nil, 0, 5},
		{"nobody but the depot", WindowProblem{Times: street(1), Stops: make([]Stop, 1), Day: Window{5, 10}}, []int{0}, nil, 0, 5},
		{"in the order of the hours", WindowProblem{Times: street(3), Day: Window{0, 90}, Stops: []Stop{{}, {Windows: []Window{{50, 60}}}, {Windows: []Window{{0, 20}}}}}, []int{0, 2, 1}, nil, 4, 51},
		{"the afternoon will do", WindowProblem{Times: street(3), Day: Window{0, 90}, Stops: []Stop{{}, {Windows: []Window{{50, 60}}}, {Windows: []Window{{0, 20}, {52, 60}}}}}, []int{0, 2, 1}, nil, 4, 51},
		{"shut all day", WindowProblem{Times: street(3), Day: Window{0, 90}, Stops: []Stop{{}, {}, closed}}, []int{0, 1}, []LeftOut{{2, NeverOpen}}, 2, 2},
		{"closes before it opens", WindowProblem{Times: street(2), Day: Window{0, 90}, Stops: []Stop{{}, {Windows: []Window{{9, 8}}}}}, []int{0}, []LeftOut{{1, NeverOpen}}, 0, 0},
		{"too far there and back", WindowProblem{Times: street(9), Day: Window{0, 15}, Stops: make([]Stop, 9)}, []int{0, 1, 2, 3, 4, 5, 6, 7}, []LeftOut{{8, TooFar}}, 14, 14},
		{"too far before it shuts", WindowProblem{Times: street(3), Day: Window{0, 90}, Stops: []Stop{{}, {}, {Windows: []Window{{0, 1}}}}}, []int{0, 1}, []LeftOut{{2, TooFar}}, 2, 2},
		{"the one that matters", WindowProblem{Times: street(3), Day: Window{0, 15}, Stops: []Stop{{}, {Service: 10, Priority: 2}, {Service: 10, Priority: 3}}}, []int{0, 2}, []LeftOut{{1, NoTimeLeft}}, 4, 14},
		{"two that matter more together", WindowProblem{Times: street(4), Day: Window{0, 18}, Stops: []Stop{{}, {Service: 6, Priority: 2}, {Service: 6, Priority: 2}, {Service: 12, Priority: 3}}}, []int{0, 1, 2}, []LeftOut{{3, NoTimeLeft}}, 4, 16},
		{"over before lunch", WindowProblem{Times: street(2), Day: Window{0, 90}, Stops: make([]Stop, 2), Lunch: Lunch{30, Window{10, 20}}}, []int{0, 1}, nil, 2, 2},
		{"lunch while waiting", WindowProblem{Times: street(2), End: Free, Day: Window{0, 90}, Stops: []Stop{{}, {Windows: []Window{{40, 50}}}}, Lunch: Lunch{30, Window{10, 20}}}, []int{0, 1}, nil, 1, 40},
		{"nowhere to go in time", WindowProblem{Times: street(3), End: 2, Day: Window{0, 1}, Stops: make([]Stop, 3)}, nil, []LeftOut{{1, TooFar}}, 0, 0},
	}
	for _, tt := range tests {
		got := SolveWindows(t.Context(), tt.p, Options{})
		if err := CheckWindows(tt.p, got); err != nil {
			t.Errorf("%s: %v", tt.name, err)
		}
		if !reflect.DeepEqual(got.LeftOut, tt.leftOut) || got.Cost != tt.cost || got.End != tt.end || got.Proven == (tt.order == nil) || len(got.Order) != len(tt.order) {
			t.Errorf("%s: %+v, want %v, without %v, for %d until %d", tt.name, got, tt.order, tt.leftOut, tt.cost, tt.end)
		}
	}
}

// Whatever is changed about an answer, the checker sees it.
func TestCheckWindowsSees(t *testing.T) {
	p := WindowProblem{
		Times: street(6), Day: Window{0, 100}, Lunch: Lunch{10, Window{20, 30}},
		Stops: []Stop{{}, {Service: 9}, {Service: 9, Windows: []Window{{12, 40}}}, {Service: 9, Windows: []Window{{0, 5}, {60, 70}}}, {Windows: []Window{{200, 210}}}, {Service: 90}},
	}
	tests := []struct {
		name   string
		change func(*WindowTour)
	}{
		{"a stop missing", func(w *WindowTour) { w.LeftOut = w.LeftOut[:1] }},
		{"a stop twice", func(w *WindowTour) { w.LeftOut = append(w.LeftOut, LeftOut{1, NoTimeLeft}) }},
		{"a node that is none", func(w *WindowTour) { w.LeftOut[0].Node = 9 }},
		{"another reason", func(w *WindowTour) { w.LeftOut[0].Reason = TooFar }},
		{"no lunch", func(w *WindowTour) { w.Meal = Meal{} }},
		{"lunch too late", func(w *WindowTour) { w.Meal.Begin = 31 }},
		{"lunch during a call", func(w *WindowTour) { w.Meal.Call++ }},
		{"begun before it opens", func(w *WindowTour) { w.Calls[len(w.Calls)-1].Begin = 50 }},
		{"no service", func(w *WindowTour) { w.Calls[0].Leave = w.Calls[0].Begin }},
		{"another arrival", func(w *WindowTour) { w.Calls[0].Arrive-- }},
		{"another wait", func(w *WindowTour) { w.Calls[0].Wait++ }},
		{"another start", func(w *WindowTour) { w.Start-- }},
		{"another end", func(w *WindowTour) { w.End++ }},
		{"another cost", func(w *WindowTour) { w.Cost-- }},
		{"a bound above the cost", func(w *WindowTour) { w.LowerBound++ }},
		{"less lost", func(w *WindowTour) { w.Lost-- }},
		{"another order", func(w *WindowTour) { w.Order[1], w.Order[2] = w.Order[2], w.Order[1] }},
		{"another depot", func(w *WindowTour) { w.Order[0], w.Order[1] = w.Order[1], w.Order[0] }},
		{"nothing served", func(w *WindowTour) { *w = nowhere(p, []LeftOut{{4, NeverOpen}}) }},
	}
	for _, tt := range tests {
		w := SolveWindows(t.Context(), p, Options{})
		if err := CheckWindows(p, w); err != nil || len(w.LeftOut) != 2 || !w.Meal.Taken {
			t.Fatalf("%+v: %v", w, err)
		}
		tt.change(&w)
		if err := CheckWindows(p, w); err == nil {
			t.Errorf("%s: %+v passed", tt.name, w)
		}
	}
}

// A stop for which there is room is not left out.
func TestCheckWindowsSeesRoom(t *testing.T) {
	p := WindowProblem{Times: street(3), Day: Window{0, 50}, Stops: make([]Stop, 3)}
	w := WindowTour{Order: []int{0, 1}, Calls: []Call{{Node: 1, Arrive: 1, Begin: 1, Leave: 1}}, End: 2, Cost: 2, LeftOut: []LeftOut{{2, NoTimeLeft}}, Lost: 1}
	if err := CheckWindows(p, w); err == nil {
		t.Error("passed")
	}
}

func TestWindowSearchesCanBeStopped(t *testing.T) {
	ctx, cancel := context.WithCancel(t.Context())
	cancel()
	for _, stops := range []int{8, 20, 60, 300} {
		p := aDay(stops, 1, true)
		if err := CheckWindows(p, SolveWindows(ctx, p, Options{})); err != nil {
			t.Errorf("%d stops: %v", stops, err)
		}
	}
}

func TestWindowProblemsThatMakeNoSensePanic(t *testing.T) {
	m, stops := street(3), make([]Stop, 3)
	for _, p := range []WindowProblem{
		{Times: m, Stops: stops[:2]},
		{Times: m, Stops: stops, Start: 3},
		{Times: m, Stops: stops, Day: Window{5, 4}},
		{Times: m, Stops: stops, Day: Window{-1, 4}},
		{Times: m, Stops: stops, Day: Window{0, Time(MaxCost)}},
		{Times: m, Stops: stops, Lunch: Lunch{Length: -1}},
		{Times: m, Stops: []Stop{{}, {Service: -1}, {}}},
		{Times: m, Stops: []Stop{{}, {Priority: -1}, {}}},
		{Times: m, Stops: stops, Costs: &Matrix{}},
	} {
		func() {
			defer func() {
				if recover() == nil {
					t.Errorf("%+v passed", p)
				}
			}()
			SolveWindows(t.Context(), p, Options{})
		}()
	}
}

// Two shops of a street: the far one shuts at noon, minutes counted from eight.
func ExampleSolveWindows() {
	minutes := []int{0, 10, 30}
	p := WindowProblem{
		Times: NewMatrix(3, func(i, j int) Cost { return Cost(abs(minutes[i] - minutes[j])) }),
		Day:   Window{0, 600},
		Stops: []Stop{{}, {Service: 20}, {Service: 30, Windows: []Window{{60, 240}}}},
		Lunch: Lunch{Length: 45, Window: Window{210, 300}},
	}
	day := SolveWindows(context.Background(), p, Options{})
	fmt.Println(day.Order, day.Cost, day.Start, day.End, day.Proven)
	for _, c := range day.Calls {
		fmt.Println(c.Node, c.Arrive, c.Begin, c.Leave)
	}
	// Output:
	// [0 1 2] 60 10 120 true
	// 1 20 20 40
	// 2 60 60 90
}

// Once one has set out one does not pass the start again, and one is home at the end.
func TestNoWayLeadsThroughAnEnd(t *testing.T) {
	t.Parallel()
	for name, legs := range map[string][3][3]Cost{
		"home by the start": {{0, 1, MaxCost}, {1, 0, 1}, {1, 1, 0}},
		"out by the end":    {{0, 1, 1}, {MaxCost, 0, 1}, {1, 1, 0}},
	} {
		p := WindowProblem{
			Times: NewMatrix(3, func(i, j int) Cost { return legs[i][j] }), Stops: make([]Stop, 3), Start: 1, End: 2,
			Day: Window{Closes: Time(MaxCost) - 1},
		}
		got := SolveWindows(context.Background(), p, Options{})
		if err := CheckWindows(p, got); err != nil || len(got.LeftOut) != 1 || got.LeftOut[0].Reason != TooFar {
			t.Errorf("%s: %+v: %v", name, got, err)
		}
	}
}
