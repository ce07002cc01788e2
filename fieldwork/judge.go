package fieldwork

import (
	"context"
	"math"
	"reflect"
	"slices"
	"time"

	"rounds"
	"rounds/geo"
	"rounds/store"
)

// What the server notices beside the position. None of them changes an outcome.
const (
	retailerClosed geo.Reason = "retailer_closed"
	notInTerritory geo.Reason = "not_in_territory" // of the rep, on the day
	offShift       geo.Reason = "off_shift"        // outside the org's working hours: kept without its positions
	dayClosed      geo.Reason = "day_closed"       // before the event arrived: it changes no visit
)

// judgement measures and judges an event: the only place where a verdict comes about.
func judgement(policy geo.Policy, place store.Place, datums geo.Datums, e rounds.VisitEvent) rounds.Judgement {
	measured := measure(place.Pin, place.Radius, datums, e)
	return rounds.Judgement{
		EventID:  e.ID,
		Revision: 1,
		Measured: measured,
		Verdict:  geo.Judge(policy, measured),
		Flags:    flags(place, e),
	}
}

// measure takes the numbers of an event from its positions.
func measure(pin *geo.Pin, radius geo.Meters, datums geo.Datums, e rounds.VisitEvent, located ...rounds.Located) geo.Measured {
	evidence := geo.Evidence{Pin: pin, Radius: radius, At: e.Device.Time, Happened: e.HappenedAt, Datums: datums}
	for _, f := range e.Fixes {
		evidence.Fixes = append(evidence.Fixes, f.Fix)
	}
	for _, l := range placed(located) {
		evidence.Fixes = append(evidence.Fixes, l.Fix)
	}
	return geo.Measure(evidence)
}

// placed leaves out what services said that is an address alone.
func placed(located []rounds.Located) []rounds.Located {
	return slices.DeleteFunc(slices.Clone(located), func(l rounds.Located) bool { return math.IsNaN(l.Point.Lat()) })
}

func flags(place store.Place, e rounds.VisitEvent) []geo.Reason {
	found := []geo.Reason{}
	if place.RepID != e.RepID {
		found = append(found, notInTerritory)
	}
	if place.Status == rounds.RetailerClosed {
		found = append(found, retailerClosed)
	}
	return found
}

// rejudge judges events again by their own policy after a change of what was measured or noticed, and
// keeps the new judgement beside the old one where it differs.
func rejudge(ctx context.Context, tx *store.Store, org rounds.OrgID, now time.Time, events []store.Recorded, change func(store.Recorded, *rounds.Judgement)) error {
	by, err := policiesOf(ctx, tx, org)
	if err != nil {
		return err
	}
	var changed []rounds.Judgement
	for _, e := range events {
		last := e.Verdicts[len(e.Verdicts)-1]
		j := last
		change(e, &j)
		slices.Sort(j.Flags)
		j.Verdict = geo.Judge(by[last.PolicyVersion], j.Measured)
		if !reflect.DeepEqual(j, last) {
			j.Revision, j.JudgedAt = last.Revision+1, now
			changed = append(changed, j)
		}
	}
	return tx.InsertVerdicts(ctx, org, changed)
}

// policiesOf are all versions of an org's policy.
func policiesOf(ctx context.Context, tx *store.Store, org rounds.OrgID) (map[int]geo.Policy, error) {
	found, err := tx.Policies(ctx, org)
	by := make(map[int]geo.Policy, len(found))
	for _, p := range found {
		by[p.Version] = p.Policy
	}
	return by, err
}
