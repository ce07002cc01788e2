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

func newAudited(t testing.TB) *audited {
	o := &audited{town: newTown(t)}
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
		Met: rounds.MetVisited, Answers: map[string]json.RawMessage{visitHappened: json.RawMessage(fmt.Sprintf("%q", happened))},
	}
}

// find stores a finding with its claims, as whoever takes findings in does.
func (o *audited) find(f rounds.Finding) error {
	o.t.Helper()
	answers, err := json.Marshal(f.Answers)
	o.must(err)
	var corrects *rounds.FindingID
	if !f.CorrectsID.IsZero() {
		corrects = &f.CorrectsID
	}
	hash := sha256.Sum256(f.ID[:])
	o.do(`insert into audit_findings (org_id, id, audit_id, retailer_id, auditor_id, corrects_id, form_version, met, answers, answered_at, received_at, content_hash)
		values ($1, $2, $3, $4, $5, $6, $7, $8, $9, $10, $10, $11)`, o.org.ID, f.ID, f.AuditID, f.RetailerID, f.AuditorID, corrects,
		f.FormVersion, f.Met, string(answers), o.now(), hash[:])
	return o.store.InTx(context.Background(), func(tx *store.Store) error { return o.joinClaims(context.Background(), tx, o.auditor, o.audit, f) })
}

// corrected is another finding in the place of one.
func corrected(f rounds.Finding, happened string) rounds.Finding {
	f.ID, f.CorrectsID = rounds.NewID[rounds.Finding](), f.ID
	f.Answers = map[string]json.RawMessage{visitHappened: json.RawMessage(fmt.Sprintf("%q", happened))}
	return f
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
		{"they did not know", func(f *rounds.Finding) { f.Answers[visitHappened] = json.RawMessage(`"cannot_tell"`) }},
		{"nobody was asked", func(f *rounds.Finding) { f.Answers = map[string]json.RawMessage{} }},
		{"the shop was closed", func(f *rounds.Finding) { f.Met = rounds.MetClosed }},
		{"they refused", func(f *rounds.Finding) { f.Met = rounds.MetRefused }},
		{"there was no shop", func(f *rounds.Finding) { f.Met = rounds.MetNotFound }},
		{"an answer of another kind", func(f *rounds.Finding) { f.Answers[visitHappened] = json.RawMessage(`["no"]`) }},
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
