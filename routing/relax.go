package routing

import (
	"cmp"
	"math"
	"slices"
)

// A relaxation is a tour of which a leg may be a share, from 0 to 1; at each node the shares make two legs. Rules that
// tours keep and it breaks are found one after another (G. Dantzig, R. Fulkerson and S. Johnson, Operations Research
// 2, 1954). It proposes penalties of nodes and prices of rules, with which a 1-tree costs as much as it does, or more.
type relaxation struct {
	*simplex
	tree  *oneTree
	legs  []int32 // those that were not refused at first; a variable each
	pi    []int64 // penalties at first, which the costs have in them
	fixed int64   // what they add to every tour, in parts
	pairs []int32 // of each node: the variable of its rule
	cuts  []cut
	share []float64 // of each leg
}

// A cut is a rule that all tours keep:
//
//	Σ factor·leg ≥ least
type cut struct {
	sets   [][]bool // of nodes, which a tour leaves: one, or a comb's
	least  int64
	factor []int8 // of each leg: how many of the sets it leaves
	slack  int32  // the rule's variable
	idle   int    // for how long it has made no difference
}

func newRelaxation(t *oneTree, legs []int32, cuts []cut) *relaxation {
	t.free()
	r := &relaxation{tree: t, legs: legs, pi: slices.Clone(t.pi), share: make([]float64, len(t.legs))}
	cost, terms := make([]float64, len(legs)), make([][]term, t.n)
	for v, leg := range legs {
		cost[v] = float64(t.weight(leg))
		for _, node := range [2]int32{t.legs[leg].a, t.legs[leg].b} {
			terms[node] = append(terms[node], term{int32(v), 1})
		}
	}
	r.simplex = newSimplex(cost)
	for node, list := range terms {
		r.fixed -= 2 * t.pi[node]
		r.pairs = append(r.pairs, r.rule(list, 2, 0))
	}
	for _, k := range cuts {
		r.keep(r.cutting(k.sets, k.least))
	}
	return r
}

// notRefused are the legs that may yet be in a tour.
func (t *oneTree) notRefused() (legs []int32) {
	for leg, state := range t.state {
		if state != refused {
			legs = append(legs, int32(leg))
		}
	}
	return legs
}

// follow limits the shares to what is chosen and refused.
func (r *relaxation) follow() {
	for v, leg := range r.legs {
		if r.place[v] == absent {
			continue
		}
		switch r.tree.state[leg] {
		case open:
			r.limit(int32(v), 0, 1)
		case chosen:
			r.limit(int32(v), 1, 1)
		case refused:
			r.limit(int32(v), 0, 0)
		}
	}
}

// purge forgets the legs that are refused now, for good.
func (r *relaxation) purge() {
	r.follow()
	for v, leg := range r.legs {
		if r.tree.state[leg] == refused && r.place[v] >= 0 {
			r.forget(int32(v))
		}
	}
}

// propose gives the tree its penalties and prices: with them it costs no less than the relaxation. Prices of sets become
// penalties of the nodes in them, as a tree keeps the rules of sets by itself: those without one node, which is made a leaf.
func (r *relaxation) propose() {
	t, leaf := r.tree, r.leaf()
	for node, v := range r.pairs {
		t.pi[node] = r.pi[node] - parts(r.price(v))
	}
	t.free()
	for i := range r.cuts {
		switch k, price := &r.cuts[i], parts(r.price(r.cuts[i].slack)); {
		case price <= 0:
		case len(k.sets) > 1:
			t.charge(k, r.legs, price)
		default:
			for node, in := range k.sets[0] {
				if in != k.sets[0][leaf] {
					t.pi[node] -= price
				}
			}
		}
	}
	dearest := int64(0)
	for _, leg := range r.legs {
		w := t.weight(leg)
		dearest = max(dearest, w, -w)
	}
	t.pi[leaf] += 2*dearest + 1
}

func parts(price float64) int64 { return int64(math.Round(price)) }

// leaf is a node with the fewest legs chosen.
func (r *relaxation) leaf() (leaf int32) {
	chosenAt := make([]int, r.tree.n)
	for _, leg := range r.legs {
		if r.tree.state[leg] == chosen {
			chosenAt[r.tree.legs[leg].a]++
			chosenAt[r.tree.legs[leg].b]++
		}
	}
	return int32(slices.Index(chosenAt, slices.Min(chosenAt)))
}

const (
	some    = 1e-5 // a smaller share is none
	clearly = 0.02 // by how much a rule must be broken to be worth its price
)

// look reads the shares, and tells whether all are whole legs.
func (r *relaxation) look() (whole bool) {
	whole = true
	for v, leg := range r.legs {
		switch x := r.now(int32(v)); {
		case x < some:
			r.share[leg] = 0
		case x > 1-some:
			r.share[leg] = 1
		default:
			r.share[leg], whole = x, false
		}
	}
	return whole
}

// whole are the legs that are in whole.
func (r *relaxation) whole() (legs []int32) {
	for leg, x := range r.share {
		if x == 1 {
			legs = append(legs, int32(leg))
		}
	}
	return legs
}

// divided are the legs with a share that is not whole, the most divided first.
func (r *relaxation) divided() (legs []int32) {
	for leg, x := range r.share {
		if x > 0 && x < 1 && r.tree.state[leg] == open {
			legs = append(legs, int32(leg))
		}
	}
	slices.SortStableFunc(legs, func(a, b int32) int { return cmp.Compare(math.Abs(r.share[a]-0.5), math.Abs(r.share[b]-0.5)) })
	return legs
}

// cut adds rules that the shares break, and tells whether there are any.
func (r *relaxation) cut() bool {
	r.tidy()
	found := r.broken()
	for _, k := range found {
		r.keep(k)
	}
	return len(found) > 0
}

func (r *relaxation) keep(k cut) {
	var terms []term
	for v, leg := range r.legs {
		if f := k.factor[leg]; f != 0 {
			terms = append(terms, term{int32(v), float64(f)})
		}
	}
	k.slack = r.rule(terms, float64(k.least), math.Inf(1))
	r.cuts = append(r.cuts, k)
}

// cutting is the rule that a tour leaves sets so often.
func (r *relaxation) cutting(sets [][]bool, least int64) cut {
	k := cut{sets: sets, least: least, factor: make([]int8, len(r.tree.legs))}
	for _, set := range sets {
		for _, leg := range r.legs {
			if l := r.tree.legs[leg]; set[l.a] != set[l.b] {
				k.factor[leg]++
			}
		}
	}
	return k
}

const longIdle = 4

// tidy takes rules back that have made no difference for long.
func (r *relaxation) tidy() {
	kept := r.cuts[:0]
	for _, k := range r.cuts {
		if k.idle++; r.place[k.slack] >= 0 || r.now(k.slack) < some {
			k.idle = 0
		}
		if k.idle > longIdle {
			r.drop(k.slack)
		} else {
			kept = append(kept, k)
		}
	}
	r.cuts = kept
}
