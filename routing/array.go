package routing

// An array is a closed tour that is changed by turning stretches of it round. It keeps a
// log of them, so that what did not pay is undone.
type array struct {
	order []int32
	place []int32 // of each node in order
	log   []stretch
}

// A stretch is the places from one to another, going up and past the end to the beginning.
type stretch struct{ from, to int32 }

func newArray(order []int32) array {
	t := array{order: order, place: make([]int32, len(order))}
	for i, node := range order {
		t.place[node] = int32(i)
	}
	return t
}

// after is the next place.
func (t *array) after(at int32) int32 {
	if at++; int(at) == len(t.order) {
		at = 0
	}
	return at
}

func (t *array) next(a int32) int32 { return t.order[t.after(t.place[a])] }

func (t *array) prev(a int32) int32 {
	at := t.place[a]
	if at == 0 {
		at = int32(len(t.order))
	}
	return t.order[at-1]
}

// flip takes the legs a–b and c–d out of the tour and puts b–c and d–a in. Going
// from a over b the tour must come to d before c.
func (t *array) flip(a, b, c, d int32) {
	if t.next(a) == b {
		t.reverse(stretch{t.place[b], t.place[d]})
	} else {
		t.reverse(stretch{t.place[d], t.place[b]})
	}
}

// reverse turns a stretch round, or all that is not in it if that is less.
func (t *array) reverse(s stretch) {
	n := int32(len(t.order))
	size := s.to - s.from
	if size < 0 {
		size += n
	}
	if size++; 2*size > n {
		s, size = stretch{s.to + 1, s.from - 1}, n-size
		if s.from == n {
			s.from = 0
		}
		if s.to < 0 {
			s.to = n - 1
		}
	}
	t.log = append(t.log, s)
	t.mirror(s, size)
}

func (t *array) mirror(s stretch, size int32) {
	n := int32(len(t.order))
	i, j := s.from, s.to
	if i <= j {
		part := t.order[i : j+1]
		for x, y := 0, len(part)-1; x < y; x, y = x+1, y-1 {
			part[x], part[y] = part[y], part[x]
			t.place[part[x]], t.place[part[y]] = i+int32(x), i+int32(y)
		}
		return
	}
	for range size / 2 {
		a, b := t.order[i], t.order[j]
		t.order[i], t.order[j] = b, a
		t.place[b], t.place[a] = i, j
		if i++; i == n {
			i = 0
		}
		if j--; j < 0 {
			j = n - 1
		}
	}
}

// undo takes back what was logged since the log was that long.
func (t *array) undo(length int) {
	n := int32(len(t.order))
	for i := len(t.log) - 1; i >= length; i-- {
		s := t.log[i]
		size := s.to - s.from
		if size < 0 {
			size += n
		}
		t.mirror(s, size+1)
	}
	t.log = t.log[:length]
}
