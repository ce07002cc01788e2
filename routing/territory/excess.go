package territory

import (
	"math"
	"math/big"
	"math/bits"
	"slices"
)

// limits works out between what sums each measure of each territory is to be.
func (s *state) limits() {
	p, m := s.p, s.measures
	shares := new(big.Int)
	for _, t := range p.Territories {
		shares.Add(shares, big.NewInt(t.Share))
	}
	total := make([]int64, m)
	for i := range p.Units {
		for c, load := range p.Units[i].Loads {
			total[c] += load
		}
	}
	if slices.ContainsFunc(p.Territories, func(t Territory) bool { return t.Most != nil }) {
		s.most = slices.Repeat([]int64{math.MaxInt64}, len(s.high))
	}
	for k, t := range p.Territories {
		for c, measure := range p.Measures {
			i := k*m + c
			of := new(big.Int).Mul(big.NewInt(total[c]), big.NewInt(t.Share))
			s.unit[i] = perTarget(of, shares)
			s.low[i], s.high[i] = allowed(of, shares, measure.Tolerance)
			if t.Most != nil && t.Most[c] > 0 {
				s.most[i] = t.Most[c]
				s.high[i] = min(s.high[i], t.Most[c])
				s.low[i] = min(s.low[i], s.high[i]) // whoever may not have its due is not pressed to
			}
		}
	}
}

// perTarget is 2⁵⁶ ÷ (of ÷ shares), as near as 64 bits can.
func perTarget(of, shares *big.Int) uint64 {
	if of.Sign() == 0 {
		return 1 << 32
	}
	v := new(big.Int).Lsh(shares, 32+shareBits)
	v.Div(v, of)
	if !v.IsUint64() {
		return math.MaxUint64
	}
	return max(1, v.Uint64())
}

// allowed is the least and the most a load may be to miss a target of of ÷ shares by no more than a tolerance.
func allowed(of, shares *big.Int, tolerance int64) (low, high int64) {
	if tolerance < 0 {
		return 0, math.MaxInt64
	}
	million := big.NewInt(1_000_000)
	by := new(big.Int).Mul(shares, million)
	least := new(big.Int).Mul(of, big.NewInt(max(0, 1_000_000-tolerance)))
	least.Add(least, new(big.Int).Sub(by, big.NewInt(1))).Div(least, by)
	most := new(big.Int).Mul(of, new(big.Int).Add(million, big.NewInt(tolerance)))
	most.Div(most, by)
	if !most.IsInt64() {
		most.SetInt64(math.MaxInt64)
	}
	return least.Int64(), most.Int64()
}

// deviation is by how much a load misses target i, in millionths, about.
func (s *state) deviation(load int64, i int) int64 {
	hi, lo := bits.Mul64(uint64(load), s.unit[i])
	if hi >= 1<<16 {
		return math.MaxInt64 >> 20
	}
	is := int64(hi<<32 | lo>>32)
	return int64(magnitude(is-1<<shareBits)) * 15625 >> (shareBits - 6)
}
