package favour

import "slices"

// tally is how probable one rep's numbers of changes are, from the last draw back.
type tally struct {
	next int       // draws after this one are in ways
	ways []float64 // how probable each number of changes is, over those draws
	low  int       // the number that the first of ways is for
}

// since is what the draws from one on say of a rep.
func (t *tally) since(hands []*hand, from int, rep string) Finding {
	f := Finding{Kind: hands[from].kind, Rep: rep, From: hands[from].period, Until: hands[len(hands)-1].period, Chance: 1}
	for _, h := range hands[from:] {
		f.Changed, f.Of, f.All, f.OfAll = f.Changed+h.changed[rep], f.Of+h.pool[rep], f.All+h.many, f.OfAll+h.of
		f.Expected += float64(h.many) * float64(h.pool[rep]) / float64(h.of)
	}
	if f.Changed <= int(f.Expected) {
		return f // a sum of such numbers is as often at or above the whole part of its mean as below (Darroch 1964): nothing to see
	}
	for ; t.next >= from; t.next-- {
		h := hands[t.next]
		low, ways := hypergeometric(h.of, h.pool[rep], h.many)
		t.low, t.ways = t.low+low, convolve(t.ways, ways)
	}
	f.Chance = 0
	for _, p := range slices.Backward(t.ways[f.Changed-t.low:]) {
		f.Chance += p
	}
	f.Chance = min(f.Chance, 1)
	return f
}

// hypergeometric is how probable each number of special ones is when some are taken out of all, from the least number there can
// be. Each follows from the one before, from the most probable outwards, so that none is lost in rounding.
func hypergeometric(all, special, taken int) (low int, ways []float64) {
	low, high := max(0, taken-(all-special)), min(special, taken)
	ways = make([]float64, high-low+1)
	top := int(float64(taken+1) * float64(special+1) / float64(all+2))
	top = min(max(low, top), high)
	ways[top-low] = 1
	for x := top; x < high; x++ {
		ways[x+1-low] = ways[x-low] * float64((special-x)*(taken-x)) / float64((x+1)*(all-special-taken+x+1))
	}
	for x := top; x > low; x-- {
		ways[x-1-low] = ways[x-low] * float64(x*(all-special-taken+x)) / float64((special-x+1)*(taken-x+1))
	}
	sum := 0.0
	for _, p := range ways {
		sum += p
	}
	for i := range ways {
		ways[i] /= sum
	}
	return low, ways
}

// convolve is how probable each sum is of two numbers that know nothing of each other. Products are rounded by themselves, so that
// every machine finds the same.
func convolve(a, b []float64) []float64 {
	sums := make([]float64, len(a)+len(b)-1)
	for i, p := range a {
		for j, q := range b {
			sums[i+j] += float64(p * q)
		}
	}
	return sums
}
