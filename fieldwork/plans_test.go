package fieldwork

import (
	"context"
	"fmt"
	"log/slog"
	"math/rand/v2"
	"slices"
	"strings"
	"testing"
	"time"

	"rounds"
	"rounds/geo"
	"rounds/roads"

	"github.com/google/go-cmp/cmp"
	"github.com/paulmach/orb"
	"pgregory.net/rapid"
)

// someRetailers are up to so many around the bund, some without a pin.
func someRetailers(most int) *rapid.Generator[[]rounds.Retailer] {
	return rapid.Custom(func(t *rapid.T) []rounds.Retailer {
		retailers := make([]rounds.Retailer, rapid.IntRange(0, most).Draw(t, "retailers"))
		for i := range retailers {
			r := FreshRetailer()
			r.ID, r.Code = rounds.NewID[rounds.Retailer](), fmt.Sprintf("%03d", i)
			r.ServiceSeconds = rapid.SampledFrom([]int{600, 0, 60, 1800, 7200, 86400}).Draw(t, "service")
			r.VisitsPer8Weeks = rapid.SampledFrom([]int{8, 0, 1, 4, 56, 112}).Draw(t, "visits")
			if rapid.IntRange(0, 5).Draw(t, "pinless") > 0 {
				step := rapid.Float64Range(-0.05, 0.05)
				r.Pin = &geo.Pin{Point: orb.Point{bund[0] + step.Draw(t, "lon"), bund[1] + step.Draw(t, "lat")}}
			}
			retailers[i] = r
		}
		return retailers
	})
}

const workingTime = 8 * time.Hour

// usualDay is a day as an org has it that has chosen nothing.
func usualDay(d rounds.Day) daytime {
	return daytime{day: d, zone: time.UTC, hours: rounds.Settings{}.WorkingHours()}
}

func TestChooseDue(t *testing.T) {
	t.Parallel()
	const day rounds.Day = "2026-03-04"
	rapid.Check(t, func(t *rapid.T) {
		retailers := someRetailers(60).Draw(t, "all")
		last := map[rounds.RetailerID]rounds.Day{}
		for _, r := range retailers {
			if ago := rapid.IntRange(0, 90).Draw(t, "days ago"); ago > 0 {
				last[r.ID] = day.Add(-ago)
			}
		}
		chosen := chooseDue(retailers, last, day, workingTime)
		service, waiting := time.Duration(0), 0
		for _, r := range retailers {
			visited, ever := last[r.ID]
			isDue := r.Pin != nil && r.VisitsPer8Weeks > 0 && (!ever || visited.Until(day)*r.VisitsPer8Weeks >= cycleDays)
			in := slices.ContainsFunc(chosen, func(c rounds.Retailer) bool { return c.ID == r.ID })
			if in && !isDue {
				t.Fatalf("%s is chosen and not due: last on %q, %d visits", r.Code, visited, r.VisitsPer8Weeks)
			}
			if isDue {
				waiting++
			}
		}
		for _, c := range chosen {
			service += time.Duration(c.ServiceSeconds) * time.Second
		}
		if len(chosen) > maxDue || (len(chosen) > 1 && service > workingTime) || (waiting > 0 && len(chosen) == 0) {
			t.Fatalf("%d of %d due chosen, %v of service", len(chosen), waiting, service)
		}
		if !slices.IsSortedFunc(chosen, func(a, b rounds.Retailer) int { return strings.Compare(a.Code, b.Code) }) {
			t.Fatal("not by code")
		}
		shuffled := slices.Clone(retailers)
		rand.Shuffle(len(shuffled), func(i, j int) { shuffled[i], shuffled[j] = shuffled[j], shuffled[i] })
		if diff := cmp.Diff(chosen, chooseDue(shuffled, last, day, workingTime)); diff != "" {
			t.Fatalf("the order in which they are read matters: %s", diff)
		}
	})
}

// The most overdue retailer is always among the chosen.
func TestChooseDueBeginsWithTheMostOverdue(t *testing.T) {
	t.Parallel()
	var retailers []rounds.Retailer
	last := map[rounds.RetailerID]rounds.Day{}
	for i := range 40 {
		r := FreshRetailer()
		r.ID, r.Code = rounds.NewID[rounds.Retailer](), fmt.Sprintf("%02d", i)
		r.Pin = &geo.Pin{Point: orb.Point{bund[0] + float64(i)/1000, bund[1]}}
		retailers, last[r.ID] = append(retailers, r), "2026-02-25" // due on the very day
	}
	last[retailers[39].ID] = "2025-12-01"
	chosen := chooseDue(retailers, last, "2026-03-04", workingTime)
	if len(chosen) != maxDue || chosen[len(chosen)-1].Code != "39" || chosen[0].Code != "10" {
		t.Errorf("%d chosen, from %s to %s", len(chosen), chosen[0].Code, chosen[len(chosen)-1].Code)
	}
	if chosen = chooseDue(retailers[:39], last, "2026-03-03", workingTime); len(chosen) > 0 {
		t.Errorf("a day early %d are due", len(chosen))
	}
}

// A plan's order never takes longer than the order given; it has every retailer once, those without a pin
// last; and its legs, times and lengths are those of its order.
func TestOrderPlan(t *testing.T) {
	t.Parallel()
	o := &Office{travel: roads.StraightLines(roads.Car), ways: newWayCache(waysKept), log: slog.New(slog.DiscardHandler)}
	rapid.Check(t, func(t *rapid.T) {
		retailers := someRetailers(20).Draw(t, "retailers")
		rep := rounds.User{ID: rounds.NewID[rounds.User]()}
		if rapid.Bool().Draw(t, "has a home") {
			rep.Home = &orb.Point{bund[0] + 0.02, bund[1] - 0.01}
		}
		n := NewPlan{RepID: rep.ID, Day: "2026-03-04", RoundTrip: rapid.Bool().Draw(t, "round trip")}
		p, err := o.orderPlan(context.Background(), rep, retailers, n, usualDay(n.Day))
		if err != nil {
			t.Fatal(err)
		}
		if p.TravelSeconds > p.BeforeSeconds || p.TravelSeconds != p.OptimisedSeconds || p.Distance != p.Optimised || p.RoundTrip != (n.RoundTrip && rep.Home != nil) {
			t.Fatalf("%+v", p)
		}
		if p.Travel != (rounds.Travel{Source: "straight", Wanted: "straight"}) {
			t.Fatalf("travel %+v", p.Travel)
		}
		byID, node, points := map[rounds.RetailerID]rounds.Retailer{}, map[rounds.RetailerID]int{}, []orb.Point(nil)
		for _, r := range retailers {
			if byID[r.ID] = r; r.Pin != nil {
				node[r.ID] = len(points)
				points = append(points, r.Pin.Point)
			}
		}
		here, home := -1, -1
		if rep.Home != nil {
			points = append(points, *rep.Home)
			here, home = len(points)-1, len(points)-1
		}
		table, err := roads.StraightLines(roads.Car).Table(context.Background(), points)
		if err != nil || len(p.Stops) != len(retailers) {
			t.Fatalf("%d stops of %d retailers, %v", len(p.Stops), len(retailers), err)
		}
		clock, total, seconds, pinless := p.Day.At(8, 30, time.UTC), geo.Meters(0), 0, false
		way := func(from, to int) (geo.Meters, int) {
			if from < 0 {
				return 0, 0
			}
			return table.Meters(from, to), int(table.Seconds(from, to))
		}
		for _, s := range p.Stops {
			r, ok := byID[s.RetailerID]
			delete(byID, s.RetailerID)
			if !ok || s.ID.IsZero() || (pinless && r.Pin != nil) {
				t.Fatalf("stop %v of %s", s, r.Code)
			}
			leg, took := geo.Meters(0), 0
			if pinless = r.Pin == nil; !pinless {
				leg, took = way(here, node[r.ID])
				here = node[r.ID]
			}
			clock = clock.Add(time.Duration(took) * time.Second)
			if s.Leg != leg || s.LegSeconds != took || !s.PlannedAt.Equal(clock) || s.ServiceSeconds != r.ServiceSeconds {
				t.Fatalf("stop %v: want %v m, %d s and %v", s, leg, took, clock)
			}
			clock = clock.Add(time.Duration(s.ServiceSeconds) * time.Second)
			total, seconds = total+leg, seconds+took
		}
		if p.RoundTrip && here != home {
			leg, took := way(here, home)
			total, seconds = total+leg, seconds+took
		}
		if p.Distance != total || p.TravelSeconds != seconds {
			t.Fatalf("%v m and %d s, recomputed %v m and %d s", p.Distance, p.TravelSeconds, total, seconds)
		}
	})
}

// A row of shops along the river, for a rep who has them all.
func (o *town) row(n int) (rounds.Actor, []rounds.RetailerID) {
	o.t.Helper()
	rep := o.rep("rep")
	var ids []rounds.RetailerID
	for i := range n {
		ids = append(ids, o.retailer(fmt.Sprintf("%02d", i), orb.Point{bund[0] + float64(i)/500, bund[1]}))
	}
	o.territory("river", rep, ids...)
	return rep, ids
}

func TestAPlanIsMadeChangedAndReplaced(t *testing.T) {
	t.Parallel()
	o := newTown(t)
	rep, ids := o.row(4)
	day := o.today(o.admin)
	jumbled := []rounds.RetailerID{ids[2], ids[0], ids[3], ids[1]}
	p, err := o.MakePlan(context.Background(), o.admin, NewPlan{RepID: rep.UserID, Day: day, Retailers: jumbled})
	o.must(err)
	order := func(p rounds.Plan) (order []rounds.RetailerID) {
		for _, s := range p.Stops {
			order = append(order, s.RetailerID)
		}
		return order
	}
	if got := order(p); !slices.Equal(got, ids) && !slices.Equal(got, reversed(ids)) {
		t.Errorf("order %v", got)
	}
	stored := func() rounds.Plan {
		p, err := o.store.PlanOfDay(context.Background(), o.org.ID, rep.UserID, day)
		o.must(err)
		return p
	}
	if diff := cmp.Diff(p, stored()); diff != "" {
		t.Error(diff)
	}

	stops := []rounds.StopID{p.Stops[1].ID, p.Stops[0].ID, p.Stops[3].ID, p.Stops[2].ID}
	for _, tt := range []struct {
		name     string
		who      rounds.Actor
		revision int
		order    []rounds.StopID
		want     rounds.Code
	}{
		{"of another revision", o.admin, 2, stops, rounds.Conflict},
		{"a stop left out", o.admin, 1, stops[:3], rounds.Invalid},
		{"a stop twice", o.admin, 1, []rounds.StopID{stops[0], stops[0], stops[1], stops[2]}, rounds.Invalid},
		{"a stop that is none", o.admin, 1, []rounds.StopID{stops[0], stops[1], stops[2], rounds.NewID[rounds.Stop]()}, rounds.Invalid},
		{"by the rep", rep, 1, stops, rounds.Forbidden},
		{"another plan", o.admin, 1, nil, rounds.NotFound},
	} {
		id := p.ID
		if tt.name == "another plan" {
			id = rounds.NewID[rounds.Plan]()
		}
		_, err := o.OrderByHand(context.Background(), tt.who, id, tt.revision, tt.order, "")
		wantCode(t, tt.name, err, tt.want)
	}
	byHand, err := o.OrderByHand(context.Background(), o.admin, p.ID, 1, stops, "")
	o.must(err)
	legs := geo.Meters(0)
	for i, s := range byHand.Stops {
		if legs += s.Leg; s.ID != stops[i] {
			t.Errorf("stop %d is another", i)
		}
	}
	if byHand.Revision != 2 || byHand.OrderedBy != rounds.OrderedByHand || byHand.Distance != legs || !(byHand.Distance > p.Distance) ||
		byHand.Optimised != p.Optimised || byHand.Before != p.Before {
		t.Errorf("%+v", byHand)
	}
	if diff := cmp.Diff(byHand, stored()); diff != "" {
		t.Error(diff)
	}

	_, err = o.MakePlan(context.Background(), o.admin, NewPlan{RepID: rep.UserID, Day: day})
	wantCode(t, "a second plan", err, rounds.Conflict)
	due, err := o.MakePlan(context.Background(), o.admin, NewPlan{RepID: rep.UserID, Day: day, Replace: true})
	o.must(err)
	if len(due.Stops) != 4 || due.ID == p.ID || stored().ID != due.ID {
		t.Errorf("replaced by %v", due)
	}
	_, err = o.MakePlan(context.Background(), o.admin, NewPlan{RepID: o.admin.UserID, Day: day})
	wantCode(t, "for an administrator", err, rounds.Invalid)
	_, err = o.MakePlan(context.Background(), o.admin, NewPlan{RepID: rep.UserID, Day: day, Replace: true, Retailers: []rounds.RetailerID{ids[0], ids[0], rounds.NewID[rounds.Retailer]()}})
	wantCode(t, "a retailer twice and one that is none", err, rounds.Invalid)
	if problem, ok := err.(*rounds.Error); !ok || len(problem.Fields) != 2 || problem.Fields[0].Pointer != "/retailer_ids/1" || problem.Fields[1].Pointer != "/retailer_ids/2" {
		t.Errorf("fields of %v", err)
	}
}

func reversed[T any](s []T) []T {
	s = slices.Clone(s)
	slices.Reverse(s)
	return s
}

// What was credited lately is not due; what was only claimed is.
func TestDueGoesByCreditedVisits(t *testing.T) {
	t.Parallel()
	o := newTown(t)
	rep, ids := o.row(2)
	far := checkIn(ids[1], morning)
	far.place[1] += 0.1
	o.send(rep, checkIn(ids[0], morning), far)
	o.pass(24 * time.Hour)
	p, err := o.MakePlan(context.Background(), o.admin, NewPlan{RepID: rep.UserID, Day: o.today(o.admin)})
	o.must(err)
	if len(p.Stops) != 1 || p.Stops[0].RetailerID != ids[1] {
		t.Errorf("stops %v", p.Stops)
	}
}

// Two planners at once: one plan, one conflict; and two orders by hand of one revision likewise.
func TestPlansAtOnce(t *testing.T) {
	t.Parallel()
	o := newTown(t)
	rep, ids := o.row(3)
	day := o.today(o.admin)
	outcome := func(act func() error) map[rounds.Code]int {
		codes := make(chan rounds.Code, 4)
		for range 4 {
			go func() { codes <- rounds.CodeOf(act()) }()
		}
		count := map[rounds.Code]int{}
		for range 4 {
			count[<-codes]++
		}
		return count
	}
	want := map[rounds.Code]int{"": 1, rounds.Conflict: 3}
	made := outcome(func() error {
		_, err := o.MakePlan(context.Background(), o.admin, NewPlan{RepID: rep.UserID, Day: day, Retailers: ids})
		return err
	})
	if diff := cmp.Diff(want, made); diff != "" {
		t.Errorf("made: %s", diff)
	}
	p, err := o.store.PlanOfDay(context.Background(), o.org.ID, rep.UserID, day)
	o.must(err)
	ordered := outcome(func() error {
		_, err := o.OrderByHand(context.Background(), o.admin, p.ID, 1, []rounds.StopID{p.Stops[1].ID, p.Stops[0].ID, p.Stops[2].ID}, "")
		return err
	})
	if diff := cmp.Diff(want, ordered); diff != "" {
		t.Errorf("ordered: %s", diff)
	}
	if p, _ = o.store.PlanOfDay(context.Background(), o.org.ID, rep.UserID, day); p.Revision != 2 || len(p.Stops) != 3 {
		t.Errorf("revision %d, %d stops", p.Revision, len(p.Stops))
	}
}
