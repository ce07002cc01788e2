package fieldwork

import (
	"context"
	"maps"
	"slices"
	"time"

	"rounds"
	"rounds/clocks"
	"rounds/geo"
	"rounds/store"
)

// phone is a device in the hands of one rep: what others do with it says nothing of theirs.
type phone struct {
	rep    rounds.UserID
	device string
}

func phoneOf(e rounds.VisitEvent) phone { return phone{e.RepID, e.Device.ID} }

// phones are what is known of the clocks of each.
type phones map[phone]clocks.History

func phonesOf(boots []store.Boot) phones {
	ps := phones{}
	for _, b := range boots {
		ps.add(phone{b.RepID, b.DeviceID}, b.BootID, b.Boot)
	}
	return ps
}

func (ps phones) add(p phone, boot string, b clocks.Boot) {
	if ps[p] == nil {
		ps[p] = clocks.History{}
	}
	ps[p].Add(boot, b)
}

// hear adds what an upload says of its phone's clocks, whether it becomes an event or not, and gives the
// boots that it is about.
func (ps phones) hear(e rounds.VisitEvent) []string {
	ps.add(phoneOf(e), e.Device.BootID, clocks.OfTap(e.Device, e.ReceivedAt))
	if e.Sent.Time.IsZero() {
		return []string{e.Device.BootID}
	}
	ps.add(phoneOf(e), e.Sent.BootID, clocks.OfSending(e.Sent, e.ReceivedAt))
	return []string{e.Device.BootID, e.Sent.BootID}
}

// date says when each item happened, by all that is now known of its phone's clocks, and dates stored
// events again whose time that changes. It gives the stored check-ins whose visits may be others now.
func (g *recording) date(ctx context.Context, around store.Surroundings) ([]rounds.EventID, error) {
	before, now := phonesOf(around.Boots), phonesOf(around.Boots)
	heard := map[store.Boot]bool{}
	for _, it := range g.items {
		for _, boot := range now.hear(it.event) {
			heard[store.Boot{RepID: it.event.RepID, DeviceID: it.event.Device.ID, BootID: boot}] = true
		}
	}
	rows := make([]store.Boot, 0, len(heard))
	for b := range heard {
		b.Boot = now[phone{b.RepID, b.DeviceID}][b.BootID]
		rows = append(rows, b)
	}
	if err := g.tx.PutBoots(ctx, g.org, rows); err != nil {
		return nil, err
	}
	for _, it := range g.items {
		it.date(now[phoneOf(it.event)].When(it.event.Device))
	}
	return g.dateAgain(ctx, before, now, around.Closed)
}

func (it *item) date(t clocks.Time) {
	it.clocks = t.Flags
	it.event.HappenedAt, it.event.Day = t.Best, rounds.DayOf(t.Best, it.zone)
	if !it.settings.OnShift(t.Best, it.zone) {
		it.dropPositions()
	}
}

// dropPositions leaves nothing in which a phone may have said where it was, for good: what is not on shift is
// not stored, whatever is known of its time later.
func (it *item) dropPositions() {
	it.event.Fixes, it.event.Evidence, it.event.Unknown = nil, nil, nil
	it.dropped = &it.event.ReceivedAt
}

// dateAgain dates the stored events of phones of which more is known now.
func (g *recording) dateAgain(ctx context.Context, before, now phones, closed rounds.Day) (touched []rounds.EventID, err error) {
	for p := range before {
		boots := clocks.Touched(before[p], now[p])
		if len(boots) == 0 {
			continue
		}
		events, err := g.tx.TimedEvents(ctx, g.org, p.rep, p.device, boots, closed)
		if err != nil {
			return nil, err
		}
		taps := make([]rounds.Device, len(events))
		for i, e := range events {
			taps[i] = e.Device
		}
		times := now[p].WhenAll(taps)
		if err := g.tx.MarkDue(ctx, g.org, g.dueAgain(p.rep, events, before[p].WhenAll(taps), times), g.now); err != nil {
			return nil, err
		}
		visits, err := g.retime(ctx, events, times)
		if err != nil {
			return nil, err
		}
		touched = append(touched, visits...)
	}
	return touched, nil
}

// dueAgain are the days, as they were and as they are, of a rep's events that another time is known of now.
func (g *recording) dueAgain(rep rounds.UserID, events []store.Timed, was, is []clocks.Time) (days []store.RepDay) {
	for i, e := range events {
		if !sameTime(was[i], is[i]) {
			days = append(days, store.RepDay{RepID: rep, Day: e.Day}, store.RepDay{RepID: rep, Day: rounds.DayOf(is[i].Best, g.items[0].zone)})
		}
	}
	return days
}

// sameTime compares all that an examination looks at.
func sameTime(a, b clocks.Time) bool {
	if (a.Earliest == nil) != (b.Earliest == nil) || a.Earliest != nil && !a.Earliest.Equal(*b.Earliest) {
		return false
	}
	return a.Best.Equal(b.Best) && a.Latest.Equal(b.Latest) && slices.Equal(a.Flags, b.Flags)
}

// retime moves events to their times, and gives them and the check-ins that came just before them where they
// were.
func (g *recording) retime(ctx context.Context, events []store.Timed, times []clocks.Time) ([]rounds.EventID, error) {
	again := map[rounds.EventID]redated{}
	var moved []rounds.EventID
	var instants []time.Time
	var days []rounds.Day
	for i, e := range events {
		t := times[i]
		if !t.Best.Equal(e.HappenedAt) {
			moved, instants, days = append(moved, e.ID), append(instants, t.Best), append(days, rounds.DayOf(t.Best, g.items[0].zone))
		}
		if !t.Best.Equal(e.HappenedAt) || !slices.Equal(clockFlags(e.Flags), t.Flags) {
			again[e.ID] = g.redated(e, t)
		}
	}
	if len(again) == 0 {
		return nil, nil
	}
	touched, err := g.move(ctx, moved, instants, days)
	if err != nil {
		return nil, err
	}
	ids := slices.Collect(maps.Keys(again))
	return append(touched, ids...), g.rejudgeDated(ctx, ids, again)
}

// move gives the events their times, and says which check-ins came just before them where they were.
func (g *recording) move(ctx context.Context, events []rounds.EventID, times []time.Time, days []rounds.Day) (before []rounds.EventID, err error) {
	neighbours, err := g.tx.VisitPartsOf(ctx, g.org, events, g.reps)
	if err != nil {
		return nil, err
	}
	for _, n := range neighbours {
		before = append(before, n.CheckInID)
	}
	return before, g.tx.Retime(ctx, g.org, events, times, days)
}

// redated is when an event was, as well as is known now.
type redated struct {
	clocks.Time
	otherDay bool // than was thought: on it, another pin may hold
	offShift bool
}

func (g *recording) redated(e store.Timed, t clocks.Time) redated {
	zone, settings := g.items[0].zone, g.items[0].settings
	return redated{t, rounds.DayOf(t.Best, zone) != rounds.DayOf(e.HappenedAt, zone), !settings.OnShift(t.Best, zone)}
}

// dropLate deletes the positions of events that turn out to have been outside working hours, as if that had been
// known when they arrived.
func (g *recording) dropLate(ctx context.Context, events []store.Recorded, again map[rounds.EventID]redated) error {
	var late []rounds.EventID
	for i, e := range events {
		t := again[e.ID]
		if !t.offShift || e.PositionsDeletedAt != nil {
			continue
		}
		late = append(late, e.ID)
		events[i].VisitEvent, events[i].Located = withoutPositions(e.VisitEvent), nil
		events[i].PositionsDeletedAt = &g.now
		t.otherDay = true // it is measured again, without them
		t.Flags = append(slices.Clone(t.Flags), offShift)
		again[e.ID] = t
	}
	if len(late) == 0 {
		return nil
	}
	return g.tx.DropPositions(ctx, g.org, late, g.now)
}

// rejudgeDated judges events again whose time, day or clocks are others now.
func (g *recording) rejudgeDated(ctx context.Context, ids []rounds.EventID, again map[rounds.EventID]redated) error {
	events, err := g.tx.Events(ctx, g.org, ids)
	if err != nil {
		return err
	}
	if err := g.dropLate(ctx, events, again); err != nil {
		return err
	}
	var w store.Wanted
	for _, e := range events {
		w.Retailers, w.Days, w.Reps = append(w.Retailers, e.RetailerID), append(w.Days, e.Day), append(w.Reps, e.RepID)
	}
	found, err := g.tx.Places(ctx, g.org, w.Retailers, w.Days, w.Reps)
	if err != nil {
		return err
	}
	places := placesBy(found)
	return rejudge(ctx, g.tx, g.org, g.now, events, func(e store.Recorded, j *rounds.Judgement) {
		t, place := again[e.ID], places[placeOf(e.VisitEvent)]
		j.Flags = slices.Concat(slices.DeleteFunc(slices.Clone(j.Flags), isOfTime), flags(place, e.VisitEvent), t.Flags)
		slices.Sort(j.Flags)
		j.Flags = slices.Compact(j.Flags)
		if j.Measured = j.Measured.Happened(t.Best); t.otherDay {
			j.Measured = measure(place.Pin, place.Radius, g.items[0].settings.Datums(), e.VisitEvent, e.Located...)
		}
	})
}

// isOfTime tells the flags that may change with the time of an event.
func isOfTime(r geo.Reason) bool { return r == notInTerritory || isClockFlag(r) }

func isClockFlag(r geo.Reason) bool {
	return slices.Contains([]geo.Reason{clocks.Wrong, clocks.Moved, clocks.Inconsistent, clocks.TimeUncertain}, r)
}

func clockFlags(flags []geo.Reason) []geo.Reason {
	return slices.DeleteFunc(slices.Clone(flags), func(r geo.Reason) bool { return !isClockFlag(r) })
}
