package routing

import "testing"

func TestCheck(t *testing.T) {
	m := NewMatrix(4, func(i, j int) Cost { return Cost(10*i + j) })
	closed, open, fixed := Problem{Matrix: m}, Problem{Matrix: m, End: Free}, Problem{Matrix: m, End: 2}
	tests := []struct {
		name  string
		p     Problem
		order []int
		cost  Cost // −1: refused
	}{
		{"round and back", closed, []int{0, 1, 2, 3}, 1 + 12 + 23 + 30},
		{"one way", open, []int{0, 1, 2, 3}, 1 + 12 + 23},
		{"one way between two ends", fixed, []int{0, 1, 3, 2}, 1 + 13 + 32},
		{"one way from anywhere", Problem{Matrix: m, Start: Free}, []int{3, 2, 1, 0}, 32 + 21 + 10},
		{"anyhow", Problem{Matrix: m, Start: Free, End: Free}, []int{3, 2, 1, 0}, 32 + 21 + 10},
		{"nothing", Problem{}, nil, 0},
		{"a node left out", closed, []int{0, 1, 2}, -1},
		{"a node too many", closed, []int{0, 1, 2, 3, 0}, -1},
		{"a node twice", closed, []int{0, 1, 2, 2}, -1},
		{"a node that is none", closed, []int{0, 1, 2, 4}, -1},
		{"a negative node", closed, []int{0, 1, 2, -1}, -1},
		{"another start", closed, []int{1, 0, 2, 3}, -1},
		{"another start, one way", open, []int{1, 0, 2, 3}, -1},
		{"another end", fixed, []int{0, 1, 2, 3}, -1},
	}
	headed := Problem{Matrix: m, Head: []int{2}, Tail: []int{3}}
	tests = append(tests, []struct {
		name  string
		p     Problem
		order []int
		cost  Cost
	}{
		{"as it began and is to end", headed, []int{0, 2, 1, 3}, 2 + 21 + 13 + 30},
		{"another beginning", headed, []int{0, 1, 2, 3}, -1},
		{"another last one", headed, []int{0, 2, 3, 1}, -1},
	}...)
	for _, tt := range tests {
		cost, err := Check(tt.p, tt.order)
		if (err != nil) != (tt.cost < 0) || err == nil && cost != tt.cost {
			t.Errorf("%s: %d, %v; want %d", tt.name, cost, err, tt.cost)
		}
	}
}
