package routing

import "context"

// Table is the costs from places to places. At is made for [NewMatrix] where both are the same.
type Table struct {
	cols  int
	costs []int32
}

// At is the cost from the i-th place to the j-th, [Unreachable] if there is no way.
func (t Table) At(i, j int) Cost { return Cost(t.costs[i*t.cols+j]) }

// A call is a place that a node was reached from, by a climb against the traffic.
type call struct{ node, place, cost int32 }

// Table is the costs from all of some places to all of others, with one climb for each place (S. Knopp, P. Sanders, D. Schultes,
// F. Schulz, D. Wagner, ALENEX 2007). It ends early with the error of ctx.
func (h *Hierarchy) Table(ctx context.Context, from, to [][]Entry) (Table, error) {
	t := Table{cols: len(to), costs: make([]int32, len(from)*len(to))}
	for i := range t.costs {
		t.costs[i] = int32(Unreachable)
	}
	first, calls, err := h.calls(ctx, to)
	if err != nil {
		return Table{}, err
	}
	c := newClimb(h.up, h.down)
	for i, place := range from {
		if err := ctx.Err(); err != nil {
			return Table{}, err
		}
		row := t.costs[i*t.cols : (i+1)*t.cols]
		for c.begin(h.rank, place); !c.heap.empty(); {
			v, stalled := c.step()
			if stalled {
				continue
			}
			for _, call := range calls[first[v]:first[v+1]] {
				if cost := int64(c.cost[v]) + int64(call.cost); cost < int64(row[call.place]) {
					row[call.place] = int32(cost)
				}
			}
		}
	}
	return t, nil
}

// calls notes at each node which places it leads to and at what cost, those of node v from first[v]
// to before first[v+1].
func (h *Hierarchy) calls(ctx context.Context, to [][]Entry) (first []int32, sorted []call, err error) {
	var calls []call
	first = make([]int32, h.Len()+1)
	c := newClimb(h.down, h.up)
	for i, place := range to {
		if err := ctx.Err(); err != nil {
			return nil, nil, err
		}
		for c.begin(h.rank, place); !c.heap.empty(); {
			if v, stalled := c.step(); !stalled {
				calls = append(calls, call{v, int32(i), c.cost[v]})
				first[v+1]++
			}
		}
	}
	for v := range h.Len() {
		first[v+1] += first[v]
	}
	next := append([]int32(nil), first...)
	sorted = make([]call, len(calls))
	for _, l := range calls {
		sorted[next[l.node]] = l
		next[l.node]++
	}
	return first, sorted, nil
}
