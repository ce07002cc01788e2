package fieldwork

import (
	"context"
	"crypto/sha256"
	"encoding/hex"
	"encoding/json"
	"fmt"
	"testing"
	"time"

	"rounds"
	"rounds/store"

	"github.com/google/go-cmp/cmp"
	"github.com/google/go-cmp/cmp/cmpopts"
)

// audited is a town with an audit of the days around the morning, drawn, in which somebody audits shop A.
type audited struct {
	*town
	audit   rounds.Audit
	auditor rounds.Actor
	rep     rounds.Actor
	a, b    rounds.RetailerID // shop B is picked too, and on nobody's route
	stop    rounds.StopID     // at A
}

func newAudited(t testing.TB) *audited { return newAuditedIn(t, shared()) }

func newAuditedIn(t testing.TB, db database) *audited {
	o := &audited{town: newTownIn(t, db, "Asia/Shanghai")}
	o.auditor, o.rep = o.town.rep("auditor"), o.town.rep("rep")
	o.a, o.b = o.retailer("A", bund), o.retailer("B", bund)
	o.territory("T", o.rep, o.a, o.b)
	o.audit = o.drawn("2026-03-01", "2026-03-05", o.a, o.b)
	o.stop = o.route(o.audit, o.auditor, o.a)
	return o
}

// drawn puts an audit that has drawn the retailers into the database.
func (o *town) drawn(from, to rounds.Day, retailers ...rounds.RetailerID) rounds.Audit {
	o.t.Helper()
	hash := func(s string) string { sum := sha256.Sum256([]byte(s)); return hex.EncodeToString(sum[:]) }
	ctx, now := context.Background(), o.now()
	a := rounds.Audit{
		ID: rounds.NewID[rounds.Audit](), UnitID: o.admin.UnitID, From: from, To: to, Spec: "{}", Secret: make([]byte, 32),
		SecretHash: hash("secret"), FrameHash: hash("frame"), SpecHash: hash("spec"), FormVersion: 1,
		CommittedAt: now, CommittedBy: o.admin.UserID, LapsesAt: now.Add(24 * time.Hour),
	}
	a.Scope, a.Hash = a.ID.String(), hash(a.ID.String())
	a.Number = int64(len(o.texts(`select scope from audits where org_id = $1`, o.org.ID))) + 1
	o.must(o.store.InsertAudit(ctx, o.org.ID, a, len(retailers), "code"))
	picks := make([]rounds.AuditPick, len(retailers))
	for i, r := range retailers {
		picks[i] = rounds.AuditPick{
			RetailerID: r, Code: fmt.Sprint(i), Rank: i + 1, Probability: 0.5, Role: rounds.PickDrawn, Standing: rounds.PickIn,
		}
	}
	o.must(o.store.InsertAuditPicks(ctx, o.org.ID, a.ID, picks))
	a.Status, a.Value, a.ValuedAt, a.ValuedBy, a.DrawnAt, a.DrawnBy, a.Seed = rounds.AuditDrawn, "6", &now, o.admin.UserID, &now, o.admin.UserID, hash("seed")
	o.must(o.store.UpdateAudit(ctx, o.org.ID, a))
	return a
}

// route gives an auditor a route of an audit on this day, and is its only stop.
func (o *town) route(a rounds.Audit, auditor rounds.Actor, r rounds.RetailerID) rounds.StopID {
	o.t.Helper()
	route := rounds.AuditRoute{
		ID: rounds.NewID[rounds.AuditRoute](), AuditID: a.ID, AuditorID: auditor.UserID, Day: o.today(o.admin), Revision: 1,
		StartsAt: o.now(), EndsAt: o.now(), CreatedAt: o.now(), CreatedBy: o.admin.UserID,
		Stops: []rounds.Stop{{ID: rounds.NewID[rounds.Stop](), RetailerID: r, PlannedAt: o.now()}},
	}
	o.must(o.store.InsertAuditRoute(context.Background(), o.org.ID, route))
	return route.Stops[0].ID
}

// finding is one of the auditor's at shop A, who was told that the visits did or did not happen.
func (o *audited) finding(happened string) rounds.Finding {
	return rounds.Finding{
		ID: rounds.NewID[rounds.Finding](), AuditID: o.audit.ID, RetailerID: o.a, AuditorID: o.auditor.UserID, FormVersion: 1,
		Met: rounds.MetVisited, Answers: map[string]json.RawMessage{"visit_happened": json.RawMessage(fmt.Sprintf("%q", happened))},
	}
}

// find stores a finding with its claims, as whoever takes findings in does.
func (o *audited) find(f rounds.Finding) error {
	o.t.Helper()
	ctx, hash := context.Background(), sha256.Sum256(f.ID[:])
	f.AnsweredAt, f.ReceivedAt = o.now(), o.now()
	return o.store.InTx(ctx, func(tx *store.Store) error {
		if err := tx.InsertFinding(ctx, o.org.ID, store.StoredFinding{Finding: f, Hash: hash[:]}); err != nil {
			return err
		}
		return o.joinClaims(ctx, tx, o.auditor, o.audit, f)
	})
}

// finding2 is a correction of the last one.
func (o *audited) finding2(happened string) rounds.Finding {
	o.t.Helper()
	last, err := o.store.FindingInForce(context.Background(), o.org.ID, o.audit.ID, o.a)
	o.must(err)
	return corrected(last, happened)
}

// corrected is another finding in the place of one.
func corrected(f rounds.Finding, happened string) rounds.Finding {
	f.ID, f.CorrectsID = rounds.NewID[rounds.Finding](), f.ID
	f.Answers = map[string]json.RawMessage{"visit_happened": json.RawMessage(fmt.Sprintf("%q", happened))}
	return f
}

// end lets the audit be over.
func (o *audited) end() {
	o.t.Helper()
	now := o.now()
	o.audit.Status, o.audit.EndedAt, o.audit.EndedBy = rounds.AuditDone, &now, o.admin.UserID
	o.must(o.store.UpdateAudit(context.Background(), o.org.ID, o.audit))
}

// wantClaims wants what is said of each claim, by day: rep, credit, saying and severity.
func (o *audited) wantClaims(what string, want ...string) {
	o.t.Helper()
	got := o.texts(`
		select c.day || ' ' || u.name || case when c.credited then ' credited ' else ' not credited ' end || c.says || coalesce(' ' || c.severity, '')
		from audit_claims c
		join users u on u.org_id = c.org_id and u.id = c.rep_id
		where c.org_id = $1
		order by c.day, c.visit_id`, o.org.ID)
	if diff := cmp.Diff(want, got, cmpopts.EquateEmpty()); diff != "" {
		o.t.Errorf("%s: %s", what, diff)
	}
}

func onDay(n int) time.Time { return morning.AddDate(0, 0, n) }

func TestAFindingSpeaksOfTheClaimsOfItsRetailerAndPeriod(t *testing.T) {
	t.Parallel()
	o := newAudited(t)
	colleague := o.town.rep("colleague")
	first, second := checkIn(o.a, onDay(-1)), far(checkIn(o.a, morning), 5)
	o.send(o.rep, checkIn(o.a, onDay(-4)), first, checkIn(o.b, onDay(-1).Add(time.Hour)), second)
	o.send(colleague, checkIn(o.a, onDay(-2)))
	audits := checkIn(o.a, onDay(1))
	audits.stop = o.stop
	o.send(o.auditor, audits)
	o.send(o.rep, checkIn(o.a, onDay(2)))

	f := o.finding("no")
	f.Says = map[rounds.VisitID]rounds.Says{rounds.VisitID(second.id): rounds.Confirmed}
	o.must(o.find(f))
	o.wantClaims("of the period, of others than the auditor",
		"2026-03-02 colleague credited refuted 80", "2026-03-03 rep credited refuted 80", "2026-03-04 rep not credited confirmed 50")

	o.must(o.find(corrected(f, "yes")))
	o.wantClaims("corrected",
		"2026-03-02 colleague credited confirmed", "2026-03-03 rep credited confirmed", "2026-03-04 rep not credited confirmed 50")
	o.deriveFromNothing("with an auditor's visit")
}

func TestWhatAFindingCannotTell(t *testing.T) {
	t.Parallel()
	for _, tt := range []struct {
		name   string
		change func(f *rounds.Finding)
	}{
		{"they did not know", func(f *rounds.Finding) { f.Answers["visit_happened"] = json.RawMessage(`"cannot_tell"`) }},
		{"nobody was asked", func(f *rounds.Finding) { f.Answers = map[string]json.RawMessage{} }},
		{"the shop was closed", func(f *rounds.Finding) { f.Met = rounds.MetClosed }},
		{"they refused", func(f *rounds.Finding) { f.Met = rounds.MetRefused }},
		{"there was no shop", func(f *rounds.Finding) { f.Met = rounds.MetNotFound }},
		{"an answer of another kind", func(f *rounds.Finding) { f.Answers["visit_happened"] = json.RawMessage(`["no"]`) }},
	} {
		t.Run(tt.name, func(t *testing.T) {
			t.Parallel()
			o := newAudited(t)
			o.send(o.rep, checkIn(o.a, morning))
			f := o.finding("no")
			tt.change(&f)
			o.must(o.find(f))
			o.wantClaims(tt.name, "2026-03-04 rep credited cannot_tell")
		})
	}
}

func TestAFindingSpeaksOfNoOtherVisit(t *testing.T) {
	t.Parallel()
	o := newAudited(t)
	here, there, before := checkIn(o.a, morning), checkIn(o.b, morning.Add(time.Hour)), checkIn(o.a, onDay(-4))
	audits := checkIn(o.a, onDay(1))
	audits.stop = o.stop
	o.send(o.rep, here, there, before)
	o.send(o.auditor, audits)
	for what, visit := range map[string]rounds.EventID{
		"another shop's": there.id, "one of before": before.id, "the auditor's own": audits.id, "one of nobody's": rounds.NewID[rounds.VisitEvent](),
	} {
		f := o.finding("yes")
		f.RetailerID, f.Says = o.a, map[rounds.VisitID]rounds.Says{rounds.VisitID(here.id): rounds.Refuted, rounds.VisitID(visit): rounds.Refuted}
		wantFields(t, what, o.store.InTx(context.Background(), func(tx *store.Store) error {
			return o.joinClaims(context.Background(), tx, o.auditor, o.audit, f)
		}), rounds.Invalid, "/says/"+visit.String()+" not_a_claim")
	}
	o.wantClaims("nothing is kept of it")
}

// Whoever makes a finding change a visit, by itself, breaks this.
func TestAFindingChangesNoVisit(t *testing.T) {
	t.Parallel()
	o := newAudited(t)
	o.send(o.rep, checkIn(o.a, onDay(-1)), far(checkIn(o.a, morning), 5))
	before := o.dump()
	o.must(o.find(o.finding("no")))
	o.dueAgain()
	o.examine()
	o.end()
	if diff := cmp.Diff(before, o.dump()); diff != "" {
		t.Errorf("a finding changed what is derived:\n%s", diff)
	}
	o.deriveFromNothing("with a finding")
}

func TestDisagreementsWaitUntilSomebodyDecides(t *testing.T) {
	t.Parallel()
	o := newAudited(t)
	boss := o.person(o.admin, "boss", rounds.RoleSupervisor)
	counts, not := checkIn(o.a, onDay(-1)), far(checkIn(o.a, morning), 5)
	o.send(o.rep, counts, not)
	f := o.finding("no")
	f.Says = map[rounds.VisitID]rounds.Says{rounds.VisitID(not.id): rounds.Confirmed}
	o.must(o.find(f))
	const position, refuted, confirmed = "visit_elsewhere A 80", "audit_refuted A 80", "audit_confirmed A 50"
	o.wantWaiting("after the finding", position, refuted, confirmed)
	if got := o.waiting(o.rep, everything); !cmp.Equal(got, []string{position}) {
		t.Errorf("the rep sees %v while the audit goes on", got)
	}
	for kind, want := range map[rounds.ExceptionKind]string{rounds.AuditRefuted: refuted, rounds.AuditConfirmed: confirmed} {
		if got := o.waiting(boss, store.ExceptionFilter{Kind: kind}); !cmp.Equal(got, []string{want}) {
			t.Errorf("of the kind %s: %v", kind, got)
		}
	}

	o.decideAs(boss, rounds.DecisionNote, 1)
	o.wantWaiting("a note decides nothing", position, refuted, confirmed)
	o.must(o.find(corrected(f, "no")))
	o.wantWaiting("said again", position, refuted, confirmed)
	if got := o.decideAs(boss, rounds.DecisionRefuse, 1)[0]; got.Problem != nil {
		t.Fatal(got.Problem)
	}
	o.wantWaiting("refused", position, confirmed)
	if got := o.decideAs(boss, rounds.DecisionCredit, 1)[0]; got.Problem != nil {
		t.Fatal(got.Problem)
	}
	o.wantWaiting("and credited")
	o.end()
	if got := o.waiting(o.rep, everything); len(got) != 0 {
		t.Errorf("the rep sees %v when all is decided", got)
	}
}

func TestARepSeesTheirDisagreementsWhenTheAuditHasEnded(t *testing.T) {
	t.Parallel()
	o := newAudited(t)
	o.send(o.rep, checkIn(o.a, morning))
	o.must(o.find(o.finding("no")))
	items := o.exceptions(o.admin, everything)
	if got := o.exceptions(o.rep, everything); len(got) != 0 {
		t.Errorf("before: %+v", got)
	}
	o.end()
	if got := o.exceptions(o.rep, everything); len(got) != 1 || got[0].Kind != rounds.AuditRefuted || got[0].AuditID != o.audit.ID {
		t.Errorf("after: %+v", got)
	}
	if got := o.exceptions(o.auditor, everything); len(got) != 0 {
		t.Errorf("the auditor, who is a rep: %+v", got)
	}
	for _, a := range []rounds.Actor{o.rep, o.auditor} {
		_, err := o.Decide(context.Background(), a, []ItemRef{{items[0].Kind, items[0].ID}}, rounds.DecisionCredit, "I was there")
		wantCode(t, "decided by a rep", err, rounds.Forbidden)
	}
}

// A visit that a finding refutes waits for as long as it counts, also if it comes to count later.
func TestARefutedVisitWaitsWhileItCounts(t *testing.T) {
	t.Parallel()
	o := newAudited(t)
	boss := o.person(o.admin, "boss", rounds.RoleSupervisor)
	in := far(checkIn(o.a, morning), 5)
	o.send(o.rep, in)
	o.must(o.find(o.finding("no")))
	o.wantWaiting("it does not count", "visit_elsewhere A 80")
	o.pass(time.Minute)
	_, err := o.DecideRequest(context.Background(), boss, o.ask(o.rep, disputed(in.id)), rounds.RequestAccepted, "he convinced me")
	o.must(err)
	o.wantWaiting("it counts by a dispute that nobody held against the finding", "audit_refuted A 80")
	o.decideAs(boss, rounds.DecisionCredit, 0)
	o.wantWaiting("somebody has held it against the finding")
	o.must(o.find(o.finding2("cannot_tell")))
	o.wantWaiting("nobody can tell any more")
	o.must(o.find(o.finding2("no")))
	o.wantWaiting("it is another disagreement", "audit_refuted A 80")
}

// What two audits say of one visit waits once.
func TestTwoAuditsOfOneVisit(t *testing.T) {
	t.Parallel()
	o := newAudited(t)
	o.send(o.rep, checkIn(o.a, morning))
	o.must(o.find(o.finding("no")))
	first := o.audit
	o.audit = o.drawn("2026-03-04", "2026-03-04", o.a)
	o.must(o.find(o.finding("no")))
	o.wantWaiting("refuted twice", "audit_refuted A 80")
	o.end()
	if got := o.waiting(o.rep, everything); !cmp.Equal(got, []string{"audit_refuted A 80"}) {
		t.Errorf("the rep sees %v when the second has ended", got)
	}
	o.audit = first
	o.end()
	if got := o.waiting(o.rep, everything); !cmp.Equal(got, []string{"audit_refuted A 80"}) {
		t.Errorf("the rep sees %v when both have", got)
	}
	o.decideAs(o.person(o.admin, "boss", rounds.RoleSupervisor), rounds.DecisionCredit, 0)
	o.wantWaiting("decided once")
}

// What arrives after the finding is joined when its day is examined, as it would have been had it been there.
func TestLateClaimsAreJoined(t *testing.T) {
	t.Parallel()
	o := newAudited(t)
	o.send(o.rep, checkIn(o.a, onDay(-1)))
	f := o.finding("no")
	o.must(o.find(f))
	o.must(o.find(corrected(f, "yes")))
	audits := checkIn(o.a, onDay(1))
	audits.stop = o.stop
	late := far(checkIn(o.a, morning), 5)
	o.send(o.auditor, audits)
	o.send(o.rep, late, checkIn(o.a, onDay(2)), checkIn(o.b, morning.Add(time.Hour)))
	o.wantClaims("just uploaded", "2026-03-03 rep credited confirmed")
	o.examine()
	want := []string{"2026-03-03 rep credited confirmed", "2026-03-04 rep not credited confirmed 50"}
	o.wantClaims("examined", want...)
	o.answer(o.admin, o.ask(o.rep, missed(o.a, onDay(0).Add(2*time.Hour), onDay(0).Add(3*time.Hour))), rounds.RequestAccepted)
	o.examine()
	want = append(want, "2026-03-04 rep credited confirmed")
	o.wantClaims("and one without a check-in", want...)
	o.dueAgain()
	o.examine()
	o.wantClaims("examined again", want...)
}

// An auditor's visit is no claim of any audit, and no work; its stop stays an audit's whatever becomes of the route.
func TestAnAuditorsVisitIsNobodysWork(t *testing.T) {
	t.Parallel()
	o := newAudited(t)
	in := checkIn(o.a, morning)
	in.stop = o.stop
	sent := o.send(o.auditor, in, in.out(morning.Add(10*time.Minute)))
	if r := sent[0]; r.CreditedBy != rounds.CreditedByPosition || r.Judgement == nil {
		t.Errorf("the auditor is told %+v", r)
	}
	stranger := checkIn(o.b, morning.Add(time.Hour)) // names the stop of somebody else
	stranger.stop = o.stop
	o.send(o.rep, stranger)
	if got := o.texts(`select case when audit then 'audit ' else 'work ' end || outcome from visits where org_id = $1 order by started_at`, o.org.ID); !cmp.Equal(got, []string{"audit at_retailer", "work at_retailer"}) {
		t.Errorf("%v", got)
	}
	last, err := o.store.LastVisits(context.Background(), o.org.ID, []rounds.RetailerID{o.a, o.b}, "2026-03-05")
	o.must(err)
	if diff := cmp.Diff(map[rounds.RetailerID]rounds.Day{o.b: "2026-03-04"}, last); diff != "" {
		t.Errorf("last visited: %s", diff)
	}
	other := o.drawn("2026-03-01", "2026-03-05", o.a)
	o.audit, o.auditor = other, o.town.rep("second auditor")
	o.must(o.find(o.finding("no")))
	o.wantClaims("of another audit")
	o.do(`update audit_stops set position = null where org_id = $1`, o.org.ID)
	o.deriveFromNothing("when the stop is off the route")
	_, err = o.db.pool.Exec(context.Background(), `delete from audit_stops where org_id = $1`, o.org.ID)
	if err == nil {
		t.Error("a stop that an event names can be deleted")
	}
}

// The way that a rep went on a day is along their own visits.
func TestAnAuditorsVisitIsNotOnTheirDaysPlan(t *testing.T) {
	t.Parallel()
	o := newAudited(t)
	own := o.retailer("C", bund)
	o.territory("auditor's", o.auditor, own)
	plan := o.makePlan(o.auditor, "2026-03-04", own)
	in := checkIn(o.a, morning)
	in.stop = o.stop
	o.send(o.auditor, in, in.out(morning.Add(10*time.Minute)), checkIn(own, morning.Add(time.Hour)))
	day, err := o.ActualDay(context.Background(), o.admin, plan.ID)
	o.must(err)
	if len(day.Visited) != 1 || day.Visited[0].Code != "C" {
		t.Errorf("visited %+v", day.Visited)
	}
}

// Who examines a day waits for a finding under way: whichever of the two is first, the visit is joined.
func TestAVisitIsJoinedToAFindingUnderWay(t *testing.T) {
	t.Parallel()
	o := newAudited(t)
	f := o.finding("no")
	f.AnsweredAt, f.ReceivedAt = o.now(), o.now()
	hash := sha256.Sum256(f.ID[:])
	done := make(chan error, 1)
	o.must(o.store.InTx(context.Background(), func(tx *store.Store) error {
		if err := tx.InsertFinding(context.Background(), o.org.ID, store.StoredFinding{Finding: f, Hash: hash[:]}); err != nil {
			return err
		}
		if err := o.joinClaims(context.Background(), tx, o.auditor, o.audit, f); err != nil {
			return err
		}
		o.send(o.rep, checkIn(o.a, morning))
		go func() {
			_, err := o.ExamineDays(context.Background(), o.org.ID)
			done <- err
		}()
		for len(done) == 0 && len(o.texts(`select 'waits' from pg_stat_activity where wait_event_type = 'Lock' and datname = current_database() and query like '%from audits a%for share%'`)) == 0 {
		}
		return nil
	}))
	o.must(<-done)
	o.wantClaims("joined by whoever came second", "2026-03-04 rep credited refuted 80")
}
