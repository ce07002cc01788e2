package fieldwork

import (
	"cmp"
	"context"
	"fmt"
	"slices"
	"strings"
	"time"

	"rounds"
	"rounds/store"
)

// NewVisitDays asks for the retailers of a territory to be shared out to days of the week, like a city to territories.
type NewVisitDays struct {
	TerritoryID rounds.TerritoryID
	Name        string // "": by its territory and day
	Weekdays    rounds.Weekdays
	Ask         rounds.CutAsk
	Locks       []DayLock
}

// DayLock keeps a retailer on a day of the week.
type DayLock struct {
	RetailerID rounds.RetailerID
	Weekday    int // 0 is Monday
}

// ProposeVisitDays reads the register and leaves the cutting to a job. Accepted, the proposal is what the retailers wish for,
// which journey plans follow.
func (o *Office) ProposeVisitDays(ctx context.Context, a rounds.Actor, n NewVisitDays) (rounds.TerritoryProposal, error) {
	if err := allow(a, keepingRecords); err != nil {
		return rounds.TerritoryProposal{}, err
	}
	return o.propose(ctx, a, func(tx *store.Store) (*draft, error) { return o.draftDays(ctx, tx, a, n) })
}

func (o *Office) draftDays(ctx context.Context, tx *store.Store, a rounds.Actor, n NewVisitDays) (*draft, error) {
	t, err := tx.Territory(ctx, a.Scope(), o.today(a), n.TerritoryID)
	if err != nil {
		return nil, err
	}
	if t.Purpose != rounds.PurposeVisit {
		return nil, rounds.Errorf(rounds.Invalid, "days are cut of territories for visits: name one of these")
	}
	asked := NewTerritoryProposal{Name: cmp.Or(n.Name, fmt.Sprintf("%s %s", t.Name, o.today(a))), Purpose: t.Purpose, UnitID: t.UnitID, Ask: n.Ask}
	if asked.Ask.Travel != nil {
		asked.Ask.Travel = &rounds.CutTravel{SpeedKMH: n.Ask.Travel.SpeedKMH, DaysAWeek: 1}
	}
	d, r, err := o.begin(ctx, tx, a, asked)
	if err != nil {
		return nil, err
	}
	d.proposal.Territory = t.ID
	d.takeDays(t, n.Weekdays)
	rhythms, err := d.takeCalls(ctx, r, t.ID, n.Weekdays)
	if err != nil {
		return nil, err
	}
	d.takeWishes(rhythms, n)
	d.checkGroups()
	if len(d.problem.Fields) == 0 {
		d.checkCut()
	}
	if len(d.problem.Fields) > 0 {
		return nil, d.inDays()
	}
	d.proposal.Retailers = len(d.retailers)
	d.proposal.InputHash, err = d.hash()
	return d, err
}

// inDays is the problem by the names that days have.
func (d *draft) inDays() error {
	for i := range d.problem.Fields {
		switch f := &d.problem.Fields[i]; f.Pointer {
		case "/count", "/territories":
			f.Pointer = "/weekdays"
		case "/unit_id":
			f.Pointer = ""
		}
	}
	return d.problem
}

// takeDays numbers the days of the week.
func (d *draft) takeDays(t rounds.Territory, days rounds.Weekdays) {
	for day := range 7 {
		if days>>day&1 == 1 {
			d.territories = append(d.territories, rounds.CutTerritory{
				N: len(d.territories), Name: time.Weekday((day + 1) % 7).String(), UnitID: t.UnitID, RepID: t.RepID, BeforeRepID: t.RepID,
				Fate: rounds.CutStays, Share: 1, Weekday: &day,
			})
		}
	}
	d.checkMeasures()
}

// daily is how many visits in eight weeks are one every week.
const daily = 8

// takeCalls numbers the territory's retailers that one day of the week can have; the others are named, and keep their rhythms.
func (d *draft) takeCalls(ctx context.Context, r *registerToCut, id rounds.TerritoryID, days rounds.Weekdays) (map[rounds.RetailerID]rounds.Rhythm, error) {
	r.retailers = slices.DeleteFunc(r.retailers, func(r rounds.Retailer) bool { return r.TerritoryID != id })
	ids := make([]rounds.RetailerID, len(r.retailers))
	for i, r := range r.retailers {
		ids[i] = r.ID
	}
	rhythms, err := r.store.Rhythms(ctx, r.actor.OrgID, ids)
	if err != nil {
		return nil, err
	}
	left := map[string]*rounds.CutFinding{}
	r.retailers = slices.DeleteFunc(r.retailers, func(r rounds.Retailer) bool {
		why := ""
		if r.VisitsPer8Weeks == 0 {
			why = "never_visited"
		} else if r.VisitsPer8Weeks > daily {
			why = "more_than_weekly"
		} else if rhythm, ok := rhythms[r.ID]; ok && rhythm.Weekdays&days != days && !single(rhythm.Weekdays&days) {
			why = "own_weekdays"
		} else {
			return false
		}
		if left[why] == nil {
			left[why] = &rounds.CutFinding{Code: why}
		}
		if left[why].Count++; left[why].Count <= firstRetailers {
			left[why].Retailers = append(left[why].Retailers, r.ID)
		}
		return true
	})
	for _, why := range []string{"never_visited", "more_than_weekly", "own_weekdays"} {
		if left[why] != nil {
			d.proposal.Findings = append(d.proposal.Findings, *left[why])
		}
	}
	d.takeRetailers(*r)
	return rhythms, nil
}

// single says that a set has one day.
func single(days rounds.Weekdays) bool { return days != 0 && days&(days-1) == 0 }

// takeWishes puts retailers on the day that they wish for today, and keeps them on the only day that they may have, or on that
// of a lock.
func (d *draft) takeWishes(rhythms map[rounds.RetailerID]rounds.Rhythm, n NewVisitDays) {
	number, retailer := map[rounds.Weekdays]int{}, d.numbers()
	for _, t := range d.territories {
		number[1<<*t.Weekday] = t.N
	}
	for i := range d.retailers {
		r := &d.retailers[i]
		rhythm, ok := rhythms[r.RetailerID]
		if !ok {
			rhythm = rounds.AnyRhythm(r.RetailerID)
		}
		r.Wished = rhythm.Wished
		if on, ok := number[rhythm.Wished]; ok {
			r.Was = on
		}
		if on, ok := number[rhythm.Weekdays&n.Weekdays]; ok && len(d.territories) > 1 {
			r.Lock = on
		}
	}
	for i, l := range n.Locks {
		at := fmt.Sprintf("/locks/%d", i)
		k, ok := retailer[l.RetailerID]
		on, open := number[1<<l.Weekday]
		switch {
		case !ok:
			d.problem.With(at+"/retailer_id", "not_found")
		case !open:
			d.problem.With(at+"/weekday", "contradicts", "weekdays")
		case d.retailers[k].Lock != rounds.NoTerritory && d.retailers[k].Lock != on:
			d.problem.With(at, "contradicts", strings.Join([]string{"locks", "rhythm"}, ", "))
		default:
			d.retailers[k].Lock = on
		}
	}
}

// wishing is a proposal of days on its way into what retailers wish for, or out of it.
type wishing struct {
	*taking
	rhythms map[rounds.RetailerID]rounds.Rhythm
}

func (o *Office) wishing(ctx context.Context, tx *store.Store, a rounds.Actor, p *rounds.TerritoryProposal, from rounds.Day) (*wishing, error) {
	if today := o.today(a); from != today {
		return nil, rounds.Errorf(rounds.Invalid, "what retailers wish for has no dates: let it be from today").With("/from", "not_between", today, today)
	}
	t, err := o.taking(ctx, tx, a, p, from)
	if err != nil {
		return nil, err
	}
	t.retailers = slices.DeleteFunc(t.retailers, func(r rounds.CutRetailer) bool { return r.Now == r.Was })
	ids := make([]rounds.RetailerID, len(t.retailers))
	for i, r := range t.retailers {
		ids[i] = r.RetailerID
	}
	w := &wishing{taking: t}
	w.rhythms, err = tx.Rhythms(ctx, a.OrgID, ids)
	for _, id := range ids {
		if _, ok := w.rhythms[id]; !ok && err == nil {
			w.rhythms[id] = rounds.AnyRhythm(id)
		}
	}
	return w, err
}

// on is the day of the week of a territory of the proposal.
func (w *wishing) on(n int) rounds.Weekdays { return 1 << *w.territories[n].Weekday }

// acceptDays lets retailers wish for their days; those that do so already keep what they have.
func (o *Office) acceptDays(ctx context.Context, tx *store.Store, a rounds.Actor, p *rounds.TerritoryProposal, skip bool) error {
	w, err := o.wishing(ctx, tx, a, p, p.ValidFrom)
	if err != nil {
		return err
	}
	if err := w.compareCalls(ctx); err != nil {
		return err
	}
	if len(w.conflict.Fields) > 0 && !skip {
		return w.conflict
	}
	left := map[int]bool{}
	for _, n := range w.skipped {
		left[int(n)] = true
	}
	if err := w.leave(ctx, left); err != nil {
		return err
	}
	var changed []rounds.Rhythm
	for _, r := range w.retailers {
		if !left[r.N] {
			rhythm := w.rhythms[r.RetailerID]
			rhythm.Wished, rhythm.WishPrice = w.on(r.Now), cmp.Or(rhythm.WishPrice, wishedPrice)
			changed = append(changed, rhythm)
		}
	}
	return tx.SaveRhythms(ctx, a.OrgID, changed)
}

// leave says in the proposal's record that retailers stay as they are.
func (w *wishing) leave(ctx context.Context, left map[int]bool) error {
	var ns, was []int32
	for _, r := range w.retailers {
		if left[r.N] {
			ns, was = append(ns, int32(r.N)), append(was, int32(r.Was))
		}
	}
	if len(ns) == 0 {
		return nil
	}
	return w.tx.SaveCut(ctx, w.actor.OrgID, w.proposal.ID, ns, was, nil, nil)
}

// compareCalls finds retailers that are not as they were when the register was read.
func (w *wishing) compareCalls(ctx context.Context) error {
	return w.compareRetailers(ctx, "wishes_changed_since", func(r rounds.CutRetailer, _ *store.CutChange) bool {
		asks := w.rhythms[r.RetailerID]
		return asks.Wished != r.Wished || asks.Weekdays&w.on(r.Now) == 0
	})
}

// rollBackDays lets retailers wish for what they did before. Who wishes for something else by now is a Conflict.
func (o *Office) rollBackDays(ctx context.Context, tx *store.Store, a rounds.Actor, p *rounds.TerritoryProposal) error {
	w, err := o.wishing(ctx, tx, a, p, p.RolledBack)
	if err != nil {
		return err
	}
	var changed []rounds.CutRetailer
	var before []rounds.Rhythm
	for _, r := range w.retailers {
		rhythm := w.rhythms[r.RetailerID]
		if rhythm.Wished != w.on(r.Now) {
			changed = append(changed, r)
		}
		rhythm.Wished = r.Wished
		before = append(before, rhythm)
	}
	if w.changed("wishes_changed_since", changed); len(w.conflict.Fields) > 0 {
		return w.conflict
	}
	return tx.SaveRhythms(ctx, a.OrgID, before)
}
