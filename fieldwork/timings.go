package fieldwork

import (
	"context"
	"slices"

	"rounds"
	"rounds/clocks"
	"rounds/store"
)

// Timing is between which instants an event must have been, by what is known of its phone's clocks now. When it was
// is the event's own HappenedAt, which follows the clocks until the day is closed.
type Timing struct {
	clocks.Time
	Moved bool // the wall clock, while the phone ran
}

// timings date a rep's events.
func timings(ctx context.Context, s *store.Store, org rounds.OrgID, rep rounds.UserID, events []store.Recorded) (map[rounds.EventID]Timing, error) {
	devices := make([]string, len(events))
	for i, e := range events {
		devices[i] = e.Device.ID
	}
	boots, err := s.Boots(ctx, org, rep, devices)
	known, by := phonesOf(boots), make(map[rounds.EventID]Timing, len(events))
	for _, e := range events {
		t := known[phoneOf(e.VisitEvent)].When(e.Device)
		t.Offset = e.HappenedAt.Sub(e.Device.Time)
		by[e.ID] = Timing{t, slices.Contains(t.Flags, clocks.Moved)}
	}
	return by, err
}
