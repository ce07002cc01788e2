package routing

import "fmt"

// CheckWindows says what is wrong with an answer: an order, a time, a cost or a reason that is not as the problem has
// it, or a stop left out that would fit somewhere. It knows nothing of the search.
func CheckWindows(p WindowProblem, t WindowTour) error {
	c := windowCheck{p: p, t: t}
	for _, check := range [...]func() error{c.places, c.ends, c.calls, c.lunch, c.money, c.reasons, c.room} {
		if err := check(); err != nil {
			return fmt.Errorf("routing: %w", err)
		}
		if t.Order == nil {
			return c.nowhere()
		}
	}
	return nil
}

type windowCheck struct {
	p WindowProblem
	t WindowTour
}

// places checks that each stop is served or left out, once.
func (c windowCheck) places() error {
	seen := make([]int, c.p.Times.Len())
	note := func(node int) error {
		if node < 0 || node >= len(seen) {
			return fmt.Errorf("no node %d", node)
		}
		if seen[node]++; seen[node] > 1 {
			return fmt.Errorf("node %d twice", node)
		}
		return nil
	}
	for _, node := range c.t.Order {
		if err := note(node); err != nil {
			return err
		}
	}
	for _, l := range c.t.LeftOut {
		if err := note(l.Node); err != nil {
			return err
		}
	}
	for node, times := range seen {
		end := node == c.p.Start || node == c.p.End
		if times == 0 && !(end && c.t.Order == nil) {
			return fmt.Errorf("node %d neither served nor left out", node)
		}
	}
	return nil
}

// nowhere checks that the end is too far from the start.
func (c windowCheck) nowhere() error {
	if len(c.p.Stops) > 0 && c.p.Day.Opens+Time(c.way(c.p.Times, 0)) > c.p.Day.Closes || c.p.Lunch.Length > 0 && c.p.Day.Opens+Time(c.way(c.p.Times, 0)) > c.p.Lunch.Closes {
		return nil
	}
	return fmt.Errorf("routing: no order, though the end can be reached")
}

// ends checks the first and last node, and that the calls are at those between.
func (c windowCheck) ends() error {
	order := c.t.Order
	if c.p.Start != Free && len(c.p.Stops) > 0 {
		if len(order) == 0 || order[0] != c.p.Start {
			return fmt.Errorf("order %v does not begin at %d", order, c.p.Start)
		}
		order = order[1:]
	}
	if c.p.End != Free && c.p.End != c.p.Start {
		if len(order) == 0 || order[len(order)-1] != c.p.End {
			return fmt.Errorf("order %v does not end at %d", order, c.p.End)
		}
		order = order[:len(order)-1]
	}
	if len(order) != len(c.t.Calls) {
		return fmt.Errorf("%d calls at %d stops", len(c.t.Calls), len(order))
	}
	for i, node := range order {
		if c.t.Calls[i].Node != node {
			return fmt.Errorf("call %d at node %d: want %d", i, c.t.Calls[i].Node, node)
		}
	}
	return nil
}

// way is the leg to a call, or to the end after the last.
func (c windowCheck) way(m Matrix, call int) Cost {
	from, to := c.p.Start, c.p.End
	if call > 0 {
		from = c.t.Calls[call-1].Node
	}
	if call < len(c.t.Calls) {
		to = c.t.Calls[call].Node
	}
	if from == Free || to == Free || m.Len() == 0 {
		return 0
	}
	return m.At(from, to)
}

// calls checks every time against the legs, the services and the windows.
func (c windowCheck) calls() error {
	at := c.t.Start
	if at < c.p.Day.Opens {
		return fmt.Errorf("start at %d, the day begins at %d", at, c.p.Day.Opens)
	}
	for i, call := range c.t.Calls {
		at += Time(c.way(c.p.Times, i))
		if c.eatsBefore(i) {
			at += c.p.Lunch.Length + max(0, c.t.Meal.Begin-c.leftAt(i))
		}
		if call.Arrive != at {
			return fmt.Errorf("arrival at %d at %d: want %d", call.Node, call.Arrive, at)
		}
		eating := Time(0)
		if c.t.Meal.Taken && c.t.Meal.Arrived && c.t.Meal.Call == i {
			eating = c.p.Lunch.Length
		}
		if call.Wait != call.Begin-call.Arrive-eating || call.Wait < 0 || call.Leave != call.Begin+c.p.Stops[call.Node].Service {
			return fmt.Errorf("call %+v with a service of %d", call, c.p.Stops[call.Node].Service)
		}
		if !c.isOpen(call.Node, call.Begin) {
			return fmt.Errorf("node %d is not open at %d", call.Node, call.Begin)
		}
		at = call.Leave
	}
	at += Time(c.way(c.p.Times, len(c.t.Calls)))
	if last := len(c.t.Calls); c.eatsBefore(last) {
		at += c.p.Lunch.Length + max(0, c.t.Meal.Begin-c.leftAt(last))
	}
	if at != c.t.End || at > c.p.Day.Closes {
		return fmt.Errorf("end at %d: want %d, the day ends at %d", c.t.End, at, c.p.Day.Closes)
	}
	return nil
}

func (c windowCheck) eatsBefore(call int) bool {
	return c.t.Meal.Taken && !c.t.Meal.Arrived && c.t.Meal.Call == call
}

// leftAt is when the way to a call could be set out on.
func (c windowCheck) leftAt(call int) Time {
	if call == 0 {
		return c.t.Start
	}
	return c.t.Calls[call-1].Leave
}

func (c windowCheck) isOpen(node int, at Time) bool {
	for _, w := range c.p.Stops[node].Windows {
		if w.Opens <= at && at <= w.Closes {
			return true
		}
	}
	return len(c.p.Stops[node].Windows) == 0
}

// lunch checks that it is had, in its window, where there is room for it.
func (c windowCheck) lunch() error {
	l, m := c.p.Lunch, c.t.Meal
	if !m.Taken {
		if l.Length > 0 && l.Closes >= c.p.Day.Opens && c.t.End > l.Closes {
			return fmt.Errorf("no lunch on a day that ends at %d", c.t.End)
		}
		return nil
	}
	if l.Length == 0 || m.Begin < l.Opens || m.Begin > l.Closes || m.Call < 0 || m.Call > len(c.t.Calls) {
		return fmt.Errorf("lunch %+v of %+v", m, l)
	}
	if !m.Arrived && m.Begin < c.leftAt(m.Call) {
		return fmt.Errorf("lunch at %d during call %d", m.Begin, m.Call-1)
	}
	if m.Arrived && (m.Call == len(c.t.Calls) || m.Begin < c.t.Calls[m.Call].Arrive || m.Begin+l.Length > c.t.Calls[m.Call].Begin) {
		return fmt.Errorf("lunch at %d does not fit before call %d", m.Begin, m.Call)
	}
	return nil
}

// money checks cost, bound and what is lost.
func (c windowCheck) money() error {
	costs := c.p.Times
	if c.p.Costs != nil {
		costs = *c.p.Costs
	}
	var sum Cost
	if len(c.p.Stops) > 0 {
		for i := range len(c.t.Calls) + 1 {
			sum += c.way(costs, i)
		}
	}
	if sum != c.t.Cost || c.t.LowerBound > sum || c.t.Proven && c.t.LowerBound != sum {
		return fmt.Errorf("cost %d, bound %d, proven %v: want %d", c.t.Cost, c.t.LowerBound, c.t.Proven, sum)
	}
	lost := 0
	for _, l := range c.t.LeftOut {
		lost += max(1, c.p.Stops[l.Node].Priority)
	}
	if lost != c.t.Lost {
		return fmt.Errorf("lost %d: want %d", c.t.Lost, lost)
	}
	return nil
}

// reasons checks each against every way to the stop and from it, by as many other nodes as may be.
func (c windowCheck) reasons() error {
	if len(c.t.LeftOut) == 0 {
		return nil
	}
	out, home := c.ways(c.p.Start, true), c.ways(c.p.End, false)
	for _, l := range c.t.LeftOut {
		want := NeverOpen
		s := c.p.Stops[l.Node]
		windows := s.Windows
		if len(windows) == 0 {
			windows = []Window{c.p.Day}
		}
		for _, w := range windows {
			soonest := max(w.Opens, c.p.Day.Opens+out[l.Node])
			switch {
			case w.Closes < w.Opens || w.Closes < c.p.Day.Opens || w.Opens > c.p.Day.Closes:
			case soonest <= w.Closes && soonest+s.Service+home[l.Node] <= c.p.Day.Closes:
				want = NoTimeLeft
			case want == NeverOpen:
				want = TooFar
			}
		}
		if l.Reason != want {
			return fmt.Errorf("node %d left out as %s: want %s", l.Node, l.Reason, want)
		}
	}
	return nil
}

// ways are the least times from a node, or to it (R. Bellman, 1958). None leads through the day's other end.
func (c windowCheck) ways(end int, from bool) []Time {
	n := c.p.Times.Len()
	way := make([]Time, n)
	if end == Free {
		return way
	}
	for i := range way {
		way[i] = Time(MaxCost)
	}
	way[end] = 0
	for changed := true; changed; {
		changed = false
		for i := range n {
			if i != end && (i == c.p.Start || i == c.p.End) {
				continue
			}
			for j := range n {
				leg := c.p.Times.At(i, j)
				if !from {
					leg = c.p.Times.At(j, i)
				}
				if far := way[i] + Time(leg); far < way[j] {
					way[j], changed = far, true
				}
			}
		}
	}
	return way
}

// room checks that no stop that is left out fits between two that are served with lunch and all where they are, every
// call begun as soon as it can be.
func (c windowCheck) room() error {
	for _, l := range c.t.LeftOut {
		for at := 0; at <= len(c.t.Calls) && l.Reason == NoTimeLeft; at++ {
			if c.fits(l.Node, at) {
				return fmt.Errorf("node %d left out, though it fits before call %d", l.Node, at)
			}
		}
	}
	return nil
}

// fits tells whether a stop can be served before a call, and all after it still be.
func (c windowCheck) fits(node, place int) bool {
	var nodes []int
	for i, call := range c.t.Calls {
		if i == place {
			nodes = append(nodes, node)
		}
		nodes = append(nodes, call.Node)
	}
	if place == len(c.t.Calls) {
		nodes = append(nodes, node)
	}
	at, last := c.p.Day.Opens, c.p.Start
	leg := func(to int) Time {
		if last == Free || to == Free {
			return 0
		}
		return Time(c.p.Times.At(last, to))
	}
	for i, to := range nodes {
		if c.t.Meal.Taken && c.t.Meal.Call == i {
			at = max(at, c.p.Lunch.Opens)
			if at > c.p.Lunch.Closes {
				return false
			}
			at += c.p.Lunch.Length
		}
		begun, ok := c.opening(to, at+leg(to))
		if !ok {
			return false
		}
		at, last = begun+c.p.Stops[to].Service, to
	}
	at += leg(c.p.End)
	hungry := c.p.Lunch.Length > 0 && c.p.Lunch.Closes >= c.p.Day.Opens && !(c.t.Meal.Taken && c.t.Meal.Call < len(nodes))
	return at <= c.p.Day.Closes && !(hungry && at > c.p.Lunch.Closes)
}

func (c windowCheck) opening(node int, at Time) (begun Time, ok bool) {
	if len(c.p.Stops[node].Windows) == 0 {
		return at, true
	}
	for _, w := range c.p.Stops[node].Windows {
		if w.Opens <= w.Closes && at <= w.Closes && (!ok || max(at, w.Opens) < begun) {
			begun, ok = max(at, w.Opens), true
		}
	}
	return begun, ok
}
