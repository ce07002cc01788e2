package fieldwork

import (
	"cmp"
	"context"
	"fmt"
	"slices"
	"strings"
	"testing"
	"time"

	"rounds"
	"rounds/clocks"
	"rounds/geo"
	"rounds/store"

	"github.com/paulmach/orb"
)

// visits are an org's visits by their beginning and end, a line each.
func (o *town) visits() []string {
	o.t.Helper()
	listed, err := o.store.Visits(context.Background(), o.admin.Scope(), store.VisitFilter{Limit: 1000})
	o.must(err)
	end := func(v store.ListedVisit) time.Time { return *cmp.Or(v.EndedAt, new(v.StartedAt.AddDate(1, 0, 0))) }
	slices.SortFunc(listed, func(a, b store.ListedVisit) int {
		return cmp.Or(a.StartedAt.Compare(b.StartedAt), end(a).Compare(end(b)))
	})
	var lines []string
	for _, v := range listed {
		clock := func(t time.Time) string { return t.In(o.admin.Zone).Format("15:04") }
		line := v.RetailerCode + " " + clock(v.StartedAt) + "-"
		if v.EndedAt != nil {
			line += clock(*v.EndedAt)
		}
		if v.Dwell != nil {
			line += fmt.Sprintf(" %gmin", float64(*v.Dwell)/60)
		}
		if v.EndEstimated {
			line += " estimated"
		}
		if v.EndBy() == rounds.EndByRequest {
			line += " claimed"
		}
		if v.Credited {
			line += " by " + string(v.CreditedBy)
		}
		if v.NeedsReview {
			line += " needs review"
		}
		if slices.Contains(v.Reasons, checkOutDiffers) {
			line += " checked out elsewhere"
		}
		lines = append(lines, line)
	}
	return lines
}

func TestVisitsFollowFromEvents(t *testing.T) {
	t.Parallel()
	at := func(minute int) time.Time { return morning.Add(time.Duration(minute) * time.Minute) } // from 10:30 on
	tests := []struct {
		name string
		taps func(a, b rounds.RetailerID) []tap
		want string
	}{
		{"paired", func(a, _ rounds.RetailerID) []tap {
			in := checkIn(a, at(0))
			return []tap{in, in.out(at(12))}
		}, "A 10:30-10:42 12min by position"},
		{"checked out of another retailer", func(a, b rounds.RetailerID) []tap {
			in := checkIn(a, at(0))
			out := in.out(at(12))
			out.retailer = b
			return []tap{in, out}
		}, "A 10:30-10:42 12min by position checked out elsewhere"},
		{"still open", func(a, _ rounds.RetailerID) []tap {
			return []tap{checkIn(a, at(0))}
		}, "A 10:30- by position"},
		{"closed by the next check-in, and earns no time", func(a, b rounds.RetailerID) []tap {
			return []tap{checkIn(a, at(0)), checkIn(b, at(20))}
		}, "A 10:30-10:50 estimated by position; B 10:50- by position"},
		{"checked out after the next check-in, and earns no time", func(a, b rounds.RetailerID) []tap {
			in := checkIn(a, at(0))
			return []tap{in, checkIn(b, at(20)), in.out(at(21))}
		}, "A 10:30-10:50 estimated by position; B 10:50- by position"},
		{"checked out in the moment of the next check-in", func(a, b rounds.RetailerID) []tap {
			in := checkIn(a, at(0))
			return []tap{in, checkIn(b, at(20)), in.out(at(20))}
		}, "A 10:30-10:50 20min by position; B 10:50- by position"},
		{"a check-out whose check-in never came", func(a, _ rounds.RetailerID) []tap {
			return []tap{checkIn(a, at(0)).out(at(12))}
		}, ""},
		{"the clock set back between check-in and check-out: no time, not less", func(a, _ rounds.RetailerID) []tap {
			in := checkIn(a, at(0))
			return []tap{in, in.out(at(-45))}
		}, "A 10:30-10:30 0min by position"},
		{"the clock set back between two visits", func(a, b rounds.RetailerID) []tap {
			in, next := checkIn(a, at(0)), checkIn(b, at(-40))
			return []tap{in, in.out(at(12)), next, next.out(at(-30))}
		}, "B 09:50-10:00 10min by position; A 10:30-10:42 12min by position"},
		{"one retailer twice a day", func(a, _ rounds.RetailerID) []tap {
			in, again := checkIn(a, at(0)), checkIn(a, at(60))
			return []tap{in, in.out(at(5)), again, again.out(at(65))}
		}, "A 10:30-10:35 5min by position; A 11:30-11:35 5min by position"},
		{"checked out twice: the first counts", func(a, _ rounds.RetailerID) []tap {
			in := checkIn(a, at(0))
			return []tap{in, in.out(at(12)), in.out(at(5))}
		}, "A 10:30-10:35 5min by position"},
		{"two check-ins in one moment go by their number", func(a, b rounds.RetailerID) []tap {
			in, next := checkIn(a, at(0)), checkIn(b, at(0))
			in.seq, next.seq = 7, 3
			return []tap{in, next, in.out(at(5))}
		}, "B 10:30-10:30 estimated by position; A 10:30-10:35 5min by position"},
		{"far away: no credit, the time all the same", func(a, _ rounds.RetailerID) []tap {
			in := checkIn(a, at(0))
			in.place[1] += 0.1
			return []tap{in, in.out(at(5))}
		}, "A 10:30-10:35 5min"},
		{"made up: credited, and somebody looks", func(a, _ rounds.RetailerID) []tap {
			in := checkIn(a, at(0))
			in.mock = true
			return []tap{in}
		}, "A 10:30- by position needs review"},
	}
	o := newTown(t)
	for _, tt := range tests {
		o.newOrg("Asia/Shanghai")
		a, b, rep := o.retailer("A", bund), o.retailer("B", bund), o.rep("rep")
		for _, p := range tt.taps(a, b) {
			o.send(rep, p)
		}
		if line := strings.Join(o.visits(), "; "); line != tt.want {
			t.Errorf("%s:\n got %s\nwant %s", tt.name, line, tt.want)
		}
	}
}

// A rep's events name other people's check-ins at will; only their own end a visit.
func TestNobodyEndsAnothersVisit(t *testing.T) {
	t.Parallel()
	o := newTown(t)
	a, anna, ben := o.retailer("A", bund), o.rep("anna"), o.rep("ben")
	in := checkIn(a, morning)
	o.send(anna, in)
	o.send(ben, in.out(morning.Add(time.Minute)))
	o.send(ben, checkIn(a, morning.Add(2*time.Minute))) // nor does Ben's next visit close Anna's
	if got := strings.Join(o.visits(), "; "); got != "A 10:30- by position; A 10:32- by position" {
		t.Error(got)
	}
	credit, err := o.store.Standings(context.Background(), o.org.ID, []rounds.EventID{in.id})
	if err != nil || credit[in.id].CreditedBy != rounds.CreditedByPosition {
		t.Errorf("%v, %v", credit, err)
	}
}

func TestTheDayOfAVisitIsTheOrgs(t *testing.T) {
	t.Parallel()
	for _, tt := range []struct{ name, zone, at, day string }{
		{"an evening in Shanghai", "Asia/Shanghai", "2026-03-04T23:30:00+08:00", "2026-03-04"},
		{"the same by UTC's clock", "Asia/Shanghai", "2026-03-04T15:30:00Z", "2026-03-04"},
		{"after midnight in Shanghai", "Asia/Shanghai", "2026-03-05T00:30:00+08:00", "2026-03-05"},
		{"a phone on New York's clock", "Asia/Shanghai", "2026-03-04T19:30:00-05:00", "2026-03-05"},
		{"the evening before the short day", "America/New_York", "2026-03-07T23:30:00-05:00", "2026-03-07"},
		{"the short day's first hour", "America/New_York", "2026-03-08T00:30:00-05:00", "2026-03-08"},
		{"the short day's last hour", "America/New_York", "2026-03-09T03:30:00Z", "2026-03-08"},
		{"the long day's last hour", "America/New_York", "2026-11-02T04:30:00Z", "2026-11-01"},
		{"the hour after it", "America/New_York", "2026-11-02T05:30:00Z", "2026-11-02"},
	} {
		t.Run(tt.name, func(t *testing.T) {
			t.Parallel()
			o := newTownIn(t, shared(), tt.zone)
			at, err := time.Parse(time.RFC3339, tt.at)
			o.must(err)
			rep := o.rep("rep")
			o.send(rep, checkIn(o.retailer("A", bund), at))
			got := o.texts(`select e.day || ' ' || v.day from visits v join visit_events e using (org_id, id) where org_id = $1`, o.org.ID)
			if want := tt.day + " " + tt.day; !slices.Equal(got, []string{want}) {
				t.Errorf("%v, want %s", got, want)
			}
		})
	}
}

func TestReviewsDecide(t *testing.T) {
	t.Parallel()
	const credit, refuse, note = rounds.DecisionCredit, rounds.DecisionRefuse, rounds.DecisionNote
	tests := []struct {
		name      string
		far, mock bool
		reviews   []rounds.Decision
		want      string
	}{
		{"far away, credited", true, false, []rounds.Decision{credit}, " by review"},
		{"at the retailer, refused", false, false, []rounds.Decision{refuse}, ""},
		{"at the retailer, credited: by review, as said last", false, false, []rounds.Decision{credit}, " by review"},
		{"the last one counts", true, false, []rounds.Decision{credit, refuse}, ""},
		{"and back again", true, false, []rounds.Decision{credit, refuse, credit}, " by review"},
		{"a note changes nothing", true, false, []rounds.Decision{note}, ""},
		{"nor after a credit", true, false, []rounds.Decision{credit, note}, " by review"},
		{"made up, noted: somebody has still to look", false, true, []rounds.Decision{note}, " by position needs review"},
		{"made up, credited", false, true, []rounds.Decision{credit}, " by review"},
		{"made up, refused", false, true, []rounds.Decision{refuse}, ""},
	}
	o := newTown(t)
	for _, tt := range tests {
		o.newOrg("Asia/Shanghai")
		boss, rep := o.person(o.admin, "boss", rounds.RoleSupervisor), o.rep("rep")
		in := checkIn(o.retailer("A", bund), morning)
		in.mock = tt.mock
		if tt.far {
			in.place[1] += 0.1
		}
		outcome := o.send(rep, in)[0].Judgement.Outcome
		for _, d := range tt.reviews { // all in one moment: the order in which they came decides
			detail, err := o.Review(context.Background(), boss, rounds.VisitID(in.id), d, "because")
			o.must(err)
			if detail.Outcome != outcome {
				t.Errorf("%s: the outcome became %s", tt.name, detail.Outcome)
			}
		}
		if got := o.visits()[0]; got != "A 10:30-"+tt.want {
			t.Errorf("%s: %q, want %q", tt.name, got, tt.want)
		}
		if n, changed, err := o.Rederive(context.Background(), o.org.ID, func(int) {}); n != 1 || changed != 0 || err != nil {
			t.Errorf("%s: derived again: %d visits, %d changed, %v", tt.name, n, changed, err)
		}
	}
}

func TestWhoMayReview(t *testing.T) {
	t.Parallel()
	o := newTown(t)
	rep := o.rep("rep")
	in := checkIn(o.retailer("A", bund), morning)
	o.send(rep, in)
	unit, err := o.AddUnit(context.Background(), o.admin, rounds.Unit{ParentID: o.admin.UnitID, Name: "elsewhere"})
	o.must(err)
	far := o.admin
	far.UnitID = unit.ID
	promoted := rep
	promoted.Role = rounds.RoleSupervisor
	for _, tt := range []struct {
		name string
		who  rounds.Actor
		want rounds.Code
	}{
		{"the rep", rep, rounds.Forbidden},
		{"a planner", o.person(o.admin, "planner", rounds.RolePlanner), rounds.Forbidden},
		{"a supervisor elsewhere", o.person(far, "far", rounds.RoleSupervisor), rounds.NotFound},
		{"the rep, by now a supervisor", promoted, rounds.Forbidden},
		{"a supervisor", o.person(o.admin, "boss", rounds.RoleSupervisor), ""},
	} {
		_, err := o.Review(context.Background(), tt.who, rounds.VisitID(in.id), rounds.DecisionRefuse, "because")
		wantCode(t, tt.name, err, tt.want)
	}
}

// One accepting check-in through the database: east of the 90th degree no swap of coordinates survives it.
func TestACheckInIsAccepted(t *testing.T) {
	t.Parallel()
	o := newTown(t)
	rep := o.rep("rep")
	r := o.retailer("A", bund)
	o.territory("north", rep, r)
	got := o.send(rep, checkIn(r, morning))[0]
	j := got.Judgement
	if j.Outcome != geo.AtRetailer || len(j.AllReasons()) > 0 || got.CreditedBy != rounds.CreditedByPosition {
		t.Fatalf("%s %v", j.Outcome, j.AllReasons())
	}
	if !(*j.Distance > 9.9 && *j.Distance < 10.1) || j.PinVersion != 1 || j.PolicyVersion != 1 {
		t.Errorf("%v m, pin %d, policy %d", *j.Distance, j.PinVersion, j.PolicyVersion)
	}
	places := o.texts(`
		select f.lat || ' ' || f.lon || ' ' || p.lat || ' ' || p.lon
		from event_fixes f
		join pins p using (org_id)
		where org_id = $1`, o.org.ID)
	if !slices.Equal(places, []string{"31.23979 121.4903 31.2397 121.4903"}) {
		t.Error(places)
	}
}

// aheadBy is the tap by a clock that is ahead.
func aheadBy(d time.Duration, p tap) tap {
	p.at, p.ahead = p.at.Add(d), d
	return p
}

func TestFlags(t *testing.T) {
	t.Parallel()
	o := newTown(t)
	rep := o.rep("rep")
	r, closed := o.retailer("A", bund), o.retailer("B", bund)
	o.territory("north", rep, r, closed)
	_, err := o.ChangeRetailer(context.Background(), o.admin, closed, func(r *rounds.Retailer) { r.Status = rounds.RetailerClosed }, nil)
	o.must(err)
	for _, tt := range []struct {
		name string
		tap  tap
		rep  rounds.Actor
		want []geo.Reason
	}{
		{"nothing", checkIn(r, morning), rep, nil},
		{"a clock two seconds ahead", aheadBy(2*time.Second, checkIn(r, morning)), rep, nil},
		{"sent days later", checkIn(r, morning.Add(-time.Hour)), rep, nil},
		{"on another day, when the territory was nobody's", checkIn(r, morning.AddDate(0, 0, -1)), rep, []geo.Reason{notInTerritory}},
		{"somebody else's retailer", checkIn(r, morning), o.rep("ben"), []geo.Reason{notInTerritory}},
		{"a closed retailer", checkIn(closed, morning), rep, []geo.Reason{retailerClosed}},
		{"a clock an hour ahead", aheadBy(time.Hour, checkIn(r, morning)), rep, []geo.Reason{clocks.Inconsistent, clocks.Moved, clocks.Wrong, clocks.TimeUncertain}},
	} {
		got := o.send(tt.rep, tt.tap)[0]
		if !slices.Equal(got.Judgement.Flags, tt.want) || got.Judgement.Outcome != geo.AtRetailer {
			t.Errorf("%s: %v, %s", tt.name, got.Judgement.Flags, got.Judgement.Outcome)
		}
	}
}

// By the policy that an org begins with, both taps have a say in where the rep was.
func TestAVisitIsJudgedOverBothTaps(t *testing.T) {
	t.Parallel()
	o := newTown(t)
	_, err := o.AddPolicy(context.Background(), o.admin, geo.DefaultPolicy(), "fairer")
	o.must(err)
	here, away := bund, orb.Point{bund.Lon() + 0.03, bund.Lat()}
	for _, tt := range []struct {
		name    string
		in, out orb.Point
		source  geo.PinSource
		want    geo.Outcome
		reason  geo.Reason
	}{
		{"here and here", here, here, geo.Surveyed, geo.AtRetailer, ""},
		{"away and here", away, here, geo.Surveyed, geo.AtRetailer, ""},
		{"here and away", here, away, geo.Surveyed, geo.AtRetailer, ""},
		{"away and away", away, away, geo.Surveyed, geo.Elsewhere, geo.FarOutside},
		{"away and away of a pin that nobody vouches for", away, away, geo.Manual, geo.Undecided, geo.PinUnconfirmed},
		{"away, and not gone yet", away, orb.Point{}, geo.Surveyed, geo.Undecided, geo.FarOnce},
	} {
		rep, r := o.rep(tt.name), o.retailer(tt.name, bund)
		o.do(`update pins set source = $3 where org_id = $1 and retailer_id = $2`, o.org.ID, r, tt.source)
		in := checkIn(r, morning)
		in.place = tt.in
		taps := []tap{in}
		if tt.out != (orb.Point{}) {
			out := in.out(morning.Add(10 * time.Minute))
			out.place = tt.out
			taps = append(taps, out)
		}
		o.send(rep, taps...)
		v, err := o.store.Visit(context.Background(), o.admin.Scope(), rounds.VisitID(in.id))
		o.must(err)
		if v.Outcome != tt.want || v.Credited != (tt.want == geo.AtRetailer) || (tt.reason != "" && !slices.Contains(v.Reasons, tt.reason)) {
			t.Errorf("%s: %s, credited %t, %v", tt.name, v.Outcome, v.Credited, v.Reasons)
		}
	}
}
