package routing

import "slices"

// combs hold rules that tours keep and 1-trees break, each with a price on breaking it (J. Edmonds' blossoms, 1965;
// as penalties in a 1-tree: T. Volgenant and R. Jonker, EJOR 9, 1982).
type combs struct {
	list     []comb
	adjust   []int64 // what they add to each leg, in parts; nil before the first
	constant int64   // what they add to every tour, in parts
	share    []int32 // of each leg in the last 1-trees, of [always]
}

// A comb is a set of nodes with an odd number of teeth, legs that leave it. A tour leaves the set
// an even number of times, so that it lacks a tooth or leaves by another leg:
//
//	teeth lacking + other legs ≥ 1
type comb struct {
	teeth, others []int32
	price         int64 // in parts
	lack          int64 // 1 less the left side, of the last 1-tree
}

// look sees by how much the last tree breaks each rule, and gives the sum of squares.
func (c *combs) look(t *oneTree) (sum int64) {
	if c.share != nil {
		c.remember(t)
	}
	for i := range c.list {
		k := &c.list[i]
		k.lack = 1
		for _, leg := range k.teeth {
			if !t.has(leg) {
				k.lack--
			}
		}
		for _, leg := range k.others {
			if t.state[leg] != refused && t.has(leg) {
				k.lack--
			}
		}
		if k.lack > 0 || k.price > 0 {
			sum += k.lack * k.lack
		}
	}
	return sum
}

// raise makes rules dearer to break that are broken, and the others cheaper.
func (c *combs) raise(length int64) {
	for i := range c.list {
		k := &c.list[i]
		c.setPrice(k, max(0, k.price+length*k.lack))
	}
}

func (c *combs) setPrice(k *comb, price int64) {
	change := price - k.price
	if change == 0 {
		return
	}
	for _, leg := range k.teeth {
		c.adjust[leg] += change
	}
	for _, leg := range k.others {
		c.adjust[leg] -= change
	}
	c.constant += change * int64(1-len(k.teeth))
	k.price = price
}

const always = 1 << 16

// remember lets the shares follow the last tree, a sixteenth of the way.
func (c *combs) remember(t *oneTree) {
	for i, s := range c.share {
		c.share[i] = s - s>>4
	}
	for _, leg := range t.up {
		if leg >= 0 {
			c.share[leg] += always >> 4
		}
	}
	c.share[t.second] += always >> 4
}

// middling are, in tenths, the shares up to which legs are hardly ever in the trees, or out of them.
var middling = [3]int32{1, 2, 3}

// comb looks for combs whose rules the shares break, and says how many are new: pieces that hang together by legs
// of middling share, with the legs of large share that leave them for teeth (after M. Padberg and
// M. Grötschel in The Traveling Salesman Problem, ed. E. Lawler et al., 1985).
func (t *oneTree) comb() (found int) {
	if t.adjust == nil {
		t.adjust = make([]int64, len(t.legs))
	}
	for _, tenths := range middling {
		low := int32(always) * tenths / 10
		piece := t.pieces(low, always-low)
		for p := range int32(t.n) {
			if k, ok := t.combAround(piece, p, always-low); ok && !t.known(k) {
				t.list = append(t.list, k)
				found++
			}
		}
	}
	return found
}

// pieces are the nodes that hang together, each by the least of its piece.
func (t *oneTree) pieces(low, high int32) []int32 {
	piece := make([]int32, t.n)
	for i := range piece {
		piece[i] = int32(i)
	}
	for again := true; again; {
		again = false
		for leg, s := range t.share {
			l := t.legs[leg]
			if t.state[leg] != refused && s > low && s < high && piece[l.a] != piece[l.b] {
				least := min(piece[l.a], piece[l.b])
				piece[l.a], piece[l.b], again = least, least, true
			}
		}
	}
	return piece
}

// clearly is by how much of a leg a rule must be broken to be worth its price.
const clearly = always / 16

func (t *oneTree) combAround(piece []int32, p, high int32) (k comb, ok bool) {
	left := int32(0) // side of the rule
	for i, s := range t.share {
		leg, l := int32(i), t.legs[i]
		switch {
		case (piece[l.a] == p) == (piece[l.b] == p):
		case t.state[leg] != refused && s >= high:
			k.teeth = append(k.teeth, leg)
			left += always - s
		default:
			k.others = append(k.others, leg)
			if t.state[leg] != refused {
				left += s
			}
		}
		if left > always {
			return k, false
		}
	}
	return k, len(k.teeth)%2 == 1 && len(k.teeth) > 1 && left < always-clearly
}

func (t *oneTree) known(k comb) bool {
	return slices.ContainsFunc(t.list, func(o comb) bool { return slices.Equal(o.teeth, k.teeth) && slices.Equal(o.others, k.others) })
}
