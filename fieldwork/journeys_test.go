package fieldwork

import (
	"context"
	"errors"
	"fmt"
	"log/slog"
	"math/rand/v2"
	"slices"
	"testing"
	"time"

	"rounds"
	"rounds/roads"
	"rounds/store"

	"github.com/google/go-cmp/cmp"
	"github.com/paulmach/orb"
	"pgregory.net/rapid"
)

// plainOptions are those of a plan that nobody chose.
var plainOptions = rounds.JourneyOptions{Unevenness: 5, Change: 300, Wishes: 100, DaySeconds: 28800, Seed: 1, RoundTrip: true}

// the weeks of tests begin on a Monday of which it is Wednesday the week before.
const journeyMonday rounds.Day = "2026-03-09"

// weekdaysOf are Monday to Friday of so many weeks.
func weekdaysOf(from rounds.Day, n int) (days []rounds.Day) {
	for d := range 7 * n {
		if day := from.Add(d); (day.Weekday()+6)%7 < 5 {
			days = append(days, day)
		}
	}
	return days
}

// aTerritory is a rep with so many retailers of three classes around their home.
func aTerritory(n int, seed uint64) journeyInput {
	random := rand.New(rand.NewPCG(seed, 1))
	in := journeyInput{
		Today: "2026-03-04", From: journeyMonday, Weeks: 4, Zone: "Asia/Shanghai", Home: &bund, Options: plainOptions, Days: weekdaysOf(journeyMonday, 4),
	}
	for i := range n {
		r := journeyRetailer{ID: rounds.NewID[rounds.Retailer](), Code: fmt.Sprintf("%03d", i), Service: 600, Visits: []int{8, 4, 4, 2, 2}[i%5]}
		r.At = &orb.Point{bund[0] + 0.08*(random.Float64()-0.5), bund[1] + 0.08*(random.Float64()-0.5)}
		r.Rhythm = rounds.AnyRhythm(r.ID)
		in.Retailers = append(in.Retailers, r)
	}
	return in
}

// daysOf are the days on which each retailer is called on.
func daysOf(sh share) map[rounds.RetailerID][]rounds.Day {
	days := map[rounds.RetailerID][]rounds.Day{}
	for _, b := range sh.beats {
		for _, s := range b.Stops {
			days[s.RetailerID] = append(days[s.RetailerID], b.Day)
		}
	}
	return days
}

// straight is an office that needs no more than straight lines.
var straight = &Office{travel: roads.StraightLines(roads.Car)}

func solved(t testing.TB, in journeyInput) share {
	t.Helper()
	sh, err := straight.solveJourney(context.Background(), in)
	if err != nil {
		t.Fatal(err)
	}
	return sh
}

func TestATerritoryOf200HasEvenDays(t *testing.T) {
	t.Parallel()
	in := aTerritory(200, 1)
	in.Options.Kicks = 20_000
	sh := solved(t, in)
	if sh.CV > 0.05 || len(sh.left) > 0 || sh.Visits != 40*4+80*2+80*1 {
		t.Errorf("variation %.3f, %d visits, left out: %v", sh.CV, sh.Visits, sh.left)
	}
	for id, days := range daysOf(sh) {
		i := slices.IndexFunc(in.Retailers, func(r journeyRetailer) bool { return r.ID == id })
		for k := 1; k < len(days); k++ {
			if gap := days[k-1].Until(days[k]); gap != cycleDays/in.Retailers[i].Visits {
				t.Errorf("%d days between visits, with %d in eight weeks", gap, in.Retailers[i].Visits)
			}
		}
	}
	for _, b := range sh.beats {
		if b.TravelSeconds+b.ServiceSeconds > in.Options.DaySeconds {
			t.Errorf("%s takes %d s", b.Day, b.TravelSeconds+b.ServiceSeconds)
		}
	}
}

func TestFewVisitsChangeDays(t *testing.T) {
	t.Parallel()
	in := aTerritory(60, 2)
	first := solved(t, in)
	days := daysOf(first)
	for i, r := range in.Retailers {
		in.Retailers[i].Base = days[r.ID]
	}
	in.Options.Seed, in.Retailers = 9, slices.Concat(in.Retailers, aTerritory(3, 5).Retailers)
	second := solved(t, in)
	in.Options.Change = 0
	free := solved(t, in)
	if second.Moved > 10 || free.Moved < 30 {
		t.Errorf("%d visits move for three retailers more, %d if that costs nothing", second.Moved, free.Moved)
	}
}

// Nobody works for nine days: who wants a visit every nine days at least is called on before and after them all the same.
func TestHolidaysLongerThanTheLongestGap(t *testing.T) {
	t.Parallel()
	in := aTerritory(10, 1)
	in.Weeks = 8
	in.Days = slices.DeleteFunc(weekdaysOf(in.From, in.Weeks), func(d rounds.Day) bool { n := in.From.Until(d); return n >= 5 && n < 15 })
	for i := range in.Retailers {
		in.Retailers[i].Visits, in.Retailers[i].Rhythm.MaxDays = 8, 9
	}
	if sh := solved(t, in); len(sh.left) > 0 || sh.Visits != 80 {
		t.Errorf("%d visits of 80, left out: %v", sh.Visits, sh.left)
	}
}

// Whatever is asked for: each retailer is called on within its days and gaps or told why not, nobody works on days
// that are none, and no day is too long. That tours and sums are right, solveJourney checks itself.
func TestJourneysKeepWhatIsAskedFor(t *testing.T) {
	t.Parallel()
	rapid.Check(t, func(t *rapid.T) {
		in := aTerritory(rapid.IntRange(0, 12).Draw(t, "retailers"), rapid.Uint64().Draw(t, "seed"))
		in.Weeks = rapid.IntRange(1, 8).Draw(t, "weeks")
		in.Days = slices.DeleteFunc(weekdaysOf(in.From, in.Weeks), func(rounds.Day) bool { return rapid.IntRange(0, 5).Draw(t, "off") == 0 })
		in.Options.Kicks = 50
		if rapid.Bool().Draw(t, "homeless") {
			in.Home = nil
		}
		for i := range in.Retailers {
			anyRhythm(t, &in.Retailers[i])
		}
		sh, err := straight.solveJourney(context.Background(), in)
		if err != nil {
			t.Fatal(err)
		}
		checkShare(t, in, sh)
	})
}

func anyRhythm(t *rapid.T, r *journeyRetailer) {
	r.Visits = rapid.SampledFrom([]int{1, 2, 3, 4, 8, 12, 16, 40, 112}).Draw(t, "visits")
	r.Rhythm.Weekdays = rounds.Weekdays(rapid.IntRange(1, 127).Draw(t, "weekdays"))
	r.Rhythm.Wished, r.Rhythm.WishPrice = rounds.Weekdays(rapid.IntRange(0, 127).Draw(t, "wished")), rapid.IntRange(0, 1000).Draw(t, "price")
	r.Rhythm.MinDays = rapid.IntRange(0, 9).Draw(t, "min")
	if rapid.Bool().Draw(t, "at most") {
		r.Rhythm.MaxDays = max(1, r.Rhythm.MinDays) + rapid.IntRange(0, 40).Draw(t, "max")
	}
	if ago := rapid.IntRange(0, 100).Draw(t, "last"); ago > 0 {
		r.Last = rounds.Day("2026-03-04").Add(-ago)
	}
	if rapid.IntRange(0, 5).Draw(t, "pinless") == 0 {
		r.At = nil
	}
	r.Service = rapid.SampledFrom([]int{0, 600, 40_000}).Draw(t, "service")
}

func checkShare(t *rapid.T, in journeyInput, sh share) {
	called, missing := daysOf(sh), map[rounds.RetailerID]rounds.LeftOut{}
	for _, l := range sh.left {
		if _, twice := missing[l.RetailerID]; twice || l.Planned >= l.Wanted || l.Planned != len(called[l.RetailerID]) {
			t.Fatalf("%+v, called on %v", l, called[l.RetailerID])
		}
		missing[l.RetailerID] = l
	}
	for _, r := range in.Retailers {
		days := called[r.ID]
		for k, d := range days {
			if !slices.Contains(in.Days, d) || !r.Rhythm.Weekdays.Has(d) {
				t.Fatalf("called on %s", d)
			}
			if k > 0 && days[k-1].Until(d) < max(1, r.Rhythm.MinDays) {
				t.Fatalf("called on %v, at least %d days apart", days, r.Rhythm.MinDays)
			}
		}
		if _, told := missing[r.ID]; r.At == nil && len(days) > 0 || r.Last == "" && len(days) == 0 && !told {
			t.Fatalf("%+v is called on %v, and left out %t", r, days, told)
		}
	}
	for _, b := range sh.beats {
		if b.TravelSeconds+b.ServiceSeconds > in.Options.DaySeconds || len(b.Stops) == 0 {
			t.Fatalf("%+v", b)
		}
	}
}

func TestVisitsFallDue(t *testing.T) {
	t.Parallel()
	for _, tt := range []struct {
		says          string
		last          rounds.Day
		visits, weeks int
		today         rounds.Day
		due, want     int
	}{
		{"never visited, weekly", "", 8, 4, "2026-03-09", 0, 4},
		{"never visited, once in eight weeks", "", 1, 4, "2026-03-09", 0, 1},
		{"on the Friday before", "2026-03-06", 8, 4, "2026-03-09", 4, 4},
		{"long overdue", "2026-01-05", 4, 4, "2026-03-09", 0, 2},
		{"due in two weeks", "2026-01-26", 1, 4, "2026-03-09", 14, 1},
		{"due after the four weeks", "2026-03-02", 1, 4, "2026-03-09", 49, 0},
		{"due before the plan begins, and made then", "2026-02-25", 8, 4, "2026-02-26", 2, 4},
		{"overdue today, made today", "2026-01-01", 8, 1, "2026-03-04", 2, 1},
		{"twice a day", "2026-03-08", 112, 1, "2026-03-09", 0, 14},
	} {
		s := &weeks{in: journeyInput{From: journeyMonday, Weeks: tt.weeks, Today: tt.today}}
		due := s.due(journeyRetailer{Last: tt.last, Visits: tt.visits})
		if got := visitsFrom(due, 7*tt.weeks, tt.visits); due != tt.due || got != tt.want {
			t.Errorf("%s: due on day %d, %d visits; want %d, %d", tt.says, due, got, tt.due, tt.want)
		}
	}
}

// journeyTown is a rep with five retailers, of which the first is called on each week.
func journeyTown(t testing.TB, db database) (*town, rounds.Actor, []rounds.RetailerID) {
	o := newTownIn(t, db, "Asia/Shanghai")
	rep := o.rep("rep")
	var shops []rounds.RetailerID
	for i := range 5 {
		shops = append(shops, o.retailer(fmt.Sprintf("R%d", i), orb.Point{bund[0] + 0.001*float64(i), bund[1]}))
	}
	o.territory("T", rep, shops...)
	return o, rep, shops
}

func (o *town) plan(weeks int) store.ListedJourney {
	o.t.Helper()
	j, err := o.PlanJourney(context.Background(), o.admin, NewJourney{From: journeyMonday, Weeks: weeks, Options: plainOptions})
	o.must(err)
	return j
}

func (o *town) planned(rep rounds.Actor, weeks int) rounds.JourneyPlanID {
	o.t.Helper()
	j := o.plan(weeks)
	o.must(o.WorkJourney(context.Background(), JourneyJob{OrgID: o.org.ID, PlanID: j.ID, RepID: rep.UserID}))
	return j.ID
}

func (o *town) beats(id rounds.JourneyPlanID) []store.ListedBeat {
	o.t.Helper()
	beats, err := o.store.Beats(context.Background(), o.admin.Scope(), id, store.BeatFilter{})
	o.must(err)
	return beats
}

func TestPlansKeepHolidaysAndLeave(t *testing.T) {
	t.Parallel()
	o, rep, _ := journeyTown(t, shared())
	o.must(o.PutCalendar(context.Background(), o.admin, rounds.CalendarYear{Year: 2026, Days: []rounds.SpecialDay{
		{Date: "2026-03-10", Name: "a holiday"}, {Date: "2026-03-14", Name: "makes up for it", Working: true},
	}}, "announced"))
	_, err := o.AddLeave(context.Background(), o.admin, rounds.Leave{RepID: rep.UserID, From: "2026-03-11", Until: "2026-03-13"})
	o.must(err)
	id := o.planned(rep, 1)
	stops := 0
	for _, b := range o.beats(id) {
		if b.Day != "2026-03-09" && b.Day != "2026-03-14" {
			t.Errorf("a beat on %s", b.Day)
		}
		stops += len(b.Stops)
	}
	if stops != 5 {
		t.Errorf("%d stops", stops)
	}
	share, err := o.store.JourneyReps(context.Background(), o.admin.Scope(), id, rounds.UserID{}, 0)
	if err != nil || len(share[0].UnknownYears) != 0 {
		t.Errorf("unknown years %v, %v", share[0].UnknownYears, err)
	}
	// Leave that comes later is a conflict.
	_, err = o.AddLeave(context.Background(), o.admin, rounds.Leave{RepID: rep.UserID, From: "2026-03-14", Until: "2026-03-14"})
	o.must(err)
	_, err = o.AcceptJourney(context.Background(), o.admin, id, "2026-03-09", "good", false)
	if e, ok := errors.AsType[*rounds.Error](err); !ok || e.Code != rounds.Conflict || e.Fields[0].Code != "days_changed" {
		t.Errorf("accepted over a leave: %v", err)
	}
}

func TestUnknownYearsAreSaid(t *testing.T) {
	t.Parallel()
	o, rep, _ := journeyTown(t, shared())
	share, err := o.store.JourneyReps(context.Background(), o.admin.Scope(), o.planned(rep, 2), rounds.UserID{}, 0)
	if err != nil || !slices.Equal(share[0].UnknownYears, []int{2026}) {
		t.Errorf("%+v, %v", share, err)
	}
}

// A server that ends while it plans leaves the rest to the next, which goes on with the input that was read before.
func TestPlanningOutlivesItsServer(t *testing.T) {
	t.Parallel()
	o, rep, shops := journeyTown(t, openDatabase(t))
	j := o.plan(2)
	job := JourneyJob{OrgID: o.org.ID, PlanID: j.ID, RepID: rep.UserID}
	dying, die := context.WithCancel(context.Background())
	in, going, err := o.journeyInput(dying, job)
	o.must(err)
	if !going || len(in.Retailers) != 5 {
		t.Fatalf("%t, %+v", going, in)
	}
	die()
	if _, err := o.planShare(dying, job, in); !errors.Is(err, context.Canceled) {
		t.Fatalf("planned on: %v", err)
	}
	_, err = o.ChangeRetailer(context.Background(), o.admin, shops[0], func(r *rounds.Retailer) { r.Status = rounds.RetailerClosed }, nil)
	o.must(err)

	done := make(chan error, 10)
	w := store.NewWorkers()
	store.Handle(w, func(ctx context.Context, job JourneyJob) error {
		err := o.WorkJourney(ctx, job)
		done <- err
		return err
	})
	jobs, err := o.store.StartJobs(context.Background(), w, slog.New(slog.DiscardHandler))
	o.must(err)
	o.must(<-done)
	o.must(jobs.Close(context.Background()))
	got, err := o.store.Journey(context.Background(), o.admin.Scope(), j.ID)
	if err != nil || got.Status != rounds.JourneyProposed || got.Visits != 10 {
		t.Errorf("%+v, %v", got, err)
	}
	before := o.beats(j.ID)
	o.must(o.WorkJourney(context.Background(), job)) // once more: nothing happens
	if diff := cmp.Diff(before, o.beats(j.ID)); diff != "" {
		t.Error(diff)
	}
}

// A cancelled plan ends a search that would go on for minutes.
func TestCancellingStopsASearch(t *testing.T) {
	t.Parallel()
	o, rep, _ := journeyTown(t, shared())
	options := plainOptions
	options.Seconds = 600
	j, err := o.PlanJourney(context.Background(), o.admin, NewJourney{From: journeyMonday, Weeks: 2, Options: options})
	o.must(err)
	done := make(chan error)
	go func() {
		done <- o.WorkJourney(context.Background(), JourneyJob{OrgID: o.org.ID, PlanID: j.ID, RepID: rep.UserID})
	}()
	_, err = o.CancelJourney(context.Background(), o.admin, j.ID, "too slow")
	o.must(err)
	select {
	case <-done:
	case <-time.After(5 * time.Minute):
		t.Fatal("the search goes on")
	}
	if got, err := o.store.Journey(context.Background(), o.admin.Scope(), j.ID); err != nil || got.Status != rounds.JourneyCancelled || got.Visits != 0 {
		t.Errorf("%+v, %v", got, err)
	}
}

func TestCycleDays(t *testing.T) {
	t.Parallel()
	j := rounds.JourneyPlan{From: journeyMonday, Weeks: 2}
	for d, want := range map[rounds.Day]rounds.Day{"2026-03-08": "", "2026-03-09": "2026-03-09", "2026-03-22": "2026-03-22", "2026-03-23": "2026-03-09", "2026-04-07": "2026-03-10"} {
		if got := j.CycleDay(d); got != want {
			t.Errorf("%s is %q, want %q", d, got, want)
		}
	}
}

func TestDaysOnWhichARetailerMayBeCalledOn(t *testing.T) {
	t.Parallel()
	day := rounds.Workday{Begins: "08:30", Ends: "16:30"}
	for _, tt := range []struct {
		says, hours string
		weekdays    rounds.Weekdays
		want        string
	}{
		{"nothing is known", "", rounds.EveryDay, "MTWTFSS"},
		{"by its weekdays", "", 0b0000101, "M-W----"},
		{"closed on Mondays", "Tu-Su 09:00-18:00", rounds.EveryDay, "-TWTFSS"},
		{"open when nobody works", "Mo-Fr 16:30-23:00; Sa 08:00-08:30; Su 08:00-08:31", rounds.EveryDay, "------S"},
		{"both", "Mo-We 10:00-12:00", 0b0011100, "--W----"},
		{"hours that cannot be read", "by appointment, ask", 0b0000001, "M------"},
	} {
		may := opensOn(rounds.Rhythm{Weekdays: tt.weekdays}, tt.hours, day)
		got := []byte("MTWTFSS")
		for d := range got {
			if !may(journeyMonday.Add(d)) {
				got[d] = '-'
			}
		}
		if string(got) != tt.want {
			t.Errorf("%s: %s, want %s", tt.says, got, tt.want)
		}
	}
}
