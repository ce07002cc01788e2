package territory

import (
	"math/bits"
	"slices"
)

const (
	subsetWords = 1 << 15 // of the list of sums that blocks can have
	subsetWork  = 1 << 26 // words looked at to make it
	fewBlocks   = 24      // up to here all ways are tried
	fewSteps    = 20_000  // of them
	mostLooks   = 1 << 23 // at territories, in all proofs of a floor; who is stopped by that proves less
)

// wholeUnits fails where the limits hold no whole number of the grain, or where so many blocks cannot lie in so many
// territories: some territory has two of any K+1 blocks, three of any 2K+1, and so on.
func (f *floors) wholeUnits(l *limits) (bool, []int32) {
	return f.sumsFail(l) || f.grained(l) || f.crowded(l) || f.unreached(l) || f.tried(l), nil
}

// grained is [floors.sumsFail] for multiples of the grain.
func (f *floors) grained(l *limits) bool {
	var least, most int64
	for k := range l.low {
		low, high := (l.low[k]+f.grain-1)/f.grain, l.high[k]/f.grain
		if low > high {
			return true
		}
		least, most = least+low, most+high
	}
	return least > f.shares.sum/f.grain || most < f.shares.sum/f.grain
}

func (f *floors) crowded(l *limits) bool {
	k := len(l.low)
	var heaviest int64
	for _, b := range f.blocks[:len(f.blocks)/k] {
		heaviest += b.load
	}
	if heaviest < l.leastLow { // some territory has no more blocks than that
		return true
	}
	for j := 1; j*k < len(f.blocks) && j < 64; j++ {
		var sum int64
		for _, b := range f.blocks[j*k-j : j*k+1] {
			sum += b.load
		}
		if sum > l.greatHigh {
			return true
		}
	}
	return false
}

// reach works out which sums the blocks that nothing binds can have, where that is quick.
func (f *floors) reach() {
	var free []int64
	var sum int64
	for _, b := range f.blocks {
		if b.lock == None && b.load > 0 {
			free, sum = append(free, b.load/f.grain), sum+b.load/f.grain
		}
	}
	words := sum/64 + 1
	if words > subsetWords || words*int64(len(free)) > subsetWork {
		return
	}
	f.subsets = make([]uint64, words)
	f.subsets[0] = 1
	for _, load := range free {
		addTo(f.subsets, load)
	}
}

// addTo adds a load to any of the sums so far.
func addTo(set []uint64, load int64) {
	words, rest := int(load/64), uint(load%64)
	for i := len(set) - 1; i >= words; i-- {
		set[i] |= set[i-words] << rest
		if rest > 0 && i > words {
			set[i] |= set[i-words-1] >> (64 - rest)
		}
	}
}

// unreached tells whether some territory's limits hold no sum of blocks.
func (f *floors) unreached(l *limits) bool {
	if f.subsets == nil {
		return false
	}
	for k, fixed := range f.fixed {
		if f.frozen[k] {
			continue
		}
		low := max(0, (l.low[k]-fixed+f.grain-1)/f.grain)
		if l.low[k] <= fixed {
			low = 0
		}
		if l.high[k] < fixed || nextIn(f.subsets, low) > (l.high[k]-fixed)/f.grain {
			return true
		}
	}
	return false
}

// nextIn is the first number in a set that is not below another; a number beyond all where there is none.
func nextIn(set []uint64, from int64) int64 {
	for i := from / 64; i < int64(len(set)); i++ {
		word := set[i]
		if i == from/64 {
			word &= ^uint64(0) << (from % 64)
		}
		if word != 0 {
			return 64*i + int64(bits.TrailingZeros64(word))
		}
	}
	return 1 << 62
}

// tried tells whether all ways to lay few blocks into territories miss the limits.
func (f *floors) tried(l *limits) bool {
	free := slices.DeleteFunc(slices.Clone(f.blocks), func(b block) bool { return b.lock != None })
	if len(free) > fewBlocks || f.looks > mostLooks {
		return false
	}
	t := trial{l: l, blocks: free, has: slices.Clone(f.fixed), closed: f.frozen, looks: &f.looks}
	for k, has := range t.has {
		if t.missing += max(0, l.low[k]-has); has > l.high[k] {
			return true
		}
	}
	for _, b := range free {
		t.left += b.load
	}
	return !t.fits(0) && !t.enough()
}

type trial struct {
	l             *limits
	blocks        []block
	has           []int64
	closed        []bool
	left, missing int64
	steps         int
	looks         *int
}

func (t *trial) enough() bool { return t.steps > fewSteps || *t.looks > mostLooks }

// fits tells whether the blocks from one on can be laid; perhaps, when there were too many steps.
func (t *trial) fits(n int) bool {
	if t.steps++; t.missing > t.left || t.enough() {
		return t.enough()
	}
	if n == len(t.blocks) {
		return true
	}
	load := t.blocks[n].load
	for k := range t.has {
		if t.closed[k] || t.has[k]+load > t.l.high[k] || t.alike(k) {
			continue
		}
		fills := min(load, max(0, t.l.low[k]-t.has[k]))
		t.has[k], t.left, t.missing = t.has[k]+load, t.left-load, t.missing-fills
		found := t.fits(n + 1)
		t.has[k], t.left, t.missing = t.has[k]-load, t.left+load, t.missing+fills
		if found {
			return true
		}
	}
	return false
}

// alike tells whether an earlier territory is in the same position.
func (t *trial) alike(k int) bool {
	*t.looks += k + 1
	for other := range k {
		if t.has[other] == t.has[k] && t.l.low[other] == t.l.low[k] && t.l.high[other] == t.l.high[k] && !t.closed[other] {
			return true
		}
	}
	return false
}
