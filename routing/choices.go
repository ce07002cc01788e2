package routing

// choices follow from each other: a node with two legs chosen has no other, one with two left has both, and
// no ring closes before the last leg. What was chosen can be undone.
type choices struct {
	tree  *oneTree
	pair  []int32 // the leg between two nodes, n×n; -1 none
	in    []int32 // legs chosen at each node
	left  []int32 // legs chosen or open at each node
	far   []int32 // of an end of a chosen path: the other end
	taken int     // legs chosen
	trail []settled
	work  []intent
}

type intent struct {
	leg int32
	choice
}

// A settled leg, with the ends of the path that it made and what they were ends to before.
type settled struct {
	leg        int32
	endA, endB int32
	farA, farB int32
}

func newChoices(t *oneTree) choices {
	c := choices{tree: t, pair: make([]int32, t.n*t.n), in: make([]int32, t.n), left: make([]int32, t.n), far: make([]int32, t.n)}
	for i := range c.pair {
		c.pair[i] = -1
	}
	for i := range int32(t.n) {
		c.far[i] = i
	}
	for i, l := range t.legs {
		c.pair[int(l.a)*t.n+int(l.b)], c.pair[int(l.b)*t.n+int(l.a)] = int32(i), int32(i)
		c.left[l.a]++
		c.left[l.b]++
	}
	return c
}

func (c *choices) between(a, b int32) int32 { return c.pair[int(a)*c.tree.n+int(b)] }

// settle chooses or refuses a leg, and what follows. It is false if no tour is left; what was done until then is
// on the trail.
func (c *choices) settle(leg int32, as choice) bool {
	c.work = append(c.work[:0], intent{leg, as})
	for len(c.work) > 0 {
		w := c.work[len(c.work)-1]
		c.work = c.work[:len(c.work)-1]
		switch now := c.tree.state[w.leg]; {
		case now == w.choice:
		case now != open, w.choice == chosen && !c.choose(w.leg), w.choice == refused && !c.refuse(w.leg):
			return false
		}
	}
	return true
}

func (c *choices) choose(leg int32) bool {
	l := c.tree.legs[leg]
	endA, endB := c.far[l.a], c.far[l.b]
	last := c.taken == c.tree.n-1
	if c.in[l.a] == 2 || c.in[l.b] == 2 || endA == l.b && !last {
		return false
	}
	c.trail = append(c.trail, settled{leg, endA, endB, c.far[endA], c.far[endB]})
	c.tree.state[leg] = chosen
	c.taken++
	c.far[endA], c.far[endB] = endB, endA
	for _, node := range [2]int32{l.a, l.b} {
		if c.in[node]++; c.in[node] == 2 {
			c.rest(node, refused)
		}
	}
	if shut := c.between(endA, endB); shut >= 0 && c.tree.state[shut] == open && c.taken < c.tree.n-1 {
		c.work = append(c.work, intent{shut, refused})
	}
	return true
}

func (c *choices) refuse(leg int32) bool {
	l := c.tree.legs[leg]
	c.trail = append(c.trail, settled{leg: leg})
	c.tree.state[leg] = refused
	c.left[l.a]--
	c.left[l.b]--
	for _, node := range [2]int32{l.a, l.b} {
		if c.left[node] < 2 {
			return false
		}
		if c.left[node] == 2 {
			c.rest(node, chosen)
		}
	}
	return true
}

// rest intends a choice for the open legs of a node.
func (c *choices) rest(node int32, as choice) {
	for _, e := range c.tree.at[node] {
		if c.tree.state[e.leg] == open {
			c.work = append(c.work, intent{e.leg, as})
		}
	}
}

// undo takes back what was settled since the trail was that long.
func (c *choices) undo(length int) {
	for i := len(c.trail) - 1; i >= length; i-- {
		s := c.trail[i]
		l := c.tree.legs[s.leg]
		if c.tree.state[s.leg] == chosen {
			c.taken--
			c.in[l.a]--
			c.in[l.b]--
			c.far[s.endA], c.far[s.endB] = s.farA, s.farB
		} else {
			c.left[l.a]++
			c.left[l.b]++
		}
		c.tree.state[s.leg] = open
	}
	c.trail = c.trail[:length]
}
