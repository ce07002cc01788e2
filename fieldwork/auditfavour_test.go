package fieldwork

import (
	"fmt"
	"testing"
	"time"

	"rounds"
	"rounds/audit/favour"

	"github.com/google/go-cmp/cmp"
)

func TestPeriodsOfAYear(t *testing.T) {
	t.Parallel()
	for _, c := range []struct {
		from    rounds.Day
		periods int
		begins  map[int]rounds.Day
		in      map[rounds.Day]int
	}{
		{
			"2026-01-01", yearMonths,
			map[int]rounds.Day{0: "2026-01-01", 1: "2026-02-01", 11: "2026-12-01", 12: "2027-01-01"},
			map[rounds.Day]int{"2026-01-01": 0, "2026-01-31": 0, "2026-02-01": 1, "2026-12-31": 11},
		},
		{
			"2027-08-31", yearMonths,
			map[int]rounds.Day{0: "2027-08-31", 1: "2027-09-30", 5: "2028-01-31", 6: "2028-02-29", 7: "2028-03-31"},
			map[rounds.Day]int{"2027-09-29": 0, "2027-09-30": 1, "2028-02-28": 5, "2028-02-29": 6, "2028-03-30": 6, "2028-08-30": 11},
		},
		{
			"2026-01-01", yearWeeks,
			map[int]rounds.Day{0: "2026-01-01", 1: "2026-01-08", 51: "2026-12-24"},
			map[rounds.Day]int{"2026-01-07": 0, "2026-01-08": 1, "2026-12-24": 51, "2026-12-31": 51, "2027-01-01": 51},
		},
	} {
		f := Favour{From: c.from, Periods: c.periods}
		for period, want := range c.begins {
			if got := f.begins(period); got != want {
				t.Errorf("period %d of the year from %s begins on %s, want %s", period, c.from, got, want)
			}
		}
		for day, want := range c.in {
			if got := f.period(day); got != want {
				t.Errorf("%s is in period %d of the year from %s, want %d", day, got, c.from, want)
			}
		}
	}
}

func TestWhichChangesAreByHand(t *testing.T) {
	t.Parallel()
	at, person := time.Now(), rounds.NewID[rounds.User]()
	for name, c := range map[string]struct {
		change rounds.AuditChange
		want   bool
	}{
		"a second person accepted it":                  {rounds.AuditChange{Kind: rounds.ChangeRemove, Decision: rounds.ChangeAccept, DecidedAt: &at, DecidedBy: person}, true},
		"a second person believed that it is closed":   {rounds.AuditChange{Kind: rounds.ChangeReplace, Decision: rounds.ChangeAccept, DecidedAt: &at, DecidedBy: person}, true},
		"its auditor stood before the closed shop":     {rounds.AuditChange{Kind: rounds.ChangeReplace, Decision: rounds.ChangeAccept, DecidedAt: &at}, false},
		"a second person refused it":                   {rounds.AuditChange{Kind: rounds.ChangeRemove, Decision: rounds.ChangeRefuse, DecidedAt: &at, DecidedBy: person}, false},
		"who asked thought better of it":               {rounds.AuditChange{Kind: rounds.ChangeRemove, Decision: rounds.ChangeWithdraw, DecidedAt: &at, DecidedBy: person}, false},
		"it waits for a second person, maybe for ever": {rounds.AuditChange{Kind: rounds.ChangeRemove}, false},
	} {
		if got := !notByHand(c.change); got != c.want {
			t.Errorf("%s: %v", name, got)
		}
	}
}

func TestHandsOnADraw(t *testing.T) {
	t.Parallel()
	rep, by := rounds.NewID[rounds.User](), rounds.NewID[rounds.User]()
	var shops []rounds.RetailerID
	frame := "code,retailer_id,class,rep,rep_id,territory,territory_id,unit,visits,risk\n"
	for i := range 6 {
		shops = append(shops, rounds.NewID[rounds.Retailer]())
		if i < 5 {
			frame += fmt.Sprintf("%d,%s,A,li,%s,,,north,0,1\n", i, shops[i], rep)
		}
	}
	pick := func(i int, role rounds.PickRole, standing rounds.PickStanding) rounds.AuditPick {
		return rounds.AuditPick{RetailerID: shops[i], RepID: rep, Role: role, Standing: standing}
	}
	change := func(i int, kind rounds.ChangeKind) rounds.AuditChange {
		return rounds.AuditChange{RetailerID: shops[i], Kind: kind, AskedBy: by}
	}
	got := handsOn(3, []rounds.AuditPick{
		pick(0, rounds.PickDrawn, rounds.PickOut), pick(1, rounds.PickDrawn, rounds.PickIn), pick(2, rounds.PickReserve, rounds.PickIn),
		pick(3, rounds.PickReserve, rounds.PickWaiting), pick(4, rounds.PickAdded, rounds.PickOut), pick(5, rounds.PickAdded, rounds.PickIn),
	}, []rounds.AuditChange{
		change(0, rounds.ChangeReplace), change(1, rounds.ChangeRemove), change(1, rounds.ChangeAdd), // 1 came back
		change(4, rounds.ChangeAdd), change(4, rounds.ChangeRemove), change(4, rounds.ChangeAdd), change(4, rounds.ChangeRemove),
		change(5, rounds.ChangeAdd), // from outside the frame
	}, frame)
	want := favour.Audit{
		Period: 3, Drawn: map[string]int{rep.String(): 3}, Others: map[string]int{rep.String(): 1},
		Changes: []favour.Change{{Kind: favour.Removed, By: by.String(), Rep: rep.String()}, {Kind: favour.Added, By: by.String(), Rep: rep.String()}},
	}
	if diff := cmp.Diff(want, got); diff != "" {
		t.Errorf("(-want +got):\n%s", diff)
	}
}
