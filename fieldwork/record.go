package fieldwork

import (
	"bytes"
	"context"
	"errors"
	"slices"
	"time"

	"rounds"
	"rounds/fieldwork/eventjson"
	"rounds/geo"
	"rounds/store"
)

// recordTime bounds one group's transaction, so that a stuck database is an answer and not a silence.
const recordTime = 15 * time.Second

// recordGroup stores the uploads of one org in one transaction. If something in them cannot be stored,
// each event is tried alone, and the one that is at fault goes into quarantine.
func (o *Office) recordGroup(group []*upload) {
	ctx, cancel := context.WithTimeout(context.Background(), recordTime)
	defer cancel()
	org := group[0].actor.OrgID
	err := o.record(ctx, org, itemsOf(group))
	if err == nil {
		return
	}
	for _, u := range group {
		u.err = err
		if !passes(err) {
			u.err = o.recordEach(ctx, org, u)
		}
	}
}

// passes reports failures that have nothing to do with what was sent.
func passes(err error) bool {
	return rounds.CodeOf(err) == rounds.Unavailable || errors.Is(err, context.Canceled)
}

func itemsOf(group []*upload) []*item {
	var items []*item
	for _, u := range group {
		for i := range u.items {
			items = append(items, &u.items[i])
		}
	}
	return items
}

func (o *Office) recordEach(ctx context.Context, org rounds.OrgID, u *upload) error {
	for i := range u.items {
		it := &u.items[i]
		err := o.record(ctx, org, []*item{it})
		if err == nil {
			continue
		}
		if passes(err) {
			return err
		}
		o.log.Error("event cannot be stored", "event", it.event.ID.String(), "error", err.Error())
		it.unreadable = rounds.Errorf(rounds.Invalid, "this event cannot be stored: it is kept for a person to look at").With("", "cannot_be_stored")
		if err := o.record(ctx, org, []*item{it}); err != nil {
			return err
		}
	}
	return nil
}

// record is one check-in or check-out through the code, for many at once: load what the verdicts need,
// judge, append events and verdicts, derive the visits that they touch.
func (o *Office) record(ctx context.Context, org rounds.OrgID, items []*item) error {
	return o.inTurn(ctx, org, unheld, func(tx *store.Store, t *turn) error {
		g := &recording{org: org, now: o.now(), tx: tx, turn: t, asks: o.router != nil, way: way{photos: o.photos != nil}}
		for _, it := range items {
			it.reset()
			if it.unreadable == nil {
				g.items = append(g.items, it)
			} else {
				g.refused = append(g.refused, it)
			}
		}
		return g.run(ctx)
	})
}

// recording is one run of record's transaction.
type recording struct {
	org     rounds.OrgID
	now     time.Time
	tx      *store.Store
	turn    *turn
	items   []*item         // to become events
	refused []*item         // to be quarantined
	reps    []rounds.UserID // who are locked
	fresh   []store.NewEvent
	policy  geo.Policy // in force
	asks    bool       // network services, later
	way     way
	proofs  map[rounds.EventID][]rounds.Proof
}

func (g *recording) run(ctx context.Context) error {
	if len(g.items) > 0 {
		if err := g.recordEvents(ctx); err != nil {
			return err
		}
	}
	if len(g.refused) == 0 {
		return nil
	}
	kept := make([]store.NewQuarantined, len(g.refused))
	for i, it := range g.refused {
		kept[i] = it.quarantined()
	}
	return g.tx.InsertQuarantined(ctx, g.org, kept)
}

func (g *recording) recordEvents(ctx context.Context) error {
	if err := g.claim(ctx); err != nil {
		return err
	}
	wanted := g.wanted()
	g.turn.late = true
	g.reps = slices.Concat(wanted.Reps, wanted.Others) // also of events that turn out to be known: they may date others
	around, err := g.tx.Surroundings(ctx, g.org, wanted)
	if err != nil {
		return err
	}
	g.policy = around.Policy.Policy
	g.way.policy, g.way.shift = g.policy, g.items[0].settings.OnShift(g.now, g.items[0].zone)
	dated, err := g.date(ctx, around)
	if err != nil {
		return err
	}
	if err := g.answerKnown(ctx, around.Stored); err != nil {
		return err
	}
	if around.Places, err = g.lookAgain(ctx, around.Places); err != nil {
		return err
	}
	g.judge(around)
	touched, err := g.insert(ctx, dated)
	if err != nil {
		return err
	}
	if err := g.ask(ctx); err != nil {
		return err
	}
	return g.derive(ctx, around.Closed, touched)
}

// insert stores the new events, and gives the parts of every visit that they or the events dated again touch.
func (g *recording) insert(ctx context.Context, dated []rounds.EventID) (touched []store.VisitParts, err error) {
	if len(g.fresh) > 0 {
		if touched, err = g.tx.InsertEvents(ctx, g.org, g.fresh, g.reps); err != nil {
			return nil, err
		}
	}
	proved, err := g.prove(ctx, dated)
	if err != nil || len(dated)+len(proved) == 0 {
		return touched, err
	}
	dated = append(dated, proved...)
	for _, e := range g.fresh {
		dated = append(dated, e.VisitEvent.ID)
	}
	return g.tx.VisitPartsOf(ctx, g.org, dated, g.reps)
}

func (g *recording) wanted() store.Wanted {
	var w store.Wanted
	for _, it := range g.items {
		w.Reps = append(w.Reps, it.event.RepID)
		w.Devices = append(w.Devices, it.event.Device.ID)
		w.Events = append(w.Events, it.event.ID)
		w.Retailers = append(w.Retailers, it.event.RetailerID)
		w.Days = append(w.Days, it.event.Day)
	}
	w.Others = g.turn.reps
	return w
}

// lookAgain looks for retailers on the days that turned out to be the right ones, and for retailers that
// were not there, when nobody is just adding them: who adds one takes the events that wait for it, and an
// event must not begin to wait behind their back.
func (g *recording) lookAgain(ctx context.Context, found []store.Place) ([]store.Place, error) {
	retailers, places := map[rounds.RetailerID]bool{}, map[placeKey]bool{}
	for _, p := range found {
		retailers[p.RetailerID], places[placeKey{p.RetailerID, p.Day, p.Visitor}] = true, true
	}
	unknown := slices.ContainsFunc(g.items, func(it *item) bool { return !retailers[it.event.RetailerID] })
	otherDay := slices.ContainsFunc(g.items, func(it *item) bool { return !places[placeOf(it.event)] })
	if !unknown && !otherDay {
		return found, nil
	}
	if unknown {
		if err := g.turn.keepRegister(); err != nil {
			return nil, err
		}
	}
	again, err := g.tx.Surroundings(ctx, g.org, g.wanted())
	return again.Places, err
}

// answerKnown answers the events that are stored already.
func (g *recording) answerKnown(ctx context.Context, stored []store.Stored) error {
	if len(stored) == 0 {
		return nil
	}
	ids := make([]rounds.EventID, len(stored))
	for i, s := range stored {
		ids[i] = s.ID
	}
	events, err := g.tx.Events(ctx, g.org, ids)
	if err != nil {
		return err
	}
	results, err := existing(ctx, g.tx, g.org, events, g.way)
	if err != nil {
		return err
	}
	known := map[rounds.EventID]int{}
	for i, e := range events {
		known[e.ID] = i
	}
	g.items = slices.DeleteFunc(g.items, func(it *item) bool {
		i, ok := known[it.event.ID]
		if ok {
			it.answer(events[i], results[i])
		}
		return ok
	})
	return nil
}

// answer compares an item with what is stored under its id, and with what result.
func (it *item) answer(e store.Recorded, stored Result) {
	if e.RepID == it.event.RepID && bytes.Equal(e.ContentHash, it.hash) {
		it.result = stored
		it.result.Warnings = it.warnings
		return
	}
	it.conflict(e)
}

// conflict names the fields that differ. Of what was deleted since only the hash is left: that one of the
// deleted fields differs is certain if no other does, and is not said else.
func (it *item) conflict(e store.Recorded) {
	problem := rounds.Errorf(rounds.Conflict, "something else is stored under this id; it stays as it is")
	if e.RepID == it.event.RepID {
		stored, sent := e.VisitEvent, it.event
		if stored.Fixes == nil || sent.Fixes == nil { // deleted, or dropped just now
			stored, sent = withoutPositions(stored), withoutPositions(sent)
		}
		pointers := eventjson.Differ(stored, sent)
		for _, pointer := range pointers {
			problem.With(pointer, "differs")
		}
		if len(pointers) == 0 {
			problem.With("", "differs_in_deleted")
		}
	}
	it.result = Result{ID: it.event.ID, Status: Conflict, Problem: problem}
}

// withoutPositions is the event less all that retention deletes.
func withoutPositions(e rounds.VisitEvent) rounds.VisitEvent {
	e.Fixes, e.Evidence, e.Unknown = nil, nil, nil
	return e
}

// judge makes a new event of each item whose retailer exists; the others are refused, to wait for it.
func (g *recording) judge(around store.Surroundings) {
	places := placesBy(around.Places)
	first := map[rounds.EventID]*item{}
	for _, it := range g.items {
		place, ok := places[placeOf(it.event)]
		switch {
		case !ok:
			it.reject(rounds.Errorf(rounds.Invalid, "this retailer is not known here: the event is kept, and is taken when the retailer is imported").With("/retailer_id", "unknown_retailer"))
			g.refused = append(g.refused, it)
		case first[it.event.ID] != nil:
			it.repeats(first[it.event.ID])
		default:
			first[it.event.ID] = it
			g.take(it, around, place)
		}
	}
}

// repeats answers an event that its own group holds twice.
func (it *item) repeats(first *item) {
	if first.event.RepID == it.event.RepID && bytes.Equal(first.hash, it.hash) {
		it.twin = first
		return
	}
	it.conflict(store.Recorded{VisitEvent: first.event})
}

func (g *recording) take(it *item, around store.Surroundings, place store.Place) {
	j := judgement(g.policy, place, it.settings.Datums(), it.event)
	j.JudgedAt = g.now
	j.Flags = append(j.Flags, it.clocks...)
	if it.dropped != nil {
		j.Flags = append(j.Flags, offShift)
	}
	if it.event.Day <= around.Closed {
		j.Flags = append(j.Flags, dayClosed)
	}
	slices.Sort(j.Flags)
	it.result.Status, it.result.Judgement = Created, &j
	g.fresh = append(g.fresh, store.NewEvent{VisitEvent: it.event, ContentHash: it.hash, Dropped: it.dropped, Judgement: j})
}

type placeKey struct {
	retailer rounds.RetailerID
	day      rounds.Day
	visitor  rounds.UserID
}

func placeOf(e rounds.VisitEvent) placeKey { return placeKey{e.RetailerID, e.Day, e.RepID} }

func placesBy(found []store.Place) map[placeKey]store.Place {
	places := make(map[placeKey]store.Place, len(found))
	for _, p := range found {
		places[placeKey{p.RetailerID, p.Day, p.Visitor}] = p
	}
	return places
}

// derive brings the visits that the new events touch up to date, and the results with them. What findings say of them is held against
// that when their days are examined: a statement more here was measured to cost check-ins a seventh of their rate.
func (g *recording) derive(ctx context.Context, closed rounds.Day, touched []store.VisitParts) error {
	visits := deriveAll(touched, derive)
	if _, err := g.tx.SaveVisits(ctx, g.org, closed, visits); err != nil {
		return err
	}
	late := slices.ContainsFunc(visits, func(v rounds.Visit) bool { return v.Day <= closed })
	by := map[rounds.VisitID]rounds.Visit{}
	for _, v := range visits {
		by[v.ID] = v
	}
	var created []*Result
	var ids []rounds.EventID
	for _, it := range g.items {
		if it.result.Status == Created {
			v := by[visitOf(it.event)]
			it.result.CreditedBy, it.result.Proofs = v.CreditedBy, g.proofs[it.event.ID]
			it.result.retailer, it.result.visit = it.event.RetailerID, v.Outcome
			created, ids = append(created, &it.result), append(ids, it.event.ID)
		}
	}
	if late { // what counts may be another visit than was derived
		counts, err := g.tx.Standings(ctx, g.org, ids)
		if err != nil {
			return err
		}
		for _, r := range created {
			r.CreditedBy, r.visit = counts[r.ID].CreditedBy, counts[r.ID].Outcome
		}
	}
	if err := g.way.settle(ctx, g.tx, g.org, created); err != nil {
		return err
	}
	g.answerTwins()
	return nil
}

func (g *recording) answerTwins() {
	for _, it := range g.items {
		if it.twin != nil {
			it.result = it.twin.result
			it.result.Status = Exists
		}
	}
}

// visitOf is the visit that an event starts or ends.
func visitOf(e rounds.VisitEvent) rounds.VisitID {
	if e.Kind == rounds.CheckOut {
		return rounds.VisitID(e.CheckInID)
	}
	return rounds.VisitID(e.ID)
}
