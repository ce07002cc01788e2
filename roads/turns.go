package roads

import (
	"slices"
	"strings"

	"rounds/routing"

	"github.com/paulmach/osm"
)

// A turn is a relation of the type restriction at a node (https://wiki.openstreetmap.org/wiki/Relation:restriction):
// from some ways, through the node, into some ways nobody may turn, or nowhere else.
type turn struct {
	from, to []int64 // ways
	via      int64   // node
	only     bool
	back     bool // it is about turning round
}

// turn reads a relation, false if it forbids nothing to this profile. Restrictions through ways and those with
// conditions are not read.
func (p Profile) turn(r *osm.Relation) (t turn, ok bool) {
	kind, _, _ := strings.Cut(r.Tags.Find("type"), ":")
	value := r.Tags.Find("restriction:" + p.turning)
	if value == "" {
		value = r.Tags.Find("restriction")
	}
	t.only, t.back = strings.HasPrefix(value, "only_"), strings.HasSuffix(value, "_u_turn")
	if p.turning == "" || kind != "restriction" || !t.only && !strings.HasPrefix(value, "no_") || p.excepted(r.Tags.Find("except")) {
		return t, false
	}
	vias := 0
	for _, m := range r.Members {
		switch {
		case m.Role == "from" && m.Type == osm.TypeWay:
			t.from = append(t.from, m.Ref)
		case m.Role == "to" && m.Type == osm.TypeWay:
			t.to = append(t.to, m.Ref)
		case m.Role == "via":
			t.via = m.Ref
			if vias++; m.Type != osm.TypeNode {
				vias = 2
			}
		}
	}
	return t, vias == 1 && len(t.from) > 0 && len(t.to) > 0
}

// excepted tells whether a list of means names this one, or all vehicles with a motor.
func (p Profile) excepted(list string) bool {
	return slices.ContainsFunc(strings.Split(list, ";"), func(means string) bool {
		means = strings.TrimSpace(means)
		return means == p.turning || means == "motor_vehicle" || means == "vehicle"
	})
}

// arcs are the directions of streets that are open, with restrictions on turning: a direction that leads to one ends at a
// node of its own, from which only the directions lead on that may be taken, each to a node where nobody turns back: else
// a restriction would be got round by turning at the next junction. So a direction may have several tails and heads.
type arcs struct {
	list []routing.Arc
	of   []int32 // the street of each; ^street against its shape
}

func (a *arcs) add(from, to, cost, of int32) {
	a.list, a.of = append(a.list, routing.Arc{From: from, To: to, Cost: cost}), append(a.of, of)
}

// arcs gives every open direction of the streets an arc, then parts nodes where turning is restricted.
func (b *builder) arcs() arcs {
	var a arcs
	for i, s := range b.streets {
		if s.ahead != shut {
			a.add(b.ends[i].from, b.ends[i].to, s.ahead, int32(i))
		}
		if s.back != shut {
			a.add(b.ends[i].to, b.ends[i].from, s.back, ^int32(i))
		}
	}
	p := parting{builder: b, arcs: &a, onwards: map[int]int32{}}
	p.around()
	p.banned = b.banned(a, p.into, p.out)
	restricted := sortedKeys(p.banned)
	for _, arc := range restricted { // heads first: the arcs that lead on have theirs already
		a.list[arc].To = b.nodes
		b.nodes++
	}
	for _, arc := range restricted {
		for _, next := range p.out[b.headOf(a.of[arc])] {
			if !slices.Contains(p.banned[arc], next) {
				a.add(a.list[arc].To, p.onward(next), a.list[next].Cost, a.of[next])
			}
		}
	}
	return a
}

// A parting gives junctions the nodes that restrictions ask for.
type parting struct {
	*builder
	*arcs
	into, out map[int32][]int // arcs of junctions with restrictions, and out of those beside them
	banned    map[int][]int   // arcs that must not follow each
	onwards   map[int]int32   // nodes already made, by the arc that leads there
}

// onward is where an arc leads to that nobody may turn back from, unless there is no other way on.
func (p *parting) onward(arc int) int32 {
	if node, made := p.onwards[arc]; made {
		return node
	}
	var ways []int
	for _, o := range p.out[p.headOf(p.of[arc])] {
		if p.of[o] != ^p.of[arc] && !slices.Contains(p.banned[arc], o) {
			ways = append(ways, o)
		}
	}
	if len(ways) == 0 {
		return p.list[arc].To
	}
	node := p.nodes
	p.nodes++
	p.onwards[arc] = node
	for _, o := range ways {
		to := p.list[o].To
		if len(p.banned[arc]) > 0 {
			to = p.onward(o)
		}
		p.add(node, to, p.list[o].Cost, p.of[o])
	}
	return node
}

func sortedKeys(m map[int][]int) []int {
	keys := make([]int, 0, len(m))
	for k := range m {
		keys = append(keys, k)
	}
	slices.Sort(keys)
	return keys
}

// headOf is the junction that a direction leads to, whatever node stands for it.
func (b *builder) headOf(of int32) int32 {
	if of < 0 {
		return b.ends[^of].from
	}
	return b.ends[of].to
}

// around finds the arcs into and out of the junctions with restrictions, and out of those up to two arcs beside them.
func (p *parting) around() {
	p.into, p.out = map[int32][]int{}, map[int32][]int{}
	fresh := map[int32]bool{}
	for _, t := range p.x.turns {
		if v, ok := p.junction(t.via); ok {
			fresh[v], p.into[v] = true, nil
		}
	}
	for i, arc := range p.list {
		if _, asked := p.into[arc.To]; asked {
			p.into[arc.To] = append(p.into[arc.To], i)
		}
	}
	for range 3 {
		beside := map[int32]bool{}
		for i, arc := range p.list {
			if fresh[arc.From] {
				p.out[arc.From] = append(p.out[arc.From], i)
				beside[arc.To] = true
			}
		}
		for v := range p.out {
			delete(beside, v)
		}
		fresh = beside
	}
}

// junction is the vertex of a node that is on a road, and no barrier.
func (b *builder) junction(id int64) (int32, bool) {
	i, known := slices.BinarySearch(b.x.ids, id)
	if !known || b.vertex[i] < 0 || b.x.nodes[i].stopped {
		return 0, false
	}
	return b.vertex[i], true
}

// banned are the arcs that must not follow each arc. A restriction that does not say which direction it means, because a
// way runs through its junction, counts for nothing.
func (b *builder) banned(a arcs, into, out map[int32][]int) map[int][]int {
	banned := map[int][]int{}
	for _, t := range b.x.turns {
		v, ok := b.junction(t.via)
		if !ok {
			continue
		}
		for _, from := range t.from {
			in, ok := b.oneOf(a, into[v], from)
			if !ok {
				continue
			}
			var targets []int
			for _, to := range t.to {
				if target, ok := b.oneOf(a, slices.DeleteFunc(slices.Clone(out[v]), func(o int) bool {
					return (a.of[o] == ^a.of[in]) != t.back
				}), to); ok {
					targets = append(targets, target)
				}
			}
			banned[in] = append(banned[in], t.forbids(out[v], targets)...)
			if len(banned[in]) == 0 {
				delete(banned, in)
			}
			b.turns += min(1, len(targets))
		}
	}
	return banned
}

// forbids is what nobody may take of the arcs that lead on.
func (t turn) forbids(out, targets []int) []int {
	if !t.only || len(targets) == 0 {
		return targets
	}
	return slices.DeleteFunc(slices.Clone(out), func(o int) bool { return slices.Contains(targets, o) })
}

// oneOf is the only one of some arcs that belongs to a way.
func (b *builder) oneOf(a arcs, among []int, way int64) (arc int, ok bool) {
	count := 0
	for _, i := range among {
		street := max(a.of[i], ^a.of[i])
		if b.ends[street].way == way {
			arc = i
			count++
		}
	}
	return arc, count == 1
}
