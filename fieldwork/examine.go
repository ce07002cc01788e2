package fieldwork

import (
	"context"
	"errors"
	"maps"
	"slices"
	"time"

	"rounds"
	"rounds/clocks"
	"rounds/fieldwork/integrity"
	"rounds/geo"
	"rounds/store"
)

const (
	// windowDays is how many days before it a day is examined beside. As many after it, a change is seen.
	windowDays = 35
	// examinedAtOnce is how many reps one run examines at most; the next takes the others.
	examinedAtOnce = 500
)

// ExamineAll is the job that lets the days of every org be examined.
type ExamineAll struct{}

// Kind names the job.
func (ExamineAll) Kind() string { return "examine_all" }

// ExamineOrg is the job that examines the days of one org.
type ExamineOrg struct {
	Org rounds.OrgID `json:"org"`
}

// Kind names the job.
func (ExamineOrg) Kind() string { return "examine_org" }

// ExamineAll leaves an [ExamineOrg] for every org that has days to examine.
func (o *Office) ExamineAll(ctx context.Context) error {
	return o.store.InTx(ctx, func(tx *store.Store) error {
		orgs, err := tx.Orgs(ctx, "")
		if err != nil {
			return err
		}
		var jobs []store.Job
		for _, org := range orgs {
			due, err := tx.DueReps(ctx, org.ID, 1)
			if err != nil {
				return err
			}
			if len(due) > 0 {
				jobs = append(jobs, ExamineOrg{org.ID})
			}
		}
		if len(jobs) == 0 {
			return nil
		}
		return tx.Enqueue(ctx, jobs...)
	})
}

// ExamineDays looks for signals on the days of the org that have changed since it last did, one rep a
// transaction, and says how many days it examined. Reps who are just uploading are left for the next run.
func (o *Office) ExamineDays(ctx context.Context, id rounds.OrgID) (days int, err error) {
	org, err := o.store.Org(ctx, id)
	if err != nil {
		return 0, err
	}
	zone, err := time.LoadLocation(org.TimeZone)
	if err != nil {
		return 0, err
	}
	reps, err := o.store.DueReps(ctx, id, examinedAtOnce)
	if err != nil {
		return 0, err
	}
	var failed []error // one rep's failure leaves the others
	for _, rep := range reps {
		var examined int
		err := o.store.InTx(ctx, func(tx *store.Store) (err error) {
			x := examination{tx: tx, org: id, rep: rep, zone: zone, datums: org.Settings.Datums(), now: o.now()}
			examined, err = x.run(ctx)
			return err
		})
		if days += examined; ctx.Err() != nil {
			return days, err
		}
		failed = append(failed, err)
	}
	return days, errors.Join(failed...)
}

// examination is one run over a rep's due days.
type examination struct {
	tx     *store.Store
	org    rounds.OrgID
	rep    rounds.UserID
	zone   *time.Location
	datums geo.Datums
	now    time.Time

	taps    []store.Tap
	periods []integrity.Period
	people  map[rounds.Day]map[string]int
}

func (x *examination) run(ctx context.Context) (int, error) {
	due, err := x.tx.TakeDueDays(ctx, x.org, x.rep)
	if err != nil || len(due) == 0 {
		return 0, err
	}
	slices.Sort(due)
	if err := joinLate(ctx, x.tx, x.org, x.rep, due); err != nil {
		return 0, err
	}
	if err := x.tx.TurnAuditClaimsOn(ctx, x.org, x.rep, due, severityRefuted, severityConfirmed); err != nil {
		return 0, err
	}
	if err := x.load(ctx, due); err != nil {
		return 0, err
	}
	days := x.days(due)
	if err := x.count(ctx, slices.Concat(due, days)); err != nil {
		return 0, err
	}
	return len(days), x.examine(ctx, days)
}

// load reads the days that a change of the due ones may show on, and those that they are examined beside.
func (x *examination) load(ctx context.Context, due []rounds.Day) (err error) {
	from, until := due[0].Add(-windowDays), due[len(due)-1].Add(windowDays)
	since := from.Add(-1).At(0, 0, x.zone).UTC() // nothing is received a day before it happens
	if x.taps, err = x.tx.Taps(ctx, x.org, x.rep, from, until, since); err != nil {
		return err
	}
	x.periods, err = periods(ctx, x.tx, x.org, x.zone)
	return err
}

// periods are the spans of days that were closed together.
func periods(ctx context.Context, tx *store.Store, org rounds.OrgID, zone *time.Location) ([]integrity.Period, error) {
	closings, err := tx.Closings(ctx, org)
	found := make([]integrity.Period, len(closings))
	for i, c := range closings {
		found[i] = integrity.Period{To: c.Through, Ends: c.Through.Add(1).At(0, 0, zone), Closes: c.ClosedAt}
		if i+1 < len(closings) { // the latest comes first
			found[i].From = closings[i+1].Through.Add(1)
		}
	}
	return found, err
}

// days are those with taps that a due day may show on: itself and the weeks after it. A day whose positions
// are all deleted keeps the signals that it has.
func (x *examination) days(due []rounds.Day) []rounds.Day {
	found := map[rounds.Day]bool{}
	for _, t := range x.taps {
		touched := slices.ContainsFunc(due, func(d rounds.Day) bool { return d <= t.Day && t.Day <= d.Add(windowDays) })
		if touched && !gone(t) {
			found[t.Day] = true
		}
	}
	return slices.Sorted(maps.Keys(found))
}

// gone reports that a tap had positions, and they are deleted.
func gone(t store.Tap) bool { return t.Measured > 0 && len(t.Fixes) == 0 }

// count finds how many people used the rep's phones on each of the days, and lets them be examined again
// who knew another number.
func (x *examination) count(ctx context.Context, days []rounds.Day) error {
	own, phones := map[store.DeviceDay]bool{}, map[store.DeviceDay]bool{}
	for _, t := range x.taps {
		if t.Device.ID == "" {
			continue
		}
		own[store.DeviceDay{Device: t.Device.ID, RepDay: store.RepDay{Day: t.Day}}] = true
		for _, day := range days {
			phones[store.DeviceDay{Device: t.Device.ID, RepDay: store.RepDay{Day: day}}] = true
		}
	}
	others, err := x.tx.OthersOn(ctx, x.org, x.rep, slices.Collect(maps.Keys(phones)), x.zone)
	if err != nil {
		return err
	}
	x.people = map[rounds.Day]map[string]int{}
	for p := range own {
		x.add(p)
	}
	for _, p := range others {
		x.add(p)
	}
	return x.tellOthers(ctx, others)
}

func (x *examination) add(p store.DeviceDay) {
	if x.people[p.Day] == nil {
		x.people[p.Day] = map[string]int{}
	}
	x.people[p.Day][p.Device]++
}

func (x *examination) tellOthers(ctx context.Context, others []store.DeviceDay) error {
	if len(others) == 0 {
		return nil
	}
	people := make([]int, len(others))
	for i, p := range others {
		if n := x.people[p.Day][p.Device]; n >= integrity.ManyPeople {
			people[i] = n
		}
	}
	return x.tx.MarkOthers(ctx, x.org, integrity.DeviceShared, others, people, x.zone, x.now)
}

// examine writes what the days show. Where positions of a window are deleted, less is seen than was: what
// was found before stays beside what is found now.
func (x *examination) examine(ctx context.Context, days []rounds.Day) error {
	taps, err := x.dated(ctx)
	if err != nil {
		return err
	}
	var replaced []rounds.EventID
	found := map[rounds.Day][]store.Signal{}
	for _, day := range days {
		w, whole := x.window(day, taps)
		of := map[rounds.EventID]rounds.VisitID{}
		for _, t := range x.taps {
			if t.Day == day {
				of[t.ID] = visitOfTap(t)
			}
		}
		if whole {
			replaced = slices.AppendSeq(replaced, maps.Keys(of))
		}
		for _, s := range integrity.Examine(w) {
			found[day] = append(found[day], storedSignal(s, of[s.EventID]))
		}
	}
	if err := x.tx.ReplaceSignals(ctx, x.org, x.rep, replaced, found, x.now); err != nil {
		return err
	}
	return x.score(ctx, x.visits(days))
}

func storedSignal(s integrity.Signal, visit rounds.VisitID) store.Signal {
	return store.Signal{
		EventID: s.EventID, VisitID: visit, Name: s.Name, Family: string(s.Family), Weight: int(s.Weight), Detail: s.Detail,
	}
}

func visitOfTap(t store.Tap) rounds.VisitID {
	return visitOf(rounds.VisitEvent{ID: t.ID, Kind: t.Kind, CheckInID: t.CheckInID})
}

// visits are those that taps of the days belong to, with the day that they began, where that is known.
func (x *examination) visits(days []rounds.Day) map[rounds.VisitID]rounds.Day {
	began := map[rounds.VisitID]rounds.Day{}
	for _, t := range x.taps {
		if slices.Contains(days, t.Day) {
			began[visitOfTap(t)] = t.Day
		}
	}
	for _, t := range x.taps {
		if _, wanted := began[rounds.VisitID(t.ID)]; wanted && t.Kind == rounds.CheckIn {
			began[rounds.VisitID(t.ID)] = t.Day
		}
	}
	return began
}

// dated are the taps with the times that their clocks allow, in the order of x.taps.
func (x *examination) dated(ctx context.Context) ([]integrity.Tap, error) {
	byDevice := map[string][]int{}
	for i, t := range x.taps {
		byDevice[t.Device.ID] = append(byDevice[t.Device.ID], i)
	}
	boots, err := x.tx.Boots(ctx, x.org, x.rep, slices.Collect(maps.Keys(byDevice)))
	if err != nil {
		return nil, err
	}
	phones := phonesOf(boots)
	taps := make([]integrity.Tap, len(x.taps))
	for device, at := range byDevice {
		stamps := make([]rounds.Device, len(at))
		for i, n := range at {
			stamps[i] = x.taps[n].Device
		}
		for i, when := range phones[phone{x.rep, device}].WhenAll(stamps) {
			taps[at[i]] = tapOf(x.taps[at[i]])
			timeTap(&taps[at[i]], when)
		}
	}
	return taps, nil
}

func tapOf(t store.Tap) integrity.Tap {
	tap := integrity.Tap{
		ID: t.ID, Device: t.Device.ID, Kind: t.Kind, RetailerID: t.RetailerID, Day: t.Day,
		Claimed: t.Device.Time, ReceivedAt: t.ReceivedAt, Confirmed: t.Confirmed, Fixes: make([]integrity.Fix, len(t.Fixes)),
	}
	for i, f := range t.Fixes {
		tap.Fixes[i] = integrity.Fix{Fix: f.Fix, FromPin: f.FromPin}
	}
	return tap
}

// window is what a day is examined by; false if positions in it are deleted.
func (x *examination) window(day rounds.Day, taps []integrity.Tap) (w integrity.Window, whole bool) {
	w = integrity.Window{Day: day, People: x.people[day], Periods: x.periods, Datums: x.datums}
	whole = true
	for i, t := range taps {
		if day.Add(-windowDays) <= t.Day && t.Day <= day {
			w.Taps = append(w.Taps, t)
			whole = whole && !gone(x.taps[i])
		}
	}
	return w, whole
}

// score sums up what is now known of the visits, of all their days.
func (x *examination) score(ctx context.Context, visits map[rounds.VisitID]rounds.Day) error {
	ids := slices.Collect(maps.Keys(visits))
	signals, err := x.tx.SignalsOf(ctx, x.org, x.rep, ids)
	if err != nil {
		return err
	}
	by := map[rounds.VisitID][]integrity.Signal{}
	for _, s := range signals {
		by[s.VisitID] = append(by[s.VisitID], SignalOf(s))
	}
	scores := make([]store.Scored, 0, len(ids))
	for _, id := range ids {
		score := integrity.Score(by[id])
		scores = append(scores, store.Scored{VisitID: id, Day: visits[id], Score: int(score), Severity: severityOfScore(score)})
	}
	return x.tx.PutScores(ctx, x.org, x.rep, scores)
}

// SignalOf is a signal as it was found, of one that is kept.
func SignalOf(s store.Signal) integrity.Signal {
	return integrity.Signal{
		EventID: s.EventID, Name: s.Name, Family: integrity.Family(s.Family), Weight: integrity.Tenths(s.Weight), Detail: s.Detail,
	}
}

// timeTap gives a tap the times that its clocks allow.
func timeTap(t *integrity.Tap, when clocks.Time) {
	t.At, t.Latest = when.Best, when.Latest
	if when.Earliest != nil {
		t.Earliest = *when.Earliest
	}
	t.ClockWrong = slices.Contains(when.Flags, clocks.Wrong)
	t.ClockMoved = slices.Contains(when.Flags, clocks.Moved)
}
