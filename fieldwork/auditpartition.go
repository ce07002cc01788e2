package fieldwork

import (
	"cmp"
	"context"
	"fmt"
	"slices"
	"strings"
	"time"

	"rounds"
	"rounds/routing"

	"github.com/paulmach/orb"
)

// What is not the asker's choice: for how long retailers are shared out where there are many, orders are looked for, and what one left
// out is tried elsewhere; up to how many are shared out the same way every time; and the price of days that are not even.
const (
	auditShareTime  = 2 * time.Second
	auditOrderTime  = 1500 * time.Millisecond
	auditTryTime    = 1 * time.Second
	auditTryOne     = 100 * time.Millisecond
	auditShareFew   = 100
	auditShareKicks = 1000
	auditUneven     = 5
)

// plan shares the retailers out among the shifts and puts each shift in order.
func (w *auditWork) plan(ctx context.Context) error {
	placed, pinless := splitByPin(w.untilNextTime(w.possible()))
	if len(w.shifts) == 0 {
		return ctx.Err()
	}
	ground, err := w.groundOf(ctx, placed)
	if err != nil {
		return err
	}
	shared, err := w.share(ctx, ground)
	if err != nil {
		return err
	}
	if err := w.orders(ctx, ground, shared); err != nil {
		return err
	}
	w.append(ground, pinless)
	slices.SortFunc(w.made.LeftOut, func(a, b rounds.Unserved) int { return strings.Compare(a.RetailerID.String(), b.RetailerID.String()) })
	for _, s := range w.shifts {
		w.made.Planned += len(s.stops)
	}
	return ctx.Err()
}

// possible are the retailers that somebody may visit on some day; the others are left out.
func (w *auditWork) possible() (found []rounds.Retailer) {
	for _, r := range w.retailers {
		allowed := func(u rounds.User) bool { return !w.barred[r.ID][u.ID] }
		switch {
		case !slices.ContainsFunc(w.auditors, allowed):
			w.leaveOut(r, leftInterested)
		case !slices.ContainsFunc(w.shifts, func(s shift) bool { return allowed(w.auditors[s.auditor]) }):
			w.leaveOut(r, leftNoDay)
		case len(w.shiftsFor(r)) == 0:
			w.leaveOut(r, leftNeverOpen)
		default:
			found = append(found, r)
		}
	}
	return found
}

// untilNextTime are as many as are planned together. Who asks again has the others planned.
func (w *auditWork) untilNextTime(possible []rounds.Retailer) []rounds.Retailer {
	now := min(len(possible), mostAuditRetailers)
	for _, r := range possible[now:] {
		w.leaveOut(r, leftTooMany)
	}
	return possible[:now]
}

func (w *auditWork) leaveOut(r rounds.Retailer, why string) {
	w.made.LeftOut = append(w.made.LeftOut, rounds.Unserved{RetailerID: r.ID, Reason: why})
}

// shiftsFor are those of auditors who may visit a retailer, in which it is open.
func (w *auditWork) shiftsFor(r rounds.Retailer) (which []int) {
	for i, s := range w.shifts {
		if !w.barred[r.ID][w.auditors[s.auditor].ID] && s.welcomes(r) {
			which = append(which, i)
		}
	}
	return which
}

// welcomes says whether a visit may begin while the shift lasts.
func (s *shift) welcomes(r rounds.Retailer) bool {
	windows := s.windows(r)
	return windows == nil || slices.ContainsFunc(windows, func(o routing.Window) bool {
		return o.Opens <= o.Closes && int(o.Opens) <= s.closes && int(o.Closes) >= s.opens
	})
}

// ground is all places of a question and the ways between them.
type ground struct {
	trip
	ends map[orb.Point]int // nodes
}

func (w *auditWork) groundOf(ctx context.Context, placed []rounds.Retailer) (ground, error) {
	g := ground{trip: trip{retailers: placed, node: map[rounds.RetailerID]int{}}, ends: map[orb.Point]int{}}
	var spots []spot
	for i, r := range placed {
		g.node[r.ID] = i
		g.halts = append(g.halts, halt{point: r.Pin.Point, service: r.ServiceSeconds})
		spots = append(spots, spotOf(r))
	}
	for _, s := range w.shifts {
		for _, end := range s.ends() {
			if _, known := g.ends[end.point]; !known {
				g.ends[end.point] = len(spots)
				g.halts, spots = append(g.halts, halt{point: end.point}), append(spots, end)
			}
		}
	}
	var err error
	g.ways, err = w.office.waysBetween(ctx, spots)
	return g, err
}

// of gives a shift its part of the ground.
func (g ground) of(s *shift, retailers []rounds.Retailer) {
	var at []int
	for _, r := range retailers {
		at = append(at, g.ways.at[g.node[r.ID]])
	}
	for _, end := range s.ends() {
		at = append(at, g.ways.at[g.ends[end.point]])
	}
	s.trip(retailers, ways{g.ways.table, at})
}

// share says which retailers each shift has: all that fit, on even days, by short ways. No sharing is taken that the independent check
// does not confirm.
func (w *auditWork) share(ctx context.Context, g ground) ([][]rounds.Retailer, error) {
	problem, _ := g.problem(g.ways.seconds)
	j := routing.Journey{Travel: problem.Matrix, Uneven: auditUneven}
	for _, s := range w.shifts {
		day := routing.JourneyDay{Start: routing.Free, End: routing.Free, Tours: 1, Longest: routing.Cost(s.length())}
		if s.start != nil {
			day.Start = g.ends[*s.start]
		}
		if s.end != nil {
			day.End = g.ends[*s.end]
		}
		j.Days = append(j.Days, day)
	}
	for i, r := range g.retailers {
		call := routing.JourneyCall{Node: i, Service: routing.Cost(r.ServiceSeconds)}
		for _, d := range w.shiftsFor(r) {
			call.Patterns = append(call.Patterns, routing.Pattern{Days: 1 << d})
		}
		j.Calls = append(j.Calls, call)
	}
	plan := routing.SolveJourney(ctx, j, shareOptions(len(j.Calls)))
	if err := ctx.Err(); err != nil {
		return nil, err
	}
	if err := routing.CheckJourney(j, plan); err != nil {
		return nil, fmt.Errorf("fieldwork: audit routes are wrong: %w", err)
	}
	return w.shared(g, plan), nil
}

func shareOptions(calls int) routing.Options {
	if calls <= auditShareFew {
		return routing.Options{Kicks: max(1, auditShareKicks*calls)}
	}
	return routing.Options{Spent: spending(auditShareTime)}
}

// spending is the share of a limit that is gone, from now on.
func spending(limit time.Duration) func() float64 {
	begun := time.Now()
	return func() float64 { return float64(time.Since(begun)) / float64(limit) }
}

func (w *auditWork) shared(g ground, plan routing.JourneyPlan) [][]rounds.Retailer {
	shared := make([][]rounds.Retailer, len(w.shifts))
	for d, tours := range plan.Tours {
		for _, tour := range tours {
			for _, call := range tour {
				shared[d] = append(shared[d], g.retailers[call])
			}
		}
	}
	for _, l := range plan.LeftOut {
		why := leftNoTime
		if l.Reason == routing.TooFar {
			why = leftTooFar
		}
		w.leaveOut(g.retailers[l.Call], why)
	}
	return shared
}

// orders puts each shift in order. Whom its hours leave out is tried in the others.
func (w *auditWork) orders(ctx context.Context, g ground, shared [][]rounds.Retailer) error {
	var over []rounds.Retailer
	why := map[rounds.RetailerID]string{}
	for i := range w.shifts {
		s := &w.shifts[i]
		out, err := s.ordered(ctx, g, shared[i], auditOrderTime/time.Duration(len(w.shifts)))
		if err != nil {
			return err
		}
		for _, l := range out {
			over = append(over, g.retailers[g.node[l.RetailerID]])
			why[l.RetailerID] = l.Reason
		}
	}
	begun := time.Now()
	for _, r := range over {
		placed := false
		if time.Since(begun) < auditTryTime {
			var err error
			if placed, err = w.elsewhere(ctx, g, r); err != nil {
				return err
			}
		}
		if !placed {
			w.leaveOut(r, why[r.ID])
		}
	}
	return nil
}

// elsewhere puts a retailer into the shift that ends first of those in which there is room.
func (w *auditWork) elsewhere(ctx context.Context, g ground, r rounds.Retailer) (bool, error) {
	which := w.shiftsFor(r)
	slices.SortStableFunc(which, func(i, j int) int { return cmp.Compare(w.shifts[i].spare(), w.shifts[j].spare()) })
	for _, i := range slices.Backward(which) {
		trial := w.shifts[i]
		out, err := trial.ordered(ctx, g, append(slices.Clone(trial.order), r), auditTryOne)
		if err != nil {
			return false, err
		}
		if len(out) == 0 {
			w.shifts[i] = trial
			return true, nil
		}
	}
	return false, nil
}

// spare is how many seconds of the shift are left.
func (s *shift) spare() int { return s.closes - s.over() }

// ordered puts retailers with pins into the quickest order that is found within the day, and gives whom that leaves out.
func (s *shift) ordered(ctx context.Context, g ground, retailers []rounds.Retailer, limit time.Duration) ([]rounds.Unserved, error) {
	s.order, s.stops = retailers, nil
	if len(retailers) == 0 {
		return nil, nil
	}
	g.of(s, retailers)
	problem, timed := s.way.problem(s.way.ways.seconds)
	_, halts, err := s.way.solved(ctx, problem, routing.Options{Spent: spending(limit)})
	if err != nil {
		return nil, err
	}
	s.order = make([]rounds.Retailer, len(halts))
	for i, h := range halts {
		s.order[i] = retailers[h]
	}
	if s.settle(s.order, nil) {
		return nil, ctx.Err()
	}
	best, err := s.way.bestInHours(ctx, timed, routing.Options{Spent: spending(limit)})
	if err != nil {
		return nil, err
	}
	if s.order = best.order; !s.settle(best.order, nil) {
		s.settle(best.order, best.begins)
	}
	return best.out, nil
}

// append puts retailers whose place is not known last, each into the shift with the most time left.
func (w *auditWork) append(g ground, pinless []rounds.Retailer) {
	for _, r := range pinless {
		which := w.shiftsFor(r)
		for _, i := range which {
			if s := &w.shifts[i]; len(s.stops) == 0 {
				g.of(s, nil)
				s.settle(nil, nil)
			}
		}
		most := slices.MaxFunc(which, func(i, j int) int { return cmp.Compare(w.shifts[i].spare(), w.shifts[j].spare()) })
		s := &w.shifts[most]
		if s.spare() < r.ServiceSeconds {
			w.leaveOut(r, leftNoTime)
			continue
		}
		s.add(r)
	}
}

// add puts a retailer without a pin last, when the stop before is over.
func (s *shift) add(r rounds.Retailer) {
	begin := s.over() - s.back.LegSeconds
	s.stops = append(s.stops, rounds.Stop{
		ID: rounds.NewID[rounds.Stop](), RetailerID: r.ID, PlannedAt: s.at(begin), ServiceSeconds: r.ServiceSeconds, OutsideHours: s.outside(r, begin),
	})
}

func (s *shift) outside(r rounds.Retailer, begin int) bool {
	windows := s.windows(r)
	return windows != nil && !slices.ContainsFunc(windows, func(o routing.Window) bool {
		return o.Opens <= o.Closes && int(o.Opens) <= begin && begin <= int(o.Closes)
	})
}
