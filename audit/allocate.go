package audit

import (
	"cmp"
	"fmt"
	"math/big"
	"math/bits"
	"slices"
)

// allocate says how many to draw of each stratum; strata are in order of their names.
func (s Spec) allocate(strata []stratum) ([]int, error) {
	if s.Allocation.Of != nil {
		return s.asSaid(strata)
	}
	room, weights := make([]int, len(strata)), make([]uint64, len(strata))
	for i, one := range strata {
		room[i] = len(one.units)
		switch s.Allocation.Rule {
		case Proportional:
			weights[i] = uint64(len(one.units))
		case Alike:
			weights[i] = 1
		case Neyman:
			weights[i] = one.neyman()
		}
	}
	return shareOut(s.N, room, weights), nil
}

func (s Spec) asSaid(strata []stratum) ([]int, error) {
	numbers, known := make([]int, len(strata)), map[string]bool{}
	for i, one := range strata {
		known[one.name] = true
		if numbers[i] = s.Allocation.Of[one.name]; numbers[i] > len(one.units) {
			return nil, fmt.Errorf("stratum %q has %d retailers, and %d should be drawn of it", one.name, len(one.units), numbers[i])
		}
	}
	for name, n := range s.Allocation.Of {
		if n > 0 && !known[name] {
			return nil, fmt.Errorf("no retailer is in stratum %q, and %d should be drawn of it", name, n)
		}
	}
	return numbers, nil
}

// shareOut shares n out in proportion to weights, no more than there is room for: whole parts first, then one each to the largest
// remainders, ties to the first. A stratum without room for its part is filled and the rest shared out again. There is room for n.
func shareOut(n int, room []int, weights []uint64) []int {
	numbers := make([]int, len(room))
	open := make([]int, len(room))
	for i := range open {
		open[i] = i
	}
	for {
		sum := sumOver(open, weights)
		if sum == 0 { // nothing to tell them apart by but their sizes
			weights = asWeights(room)
			sum = sumOver(open, weights)
		}
		left, rest := n, make([]int, 0, len(open))
		for _, i := range open {
			if whole, _ := part(n, weights[i], sum); whole < room[i] {
				rest = append(rest, i)
			} else {
				numbers[i], left = room[i], left-room[i]
			}
		}
		if len(rest) == len(open) {
			return largestRemainders(n, open, weights, sum, numbers)
		}
		open, n = rest, left
	}
}

func largestRemainders(n int, open []int, weights []uint64, sum uint64, numbers []int) []int {
	left := make(map[int]uint64, len(open))
	for _, i := range open {
		numbers[i], left[i] = part(n, weights[i], sum)
	}
	for _, i := range open {
		n -= numbers[i]
	}
	slices.SortStableFunc(open, func(a, b int) int { return cmp.Compare(left[b], left[a]) })
	for _, i := range open[:min(n, len(open))] {
		numbers[i]++
	}
	return numbers
}

// part is n·weight/sum, whole and remainder.
func part(n int, weight, sum uint64) (int, uint64) {
	high, low := bits.Mul64(uint64(n), weight)
	whole, rest := bits.Div64(high, low, sum)
	return int(whole), rest
}

func sumOver(list []int, weights []uint64) (sum uint64) {
	for _, i := range list {
		sum += weights[i]
	}
	return sum
}

func asWeights(room []int) []uint64 {
	weights := make([]uint64, len(room))
	for i, n := range room {
		weights[i] = uint64(n)
	}
	return weights
}

// neyman is a stratum's weight by Neyman's rule: the number of retailers times the standard deviation of their sizes in thousandths, rounded down:
// N·sqrt((N·Σs² − (Σs)²) / (N·(N−1))).
func (s stratum) neyman() uint64 {
	n := big.NewInt(int64(len(s.units)))
	if len(s.units) < 2 {
		return 0
	}
	sum, squares := new(big.Int), new(big.Int)
	for _, u := range s.units {
		size := big.NewInt(u.size)
		sum.Add(sum, size)
		squares.Add(squares, size.Mul(size, size))
	}
	inner := squares.Mul(squares, n)
	inner.Sub(inner, sum.Mul(sum, sum))
	inner.Mul(inner, n).Div(inner, n.Sub(n, big.NewInt(1)))
	return inner.Sqrt(inner).Uint64()
}
