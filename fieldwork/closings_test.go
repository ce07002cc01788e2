package fieldwork

import (
	"context"
	"encoding/json"
	"fmt"
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

	out, late := in.out(morning.Add(10*time.Minute)), checkIn(b, morning.Add(20*time.Minute))
	results := o.send(rep, out, late)
	if diff := cmp.Diff(before, o.visits()); diff != "" {
		t.Errorf("a closed day changed:\n%s", diff)
	}
	if diff := cmp.Diff([]string{"A: position -> position", "B: -> position"}, o.late()); diff != "" {
		t.Errorf("what would have changed:\n%s", diff)
	}
	for i, r := range append(results, o.send(rep, out, late)...) { // by the visit that counts, also when it is sent again
		if want := []rounds.CreditedBy{rounds.CreditedByPosition, ""}[i%2]; r.CreditedBy != want || !slices.Contains(r.Judgement.Flags, dayClosed) {
			t.Errorf("event %d: credited by %q with %v, want %q and day_closed", i, r.CreditedBy, r.Judgement.Flags, want)
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

// A phone whose clock is a day ahead claims an open day. When it turns out that its tap was on a closed one, the
// visit is late, whichever upload came first.
func TestAVisitDatedIntoAClosedDayIsLate(t *testing.T) {
	t.Parallel()
	const ahead = 24 * time.Hour
	for _, order := range [][]int{{0, 1}, {1, 0}} {
		o := newTown(t)
		rep, r := o.rep("rep"), o.retailer("A", bund)
		now := morning.Add(30 * time.Hour)
		o.set(now)
		taps := []tap{aheadBy(ahead, checkIn(r, morning)), aheadBy(ahead, checkIn(r, now))}
		sent := []rounds.Sent{{}, {BootID: "boot 0", Time: now.Add(ahead), UptimeMS: now.Sub(phoneStarted).Milliseconds()}}
		o.close("2026-03-04")
		for _, i := range order {
			_, err := o.Upload(context.Background(), rep, sent[i], []json.RawMessage{taps[i].json()})
			o.must(err)
		}
		days := `select day::text from %s where org_id = $1 order by 1`
		visits, late := o.texts(fmt.Sprintf(days, "visits"), o.org.ID), o.texts(fmt.Sprintf(days, "late_visits"), o.org.ID)
		if !slices.Equal(visits, []string{"2026-03-05"}) || !slices.Equal(late, []string{"2026-03-04"}) {
			t.Errorf("in the order %v: visits of %v, late ones of %v", order, visits, late)
		}
	}
}
