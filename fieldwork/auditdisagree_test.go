package fieldwork

import (
	"context"
	"crypto/sha256"
	"slices"
	"strings"
	"testing"
	"time"

	"rounds"
	"rounds/store"

	"github.com/google/go-cmp/cmp"
	"github.com/paulmach/orb"
)

// What a visit counts for now is held against a finding, whatever it counted for when the finding came.
func TestAnotherPinTurnsADisagreement(t *testing.T) {
	t.Parallel()
	of := func(n int, line string) []string { return slices.Repeat([]string{line}, n) }
	for happened, want := range map[string]struct{ before, after []string }{
		"yes": {of(8, "audit_confirmed A 50"), of(1, "audit_confirmed A 50")}, // those at the new pin, and the one at the old one
		"no":  {of(1, "audit_refuted A 80"), of(8, "audit_refuted A 80")},
	} {
		t.Run(happened, func(t *testing.T) {
			t.Parallel()
			o := newAudited(t)
			o.atTheSofa()
			o.send(o.rep, checkIn(o.a, morning))
			o.must(o.find(o.finding(happened)))
			o.wantDisagreements("after the finding", want.before...)
			o.set(onDay(2))
			o.must(o.decide(o.admin, o.learn()[0].ID, true))
			o.wantDisagreements("by the other pin", want.after...)
			o.must(o.find(o.finding2(happened)))
			o.wantDisagreements("said again", want.after...)
		})
	}
}

// atTheSofa lets eight more people say that shop A is there, and count for nothing until its pin is.
func (o *audited) atTheSofa() {
	o.t.Helper()
	for i, rep := range o.reps("a", "b", "c", "d", "e", "f", "g", "h") {
		o.send(rep, checkIn(o.a, morning.Add(time.Duration(15*(i+1))*time.Minute)).from(sofa))
	}
}

// wantDisagreements wants what waits because of what was found.
func (o *audited) wantDisagreements(what string, want ...string) {
	o.t.Helper()
	got := slices.DeleteFunc(o.waiting(o.admin, everything), func(line string) bool { return !strings.HasPrefix(line, "audit_") })
	if !slices.Equal(want, got) {
		o.t.Errorf("%s: %q wait, want %q", what, got, want)
	}
}

// Somebody has dealt with it, and then it turns.
func TestAVisitThatTurnsAgainstAFindingWaitsAgain(t *testing.T) {
	t.Parallel()
	o := newAudited(t)
	boss := o.person(o.admin, "boss", rounds.RoleSupervisor)
	in := far(checkIn(o.a, morning), 5)
	o.send(o.rep, in)
	o.must(o.find(o.finding("no")))
	o.pass(time.Minute)
	_, err := o.Review(context.Background(), boss, rounds.VisitID(in.id), rounds.DecisionRefuse, "the auditor is right")
	o.must(err)
	o.wantWaiting("as the finding says")
	o.pass(time.Minute)
	_, err = o.DecideRequest(context.Background(), boss, o.ask(o.rep, disputed(in.id)), rounds.RequestAccepted, "he convinced me")
	o.must(err)
	o.wantWaiting("against it again", "audit_refuted A 80")
}

// What other phones send later may turn a visit too. Its day is examined after that.
func TestACodeUsedBeforeTurnsADisagreement(t *testing.T) {
	t.Parallel()
	o := newAudited(t)
	first, once := o.reps("first")[0], o.made(o.a, rounds.TokenCodes, 1).Codes[0]
	o.send(o.rep, showing(o.a, morning.Add(10*time.Minute), code(once)))
	o.must(o.find(o.finding("yes")))
	o.wantDisagreements("it counts by its code, and happened")
	o.send(first, showing(o.a, morning.Add(5*time.Minute), code(once)))
	o.examine()
	o.wantDisagreements("another's earlier one counts by that code", "audit_confirmed A 50")
}

// Whoever changes what a visit counts for waits for a finding under way, which has read what it counted for.
func TestAVisitTurnsWhileAFindingIsUnderWay(t *testing.T) {
	t.Parallel()
	o := newAuditedIn(t, openDatabase(t))
	o.atTheSofa()
	o.send(o.rep, checkIn(o.a, morning))
	o.set(onDay(2))
	proposal := o.learn()[0].ID
	f := o.finding("yes")
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
		go func() { done <- o.decide(o.admin, proposal, true) }()
		o.await(1)
		return nil
	}))
	o.must(<-done)
	o.wantDisagreements("of the one that does not count any more", "audit_confirmed A 50")
}

// How likely a retailer is to be drawn by risk follows the list of exceptions, whatever happens to its visits.
func TestRiskIsWhatWaits(t *testing.T) {
	t.Parallel()
	o := newAudited(t)
	boss := o.person(o.admin, "boss", rounds.RoleSupervisor)
	first := o.audit
	same := func(what string, want int) {
		t.Helper()
		rows, err := o.store.FrameRows(context.Background(), o.org.ID, store.FrameFilter{
			Units: []rounds.UnitID{o.admin.UnitID}, Day: o.today(o.admin), From: "2026-03-01", To: "2026-03-05", Retailer: o.a, OpenSince: o.now().Add(-openTooLong),
		})
		o.must(err)
		if listed := len(o.waiting(o.admin, everything)); len(rows) != 1 || rows[0].Waiting != listed || listed != want {
			t.Errorf("%s: %d wait, of %d on the list, want %d", what, rows[0].Waiting, listed, want)
		}
	}
	same("nothing yet", 0)
	counts, not := checkIn(o.a, onDay(-1)), far(checkIn(o.a, morning), 5)
	o.send(o.rep, counts, counts.out(onDay(-1).Add(time.Hour)), not, not.out(morning.Add(time.Hour)))
	same("an elsewhere", 1)
	o.must(o.find(o.finding("no")))
	same("one that counts is refuted, as is one that does not", 2)
	o.audit = o.drawn("2026-03-01", "2026-03-05", o.a)
	o.must(o.find(o.finding("no")))
	same("refuted twice", 2)
	o.end()
	o.audit = first
	o.end()
	same("ended", 2)
	_, err := o.Review(context.Background(), boss, rounds.VisitID(counts.id), rounds.DecisionCredit, "I saw him there")
	o.must(err)
	same("one is decided", 1)
	o.send(o.rep, checkIn(o.a, morning.Add(2*time.Hour)))
	same("one is open", 1)
	o.set(onDay(1))
	same("for too long", 2)
	o.close("2026-03-04")
	same("and its day is closed", 0)
}

// A visit that arrives after its day was closed counts for nothing, and is claimed nevertheless: by the finding that comes, and by one
// that was there.
func TestClaimsOfClosedDaysAreJoined(t *testing.T) {
	t.Parallel()
	for _, tt := range []struct {
		name         string
		findingFirst bool
	}{{"the finding is first", true}, {"the visit is", false}} {
		t.Run(tt.name, func(t *testing.T) {
			t.Parallel()
			o := newAudited(t)
			o.set(onDay(1))
			known := checkIn(o.a, onDay(-1))
			o.send(o.rep, known, known.out(onDay(-1).Add(10*time.Minute)))
			o.close("2026-03-04")
			f, late := o.finding("yes"), checkIn(o.a, morning)
			if !tt.findingFirst {
				f.Says = map[rounds.VisitID]rounds.Says{rounds.VisitID(late.id): rounds.Confirmed}
			}
			if tt.findingFirst {
				o.must(o.find(f))
			}
			audits := checkIn(o.a, morning.Add(time.Hour))
			audits.stop = o.stop
			o.send(o.auditor, audits)
			o.send(o.rep, late, late.out(morning.Add(10*time.Minute)), known.out(onDay(-1).Add(20*time.Minute)))
			asked, err := o.store.AskedVisits(context.Background(), o.org.ID, o.audit, []rounds.RetailerID{o.a})
			o.must(err)
			if len(asked) != 2 || asked[1].ID != rounds.VisitID(late.id) {
				t.Errorf("asked about %+v", asked)
			}
			if !tt.findingFirst {
				o.must(o.find(f))
			}
			o.examine()
			o.wantClaims(tt.name, "2026-03-03 rep credited confirmed", "2026-03-04 rep not credited confirmed 50")
			o.wantDisagreements("nobody can let it count")
			listed, err := o.store.AuditClaims(context.Background(), o.org.ID, o.audit.ID, store.ReportFilter{Limit: 10})
			o.must(err)
			if last := listed[1]; last.Counts == nil || *last.Counts || last.StartedAt == nil || last.Waits {
				t.Errorf("listed as %+v", last)
			}
		})
	}
}

// Where auditors stood teaches a pin. It confirms none, and makes none suspect: whose retailer it is would see that.
func TestAuditorsTeachPinsUnseen(t *testing.T) {
	t.Parallel()
	for _, tt := range []struct {
		name                       string
		at                         orb.Point
		auditors, proposed, counts int
	}{
		{"two reps and an auditor elsewhere", sofa, 1, 1, 0},
		{"two reps elsewhere", sofa, 0, 0, 0},
		{"two reps and an auditor at the pin", bund, 1, 0, 0},
		{"three reps at the pin", bund, 0, 0, 1},
	} {
		t.Run(tt.name, func(t *testing.T) {
			t.Parallel()
			o := newAudited(t)
			reps := append(o.reps("a", "b"), o.rep)
			visitors := reps[:2+tt.counts]
			for i, rep := range visitors {
				o.send(rep, checkIn(o.a, morning.Add(time.Duration(15*(i+1))*time.Minute)).from(tt.at))
			}
			_, err := o.RankPins(context.Background(), o.org.ID)
			o.must(err)
			suspects := `select concat_ws(' ', judged, not_at, people, severity) from pin_suspects where org_id = $1 and retailer_id = $2`
			before := o.texts(suspects, o.org.ID, o.a)
			for range tt.auditors {
				in := checkIn(o.a, morning.Add(2*time.Hour)).from(tt.at)
				in.stop = o.stop
				o.send(o.auditor, in)
			}
			_, err = o.RankPins(context.Background(), o.org.ID)
			o.must(err)
			if diff := cmp.Diff(before, o.texts(suspects, o.org.ID, o.a)); diff != "" {
				t.Errorf("suspect because of an auditor: %s", diff)
			}
			o.set(onDay(1))
			if n := int(o.confirm()); n != tt.counts {
				t.Errorf("%d pins are confirmed, want %d", n, tt.counts)
			}
			if n := len(o.learn()); n != tt.proposed {
				t.Errorf("%d are proposed, want %d", n, tt.proposed)
			}
		})
	}
}
