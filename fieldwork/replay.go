package fieldwork

import (
	"context"

	"rounds"
	"rounds/geo"
	"rounds/store"
)

// Replayed is a verdict that another policy would change: of an event, or of a visit over both of its taps.
type Replayed struct {
	store.Judged
	EventID  rounds.EventID   // zero: the visit's
	Kind     rounds.EventKind // "": the visit's
	Before   geo.Outcome
	After    geo.Verdict
	Credited rounds.CreditedBy // the visit, by the other policy; it differs at check-ins alone
}

// ReplayCounts sums a replay up.
type ReplayCounts struct {
	Visits, Events, Changed int                    // changed: verdicts of events, and of visits over two
	Late                    int                    // visits beside these, of closed days, that would be new or others now
	Outcomes                map[[2]geo.Outcome]int // events, from before to after
	OfVisits                map[[2]geo.Outcome]int // visits that count, from before to after
	Gained, Lost            int                    // visits whose credit changes, none of them late
}

// replayPage is how many visits are read at a time.
const replayPage = 1000

// Replay judges the stored measurements of the days' visits by another policy, tells found of every event whose
// outcome would change, then of its visit if that is judged over both taps and changes too, and progress after each
// page. What came after its day was closed is judged after all visits that count. It reads alone, and needs no position.
func (o *Office) Replay(ctx context.Context, a rounds.Actor, p geo.Policy, since, until rounds.Day, found func(Replayed) error, progress func(visits int)) (ReplayCounts, error) {
	counts := ReplayCounts{Outcomes: map[[2]geo.Outcome]int{}, OfVisits: map[[2]geo.Outcome]int{}}
	if err := allow(a, administering); err != nil {
		return counts, err
	}
	if err := usable(p); err != nil {
		return counts, err
	}
	for _, read := range []func(context.Context, rounds.Scope, rounds.Day, rounds.Day, store.Judged, int) ([]store.Judged, error){o.store.JudgedVisits, o.store.JudgedLate} {
		var last store.Judged
		for {
			page, err := read(ctx, a.Scope(), since, until, last, replayPage)
			if err != nil {
				return counts, err
			}
			if len(page) == 0 {
				break
			}
			for _, v := range page {
				if err := counts.replay(p, v, found); err != nil {
					return counts, err
				}
			}
			last = page[len(page)-1]
			progress(counts.Visits + counts.Late)
		}
	}
	return counts, nil
}

// replay judges a visit's events, each alone and, for the visit, together, as [derive] does. An event that is in a
// late visit and in the one that counts is told of with the latter.
func (c *ReplayCounts) replay(p geo.Policy, v store.Judged, found func(Replayed) error) error {
	credited, visit := v.CreditedBy, geo.Verdict{Outcome: v.Outcome}
	if v.In != nil {
		visit = verdictAfter(p, v)
		credited = creditAfter(v, visit.Outcome)
	}
	c.count(v, visit.Outcome, credited)
	if v.In != nil && !(v.Late && v.InCounts) {
		after := geo.Judge(p, v.In.Measured)
		if err := c.compare(Replayed{v, rounds.EventID(v.ID), rounds.CheckIn, v.In.Outcome, after, credited}, found); err != nil {
			return err
		}
	}
	if v.Out != nil && !(v.Late && v.OutCounts) {
		after := geo.Judge(p, v.Out.Measured)
		if err := c.compare(Replayed{v, v.CheckOutID, rounds.CheckOut, v.Out.Outcome, after, credited}, found); err != nil {
			return err
		}
	}
	if !v.OfTwo() || v.Outcome == visit.Outcome {
		return nil
	}
	c.Changed++
	return found(Replayed{v, rounds.EventID{}, "", v.Outcome, visit, credited})
}

// verdictAfter is a visit's, whose two far taps may say together what neither says alone.
func verdictAfter(p geo.Policy, v store.Judged) geo.Verdict {
	if !v.OfTwo() {
		return geo.Judge(p, v.In.Measured)
	}
	return geo.Judge(p, v.In.Measured, v.Out.Measured)
}

// creditAfter is what would credit a visit by another outcome. What neither position nor a review credited
// stays credited: other evidence does not ask what position says.
func creditAfter(v store.Judged, o geo.Outcome) rounds.CreditedBy {
	if v.CreditedBy != "" && v.CreditedBy != rounds.CreditedByPosition {
		return v.CreditedBy
	}
	after := rounds.Visit{Outcome: o}
	credit(&after, store.VisitParts{Decision: v.Decision})
	return after.CreditedBy
}

func (c *ReplayCounts) count(v store.Judged, after geo.Outcome, credited rounds.CreditedBy) {
	if v.Late {
		c.Late++
		return
	}
	c.Visits++
	c.OfVisits[[2]geo.Outcome{v.Outcome, after}]++
	switch {
	case v.CreditedBy == "" && credited != "":
		c.Gained++
	case v.CreditedBy != "" && credited == "":
		c.Lost++
	}
}

func (c *ReplayCounts) compare(r Replayed, found func(Replayed) error) error {
	c.Events++
	c.Outcomes[[2]geo.Outcome{r.Before, r.After.Outcome}]++
	if r.Before == r.After.Outcome {
		return nil
	}
	c.Changed++
	return found(r)
}
