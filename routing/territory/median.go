package territory

import (
	"context"
	"fmt"
	"slices"
)

// Limits of a [Median].
const (
	MostMedianPlaces = 5000
	MostMedianCost   = 1 << 50 // sum over all places of what each costs at most; and of all demands, and of all capacities
)

// Median asks which Groups places are to serve all places, themselves among them, each from one of them, at the least cost: the
// capacitated p-median problem. What a median serves, with itself, is at most its capacity.
type Median struct {
	Costs    [][]int64 // of each place as a median, what serving each place from it costs
	Demand   []int64   // of each place
	Capacity []int64   // of each place as a median
	Groups   int       // how many medians
}

// MedianPlan is who serves whom.
type MedianPlan struct {
	Medians    []int32 // places, in rising order
	Of         []int32 // the group of each place: which of Medians serves it
	Cost       int64
	LowerBound int64  // no plan within the capacities costs less
	Over       int64  // by how much capacities are exceeded, all together: 0, unless the search found no way
	Reason     Reason // of Over: [WholeUnits] if there is no way, or [NotFound]
	Iterations int    // made, the work on the bound among them
}

// Proven tells whether no plan costs less.
func (p MedianPlan) Proven() bool { return p.Over == 0 && p.Cost == p.LowerBound }

// Gap is by how much of the lower bound the plan may be dearer than the cheapest one, at most; ok is false where that is no number.
func (p MedianPlan) Gap() (gap float64, ok bool) {
	if p.Proven() {
		return 0, true
	}
	return float64(p.Cost-p.LowerBound) / float64(p.LowerBound), p.Over == 0 && p.LowerBound > 0
}

// SolveMedian looks for a cheap plan and proves how much cheaper one could be at best. An iteration is a proposed change, 0 of them
// 100,000 a place. Where no plan can keep the capacities it is an error that says why, or a plan that exceeds them by the least
// found. If ctx ends first, the best plan so far is the answer.
func SolveMedian(ctx context.Context, m Median, o Options) (MedianPlan, error) {
	if err := m.valid(); err != nil {
		return MedianPlan{}, err
	}
	return newMedianSearch(ctx, m, o).solve(), nil
}

func (m Median) valid() error {
	n := len(m.Costs)
	if n == 0 || n > MostMedianPlaces {
		return fmt.Errorf("territory: %d places: want 1 to %d", n, MostMedianPlaces)
	}
	if m.Groups < 1 || m.Groups > n {
		return fmt.Errorf("territory: %d medians of %d places", m.Groups, n)
	}
	if len(m.Demand) != n || len(m.Capacity) != n {
		return fmt.Errorf("territory: %d demands and %d capacities of %d places", len(m.Demand), len(m.Capacity), n)
	}
	if err := m.validNumbers(); err != nil {
		return err
	}
	return m.room()
}

func (m Median) validNumbers() error {
	dearest := make([]int64, len(m.Costs))
	for j, row := range m.Costs {
		if len(row) != len(m.Costs) {
			return fmt.Errorf("territory: median %d has %d costs of %d places", j, len(row), len(m.Costs))
		}
		for i, c := range row {
			dearest[i] = max(dearest[i], c)
			if c < 0 {
				return fmt.Errorf("territory: place %d costs %d from %d", i, c, j)
			}
		}
	}
	for _, c := range []struct {
		name string
		of   []int64
	}{{"cost", dearest}, {"demand", m.Demand}, {"capacity", m.Capacity}} {
		var sum int64
		for i, x := range c.of {
			if x < 0 || x > MostMedianCost-sum {
				return fmt.Errorf("territory: the %s of place %d is %d: want 0 or more, and at most %d together", c.name, i, x, int64(MostMedianCost))
			}
			sum += x
		}
	}
	return nil
}

// room is an error if no choice of medians has the capacity for all, or for the largest of them.
func (m Median) room() error {
	sorted := slices.Sorted(slices.Values(m.Capacity))
	largest := sorted[len(sorted)-1]
	var has, want int64
	for _, c := range sorted[len(sorted)-m.Groups:] {
		has += c
	}
	for i, d := range m.Demand {
		want += d
		if d > largest {
			return fmt.Errorf("territory: place %d asks for %d, more than the capacity of any median, %d", i, d, largest)
		}
	}
	if want > has {
		return fmt.Errorf("territory: all places ask for %d, the largest capacities of %d medians are %d", want, m.Groups, has)
	}
	return nil
}
