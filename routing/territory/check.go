package territory

import (
	"cmp"
	"fmt"
	"math"
	"math/big"
	"math/bits"
	"slices"
)

const million = 1_000_000

// Check works out from the units alone all that a plan says of the cut, with reasons and bounds. It shares nothing with the
// search. The error names a fault of the problem, or a lock, group, pair or frozen territory that is not kept.
func Check(p Problem, of []int32) (Plan, error) {
	for _, f := range Faults(p) {
		if f.Kind.Fatal() {
			return Plan{}, fmt.Errorf("territory: %v", f)
		}
	}
	c := check{p: p, of: of}
	if err := c.kept(); err != nil {
		return Plan{}, fmt.Errorf("territory: %w", err)
	}
	return c.plan(), nil
}

// kept is what is not: a lock, group, pair, frozen territory or limit of change.
func (c *check) kept() error {
	for _, kept := range [...]func() error{c.places, c.locks, c.together, c.apart, c.frozen, c.budget} {
		if err := kept(); err != nil {
			return err
		}
	}
	return nil
}

// plan is all that there is to say of a cut.
func (c *check) plan() Plan {
	plan := Plan{Of: slices.Clone(c.of), Loads: c.loads(), Cost: c.cost(), Broken: c.broken(), Change: c.change()}
	plan.Worst, plan.Short = c.balance(plan.Loads)
	plan.Met = len(plan.Short) == 0 && len(plan.Broken) == 0
	c.p.explain(&plan)
	return plan
}

type check struct {
	p  Problem
	of []int32
}

func (c *check) places() error {
	if len(c.of) != len(c.p.Units) {
		return fmt.Errorf("territories of %d units: there are %d", len(c.of), len(c.p.Units))
	}
	for i, k := range c.of {
		if k < 0 || int(k) >= len(c.p.Territories) {
			return fmt.Errorf("unit %d is in territory %d: there are %d", i, k, len(c.p.Territories))
		}
	}
	return nil
}

func (c *check) locks() error {
	for i, u := range c.p.Units {
		if u.Lock != None && c.of[i] != u.Lock {
			return fmt.Errorf("unit %d is in territory %d and locked to %d", i, c.of[i], u.Lock)
		}
	}
	return nil
}

func (c *check) together() error {
	for _, group := range c.p.Together {
		for _, i := range group {
			if c.of[i] != c.of[group[0]] {
				return fmt.Errorf("units %d and %d are to stay together: they are in %d and %d", group[0], i, c.of[group[0]], c.of[i])
			}
		}
	}
	return nil
}

func (c *check) apart() error {
	for _, pair := range c.p.Apart {
		if c.of[pair[0]] == c.of[pair[1]] {
			return fmt.Errorf("units %d and %d are to stay apart: both are in %d", pair[0], pair[1], c.of[pair[0]])
		}
	}
	return nil
}

func (c *check) frozen() error {
	for i, u := range c.p.Units {
		if c.of[i] == u.Today {
			continue
		}
		for _, k := range [...]int32{u.Today, c.of[i]} {
			if k != None && c.p.Territories[k].Frozen {
				return fmt.Errorf("unit %d goes from %d to %d: territory %d is frozen", i, u.Today, c.of[i], k)
			}
		}
	}
	return nil
}

// budget is kept, or only those change hands that have to.
func (c *check) budget() error {
	change := c.change()
	if c.p.MostChange == 0 || change.Load <= portion(change.Of, c.p.MostChange) {
		return nil
	}
	must := c.must()
	for i, u := range c.p.Units {
		if u.Today != None && c.of[i] != u.Today && u.Loads[0] > 0 && !must[i] {
			return fmt.Errorf("%d changes hands of %d, unit %d among it: more than %d millionths", change.Load, change.Of, i, c.p.MostChange)
		}
	}
	return nil
}

// must are the units that may be where they are today only if another moves: those locked elsewhere, in groups that
// are in several territories today, apart from one that is in theirs, or apart from or together with one that must.
func (c *check) must() []bool {
	must := make([]bool, len(c.of))
	for i, u := range c.p.Units {
		must[i] = u.Lock != None && u.Lock != u.Today
	}
	group, torn := joined(len(c.of), c.p.Together), make([]bool, len(c.of))
	for i, first := range group {
		torn[first] = torn[first] || must[i] || c.p.Units[i].Today != c.p.Units[first].Today
	}
	for more := true; more; {
		more = false
		for _, pair := range c.p.Apart {
			a, b := group[pair[0]], group[pair[1]]
			if torn[a] != torn[b] || !torn[a] && c.p.Units[pair[0]].Today == c.p.Units[pair[1]].Today {
				torn[a], torn[b], more = true, true, true
			}
		}
	}
	for i, first := range group {
		must[i] = torn[first]
	}
	return must
}

func (c *check) loads() [][]int64 {
	loads := make([][]int64, len(c.p.Territories))
	for k := range loads {
		loads[k] = make([]int64, len(c.p.Measures))
	}
	for i, u := range c.p.Units {
		for m, load := range u.Loads {
			loads[c.of[i]][m] += load
		}
	}
	return loads
}

// cost is, of each territory of n units, Σ|x|² − |Σx|²÷n and the pull of its home, both rounded down; at most the largest int64.
func (c *check) cost() (cost int64) {
	of := make([]spread, len(c.p.Territories))
	for i, u := range c.p.Units {
		s := &of[c.of[i]]
		s.n, s.x, s.y = s.n+1, s.x+u.At.X, s.y+u.At.Y
		s.squares.add(u.At.X*u.At.X + u.At.Y*u.At.Y)
		if home := c.p.Territories[c.of[i]].Home; home != nil {
			dx, dy := u.At.X-home.X, u.At.Y-home.Y
			s.home.add(dx*dx + dy*dy)
		}
	}
	for _, s := range of {
		if cost += s.cost(); cost < 0 {
			return math.MaxInt64
		}
	}
	return cost
}

// spread is what the cost of a territory is made of.
type spread struct {
	n, x, y       int64
	squares, home wide
}

// cost is (n·Σ|x|² − |Σx|²) ÷ n and pull·Σ|x − home|² ÷ 1000, each rounded down.
func (s spread) cost() int64 {
	if s.n == 0 {
		return 0
	}
	sum := times(s.n, s.squares.big())
	sum.Sub(sum, product(s.x, s.x)).Sub(sum, product(s.y, s.y)).Quo(sum, big.NewInt(s.n))
	pull := times(HomePull, s.home.big())
	if sum.Add(sum, pull.Quo(pull, big.NewInt(1000))); !sum.IsInt64() {
		return math.MaxInt64
	}
	return sum.Int64()
}

// wide is a sum that 64 bits do not hold.
type wide struct{ high, low uint64 }

func (w *wide) add(v int64) {
	var carry uint64
	w.low, carry = bits.Add64(w.low, uint64(v), 0)
	w.high += carry
}

func (w wide) big() *big.Int {
	high := new(big.Int).SetUint64(w.high)
	return high.Add(high.Lsh(high, 64), new(big.Int).SetUint64(w.low))
}

func times(a int64, b *big.Int) *big.Int { return new(big.Int).Mul(big.NewInt(a), b) }

func product(a, b int64) *big.Int { return times(a, big.NewInt(b)) }

// portion is so many millionths of whole, rounded down; at most all of it.
func portion(whole, millionths int64) int64 {
	part := product(whole, min(millionths, million))
	return part.Quo(part, big.NewInt(million)).Int64()
}

// balance are the worst deviations, and what is outside its tolerance or capacity.
func (c *check) balance(loads [][]int64) (worst []int64, short []Shortfall) {
	worst = make([]int64, len(c.p.Measures))
	var excess []int64
	for m := range c.p.Measures {
		for k := range loads {
			worst[m] = max(worst[m], c.deviation(loads, k, m))
			s := c.shortfall(loads, k, m)
			if over := max(s.Load-s.High, s.Low-s.Load); over > 0 {
				short, excess = append(short, s), append(excess, c.relative(loads, k, m, over))
			}
		}
	}
	return worst, sorted(short, excess)
}

// sorted are the shortfalls, the largest excess first.
func sorted(short []Shortfall, excess []int64) []Shortfall {
	order := make([]int, len(short))
	for i := range order {
		order[i] = i
	}
	slices.SortStableFunc(order, func(a, b int) int { return cmp.Compare(excess[b], excess[a]) })
	var s []Shortfall
	for _, i := range order {
		s = append(s, short[i])
	}
	return s
}

// shortfall is what a territory has of a measure and was to have: from the first whole number inside its tolerance to
// the last that also is inside its capacity.
func (c *check) shortfall(loads [][]int64, k, m int) Shortfall {
	s := Shortfall{Territory: k, Measure: m, Load: loads[k][m], High: math.MaxInt64, Reason: NotFound}
	if tolerance := c.p.Measures[m].Tolerance; tolerance != AnyTolerance {
		whole, target := c.target(loads, k, m)
		low, rest := new(big.Int).QuoRem(times(million-min(tolerance, million), target), times(million, whole), new(big.Int))
		high := new(big.Int).Quo(times(million+tolerance, target), times(million, whole))
		s.Low, s.High = low.Int64()+int64(rest.Sign()), high.Int64()
	}
	if most := c.p.Territories[k].Most; most != nil && most[m] > 0 {
		s.High = min(s.High, most[m])
	}
	return s
}

// target of a territory is target ÷ whole: sum × share ÷ Σ shares.
func (c *check) target(loads [][]int64, k, m int) (whole, target *big.Int) {
	var sum, shares int64
	for other := range loads {
		sum, shares = sum+loads[other][m], shares+c.p.Territories[other].Share
	}
	return big.NewInt(shares), product(sum, c.p.Territories[k].Share)
}

// deviation is |load ÷ target − 1| in millionths, rounded up.
func (c *check) deviation(loads [][]int64, k, m int) int64 {
	whole, target := c.target(loads, k, m)
	miss := times(loads[k][m], whole)
	return quotient(miss.Sub(miss, target).Abs(miss), target)
}

// relative is over ÷ target in millionths, rounded up.
func (c *check) relative(loads [][]int64, k, m int, over int64) int64 {
	whole, target := c.target(loads, k, m)
	return quotient(times(over, whole), target)
}

// quotient is part ÷ whole in millionths, rounded up.
func quotient(part, whole *big.Int) int64 {
	q, rest := new(big.Int).QuoRem(times(million, part), whole, new(big.Int))
	return q.Int64() + int64(rest.Sign())
}

func (c *check) change() (change Change) {
	for i, u := range c.p.Units {
		if u.Today == None {
			continue
		}
		change.Of += u.Loads[0]
		if c.of[i] != u.Today {
			change.Units, change.Load = change.Units+1, change.Load+u.Loads[0]
		}
	}
	return change
}

// broken are the territories in more than one piece.
func (c *check) broken() (broken []Island) {
	if c.p.Beside.Len() == 0 {
		return nil
	}
	part, size := c.p.components()
	for k, pieces := range c.pieces() {
		if len(pieces) < 2 {
			continue
		}
		slices.SortStableFunc(pieces, func(a, b []int32) int { return cmp.Compare(len(b), len(a)) })
		no := c.unavoidable(k, part) || len(size) > len(c.p.Territories) && whole(pieces, part, size)
		broken = append(broken, Island{Territory: k, Pieces: pieces[1:], Unavoidable: no})
	}
	return broken
}

// whole tells whether every piece is all of what barriers leave around it.
func whole(pieces [][]int32, part []int32, size []int) bool {
	return !slices.ContainsFunc(pieces, func(piece []int32) bool { return len(piece) < size[part[piece[0]]] })
}

// pieces of each territory, in order of their first units; the units of each in rising order.
func (c *check) pieces() [][][]int32 {
	pieces := make([][][]int32, len(c.p.Territories))
	seen := make([]bool, len(c.of))
	for i, k := range c.of {
		if !seen[i] {
			piece := c.reach(int32(i), seen, func(j int32) bool { return c.of[j] == k })
			pieces[k] = append(pieces[k], piece)
		}
	}
	return pieces
}

// reach are all that hang together with a unit through such as are in, in rising order.
func (c *check) reach(from int32, seen []bool, in func(int32) bool) []int32 {
	seen[from] = true
	reached := []int32{from}
	for next := 0; next < len(reached); next++ {
		for _, j := range c.p.Beside.Of(int(reached[next])) {
			if !seen[j] && in(j) {
				seen[j], reached = true, append(reached, j)
			}
		}
	}
	slices.Sort(reached)
	return reached
}

// unavoidable tells whether every cut breaks the territory: it is frozen, or its locked units do not hang together
// through such as may be in it, or it has a group that hangs together nowhere.
func (c *check) unavoidable(k int, part []int32) bool {
	if c.p.Territories[k].Frozen || c.torn(c.lockedTo(k), func(i int32) bool { return c.mayHave(k, i) }) {
		return true
	}
	return slices.ContainsFunc(c.p.Together, func(group []int32) bool {
		return len(group) > 0 && int(c.of[group[0]]) == k && slices.ContainsFunc(group, func(i int32) bool { return part[i] != part[group[0]] })
	})
}

func (c *check) lockedTo(k int) (units []int32) {
	for i, u := range c.p.Units {
		if u.Lock == int32(k) {
			units = append(units, int32(i))
		}
	}
	return units
}

// mayHave tells whether neither a lock nor a frozen territory keeps a unit out of another.
func (c *check) mayHave(k int, i int32) bool {
	u := c.p.Units[i]
	return (u.Lock == None || u.Lock == int32(k)) && (u.Today == None || u.Today == int32(k) || !c.p.Territories[u.Today].Frozen)
}

// torn tells whether units do not hang together through such as are in.
func (c *check) torn(units []int32, in func(int32) bool) bool {
	if len(units) < 2 {
		return false
	}
	reached := c.reach(units[0], make([]bool, len(c.of)), in)
	return slices.ContainsFunc(units, func(i int32) bool {
		_, found := slices.BinarySearch(reached, i)
		return !found
	})
}
