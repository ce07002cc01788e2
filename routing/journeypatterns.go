package routing

import (
	"cmp"
	"fmt"
	"math"
	"math/bits"
	"slices"
)

// Rhythm is how often somebody is to be called on, and what is wished of the days. Gaps are days from one visit to the
// next, which is 1 on the day after.
type Rhythm struct {
	Visits         int    // in the cycle, 1 or more
	Days           int    // of the cycle, 1 to [MostJourneyDays]
	Week           int    // days after which weekdays come again; 0: 7
	Open           uint64 // days on which there can be a visit
	MinGap, MaxGap int    // 0: any
	Since          int    // days from the last visit to day 0; 0: the last visit of the cycle is that before the first

	Spacing  Cost   // a day by which a gap differs from Days/Visits
	Wished   uint64 // 0: all days are alike
	Unwished Cost   // a visit on another day
	Running  uint64 // the pattern so far; 0: none
	Change   Cost   // a visit on another day
}

// Why there is no pattern for a rhythm.
const (
	TooFewDays Reason = "too_few_days" // fewer days are open than there are visits
	NoSpacing  Reason = "no_spacing"   // no open days keep the gaps
)

// MostPatterns is how many patterns a rhythm gives at most, the cheapest.
const MostPatterns = 200

// Patterns are the choices of days that fit a rhythm, the cheapest first, or the reason why there are none. Visits come on
// the same weekdays every week, or every so many weeks; one on a day that is not open moves to the nearest that is. Where no such
// pattern keeps the gaps, any that does is given, the cheapest for each first day, unless it waits much longer than the
// cheapest of all. After a last visit too long ago, or before days that are not open, MaxGap asks for the first open day.
// It panics if a number makes no sense.
func Patterns(r Rhythm) ([]Pattern, Reason) {
	r.mustBeValid()
	if bits.OnesCount64(r.Open) < r.Visits {
		return nil, TooFewDays
	}
	found := map[uint64]bool{}
	add := func(days uint64) {
		if r.keeps(days) {
			found[days] = true
		}
	}
	add(r.Running)
	r.regular(func(days []int) { add(r.adapted(days)) })
	regular := len(found) > 0
	if !regular {
		r.irregular(add)
	}
	if len(found) == 0 {
		return nil, NoSpacing
	}
	patterns := make([]Pattern, 0, len(found))
	for days := range found {
		patterns = append(patterns, Pattern{days, r.price(days)})
	}
	slices.SortFunc(patterns, func(a, b Pattern) int {
		return cmp.Or(cmp.Compare(a.Price, b.Price), cmp.Compare(a.Days, b.Days))
	})
	if !regular {
		patterns = r.withoutLongWaits(patterns)
	}
	return patterns[:min(len(patterns), MostPatterns)], ""
}

// withoutLongWaits leaves out what waits longer than the first of the patterns by more than an even gap: nobody is to be
// left alone for weeks and then called on day after day.
func (r *Rhythm) withoutLongWaits(patterns []Pattern) []Pattern {
	most := r.longestGap(patterns[0].Days) + r.Days/r.Visits
	return slices.DeleteFunc(patterns, func(p Pattern) bool { return r.longestGap(p.Days) > most })
}

func (r *Rhythm) longestGap(days uint64) (longest int) {
	last := bits.Len64(days) - 1 - r.Days
	if r.Since > 0 {
		last = -r.Since
	}
	for rest := days; rest != 0; rest &= rest - 1 {
		next := bits.TrailingZeros64(rest)
		longest, last = max(longest, next-last), next
	}
	return longest
}

func (r *Rhythm) mustBeValid() {
	if r.Week == 0 {
		r.Week = 7
	}
	price := func(c Cost) bool { return c >= 0 && c < MaxCost/MostJourneyDays/MostJourneyDays }
	if r.Visits < 1 || r.Days < 1 || r.Days > MostJourneyDays || r.Week < 1 || r.MinGap < 0 || r.MaxGap < 0 || r.Since < 0 || r.Since > mostSince ||
		!price(r.Spacing) || !price(r.Unwished) || !price(r.Change) {
		panic(fmt.Sprintf("routing: rhythm %+v", *r))
	}
	all := uint64(1)<<r.Days - 1
	r.Open, r.Running = r.Open&all, r.Running&all
}

// mostSince is how long ago a last visit may be: more would be the same.
const mostSince = 1000

// keeps tells whether so many visits are on open days with gaps that are allowed.
func (r *Rhythm) keeps(days uint64) bool {
	if days&^r.Open != 0 || bits.OnesCount64(days) != r.Visits {
		return false
	}
	first, last := bits.TrailingZeros64(days), bits.Len64(days)-1
	for rest := days & (days - 1); rest != 0; rest &= rest - 1 {
		next := bits.TrailingZeros64(rest)
		if !r.follows(first, next) {
			return false
		}
		first = next
	}
	return r.allowsFirst(bits.TrailingZeros64(days)) && r.allowsLast(bits.TrailingZeros64(days), last)
}

// follows tells whether a visit may be the next after another: not too soon, nor later than the longest gap, unless it is
// on the first open day there is.
func (r *Rhythm) follows(last, next int) bool {
	if next-last < r.MinGap {
		return false
	}
	return r.MaxGap == 0 || next-last <= r.MaxGap || !r.opens(last+max(1, r.MinGap), next)
}

// opens tells whether a day from one on and before another is open, the cycle coming again after its end; of days before
// it nothing is known.
func (r *Rhythm) opens(from, until int) bool {
	for d := max(0, from); d < until; d++ {
		if r.Open>>(d%r.Days)&1 == 1 {
			return true
		}
	}
	return false
}

// allowsFirst tells whether the first visit may be then, after the one before the cycle.
func (r *Rhythm) allowsFirst(first int) bool { return r.Since == 0 || r.follows(-r.Since, first) }

// allowsLast tells whether there may be none after it: the next is the first again, or as soon as the next cycle begins.
func (r *Rhythm) allowsLast(first, last int) bool {
	if r.Since == 0 {
		return r.follows(last, r.Days+first)
	}
	return r.MaxGap == 0 || r.Days-last <= r.MaxGap || !r.opens(last+max(1, r.MinGap), r.Days)
}

// price is that of gaps that differ from even ones, of days not wished, and of change.
func (r *Rhythm) price(days uint64) Cost {
	last, off := bits.Len64(days)-1-r.Days, 0
	if r.Since > 0 {
		last = -r.Since
	}
	for rest := days; rest != 0; rest &= rest - 1 {
		next := bits.TrailingZeros64(rest)
		off += max((next-last)*r.Visits-r.Days, r.Days-(next-last)*r.Visits)
		last = next
	}
	sum := r.Spacing * Cost(off) / Cost(r.Visits)
	if r.Wished != 0 {
		sum += r.Unwished * Cost(bits.OnesCount64(days&^r.Wished))
	}
	if r.Running != 0 {
		sum += r.Change * Cost(bits.OnesCount64(days&^r.Running))
	}
	return sum
}

// regular yields visits on the same weekdays every week; those that are left over, or all of less than one a week, on one
// more weekday every so many weeks.
func (r *Rhythm) regular(yield func([]int)) {
	usable, weeks := r.usable(), (r.Days+r.Week-1)/r.Week
	every, over := r.Visits/weeks, r.Visits%weeks
	r.weekdays(every, func(set uint64) {
		var days []int
		for w := range weeks {
			for rest := set; rest != 0; rest &= rest - 1 {
				days = append(days, w*r.Week+bits.TrailingZeros64(rest))
			}
		}
		if over == 0 {
			yield(days)
			return
		}
		for extra := range r.Week {
			for shift := range weeks {
				if (usable&^set)>>extra&1 == 1 {
					yield(r.also(days, extra, shift, weeks, over))
				}
			}
		}
	})
}

// also adds visits on one more weekday, as many, in weeks as far apart as can be.
func (r *Rhythm) also(days []int, weekday, shift, weeks, visits int) []int {
	all := slices.Clone(days)
	for i := range visits {
		week := (i*weeks/visits + shift) % weeks
		all = append(all, week*r.Week+weekday)
	}
	slices.Sort(all)
	return all
}

// longestWeek is how many weekdays there are at most for sets of them to be tried.
const longestWeek = 14

// weekdays yields every set of so many weekdays that are ever open.
func (r *Rhythm) weekdays(size int, yield func(uint64)) {
	usable := r.usable()
	for set := range uint64(1) << min(r.Week, longestWeek) {
		if bits.OnesCount64(set) == size && set&^usable == 0 {
			yield(set)
		}
	}
}

// usable are the weekdays that are ever open.
func (r *Rhythm) usable() (days uint64) {
	for rest := r.Open; rest != 0; rest &= rest - 1 {
		days |= 1 << (bits.TrailingZeros64(rest) % r.Week)
	}
	return days
}

// adapted moves visits that are not on open days to the nearest ones that keep the gap to the visit before, if there are any.
func (r *Rhythm) adapted(days []int) (adapted uint64) {
	open := r.Open
	for _, d := range days {
		if d < r.Days {
			open &^= 1 << d
		}
	}
	last := -r.Since
	for i, d := range days {
		best := d
		if d >= r.Days || r.Open>>d&1 == 0 {
			best = -1
			for rest := open; rest != 0; rest &= rest - 1 {
				at := bits.TrailingZeros64(rest)
				ok := (i == 0 && r.Since == 0 || r.follows(last, at)) && (i+1 == len(days) || at < days[i+1])
				if ok && (best < 0 || max(d-at, at-d) < max(d-best, best-d)) {
					best = at
				}
			}
		}
		if best < 0 {
			return 0
		}
		adapted |= 1 << best
		open &^= 1<<(best+1) - 1
		last = best
	}
	return adapted
}

// irregular yields the cheapest pattern of all that keep the gaps, for each first day: visit by visit, by the day of the
// last one.
func (r *Rhythm) irregular(yield func(uint64)) {
	for first := range r.Days {
		if r.Open>>first&1 == 0 || !r.allowsFirst(first) {
			continue
		}
		ways := make([]Pattern, r.Days) // by the day of the last visit
		ways[first] = Pattern{1 << first, 0}
		for range r.Visits - 1 {
			ways = r.longer(ways)
		}
		best := Pattern{Price: math.MaxInt64}
		for last, p := range ways {
			if p.Days != 0 && r.allowsLast(first, last) {
				if p.Price = r.price(p.Days); p.Price < best.Price {
					best = p
				}
			}
		}
		yield(best.Days)
	}
}

// longer are the cheapest ways with one visit more.
func (r *Rhythm) longer(ways []Pattern) []Pattern {
	longer := make([]Pattern, r.Days)
	for last, p := range ways {
		for next := last + max(1, r.MinGap); p.Days != 0 && next < r.Days; next++ {
			if r.Open>>next&1 == 0 || !r.follows(last, next) {
				continue
			}
			q := Pattern{p.Days | 1<<next, p.Price + r.step(next-last, next)}
			if longer[next].Days == 0 || q.Price < longer[next].Price {
				longer[next] = q
			}
		}
	}
	return longer
}

// step is the price of a visit after a gap, times the visits, to be a whole number.
func (r *Rhythm) step(gap, day int) Cost {
	price := r.Spacing * Cost(max(gap*r.Visits-r.Days, r.Days-gap*r.Visits))
	if r.Wished != 0 && r.Wished>>day&1 == 0 {
		price += r.Unwished * Cost(r.Visits)
	}
	if r.Running != 0 && r.Running>>day&1 == 0 {
		price += r.Change * Cost(r.Visits)
	}
	return price
}
