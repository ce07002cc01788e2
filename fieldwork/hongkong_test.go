package fieldwork

import (
	"context"
	"testing"

	"rounds"
	"rounds/geo"

	"github.com/paulmach/orb"
)

// A phone in Hong Kong says "gcj02" and means what the org's settings say.
func TestHongKongFollowsTheSetting(t *testing.T) {
	t.Parallel()
	o := newTown(t)
	central := orb.Point{114.1577, 22.2849}
	r := o.retailer("A", central)
	shifted := geo.Datums{ShiftHongKongMacau: true}
	judge := func() geo.Outcome {
		e := rounds.VisitEvent{RetailerID: r, Fixes: []rounds.Fix{{Fix: geo.Fix{
			Point: shifted.FromWGS84(central, geo.GCJ02), Datum: geo.GCJ02, Accuracy: 8, AccuracyKind: geo.Android68,
		}}}}
		a, err := o.store.Actor(context.Background(), o.org.ID, o.admin.UserID)
		o.must(err)
		places, err := o.store.Places(context.Background(), o.org.ID, []rounds.RetailerID{r}, []rounds.Day{"2026-03-04"}, []rounds.UserID{o.rep("rep " + rounds.NewID[rounds.User]().String()).UserID})
		o.must(err)
		return judgement(geo.PlainPolicy(), places[0], a.Settings.Datums(), e).Outcome
	}
	if got := judge(); got != geo.Elsewhere {
		t.Errorf("before: %s", got)
	}
	settings := rounds.DefaultSettings()
	settings.ShiftHongKongMacau = true
	o.must(o.ChangeSettings(context.Background(), o.admin, settings, "AMap's phones"))
	if got := judge(); got != geo.AtRetailer {
		t.Errorf("after: %s", got)
	}
}
