package territory

import "fmt"

// CheckMedian says what is wrong with a plan: a place served by nobody, a median that serves not itself, a capacity, a cost
// or a bound that is not as the problem has it. It knows nothing of the search.
func CheckMedian(m Median, p MedianPlan) error {
	if len(p.Medians) != m.Groups || len(p.Of) != len(m.Demand) {
		return fmt.Errorf("territory: %d medians of %d places: want %d of %d", len(p.Medians), len(p.Of), m.Groups, len(m.Demand))
	}
	for k, place := range p.Medians {
		if place < 0 || int(place) >= len(p.Of) || k > 0 && place <= p.Medians[k-1] {
			return fmt.Errorf("territory: median %d is place %d, which is none or out of order", k, place)
		}
		if p.Of[place] != int32(k) {
			return fmt.Errorf("territory: median %d, place %d, is in group %d", k, place, p.Of[place])
		}
	}
	var cost, over int64
	loads := make([]int64, m.Groups)
	for i, k := range p.Of {
		if k < 0 || int(k) >= m.Groups {
			return fmt.Errorf("territory: place %d is in group %d of %d", i, k, m.Groups)
		}
		cost += m.Costs[p.Medians[k]][i]
		loads[k] += m.Demand[i]
	}
	for k, load := range loads {
		if most := m.Capacity[p.Medians[k]]; load > most {
			over += load - most
		}
	}
	if cost != p.Cost || over != p.Over {
		return fmt.Errorf("territory: cost %d and excess %d: want %d and %d", p.Cost, p.Over, cost, over)
	}
	if over == 0 && p.LowerBound > cost {
		return fmt.Errorf("territory: the bound %d is above the cost %d", p.LowerBound, cost)
	}
	return nil
}
