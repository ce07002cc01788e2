package routing

import "slices"

// A walk is a path that moves can change, and a move's gain is known before it
// is made. Every gain is exact: the length before less the length after.
type walk struct {
	frame
	path  []int  // path[0] and the last stay
	place []int  // of each node in path
	tilt  []Cost // cost of path[:i+1] as it runs, less its cost run backwards; nil if always 0
}

func newWalk(f frame, path []int) *walk {
	w := &walk{frame: f, path: path, place: make([]int, f.cost.Len())}
	if !f.symmetric() {
		w.tilt = make([]Cost, len(path))
	}
	w.renew(0, len(path)-1)
	return w
}

// symmetric tells whether all legs between inner nodes cost the same both ways;
// nothing else is ever run backwards.
func (f frame) symmetric() bool {
	for _, i := range f.inner {
		for _, j := range f.inner {
			if f.cost.At(i, j) != f.cost.At(j, i) {
				return false
			}
		}
	}
	return true
}

// A move takes the nodes at positions from to to, turns them round if flip, and
// puts them behind position after. after == from-1 leaves them where they are:
// with flip that is a 2-opt move. Otherwise it is an Or-opt move, or with a long
// segment the double bridge.
type move struct {
	from, to, after int
	flip            bool
}

// possible tells whether a move leaves the ends where they are and changes anything.
func (w *walk) possible(m move) bool {
	last := len(w.path) - 1
	if m.from < 1 || m.to < m.from || m.to >= last || m.after < 0 || m.after >= last {
		return false
	}
	if m.after == m.from-1 {
		return m.flip && m.from < m.to
	}
	return m.after < m.from || m.after > m.to
}

// gain is by how much a possible move shortens the path.
func (w *walk) gain(m move) Cost {
	before, head, tail, behind := w.path[m.from-1], w.path[m.from], w.path[m.to], w.path[m.to+1]
	gain := w.cost.At(before, head) + w.cost.At(tail, behind)
	if m.flip {
		gain += w.turned(m)
		head, tail = tail, head
	}
	if m.after == m.from-1 {
		return gain - w.cost.At(before, head) - w.cost.At(tail, behind)
	}
	left, right := w.path[m.after], w.path[m.after+1]
	return gain + w.cost.At(left, right) -
		w.cost.At(before, behind) - w.cost.At(left, head) - w.cost.At(tail, right)
}

// turned is what running a segment backwards saves inside it.
func (w *walk) turned(m move) Cost {
	if w.tilt == nil {
		return 0
	}
	return w.tilt[m.to] - w.tilt[m.from]
}

// apply makes a possible move. Putting a segment elsewhere is turning round the
// segment, what lies on the way, and then both together.
func (w *walk) apply(m move) {
	low, high := min(m.from, m.after+1), max(m.to, m.after)
	inPlace := m.after == m.from-1
	if inPlace || !m.flip {
		slices.Reverse(w.path[m.from : m.to+1])
	}
	if !inPlace {
		slices.Reverse(w.path[low:m.from])
		slices.Reverse(w.path[m.to+1 : high+1])
		slices.Reverse(w.path[low : high+1])
	}
	w.renew(low, high)
}

// renew brings the rest up to date with path[low:high+1].
func (w *walk) renew(low, high int) {
	for i := low; i <= high; i++ {
		w.place[w.path[i]] = i
	}
	if w.tilt != nil {
		w.retilt(max(low, 1), min(high+1, len(w.path)-1))
	}
}

// retilt sums up anew from low to high; what follows goes up or down as a whole.
func (w *walk) retilt(low, high int) {
	shift := -w.tilt[high]
	for i := low; i <= high; i++ {
		there, back := w.cost.At(w.path[i-1], w.path[i]), w.cost.At(w.path[i], w.path[i-1])
		w.tilt[i] = w.tilt[i-1] + there - back
	}
	shift += w.tilt[high]
	for i := high + 1; i < len(w.tilt); i++ {
		w.tilt[i] += shift
	}
}

// become makes the walk another path over the same nodes.
func (w *walk) become(path []int) {
	copy(w.path, path)
	w.renew(0, len(path)-1)
}
