package fieldwork

import (
	"context"
	"slices"
	"strings"
	"testing"
	"time"

	"rounds"
	"rounds/store"

	"github.com/google/go-cmp/cmp"
)

// late are the visits of closed days that would be different now, a line each.
func (o *town) late() []string {
	o.t.Helper()
	found, err := o.store.LateVisits(context.Background(), o.admin.Scope(), store.VisitFilter{Limit: 100})
	o.must(err)
	var lines []string
	for _, v := range found {
		line := v.After.RetailerCode + ":"
		if v.Before != nil {
			line += " " + string(v.Before.CreditedBy)
		}
		lines = append(lines, line+" -> "+string(v.After.CreditedBy))
	}
	slices.Sort(lines)
	return lines
}

func TestClosedDaysKeepTheirVisits(t *testing.T) {
	t.Parallel()
	o := newTown(t)
	rep := o.rep("rep")
	a, b := o.retailer("A", bund), o.retailer("B", bund)
	o.territory("T", rep, a, b)
	in := checkIn(a, morning)
	o.send(rep, checkIn(a, morning.Add(-time.Hour)), in)
	o.pass(24 * time.Hour)
	_, err := o.CloseDays(context.Background(), o.admin, rounds.Day("2026-03-04"), "paid")
	o.must(err)
	before := o.visits()

	late := checkIn(b, morning.Add(20*time.Minute))
	results := o.send(rep, in.out(morning.Add(10*time.Minute)), late)
	if diff := cmp.Diff(before, o.visits()); diff != "" {
		t.Errorf("a closed day changed:\n%s", diff)
	}
	if diff := cmp.Diff([]string{"A: position -> position", "B: -> position"}, o.late()); diff != "" {
		t.Errorf("what would have changed:\n%s", diff)
	}
	for i, r := range results {
		if r.CreditedBy != "" || !slices.Contains(r.Judgement.Flags, dayClosed) {
			t.Errorf("event %d: credited by %q with %v, want none and day_closed", i, r.CreditedBy, r.Judgement.Flags)
		}
	}
	visits, changed, err := o.Rederive(context.Background(), o.org.ID, func(int) {})
	o.must(err)
	if visits != 3 || changed != 0 {
		t.Errorf("derived again: %d visits, %d changed, want 3 and 0", visits, changed)
	}
	open := checkIn(b, morning.Add(24*time.Hour))
	if r := o.send(rep, open); r[0].CreditedBy != rounds.CreditedByPosition {
		t.Errorf("today's visit is credited by %q", r[0].CreditedBy)
	}
}

func TestWhatAgreesAgainIsNoChange(t *testing.T) {
	t.Parallel()
	o := newTown(t)
	rep := o.rep("rep")
	a := o.retailer("A", bund)
	in := checkIn(a, morning)
	o.send(rep, in)
	o.pass(24 * time.Hour)
	_, err := o.CloseDays(context.Background(), o.admin, rounds.Day("2026-03-04"), "paid")
	o.must(err)
	review := func(d rounds.Decision) {
		t.Helper()
		o.pass(time.Second)
		_, err := o.Review(context.Background(), o.admin, rounds.VisitID(in.id), d, "asked")
		o.must(err)
	}
	review(rounds.DecisionRefuse)
	if got := strings.Join(o.late(), "; "); got != "A: position -> " {
		t.Errorf("refused after closing: %q", got)
	}
	review(rounds.DecisionCredit)
	if got := strings.Join(o.late(), "; "); got != "A: position -> review" {
		t.Errorf("credited by review: %q", got)
	}
}

func TestDaysAreClosedOnceAndInOrder(t *testing.T) {
	t.Parallel()
	o := newTown(t)
	closeDays := func(a rounds.Actor, day rounds.Day) error {
		_, err := o.CloseDays(context.Background(), a, day, "paid")
		return err
	}
	wantCode(t, "today", closeDays(o.admin, "2026-03-04"), rounds.Invalid)
	wantCode(t, "by a supervisor", closeDays(o.person(o.admin, "s", rounds.RoleSupervisor), "2026-03-03"), rounds.Forbidden)
	o.must(closeDays(o.admin, "2026-03-03"))
	wantCode(t, "again", closeDays(o.admin, "2026-03-03"), rounds.Conflict)
	wantCode(t, "an earlier day", closeDays(o.admin, "2026-02-28"), rounds.Conflict)
}
