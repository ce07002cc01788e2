package routing

// A heap hands out nodes by rising key. A node has one key, which may fall.
type heap struct {
	nodes []int32
	at    []int32 // of each node in nodes; -1 out
	key   []int64
}

func newHeap(n int) heap {
	return heap{nodes: make([]int32, 0, n), at: make([]int32, n), key: make([]int64, n)}
}

func (h *heap) reset() {
	h.nodes = h.nodes[:0]
	for i := range h.at {
		h.at[i] = -1
	}
}

// clear takes out what is in, in time of that and not of all nodes. It wants a reset once before.
func (h *heap) clear() {
	for _, v := range h.nodes {
		h.at[v] = -1
	}
	h.nodes = h.nodes[:0]
}

func (h *heap) empty() bool { return len(h.nodes) == 0 }

// push puts a node in, or lowers its key; it is false if the key it has is as low.
func (h *heap) push(node int32, key int64) bool {
	at := h.at[node]
	switch {
	case at < 0:
		at = int32(len(h.nodes))
		h.nodes = append(h.nodes, node)
	case key >= h.key[node]:
		return false
	}
	h.key[node] = key
	for at > 0 {
		up := (at - 1) / 4
		if h.key[h.nodes[up]] <= key {
			break
		}
		h.nodes[at] = h.nodes[up]
		h.at[h.nodes[at]] = at
		at = up
	}
	h.nodes[at], h.at[node] = node, at
	return true
}

func (h *heap) pop() int32 {
	top := h.nodes[0]
	last := h.nodes[len(h.nodes)-1]
	h.nodes = h.nodes[:len(h.nodes)-1]
	h.at[top] = -1
	if n := int32(len(h.nodes)); n > 0 {
		key, at := h.key[last], int32(0)
		for {
			child := 4*at + 1
			if child >= n {
				break
			}
			least := child
			for c := child + 1; c < min(child+4, n); c++ {
				if h.key[h.nodes[c]] < h.key[h.nodes[least]] {
					least = c
				}
			}
			if h.key[h.nodes[least]] >= key {
				break
			}
			h.nodes[at] = h.nodes[least]
			h.at[h.nodes[at]] = at
			at = least
		}
		h.nodes[at], h.at[last] = last, at
	}
	return top
}
