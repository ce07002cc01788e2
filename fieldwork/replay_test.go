package fieldwork

import (
	"context"
	"errors"
	"fmt"
	"slices"
	"strings"
	"testing"
	"time"

	"rounds"
	"rounds/geo"
	"rounds/store"

	"github.com/google/go-cmp/cmp"
	"github.com/paulmach/orb"
)

// replayed are the events that a policy would judge otherwise, a line each.
func (o *town) replayed(p geo.Policy, since, until rounds.Day) ([]string, ReplayCounts) {
	o.t.Helper()
	var lines []string
	counts, err := o.Replay(context.Background(), o.admin, p, since, until, func(r Replayed) error {
		kind := string(r.Kind)
		if r.EventID.IsZero() {
			kind += "visit"
		}
		lines = append(lines, fmt.Sprintf("%s %s %s %s: %s -> %s %v, credited %q -> %q", r.Day, r.RepName, r.RetailerCode, kind,
			r.Before, r.After.Outcome, r.After.Reasons, r.CreditedBy, r.Credited)+map[bool]string{true: " late"}[r.Late])
		return nil
	}, func(int) {})
	o.must(err)
	slices.Sort(lines)
	return lines, counts
}

// aDayToReplay is of one rep: at the door of A, at the edge of B, 250 m from C at the check-out alone, far
// from D, and far from E but credited by a review.
func aDayToReplay(t *testing.T) (*town, rounds.Actor) {
	o := newTown(t)
	_, err := o.AddPolicy(context.Background(), o.admin, geo.DefaultPolicy(), "begin")
	o.must(err)
	rep := o.rep("李雷")
	var taps []tap
	for i, place := range []orb.Point{bund, north(60), bund, north(250), north(250)} {
		in := checkIn(o.retailer(string(rune('A'+i)), bund), morning.Add(time.Duration(i)*time.Hour))
		in.place, in.seq = place, int64(10*i)
		taps = append(taps, in)
	}
	out := taps[2].out(taps[2].at.Add(10 * time.Minute))
	out.place = north(250)
	o.send(rep, append(taps, out)...)
	_, err = o.Review(context.Background(), o.admin, rounds.VisitID(taps[4].id), rounds.DecisionCredit, "seen")
	o.must(err)
	return o, rep
}

func TestReplayListsWhoseVerdictWouldChange(t *testing.T) {
	t.Parallel()
	o, _ := aDayToReplay(t)
	const day = "2026-03-04"
	strict, wide := geo.DefaultPolicy(), geo.DefaultPolicy()
	strict.Radius, wide.Radius = 60, 400
	tests := []struct {
		name         string
		policy       geo.Policy
		want         []string
		gained, lost int
	}{
		{"the policy in force", geo.DefaultPolicy(), nil, 0, 0},
		{"a small radius", strict, []string{day + ` 李雷 B check_in: at_retailer -> undecided [outside_radius], credited "position" -> ""`}, 0, 1},
		{"a large radius", wide, []string{
			day + ` 李雷 C check_out: undecided -> at_retailer [], credited "position" -> "position"`,
			day + ` 李雷 D check_in: undecided -> at_retailer [], credited "" -> "position"`,
			day + ` 李雷 E check_in: undecided -> at_retailer [], credited "review" -> "review"`,
		}, 1, 0},
	}
	before := o.texts(`select verdict::text || measured::text from verdicts where org_id = $1 order by event_id, revision`, o.org.ID)
	check := func(when string) {
		for _, tt := range tests {
			got, counts := o.replayed(tt.policy, day, day)
			if diff := cmp.Diff(tt.want, got); diff != "" {
				t.Errorf("%s, %s: %s", tt.name, when, diff)
			}
			if counts.Visits != 5 || counts.Events != 6 || counts.Changed != len(tt.want) || counts.Gained != tt.gained || counts.Lost != tt.lost {
				t.Errorf("%s, %s: %+v", tt.name, when, counts)
			}
		}
	}
	check("with positions")
	o.do(`delete from event_fixes where org_id = $1`, o.org.ID)
	check("after retention")
	after := o.texts(`select verdict::text || measured::text from verdicts where org_id = $1 order by event_id, revision`, o.org.ID)
	if diff := cmp.Diff(before, after); diff != "" {
		t.Errorf("replaying wrote: %s", diff)
	}
}

func TestReplayTakesTheDaysAndTheOrg(t *testing.T) {
	t.Parallel()
	o, rep := aDayToReplay(t)
	for _, days := range []struct {
		since, until rounds.Day
		visits       int
	}{{"2026-03-04", "", 5}, {"2026-03-05", "", 0}, {"2026-03-01", "2026-03-03", 0}, {"2026-03-01", "2026-03-04", 5}} {
		if _, counts := o.replayed(geo.PlainPolicy(), days.since, days.until); counts.Visits != days.visits {
			t.Errorf("%v: %+v", days, counts)
		}
	}
	nothing := func(Replayed) error { return nil }
	_, err := o.Replay(context.Background(), rep, geo.DefaultPolicy(), "2026-03-04", "", nothing, func(int) {})
	wantCode(t, "a rep", err, rounds.Forbidden)
	_, err = o.Replay(context.Background(), o.admin, geo.Policy{}, "2026-03-04", "", nothing, func(int) {})
	wantCode(t, "no policy", err, rounds.Invalid)
	full := errors.New("full")
	wide := geo.DefaultPolicy()
	wide.Radius = 400
	if _, err = o.Replay(context.Background(), o.admin, wide, "2026-03-04", "", func(Replayed) error { return full }, func(int) {}); !errors.Is(err, full) {
		t.Errorf("%v, want what the listener said", err)
	}
	stopped, stop := context.WithCancel(context.Background())
	stop()
	if _, err = o.Replay(stopped, o.admin, wide, "2026-03-04", "", nothing, func(int) {}); err == nil {
		t.Error("went on after it was stopped")
	}
	o.newOrg("Asia/Shanghai")
	if _, counts := o.replayed(wide, "2026-03-04", ""); counts.Visits != 0 {
		t.Errorf("another org's visits: %+v", counts)
	}
}

// Pages follow one another without a gap, in the order of days.
func TestJudgedVisitsComeInPages(t *testing.T) {
	t.Parallel()
	o, rep := aDayToReplay(t)
	for i := range 2 {
		next := checkIn(o.retailer(fmt.Sprint("N", i), bund), morning.AddDate(0, 0, 2-i)) // the later day is sent first
		next.seq = int64(200 - i)
		o.send(rep, next)
	}
	var last store.Judged
	var codes []string
	for {
		page, err := o.store.JudgedVisits(context.Background(), o.admin.Scope(), "2026-03-04", "", last, 2)
		o.must(err)
		if len(page) == 0 {
			break
		}
		for _, v := range page {
			codes = append(codes, v.RetailerCode)
		}
		last = page[len(page)-1]
	}
	slices.Sort(codes[:5])
	if got := strings.Join(codes, " "); got != "A B C D E N1 N0" {
		t.Error(got)
	}
}

// Two taps far away are elsewhere together, and neither is alone: that too is a verdict that a policy changes.
func TestReplayListsVisitsOverBothTaps(t *testing.T) {
	t.Parallel()
	o := newTown(t)
	_, err := o.AddPolicy(context.Background(), o.admin, geo.DefaultPolicy(), "begin")
	o.must(err)
	rep := o.rep("李雷")
	in := checkIn(o.retailer("A", bund), morning)
	o.do(`update pins set source = 'surveyed' where org_id = $1`, o.org.ID)
	in.place = north(600)
	o.send(rep, in, in.out(in.at.Add(10*time.Minute)))
	patient := geo.DefaultPolicy()
	patient.Apart = 3600
	got, counts := o.replayed(patient, "2026-03-04", "")
	want := []string{`2026-03-04 李雷 A visit: elsewhere -> undecided [far_once far_outside outside_radius], credited "" -> ""`}
	if diff := cmp.Diff(want, got); diff != "" {
		t.Error(diff)
	}
	if moved := counts.OfVisits[[2]geo.Outcome{geo.Elsewhere, geo.Undecided}]; moved != 1 || counts.Changed != 1 || counts.Events != 2 {
		t.Errorf("%+v", counts)
	}
	if got, counts := o.replayed(geo.DefaultPolicy(), "2026-03-04", ""); len(got) != 0 || counts.OfVisits[[2]geo.Outcome{geo.Elsewhere, geo.Elsewhere}] != 1 {
		t.Errorf("by the policy in force: %v %+v", got, counts)
	}
}

// How far off pins of a source may be is the policy's to say, also of pins that are stored already.
func TestPinsGoByThePolicysSigmas(t *testing.T) {
	t.Parallel()
	o, _ := aDayToReplay(t)
	doubtful := geo.DefaultPolicy()
	doubtful.PinSigma[geo.Manual] = 80
	want := "2026-03-04 李雷 A check_in: at_retailer -> undecided [too_imprecise], credited \"position\" -> \"\""
	if got, counts := o.replayed(doubtful, "2026-03-04", ""); len(got) == 0 || got[0] != want || counts.Lost != 3 {
		t.Errorf("%q %+v", got, counts)
	}
}

// A reviewer's refusal outlives a milder policy.
func TestReplayKeepsReviews(t *testing.T) {
	t.Parallel()
	o, _ := aDayToReplay(t)
	visit, err := rounds.ParseID[rounds.Visit](o.texts(`select v.id::text from visits v join retailers r on r.id = v.retailer_id where v.org_id = $1 and r.code = 'D'`, o.org.ID)[0])
	o.must(err)
	_, err = o.Review(context.Background(), o.admin, visit, rounds.DecisionRefuse, "was at home")
	o.must(err)
	wide := geo.DefaultPolicy()
	wide.Radius = 400
	if _, counts := o.replayed(wide, "2026-03-04", ""); counts.Gained != 0 || counts.Changed != 3 {
		t.Errorf("%+v", counts)
	}
}

// Of several verdicts on an event the last is in force.
func TestReplayComparesWithTheVerdictInForce(t *testing.T) {
	t.Parallel()
	o, _ := aDayToReplay(t)
	o.do(`insert into verdicts (org_id, event_id, revision, policy_version, outcome, reasons, flags, verdict, measured, judged_at)
		select org_id, event_id, 2, policy_version, 'elsewhere', reasons, flags, verdict, measured, judged_at
		from verdicts
		where org_id = $1 and outcome = 'at_retailer'`, o.org.ID)
	if got, counts := o.replayed(geo.DefaultPolicy(), "2026-03-04", ""); counts.Changed != 3 {
		t.Errorf("%+v %q", counts, got)
	}
}

// What came after its day was closed is evidence too: it is judged again, and earns nothing.
func TestReplayTakesWhatCameLate(t *testing.T) {
	t.Parallel()
	o, rep := aDayToReplay(t)
	days := o.texts(`select day::text || ' ' || id::text from visits where org_id = $1 order by id`, o.org.ID)
	o.pass(24 * time.Hour)
	o.close("2026-03-04")
	late := checkIn(o.retailer("F", bund), morning.Add(6*time.Hour))
	late.place, late.seq = north(250), 60
	lateOut := late.out(late.at.Add(10 * time.Minute))
	first := tap{retailer: o.retailerOf("A"), id: o.checkInAt("A")}
	firstOut := first.out(morning.Add(20 * time.Minute)) // of a visit that counts without it
	firstOut.place, firstOut.seq = north(250), 5
	o.send(rep, late, lateOut, firstOut)
	if got := o.texts(`select day::text || ' ' || id::text from visits where org_id = $1 order by id`, o.org.ID); !slices.Equal(days, got) {
		t.Fatalf("a closed day changed: %v", got)
	}
	wide := geo.DefaultPolicy()
	wide.Radius = 400
	got, counts := o.replayed(wide, "2026-03-04", "2026-03-04")
	want := []string{
		`2026-03-04 李雷 A check_out: undecided -> at_retailer [], credited "position" -> "position" late`,
		`2026-03-04 李雷 C check_out: undecided -> at_retailer [], credited "position" -> "position"`,
		`2026-03-04 李雷 D check_in: undecided -> at_retailer [], credited "" -> "position"`,
		`2026-03-04 李雷 E check_in: undecided -> at_retailer [], credited "review" -> "review"`,
		`2026-03-04 李雷 F check_in: undecided -> at_retailer [], credited "" -> "position" late`,
		`2026-03-04 李雷 F check_out: undecided -> at_retailer [], credited "" -> "position" late`,
		`2026-03-04 李雷 F visit: undecided -> at_retailer [], credited "" -> "position" late`,
	}
	if diff := cmp.Diff(want, got); diff != "" {
		t.Error(diff)
	}
	if counts.Visits != 5 || counts.Events != 9 || counts.Changed != 7 || counts.Gained != 1 || counts.Lost != 0 || counts.Late != len(o.late()) {
		t.Errorf("%+v of %v", counts, o.late())
	}
	if _, counts := o.replayed(wide, "2026-03-05", ""); counts.Late != 0 {
		t.Errorf("of other days: %+v", counts)
	}
}

// checkInAt is the one event at a retailer that began a visit.
func (o *town) checkInAt(code string) rounds.EventID {
	o.t.Helper()
	id, err := rounds.ParseID[rounds.VisitEvent](o.texts(`select v.id::text from visits v join retailers r on r.org_id = v.org_id and r.id = v.retailer_id where v.org_id = $1 and r.code = $2`, o.org.ID, code)[0])
	o.must(err)
	return id
}

func (o *town) retailerOf(code string) rounds.RetailerID {
	o.t.Helper()
	id, err := rounds.ParseID[rounds.Retailer](o.texts(`select id::text from retailers where org_id = $1 and code = $2`, o.org.ID, code)[0])
	o.must(err)
	return id
}
