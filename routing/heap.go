package routing

// A heap hands out nodes by rising key. A node has one key, which may fall.
type heap struct {
	list []keyed
	at   []int32 // of each node in list; -1 out
}

type keyed struct {
	key  int64
	node int32
}

func newHeap(n int) heap {
	return heap{list: make([]keyed, 0, n), at: make([]int32, n)}
}

func (h *heap) reset() {
	h.list = h.list[:0]
	for i := range h.at {
		h.at[i] = -1
	}
}

// clear takes out what is in, in time of that and not of all nodes. It wants a reset once before.
func (h *heap) clear() {
	for _, k := range h.list {
		h.at[k.node] = -1
	}
	h.list = h.list[:0]
}

func (h *heap) empty() bool { return len(h.list) == 0 }

// least is the key of the node to come.
func (h *heap) least() int64 { return h.list[0].key }

// push puts a node in, or lowers its key; it is false if the key it has is as low.
func (h *heap) push(node int32, key int64) bool {
	at := h.at[node]
	switch {
	case at < 0:
		at = int32(len(h.list))
		h.list = append(h.list, keyed{})
	case key >= h.list[at].key:
		return false
	}
	for at > 0 {
		up := (at - 1) / 4
		if h.list[up].key <= key {
			break
		}
		h.put(at, h.list[up])
		at = up
	}
	h.put(at, keyed{key, node})
	return true
}

func (h *heap) put(at int32, k keyed) { h.list[at], h.at[k.node] = k, at }

func (h *heap) pop() int32 {
	top, last := h.list[0].node, h.list[len(h.list)-1]
	h.list = h.list[:len(h.list)-1]
	h.at[top] = -1
	n := int32(len(h.list))
	if n == 0 {
		return top
	}
	at := int32(0)
	for child := int32(1); child < n; child = 4*at + 1 {
		least := child
		for c := child + 1; c < min(child+4, n); c++ {
			if h.list[c].key < h.list[least].key {
				least = c
			}
		}
		if h.list[least].key >= last.key {
			break
		}
		h.put(at, h.list[least])
		at = least
	}
	h.put(at, last)
	return top
}
