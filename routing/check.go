package routing

import "fmt"

// Check recomputes the cost of an order and says what is wrong with it: a node
// left out, named twice or unknown, a wrong start or end. It knows nothing of the search.
func Check(p Problem, order []int) (Cost, error) {
	n := p.Matrix.Len()
	if len(order) != n {
		return 0, fmt.Errorf("routing: order of %d nodes: want %d", len(order), n)
	}
	seen := make([]bool, n)
	for i, node := range order {
		if node < 0 || node >= n {
			return 0, fmt.Errorf("routing: no node %d at position %d: there are %d", node, i, n)
		}
		if seen[node] {
			return 0, fmt.Errorf("routing: node %d again at position %d", node, i)
		}
		seen[node] = true
	}
	if n == 0 {
		return 0, nil
	}
	return checkLegs(p, order)
}

func checkLegs(p Problem, order []int) (Cost, error) {
	first, last := order[0], order[len(order)-1]
	if p.Start != Free && first != p.Start {
		return 0, fmt.Errorf("routing: order begins at node %d: want %d", first, p.Start)
	}
	closed := p.Start == p.End && p.Start != Free
	if p.End != Free && !closed && last != p.End {
		return 0, fmt.Errorf("routing: order ends at node %d: want %d", last, p.End)
	}
	if err := checkPlaces(p, order); err != nil {
		return 0, err
	}
	var sum Cost
	for i := 1; i < len(order); i++ {
		sum += p.Matrix.At(order[i-1], order[i])
	}
	if closed {
		sum += p.Matrix.At(last, first)
	}
	return sum, nil
}

func checkPlaces(p Problem, order []int) error {
	first, after := 0, len(order)
	if p.Start != Free {
		first = 1
	}
	if p.End != Free && p.End != p.Start {
		after--
	}
	for i, node := range p.Head {
		if order[first+i] != node {
			return fmt.Errorf("routing: node %d at position %d: want %d", order[first+i], first+i, node)
		}
	}
	for i, node := range p.Tail {
		if at := after - len(p.Tail) + i; order[at] != node {
			return fmt.Errorf("routing: node %d at position %d: want %d", order[at], at, node)
		}
	}
	return nil
}
