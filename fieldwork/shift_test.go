package fieldwork

import (
	"context"
	"encoding/json"
	"slices"
	"testing"
	"time"

	"rounds"
	"rounds/geo"

	"github.com/google/go-cmp/cmp"
)

// Outside working hours, what happens is kept, and where is not: not in any table, whatever the phone sends.
func TestPositionsOutsideWorkingHoursAreNotStored(t *testing.T) {
	t.Parallel()
	o := newTown(t)
	settings := rounds.DefaultSettings()
	settings.Shifts = []rounds.Shift{{Days: []string{"mon", "tue", "wed", "thu", "fri"}, From: "08:00", To: "18:00"}}
	o.must(o.ChangeSettings(context.Background(), o.admin, settings, "agreed with the works council"))
	rep := o.rep("rep")
	a := o.retailer("A", bund)
	evening := morning.Add(10 * time.Hour)
	in, unknown := checkIn(a, evening), checkIn(rounds.NewID[rounds.Retailer](), evening)
	o.set(evening.Add(time.Minute))
	raw := secretly(in)
	results := o.sendRaw(rep, raw, secretly(unknown), json.RawMessage(`{"lat": 31.23774, "lon": 121.48123}`))
	if got := o.tracesIn(); got != nil {
		t.Errorf("traces in %v", got)
	}
	j := results[0].Judgement
	if results[0].Status != Created || j.Outcome != geo.Undecided || !slices.Contains(j.Reasons, geo.NoPosition) || !slices.Contains(j.Flags, offShift) {
		t.Errorf("%s: %s %v %v", results[0].Status, j.Outcome, j.Reasons, j.Flags)
	}
	if n := o.texts(`select count(*)::text from quarantine where org_id = $1`, o.org.ID); n[0] != "2" {
		t.Errorf("%s items are kept in quarantine", n)
	}
	if again := o.sendRaw(rep, raw); again[0].Status != Exists {
		t.Errorf("sent again it is %s", again[0].Status)
	}
	moved := in
	moved.place[0]++
	if again := o.sendRaw(rep, secretly(moved), moved.json()); again[1].Status != Conflict {
		t.Errorf("with another position it is %s", again[1].Status)
	}

	r := FreshRetailer() // the event that waited is taken without its position too
	r.ID, r.Code, r.Name = unknown.retailer, "B", "Shop B"
	_, err := o.AddRetailer(context.Background(), o.admin, r, nil)
	o.must(err)
	if diff := cmp.Diff([]string{"A 20:30-20:30 estimated", "B 20:30-"}, o.visits()); diff != "" {
		t.Errorf("visits:\n%s", diff)
	}
	o.set(morning.Add(24 * time.Hour))
	if r := o.send(rep, checkIn(a, morning.Add(24*time.Hour)))[0]; r.CreditedBy != rounds.CreditedByPosition {
		t.Errorf("in working hours it is credited by %q", r.CreditedBy)
	}
}
