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
	"rounds/fieldwork/integrity"
	"rounds/geo"
	"rounds/store"

	"github.com/google/go-cmp/cmp"
)

// waiting is the actor's list, a line each: kind, retailer, severity.
func (o *town) waiting(a rounds.Actor, f store.ExceptionFilter) []string {
	o.t.Helper()
	var lines []string
	for _, e := range o.exceptions(a, f) {
		lines = append(lines, fmt.Sprintf("%s %s %d", e.Kind, e.RetailerCode, e.Severity))
	}
	return lines
}

func (o *town) exceptions(a rounds.Actor, f store.ExceptionFilter) []Exception {
	o.t.Helper()
	if f.Limit == 0 {
		f.Limit = 100
	}
	found, err := o.Exceptions(context.Background(), a, f)
	o.must(err)
	return found
}

// everything is no filter.
var everything store.ExceptionFilter

func (o *town) wantWaiting(what string, want ...string) {
	o.t.Helper()
	if diff := cmp.Diff(want, o.waiting(o.admin, everything)); diff != "" {
		o.t.Errorf("%s: %s", what, diff)
	}
}

// decideAs takes one decision on the items of these places in the admin's list.
func (o *town) decideAs(a rounds.Actor, d rounds.Decision, of ...int) []DecidedItem {
	o.t.Helper()
	o.pass(time.Second)
	var items []ItemRef
	list := o.exceptions(o.admin, everything)
	for _, i := range of {
		items = append(items, ItemRef{list[i].Kind, list[i].ID})
	}
	decided, err := o.Decide(context.Background(), a, items, d, "looked at it")
	o.must(err)
	return decided
}

// newQueue is a town with one of each kind.
func newQueue(t *testing.T) (o *town, rep rounds.Actor, unknown rounds.RetailerID) {
	o = newTown(t)
	rep = o.rep("rep")
	o.territory("T", rep, o.retailer("Elsewhere", bund), o.retailer("Open", bund), o.retailer("Mocked", bund), o.retailer("Undecided", bund))
	by := map[string]rounds.RetailerID{}
	listed, err := o.store.Retailers(context.Background(), o.admin.Scope(), o.today(o.admin), store.RetailerFilter{Limit: 10})
	o.must(err)
	for _, r := range listed {
		by[r.Code] = r.ID
	}
	at := func(minute int) time.Time { return morning.Add(time.Duration(minute) * time.Minute) }
	visit := func(p tap) []tap { return []tap{p, p.out(p.at.Add(time.Minute))} }
	o.send(rep, visit(far(checkIn(by["Elsewhere"], at(0)), 5))...)
	o.send(rep, visit(far(checkIn(by["Undecided"], at(20)), 0.095))...)
	o.send(rep, visit(mocked(checkIn(by["Mocked"], at(40))))...)
	o.send(rep, checkIn(by["Open"], at(60)))
	unknown = rounds.NewID[rounds.Retailer]()
	results, err := o.upload(rep, checkIn(unknown, at(61)))
	o.must(err)
	if results[0].Status != Rejected {
		t.Fatalf("%+v", results[0])
	}
	o.examine()
	return o, rep, unknown
}

const (
	itsElsewhere   = "visit_elsewhere Elsewhere 80"
	itsMocked      = "integrity Mocked 60"
	itsQuarantined = "quarantined  40"
	itsUndecided   = "visit_undecided Undecided 30"
	itsOpen        = "open_visit Open 10"
)

func TestWhatWaitsForSomebody(t *testing.T) {
	t.Parallel()
	o, rep, _ := newQueue(t)
	o.wantWaiting("on the day", itsElsewhere, itsMocked, itsQuarantined, itsUndecided)
	o.set(morning.Add(14 * time.Hour))
	o.wantWaiting("on the next, and over 12 hours later", itsElsewhere, itsMocked, itsQuarantined, itsUndecided, itsOpen)
	for _, tt := range []struct {
		name string
		f    store.ExceptionFilter
		want string
	}{
		{"of one kind", store.ExceptionFilter{Kind: rounds.IntegrityHigh}, itsMocked},
		{"of a kind that nobody has", store.ExceptionFilter{Kind: rounds.SuspectPin}, ""},
		{"severe", store.ExceptionFilter{MinSeverity: 60}, itsElsewhere + "; " + itsMocked},
		{"of the day", store.ExceptionFilter{From: "2026-03-04", Until: "2026-03-04", MinSeverity: 60}, itsElsewhere + "; " + itsMocked},
		{"of another day", store.ExceptionFilter{From: "2026-03-05", Until: "2026-03-05"}, ""},
		{"of nobody", store.ExceptionFilter{RepID: o.admin.UserID}, ""},
	} {
		if got := strings.Join(o.waiting(o.admin, tt.f), "; "); got != tt.want {
			t.Errorf("%s: %s, want %s", tt.name, got, tt.want)
		}
	}
	if diff := cmp.Diff(o.waiting(o.admin, everything), o.waiting(rep, everything)); diff != "" {
		t.Errorf("the rep sees another list: %s", diff)
	}
	if others := o.waiting(o.rep("other"), everything); len(others) > 0 {
		t.Errorf("another rep sees %v", others)
	}
	sibling := o.admin
	sibling.Role, sibling.Units = rounds.RoleSupervisor, []rounds.UnitID{rounds.NewID[rounds.Unit]()}
	if others := o.waiting(sibling, everything); len(others) > 0 {
		t.Errorf("another unit's supervisor sees %v", others)
	}
}

func TestItemsCarryTheirNumbers(t *testing.T) {
	t.Parallel()
	o, _, _ := newQueue(t)
	list := o.exceptions(o.admin, everything)
	if e := list[0]; *e.Distance < 4900 || e.PInside == nil || e.Age != 61*60 || !slices.Contains(e.Reasons, geo.FarOutside) {
		t.Errorf("elsewhere: %+v", e)
	}
	if e := list[1]; e.Integrity.Score != 60 || e.Reasons[0] != "mocked" || e.Integrity.Families["device"] != 60 {
		t.Errorf("mocked: %+v", e)
	}
	if e := list[2]; e.Problem == "" || e.Reasons[0] != "unknown_retailer" || !e.VisitID.IsZero() {
		t.Errorf("quarantined: %+v", e)
	}
}

func TestPagesHoldEveryItemOnce(t *testing.T) {
	t.Parallel()
	o, _, _ := newQueue(t)
	o.set(morning.Add(14 * time.Hour))
	want := o.waiting(o.admin, everything)
	for size := 1; size <= len(want); size++ {
		var got []string
		f := store.ExceptionFilter{Limit: size}
		for {
			page := o.exceptions(o.admin, f)
			if len(page) == 0 {
				break
			}
			got = append(got, o.waiting(o.admin, f)...)
			last := page[len(page)-1]
			f.After = &store.ExceptionKey{Severity: last.Severity, Day: last.Day, ID: last.ID, Kind: last.Kind}
		}
		if diff := cmp.Diff(want, got); diff != "" {
			t.Errorf("by %d: %s", size, diff)
		}
	}
}

func TestWhatIsDecidedLeavesTheList(t *testing.T) {
	t.Parallel()
	o, rep, _ := newQueue(t)
	o.set(morning.Add(14 * time.Hour))
	for _, d := range o.decideAs(o.admin, rounds.DecisionNote, 0, 1, 3, 4) {
		if d.Problem != nil {
			t.Errorf("noted: %v", d.Problem)
		}
	}
	o.wantWaiting("a note decides nothing", itsElsewhere, itsMocked, itsQuarantined, itsUndecided, itsOpen)
	o.decideAs(o.admin, rounds.DecisionRefuse, 0, 4)
	o.wantWaiting("refused", itsMocked, itsQuarantined, itsUndecided)
	o.decideAs(o.admin, rounds.DecisionCredit, 0, 2)
	o.wantWaiting("credited", itsQuarantined)
	o.decideAs(o.admin, rounds.DecisionDismiss, 0)
	o.wantWaiting("dismissed")
	if n, changed, err := o.Rederive(context.Background(), o.org.ID, func(int) {}); n != 4 || changed != 0 || err != nil {
		t.Errorf("derived again: %d visits, %d changed, %v", n, changed, err)
	}
	told, err := o.store.DecisionsOn(context.Background(), o.org.ID, rep.UserID, morning, rounds.ID[rounds.Decided]{}, 100)
	o.must(err)
	counts := map[rounds.Decision]int{}
	for _, d := range told {
		counts[d.Decision]++
		if d.By != o.admin.UserID || d.Reason != "looked at it" || d.At.Before(morning) {
			t.Errorf("%+v", d)
		}
	}
	want := map[rounds.Decision]int{rounds.DecisionNote: 4, rounds.DecisionRefuse: 2, rounds.DecisionCredit: 2, rounds.DecisionDismiss: 1}
	if diff := cmp.Diff(want, counts); diff != "" {
		t.Errorf("the rep is told otherwise: %s", diff)
	}
	if log := o.texts(`select subject from audit_log where org_id = $1 and action = 'quarantine.dismiss'`, o.org.ID); len(log) != 1 {
		t.Errorf("the audit log has %v", log)
	}
}

func TestWhatIsFoundLaterComesBack(t *testing.T) {
	t.Parallel()
	o, _, _ := newQueue(t)
	o.decideAs(o.admin, rounds.DecisionCredit, 0, 1)
	o.wantWaiting("decided", itsQuarantined, itsUndecided)
	o.dueAgain()
	o.examine()
	o.wantWaiting("looked at again, with nothing new", itsQuarantined, itsUndecided)
	o.do(`update visit_integrity set score = 10 where org_id = $1`, o.org.ID)
	o.dueAgain()
	o.examine()
	o.wantWaiting("more is noticed than when it was decided", itsMocked, itsQuarantined, itsUndecided)
}

func TestANewVerdictAsksAgain(t *testing.T) {
	t.Parallel()
	o := newTown(t)
	rep, a := o.rep("rep"), o.retailer("A", bund)
	in := far(checkIn(a, morning), 5)
	in.ahead = 30 * time.Minute
	o.set(morning)
	o.send(rep, in)
	o.decideAs(o.admin, rounds.DecisionRefuse, 0)
	o.wantWaiting("refused")
	o.set(morning.Add(time.Hour))
	o.sendNow(rep, checkIn(a, o.now())) // by which the first is dated again, and judged
	verdicts := o.texts(`select revision::text from verdicts where org_id = $1 and event_id = $2`, o.org.ID, in.id)
	if list := o.waiting(o.admin, store.ExceptionFilter{Kind: rounds.VisitElsewhere}); len(verdicts) < 2 || len(list) != 1 {
		t.Errorf("%d verdicts, and waiting: %v", len(verdicts), list)
	}
}

func TestClosedDaysAreNotAskedAbout(t *testing.T) {
	t.Parallel()
	o, _, _ := newQueue(t)
	o.set(morning.Add(24 * time.Hour))
	_, err := o.CloseDays(context.Background(), o.admin, "2026-03-04", "paid")
	o.must(err)
	o.wantWaiting("of a closed day", itsMocked, itsQuarantined)
}

func TestEachItemIsDecidedByItself(t *testing.T) {
	t.Parallel()
	o, rep, _ := newQueue(t)
	boss := o.person(o.admin, "boss", rounds.RoleSupervisor)
	own := far(checkIn(o.retailer("Own", bund), morning.Add(2*time.Hour)), 5)
	o.send(boss, own)
	var items []ItemRef
	for _, e := range o.exceptions(o.admin, everything) {
		items = append(items, ItemRef{e.Kind, e.ID})
	}
	items = append(items, ItemRef{rounds.VisitElsewhere, rounds.NewID[rounds.Exception]()}, ItemRef{rounds.SuspectPin, rounds.NewID[rounds.Exception]()})
	before := len(items)
	decided, err := o.Decide(context.Background(), boss, items, rounds.DecisionRefuse, "not there")
	o.must(err)
	problems := map[rounds.Code]int{}
	for _, d := range decided {
		code := rounds.Code("")
		if d.Problem != nil {
			code = d.Problem.Code
		}
		problems[code]++
	}
	// Refused: elsewhere, mocked, undecided. Their own; the quarantined and the pin; the unknown visit.
	want := map[rounds.Code]int{"": 3, rounds.Forbidden: 1, rounds.Invalid: 2, rounds.NotFound: 1}
	if diff := cmp.Diff(want, problems); diff != "" || len(decided) != before {
		t.Errorf("%d results: %s", len(decided), diff)
	}
	o.wantWaiting("what could not be refused", "visit_elsewhere Own 85", itsQuarantined)
	for _, a := range []rounds.Actor{rep, o.person(o.admin, "planner", rounds.RolePlanner)} {
		_, err := o.Decide(context.Background(), a, items, rounds.DecisionCredit, "mine")
		wantCode(t, string(a.Role), err, rounds.Forbidden)
	}
	sibling := boss
	sibling.Units = []rounds.UnitID{rounds.NewID[rounds.Unit]()}
	for _, d := range []rounds.Decision{rounds.DecisionCredit, rounds.DecisionDismiss} {
		decided, err = o.Decide(context.Background(), sibling, items, d, "not mine")
		o.must(err)
		for _, each := range decided {
			if each.Problem == nil {
				t.Errorf("another unit's supervisor decided %+v", each)
			}
		}
	}
}

func TestNobodyDismissesTheirOwn(t *testing.T) {
	t.Parallel()
	o := newTown(t)
	results, err := o.Upload(context.Background(), o.admin, rounds.Sent{}, []json.RawMessage{json.RawMessage(`{"no": "event"}`)})
	o.must(err)
	if results[0].Status != Rejected {
		t.Fatalf("%+v", results[0])
	}
	if d := o.decideAs(o.admin, rounds.DecisionDismiss, 0); rounds.CodeOf(d[0].Problem) != rounds.Forbidden {
		t.Errorf("%+v", d[0])
	}
	other := o.person(o.admin, "other", rounds.RoleAdmin)
	if d := o.decideAs(other, rounds.DecisionDismiss, 0); d[0].Problem != nil {
		t.Errorf("%v", d[0].Problem)
	}
	o.wantWaiting("dismissed")
}

func TestSeverityIsItsFormula(t *testing.T) {
	t.Parallel()
	for _, tt := range []struct {
		name    string
		v       rounds.Visit
		decided bool
		want    int
	}{
		{"at the retailer", rounds.Visit{Outcome: geo.AtRetailer, Reasons: []geo.Reason{geo.Mocked}}, false, 0},
		{"undecided", rounds.Visit{Outcome: geo.Undecided, Reasons: []geo.Reason{geo.TooImprecise}}, false, 25},
		{"undecided, a code credits it", rounds.Visit{Outcome: geo.Undecided, Credited: true, CreditedBy: "code"}, false, 0},
		{"elsewhere", rounds.Visit{Outcome: geo.Elsewhere, Reasons: []geo.Reason{geo.FarOutside, geo.OutsideRadius}}, false, 80},
		{"elsewhere, decided", rounds.Visit{Outcome: geo.Elsewhere}, true, 0},
		{"elsewhere, credited by a review of an earlier verdict", rounds.Visit{Outcome: geo.Elsewhere, Credited: true, CreditedBy: rounds.CreditedByReview}, false, 60},
		{"a reason twice", rounds.Visit{Outcome: geo.Undecided, Reasons: []geo.Reason{geo.Mocked, geo.Mocked}}, false, 40},
		{"everything", rounds.Visit{Outcome: geo.Elsewhere, Reasons: []geo.Reason{geo.Mocked, geo.FarOnce, geo.FarOutside, geo.OutsideRadius}}, false, 100},
	} {
		if got := severityOf(tt.v, tt.decided); got != tt.want {
			t.Errorf("%s: %d, want %d", tt.name, got, tt.want)
		}
	}
	for score, want := range map[int]int{-50: 0, 59: 0, 60: 60, 63: 62, 90: 80, 120: 100, 300: 100} {
		if got := severityOfScore(integrity.Tenths(score)); got != want {
			t.Errorf("score %d: %d, want %d", score, got, want)
		}
	}
}

// A pin that was found suspect waits with whose retailer it is, until it is another pin.
func TestSuspectPinsWait(t *testing.T) {
	t.Parallel()
	o := newTown(t)
	r := o.retailer("Far", bund)
	lonely := o.retailer("Nobody's", bund)
	o.territory("T", o.rep("rep"), r)
	suspect := rounds.PinSuspect{PinVersion: 1, Severity: 70, Reasons: []string{"visits_far"}, FoundAt: o.now()}
	var found []rounds.PinSuspect
	for _, id := range []rounds.RetailerID{r, lonely} {
		suspect.RetailerID = id
		found = append(found, suspect)
	}
	o.must(o.store.ReplacePinSuspects(context.Background(), o.org.ID, found))
	o.wantWaiting("found last night", "pin_suspect Far 70")
	_, err := o.ChangeRetailer(context.Background(), o.admin, r, func(*rounds.Retailer) {}, &PinChange{Pin: geo.Pin{Point: bund}, Reason: "seen"})
	o.must(err)
	o.wantWaiting("put right")
}

// What somebody read a while ago is not what they decide on.
func TestItemsThatHaveLeftTheListAreNotDecidedOn(t *testing.T) {
	t.Parallel()
	o, rep, _ := newQueue(t)
	o.set(morning.Add(14 * time.Hour))
	read, at := map[string]ItemRef{}, map[string]rounds.RetailerID{}
	for _, e := range o.exceptions(o.admin, everything) {
		read[e.RetailerCode], at[e.RetailerCode] = ItemRef{e.Kind, e.ID}, e.RetailerID
	}
	ended := checkIn(at["Open"], morning.Add(60*time.Minute))
	ended.id = rounds.EventID(read["Open"].ID)
	o.send(rep, ended.out(morning.Add(70*time.Minute)))
	o.decideAs(o.admin, rounds.DecisionCredit, 0) // Elsewhere
	decided, err := o.Decide(context.Background(), o.admin, []ItemRef{
		read["Open"], read["Elsewhere"], {rounds.VisitElsewhere, read["Undecided"].ID}, {rounds.IntegrityHigh, read["Undecided"].ID}, read["Undecided"], read["Undecided"], read["Mocked"],
	}, rounds.DecisionRefuse, "not there")
	o.must(err)
	var got []string
	for _, d := range decided {
		got = append(got, fmt.Sprint(d.Problem == nil || d.Problem.Code == rounds.Conflict, d.Problem == nil))
	}
	want := []string{"true false", "true false", "true false", "true false", "true true", "true true", "true true"}
	if diff := cmp.Diff(want, got); diff != "" {
		t.Error(diff)
	}
	if n := o.texts(`select count(*)::text from reviews where org_id = $1`, o.org.ID); !slices.Equal(n, []string{"3"}) {
		t.Errorf("%v reviews", n)
	}
	o.wantWaiting("afterwards", itsQuarantined)
}
