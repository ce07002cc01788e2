// Package favour asks whether a supervisor's hand changes to audits favour somebody: whether the retailers of one rep are taken out of
// draws, or put beside them, more often than if it did not matter whose they are.
//
//	what was drawn, and what was changed    favour.go
//	how probable that is by chance alone    chance.go
//
// # The test
//
// Whoever removes without regard to reps may remove often or seldom, but each drawn retailer alike. So, given how many one supervisor
// removed from a draw, those of one rep follow the hypergeometric distribution, and over several draws the sum of such numbers: exactly,
// without simulation and without assuming how often is usual (Fisher 1935). Additions are held against the retailers of the frame that
// were not drawn in the same way. Whoever removes every retailer of one street that is being dug up is flagged too: a flag asks for a look
// and proves nothing.
//
// # Many looks
//
// A year has a number of periods, and every one is looked at. Each look has an even part of Alarms, spread evenly over what it looks at: each
// start there was to this day (so that what begins late is not hidden by honest months), both kinds of changes, all reps. A sum of
// probabilities is never less than that of any of them (Bonferroni): whoever changes without regard to reps, and decides how
// many without looking at whose, is flagged with a probability of at most Alarms a year.
package favour

import (
	"cmp"
	"fmt"
	"maps"
	"slices"
)

// Alarms is at most how probable it is that a supervisor who favours nobody is flagged in a year.
const Alarms = 0.001

// Audit is one draw and what was changed by hand, by rep. Periods are counted from 0 at the beginning of a year.
type Audit struct {
	Period  int
	Drawn   map[string]int // retailers that were drawn
	Others  map[string]int // retailers that could have been drawn and were not; needed where any was added
	Changes []Change       // in the order they were made
}

// Change is a retailer removed or added by hand, whose it is, and who asked for it.
type Change struct {
	Kind    Kind
	By, Rep string
}

// Kind says what was done.
type Kind string

// To remove shields, to add targets.
const (
	Removed Kind = "removed"
	Added   Kind = "added"
)

// Finding is what is furthest from chance in one supervisor's changes.
type Finding struct {
	Supervisor  string
	Flagged     bool
	Kind        Kind
	Rep         string
	From, Until int     // periods, both included
	Changed     int     // retailers of the rep that were removed or added
	Of          int     // retailers of the rep that could have been
	All, OfAll  int     // the same of all reps
	Expected    float64 // how many of the rep would be, if it did not matter whose they are
	Chance      float64 // of so many or more
	Limit       float64 // at or below which Chance flags
}

// String says it in a sentence, periods counted from 1.
func (f Finding) String() string {
	if f.Kind == "" {
		return f.Supervisor + " changed nothing that stands out"
	}
	what := map[Kind]string{Removed: "drawn", Added: "undrawn"}[f.Kind]
	return fmt.Sprintf("%s %s %d of %d %s retailers of %s in periods %d to %d, and %d of %d in all; %.1f were to be expected, chance %.2g, limit %.2g",
		f.Supervisor, f.Kind, f.Changed, f.Of, what, f.Rep, f.From+1, f.Until+1, f.All, f.OfAll, f.Expected, f.Chance, f.Limit)
}

// Judge looks at all who changed anything, in order of their names, at the end of every period of a year that has so many. It refuses
// changes of more retailers than there were, and periods outside the year, and names the audit.
func Judge(audits []Audit, periods int) ([]Finding, error) { return judge(audits, periods, Alarms) }

func judge(audits []Audit, periods int, alarms float64) ([]Finding, error) {
	hands := map[string][]*hand{}
	for i, a := range audits {
		if a.Period < 0 || a.Period >= periods {
			return nil, fmt.Errorf("audit %d: period %d is not one of %d", i, a.Period, periods)
		}
		for _, kind := range []Kind{Removed, Added} {
			if err := a.read(kind, hands); err != nil {
				return nil, fmt.Errorf("audit %d: %w", i, err)
			}
		}
	}
	var found []Finding
	for _, who := range slices.Sorted(maps.Keys(hands)) {
		f := furthest(hands[who], periods, alarms)
		f.Supervisor = who
		found = append(found, f)
	}
	return found, nil
}

// hand is one supervisor's changes of one kind to one draw.
type hand struct {
	period   int
	kind     Kind
	pool     map[string]int // retailers there were at the first of them
	changed  map[string]int
	of, many int // the sums of both
}

// read finds who changed what of one kind. What others changed before the first change of a supervisor could not be changed any more.
func (a Audit) read(kind Kind, hands map[string][]*hand) error {
	pool := maps.Clone(a.Drawn)
	if kind == Added {
		pool = maps.Clone(a.Others)
	}
	mine := map[string]*hand{}
	for _, c := range a.Changes {
		switch {
		case c.Kind != Removed && c.Kind != Added:
			return fmt.Errorf("a retailer cannot be %q by hand", c.Kind)
		case c.Kind != kind:
			continue
		case pool[c.Rep] < 1:
			return fmt.Errorf("more retailers of %q are %s than there were", c.Rep, kind)
		}
		h := mine[c.By]
		if h == nil {
			h = &hand{a.Period, kind, maps.Clone(pool), map[string]int{}, sum(pool), 0}
			mine[c.By], hands[c.By] = h, append(hands[c.By], h)
		}
		pool[c.Rep]--
		h.changed[c.Rep]++
		h.many++
	}
	return nil
}

func sum(by map[string]int) (all int) {
	for _, n := range by {
		all += n
	}
	return all
}

// furthest looks at the end of each period in which something was changed, back to each in which something was: between them nothing new
// can be seen.
func furthest(hands []*hand, periods int, alarms float64) (f Finding) {
	f.Chance, f.Limit = 1, alarms
	slices.SortStableFunc(hands, func(a, b *hand) int { return cmp.Compare(a.period, b.period) })
	for _, kind := range []Kind{Removed, Added} {
		mine := slices.DeleteFunc(slices.Clone(hands), func(h *hand) bool { return h.kind != kind })
		for end := range mine {
			if end+1 < len(mine) && mine[end+1].period == mine[end].period {
				continue
			}
			// Half for each kind, an even part for each look and for each start.
			limit := alarms / 2 / float64(periods) / float64(mine[end].period+1)
			f = f.further(mine[:end+1], limit)
		}
	}
	return f
}

// further is f, or what stands out more in changes of one kind up to a look, over all starts and reps.
func (f Finding) further(hands []*hand, limit float64) Finding {
	reps := map[string]*tally{}
	for i := len(hands) - 1; i >= 0; i-- {
		for rep, n := range hands[i].pool {
			if n > 0 && reps[rep] == nil {
				reps[rep] = &tally{next: len(hands) - 1, ways: []float64{1}}
			}
		}
		if i > 0 && hands[i-1].period == hands[i].period {
			continue
		}
		for _, rep := range slices.Sorted(maps.Keys(reps)) {
			if g := reps[rep].since(hands, i, rep); g.stands(limit/float64(len(reps)), f) {
				g.Limit = limit / float64(len(reps))
				g.Flagged = g.Chance <= g.Limit
				f = g
			}
		}
	}
	return f
}

// stands says that a finding stands out more than f: it is smaller in proportion to its limit.
func (g Finding) stands(limit float64, f Finding) bool {
	return g.Chance < 1 && (f.Kind == "" || g.Chance*f.Limit < f.Chance*limit)
}
