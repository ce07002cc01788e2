package plane

import "slices"

// Beside is who lies beside whom: those at places that an edge joins. Of several at one place the first stands for them: the others are
// beside it, and each is beside the first at every place next to theirs.
func (m *Mesh) Beside() Graph { return m.graph(func(int32, int32) bool { return true }) }

// graph is [Mesh.Beside] along the edges that are kept, asked of a place and of a higher one.
func (m *Mesh) graph(kept func(low, high int32) bool) Graph {
	var links [][2]int32
	for place := range m.places {
		here := m.here.Of(place)
		for _, other := range here[1:] {
			links = append(links, [2]int32{here[0], other})
		}
		for _, next := range m.around.Of(place) {
			if int32(place) < next && kept(int32(place), next) {
				links = linked(links, here, m.here.Of(int(next)))
			}
		}
	}
	return symmetric(len(m.at), links)
}

// linked adds the first of each place to all of the other.
func linked(links [][2]int32, a, b []int32) [][2]int32 {
	for _, i := range a {
		links = append(links, [2]int32{i, b[0]})
	}
	for _, j := range b[1:] {
		links = append(links, [2]int32{a[0], j})
	}
	return links
}

// symmetric is the graph of n with these links, none twice.
func symmetric(n int, links [][2]int32) Graph {
	g := Graph{First: make([]int32, n+1), Next: make([]int32, 2*len(links))}
	for _, l := range links {
		g.First[l[0]]++
		g.First[l[1]]++
	}
	for i, sum := 0, int32(0); i <= n; i++ {
		sum += g.First[i]
		g.First[i] = sum
	}
	for _, l := range links {
		for end, i := range l {
			g.First[i]--
			g.Next[g.First[i]] = l[1-end]
		}
	}
	for i := range n {
		slices.Sort(g.Of(i))
	}
	return g
}
