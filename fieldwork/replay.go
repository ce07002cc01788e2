package fieldwork

import (
	"context"

	"rounds"
	"rounds/geo"
	"rounds/store"
)

// Replayed is an event whose verdict another policy would change, with its visit.
type Replayed struct {
	store.Judged
	EventID  rounds.EventID
	Kind     rounds.EventKind
	Before   geo.Outcome
	After    geo.Verdict
	Credited rounds.CreditedBy // the visit, by the other policy; it differs at check-ins alone
}

// ReplayCounts sums a replay up.
type ReplayCounts struct {
	Visits, Events, Changed int
	Outcomes                map[[2]geo.Outcome]int // events, from before to after
	Gained, Lost            int                    // visits whose credit changes
}

// replayPage is how many visits are read at a time.
const replayPage = 1000

// Replay judges the stored measurements of the days' visits by another policy, tells found of every event
// whose outcome would change and progress after each page. It reads alone, and needs no position.
func (o *Office) Replay(ctx context.Context, a rounds.Actor, p geo.Policy, since, until rounds.Day, found func(Replayed) error, progress func(visits int)) (ReplayCounts, error) {
	counts := ReplayCounts{Outcomes: map[[2]geo.Outcome]int{}}
	if err := allow(a, administering); err != nil {
		return counts, err
	}
	if err := usable(p); err != nil {
		return counts, err
	}
	var last store.Judged
	for {
		page, err := o.store.JudgedVisits(ctx, a.Scope(), since, until, last.Day, last.ID, replayPage)
		if err != nil || len(page) == 0 {
			return counts, err
		}
		for _, v := range page {
			if err := counts.replay(p, v, found); err != nil {
				return counts, err
			}
		}
		last = page[len(page)-1]
		progress(counts.Visits)
	}
}

// replay judges a visit's events, each alone and, for the visit, together, as [derive] does.
func (c *ReplayCounts) replay(p geo.Policy, v store.Judged, found func(Replayed) error) error {
	c.Visits++
	credited := v.CreditedBy
	if v.In != nil {
		after := geo.Judge(p, v.In.Measured)
		credited = creditAfter(v, outcomeAfter(p, v))
		c.credit(v.CreditedBy, credited)
		if err := c.compare(Replayed{v, rounds.EventID(v.ID), rounds.CheckIn, v.In.Outcome, after, credited}, found); err != nil {
			return err
		}
	}
	if v.Out != nil {
		after := geo.Judge(p, v.Out.Measured)
		return c.compare(Replayed{v, v.CheckOutID, rounds.CheckOut, v.Out.Outcome, after, credited}, found)
	}
	return nil
}

func outcomeAfter(p geo.Policy, v store.Judged) geo.Outcome {
	if v.Out == nil || v.CheckOutDiffers {
		return geo.Judge(p, v.In.Measured).Outcome
	}
	return geo.Judge(p, v.In.Measured, v.Out.Measured).Outcome
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

func (c *ReplayCounts) credit(before, after rounds.CreditedBy) {
	switch {
	case before == "" && after != "":
		c.Gained++
	case before != "" && after == "":
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
