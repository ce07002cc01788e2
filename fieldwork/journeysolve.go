package fieldwork

import (
	"cmp"
	"context"
	"errors"
	"fmt"
	"math"
	"math/bits"
	"slices"
	"time"

	"rounds"
	"rounds/geo"
	"rounds/routing"
)

// What is not the asker's choice: the price of a visit that comes a day too early or too late, for a weekly one; it
// falls with the frequency. And by how much visits may be closer together than even ones, if nobody says.
const (
	spacingPrice = 60 // seconds
	leastOfGap   = 2  // half of an even gap
)

// errWrongJourney is a plan that the independent check does not confirm.
var errWrongJourney = errors.New("fieldwork: a journey plan is wrong")

// weeks are a rep's weeks on their way through routing, which sees indices: nodes are those of the trip, and day d is
// From and d days.
type weeks struct {
	trip
	in      journeyInput
	works   uint64      // on which days
	calls   []int       // of the problem, by index of in.Retailers
	wanted  map[int]int // visits, by index of in.Retailers
	journey routing.Journey
	left    []rounds.LeftOut
}

// solveJourney puts the weeks together. No plan is taken that the independent check does not confirm.
func (o *Office) solveJourney(ctx context.Context, in journeyInput) (share, error) {
	t, err := o.tripOfWeeks(ctx, in)
	if err != nil {
		return share{}, err
	}
	s := newWeeks(in, t)
	plan := s.solve(ctx)
	if err := ctx.Err(); err != nil {
		return share{}, err
	}
	if err := routing.CheckJourney(s.journey, plan); err != nil {
		return share{}, fmt.Errorf("%w: %w", errWrongJourney, err)
	}
	s.noteLeftOut(plan)
	return s.share(plan)
}

// tripOfWeeks asks for the ways between all retailers that have a pin.
func (o *Office) tripOfWeeks(ctx context.Context, in journeyInput) (trip, error) {
	zone, err := time.LoadLocation(in.Zone)
	if err != nil {
		return trip{}, err
	}
	var placed []rounds.Retailer
	for _, r := range in.Retailers {
		if r.At != nil {
			placed = append(placed, rounds.Retailer{ID: r.ID, ServiceSeconds: r.Service, Pin: &geo.Pin{Point: *r.At, Version: r.Pin}})
		}
	}
	return o.tripOf(ctx, in.dayOf(in.From), placed, daytime{day: in.From, zone: zone, hours: in.Workday})
}

// dayOf is a day of the rep without stops.
func (in journeyInput) dayOf(d rounds.Day) rounds.Plan {
	return rounds.Plan{Day: d, Start: in.Home, RoundTrip: in.Options.RoundTrip && in.Home != nil}
}

// keepingPrice is a change that is made for next to nothing but visits that would be left out.
const keepingPrice = 100_000

// solve searches once, or, where there are days to keep, half of the time for other days and half around those.
func (s *weeks) solve(ctx context.Context) routing.JourneyPlan {
	options := s.in.Options
	if options.Change == 0 || !slices.ContainsFunc(s.in.Retailers, func(r journeyRetailer) bool { return r.Base != nil }) {
		return routing.SolveJourney(ctx, s.journey, s.options(1))
	}
	free := routing.SolveJourney(ctx, s.journey, s.options(2))
	in := s.in
	in.Options.Change = max(options.Change, keepingPrice)
	keeping := newWeeks(in, s.trip)
	kept := s.priced(keeping.journey, routing.SolveJourney(ctx, keeping.journey, s.options(2)))
	if cmp.Or(cmp.Compare(kept.Lost, free.Lost), cmp.Compare(kept.Cost, free.Cost)) < 0 {
		return kept
	}
	return free
}

// priced is a plan for the same calls at other prices, at these.
func (s *weeks) priced(of routing.Journey, plan routing.JourneyPlan) routing.JourneyPlan {
	plan.Cost -= plan.Price
	plan.Price = 0
	for i, k := range plan.Taken {
		if k < 0 {
			continue
		}
		days := of.Calls[i].Patterns[k].Days
		k = slices.IndexFunc(s.journey.Calls[i].Patterns, func(p routing.Pattern) bool { return p.Days == days })
		if k < 0 { // among the dearest, of which there are too many
			plan.Cost = math.MaxInt64
			return plan
		}
		plan.Taken[i] = k
		plan.Price += s.journey.Calls[i].Patterns[k].Price
	}
	plan.Cost += plan.Price
	return plan
}

// kicksPerRetailer is how often a search is shaken if nobody says.
const kicksPerRetailer = 200

// options are those of one of so many searches.
func (s *weeks) options(searches int) routing.Options {
	o := s.in.Options
	options := routing.Options{Seed: o.Seed, Kicks: cmp.Or(o.Kicks, kicksPerRetailer*len(s.in.Retailers), 1)}
	if o.Seconds > 0 {
		begun, limit := time.Now(), time.Duration(o.Seconds)*time.Second/time.Duration(searches)
		options.Kicks = o.Kicks
		options.Spent = func() float64 { return float64(time.Since(begun)) / float64(limit) }
	}
	options.Kicks = (options.Kicks + searches - 1) / searches
	return options
}

func newWeeks(in journeyInput, t trip) *weeks {
	s := &weeks{trip: t, in: in, wanted: map[int]int{}}
	for _, d := range in.Days {
		s.works |= 1 << in.From.Until(d)
	}
	for i, r := range in.Retailers {
		s.take(i, r)
	}
	problem, _ := t.problem(t.ways.seconds)
	s.journey.Travel, s.journey.Uneven = problem.Matrix, routing.Cost(in.Options.Unevenness)
	for d := range 7 * in.Weeks {
		s.journey.Days = append(s.journey.Days, routing.JourneyDay{
			Start: problem.Start, End: problem.End, Longest: routing.Cost(in.Options.DaySeconds), Tours: int(s.works >> d & 1),
		})
	}
	return s
}

// take makes a call of a retailer, or notes why there cannot be one.
func (s *weeks) take(i int, r journeyRetailer) {
	rhythm, wanted := s.rhythm(r)
	if wanted == 0 {
		return
	}
	s.wanted[i] = wanted
	switch {
	case r.At == nil:
		s.leaveOut(i, rounds.LeftOutNoPin, 0)
	case s.works == 0:
		s.leaveOut(i, rounds.LeftOutNoWorkDays, 0)
	case rhythm.Open == 0:
		s.leaveOut(i, rounds.LeftOutNoDay, 0)
	default:
		s.call(i, r, rhythm)
	}
}

// call asks for as many visits as the days allow.
func (s *weeks) call(i int, r journeyRetailer, rhythm routing.Rhythm) {
	patterns, why := routing.Patterns(rhythm)
	for why != "" && rhythm.Visits > 1 {
		rhythm.Visits--
		patterns, why = routing.Patterns(rhythm)
	}
	if why != "" {
		s.leaveOut(i, rounds.LeftOutFrequency, 0)
		return
	}
	if rhythm.Visits < s.wanted[i] {
		s.leaveOut(i, rounds.LeftOutFrequency, rhythm.Visits)
	}
	s.calls = append(s.calls, i)
	s.journey.Calls = append(s.journey.Calls, routing.JourneyCall{
		Node: s.node[r.ID], Service: routing.Cost(r.Service), Patterns: patterns, Priority: rhythm.Visits,
	})
}

// rhythm is what a retailer asks for, in the numbers of days, and how many visits it is to get.
func (s *weeks) rhythm(r journeyRetailer) (routing.Rhythm, int) {
	days := 7 * s.in.Weeks
	w := routing.Rhythm{
		Days: days, Change: routing.Cost(s.in.Options.Change), MinGap: r.Rhythm.MinDays, MaxGap: r.Rhythm.MaxDays,
		Unwished: routing.Cost(r.Rhythm.WishPrice * s.in.Options.Wishes / 100), Spacing: spacingPrice * 7 * routing.Cost(r.Visits) / cycleDays,
	}
	opens := opensOn(r.Rhythm, r.Hours, s.in.Workday)
	for d := range days {
		day := s.in.From.Add(d)
		if s.works>>d&1 == 1 && opens(day) {
			w.Open |= 1 << d
		}
		if r.Rhythm.Wished.Has(day) {
			w.Wished |= 1 << d
		}
	}
	for _, d := range r.Base {
		w.Running |= 1 << s.in.From.Until(d)
	}
	due := s.due(r)
	w.Visits = visitsFrom(due, days, r.Visits)
	if w.Visits == 0 {
		return w, 0
	}
	wanted := w.Visits
	w.Visits = min(wanted, max(1, bits.OnesCount64(w.Open))) // there is no pattern of more
	even := days / w.Visits
	w.Since = max(0, even-max(0, due))
	if r.Last == "" {
		w.Since = 0
	}
	if w.MinGap == 0 {
		w.MinGap = max(1, min(interval(r.Visits), even)/leastOfGap)
	}
	return w, wanted
}

// due is the day on which the next visit is due, 0 if it is overdue or there never was one. Before a plan that begins
// later, visits are taken to be made when they are due.
func (s *weeks) due(r journeyRetailer) int {
	if r.Last == "" {
		return 0
	}
	due := s.in.From.Until(r.Last) + interval(r.Visits)
	for soonest := s.in.From.Until(s.in.Today); due < 0 && soonest < 0; {
		due = max(due, soonest) + interval(r.Visits)
	}
	return max(0, due)
}

// interval is how many days lie between two visits, a day at least.
func interval(per8Weeks int) int { return max(1, cycleDays/per8Weeks) }

// visitsFrom is how many visits fall due from a day on in so many days.
func visitsFrom(due, days, per8Weeks int) int {
	left := (days - due) * per8Weeks
	return max(0, (left+cycleDays-1)/cycleDays)
}

func (s *weeks) leaveOut(i int, why rounds.LeftOutReason, planned int) {
	s.left = append(s.left, rounds.LeftOut{RetailerID: s.in.Retailers[i].ID, Reason: why, Wanted: s.wanted[i], Planned: planned})
}

// noteLeftOut says for whom there is no time.
func (s *weeks) noteLeftOut(plan routing.JourneyPlan) {
	for _, l := range plan.LeftOut {
		i := s.calls[l.Call]
		why := rounds.LeftOutNoTimeLeft
		if l.Reason == routing.TooFar {
			why = rounds.LeftOutTooFar
		}
		s.left = slices.DeleteFunc(s.left, func(o rounds.LeftOut) bool { return o.RetailerID == s.in.Retailers[i].ID })
		s.leaveOut(i, why, 0)
	}
}

// share writes the plan as beats with times, and measures it.
func (s *weeks) share(plan routing.JourneyPlan) (share, error) {
	sh := share{left: s.left}
	for d, tours := range plan.Tours {
		for _, tour := range tours {
			if len(tour) > 0 {
				sh.beats = append(sh.beats, s.beat(s.in.From.Add(d), s.retailersOf(tour)))
			}
		}
	}
	sh.Cost, sh.Travel = int64(plan.Cost), s.ways.travel()
	sh.measure(s.in)
	if sh.TravelSeconds != int(plan.Travel) {
		return sh, fmt.Errorf("%w: %d s of travel as beats, %d as tours", errWrongJourney, sh.TravelSeconds, plan.Travel)
	}
	return sh, nil
}

func (s *weeks) retailersOf(tour []int) []rounds.Retailer {
	order := make([]rounds.Retailer, len(tour))
	for i, call := range tour {
		order[i] = s.retailers[s.node[s.in.Retailers[s.calls[call]].ID]]
	}
	return order
}

// beat is a day with its retailers in an order.
func (s *weeks) beat(day rounds.Day, order []rounds.Retailer) rounds.Beat {
	p := s.in.dayOf(day)
	s.walk(&p, order, nil)
	b := rounds.Beat{Day: day, Distance: p.Distance, TravelSeconds: p.TravelSeconds, Stops: p.Stops}
	for i, stop := range p.Stops {
		b.ServiceSeconds += stop.ServiceSeconds
		p.Stops[i].ID = rounds.StopID{}
	}
	return b
}

// measure sums up the days.
func (sh *share) measure(in journeyInput) {
	based := map[rounds.RetailerID][]rounds.Day{}
	for _, r := range in.Retailers {
		based[r.ID] = r.Base
	}
	var seconds []float64
	for _, b := range sh.beats {
		sh.Days++
		sh.Visits += len(b.Stops)
		sh.TravelSeconds += b.TravelSeconds
		sh.ServiceSeconds += b.ServiceSeconds
		sh.Distance += b.Distance
		seconds = append(seconds, float64(b.TravelSeconds+b.ServiceSeconds))
		for _, stop := range b.Stops {
			if days := based[stop.RetailerID]; days != nil && !slices.Contains(days, b.Day) {
				sh.Moved++
			}
		}
	}
	sh.CV = variation(seconds, max(len(in.Days), len(seconds))) // a file may have days that are none
}

// variation is the coefficient of variation of so many numbers, those that are not given being 0.
func variation(xs []float64, n int) float64 {
	sum, squares := 0.0, 0.0
	for _, x := range xs {
		sum, squares = sum+x, squares+x*x
	}
	if n == 0 || sum == 0 {
		return 0
	}
	mean := sum / float64(n)
	return math.Sqrt(max(0, squares/float64(n)-mean*mean)) / mean
}
