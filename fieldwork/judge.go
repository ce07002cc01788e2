package fieldwork

import (
	"time"

	"rounds"
	"rounds/geo"
	"rounds/store"
)

// What the server notices beside the position. None of them changes an outcome.
const (
	retailerClosed geo.Reason = "retailer_closed"
	notInTerritory geo.Reason = "not_in_territory" // of the rep, on the day
	clockAhead     geo.Reason = "clock_ahead"      // of the server's by more than clockSlack
	dayClosed      geo.Reason = "day_closed"       // before the event arrived: it changes no visit
)

const clockSlack = 5 * time.Minute

// judgement measures and judges an event: the only place where a verdict comes about.
func judgement(policy geo.Policy, place store.Place, e rounds.VisitEvent) rounds.Judgement {
	evidence := geo.Evidence{Pin: place.Pin, Radius: place.Radius, At: e.Device.Time}
	for _, f := range e.Fixes {
		evidence.Fixes = append(evidence.Fixes, f.Fix)
	}
	measured := geo.Measure(evidence)
	return rounds.Judgement{
		EventID:  e.ID,
		Revision: 1,
		Measured: measured,
		Verdict:  geo.Judge(policy, measured),
		Flags:    flags(place, e),
	}
}

func flags(place store.Place, e rounds.VisitEvent) []geo.Reason {
	found := []geo.Reason{}
	if e.Device.Time.Sub(e.ReceivedAt) > clockSlack {
		found = append(found, clockAhead)
	}
	if place.RepID != e.RepID {
		found = append(found, notInTerritory)
	}
	if place.Status == rounds.RetailerClosed {
		found = append(found, retailerClosed)
	}
	return found
}
