package districting

import (
	"fmt"
	"math"
	"slices"

	"rounds/routing/territory"
)

// Check reckons all figures of a cut that was made before, or by hand. Faults are locks and the like that it does not keep; the
// error is that of two reckonings which differ.
func (r *Region) Check(of []int32) (territory.Plan, []Fault, error) {
	if faults := r.notKept(of); len(faults) > 0 {
		return territory.Plan{}, faults, nil
	}
	p, err := territory.Check(r.Problem, of)
	if err != nil {
		return p, nil, err
	}
	return p, nil, r.agrees(p)
}

// agrees holds a plan's figures against those that are reckoned here.
func (r *Region) agrees(p territory.Plan) error {
	c := r.cutOf(p.Of)
	broken := 0
	for t := range c.figures {
		if !slices.Equal(c.loads[t], p.Loads[t]) {
			return fmt.Errorf("territory %s has %d, or %d", r.City.Territories[t].Name, c.loads[t], p.Loads[t])
		}
		if c.figures[t].Pieces > 1 {
			broken++
		}
	}
	for k, m := range r.City.Measures {
		if worst := c.worst(k); math.Abs(worst*millionths-float64(p.Worst[k])) > 0.5 {
			return fmt.Errorf("the largest deviation of %s is %g, or %d millionths", m.Name, worst, p.Worst[k])
		}
	}
	if broken != len(p.Broken) {
		return fmt.Errorf("%d territories are in pieces, or %d", broken, len(p.Broken))
	}
	return nil
}

// notKept are the promises that a cut breaks.
func (r *Region) notKept(of []int32) (faults []Fault) {
	var unlocked, thawed []int32
	for i, u := range r.Problem.Units {
		if u.Lock != territory.None && of[i] != u.Lock {
			unlocked = append(unlocked, int32(i))
		}
		if of[i] != u.Today && (r.frozen(of[i]) || r.frozen(u.Today)) {
			thawed = append(thawed, int32(i))
		}
	}
	add := func(kind FaultKind, units []int32) {
		if len(units) > 0 {
			faults = append(faults, r.at(Fault{Kind: kind}, units))
		}
	}
	add(LockNotKept, unlocked)
	add(FrozenNotKept, thawed)
	for _, group := range r.Problem.Together {
		if slices.ContainsFunc(group, func(i int32) bool { return of[i] != of[group[0]] }) {
			add(TogetherNotKept, group)
		}
	}
	for _, pair := range r.Problem.Apart {
		if of[pair[0]] == of[pair[1]] {
			add(ApartNotKept, pair[:])
		}
	}
	return faults
}

func (r *Region) frozen(t int32) bool { return t != territory.None && r.Problem.Territories[t].Frozen }
