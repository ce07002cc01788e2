package fieldwork

import (
	"context"
	"crypto/sha256"
	"encoding/json"
	"slices"
	"time"

	"rounds"
	"rounds/fieldwork/eventjson"
	"rounds/geo"
	"rounds/store"
)

// Status is what became of an uploaded event.
type Status string

// The statuses. A phone drops an event on the first four and keeps it on the others.
const (
	Created  Status = "created"
	Exists   Status = "exists"   // stored before; the stored result
	Conflict Status = "conflict" // something else is stored under this id
	Rejected Status = "rejected" // kept in quarantine
	Retry    Status = "retry"
	Unknown  Status = "unknown" // never arrived
)

// Result is the answer to one uploaded event.
type Result struct {
	ID         rounds.EventID // zero: unreadable
	Status     Status
	CreditedBy rounds.CreditedBy // "": its visit does not count, or not yet
	Judgement  *rounds.Judgement // nil unless stored
	SettleBy   []geo.Settlement  // what would settle it, if position left it undecided and nothing else has
	Proofs     []rounds.Proof    // what was found of its evidence
	Warnings   []rounds.Field
	Problem    *rounds.Error // of a conflict or a rejected event

	retailer rounds.RetailerID // of a stored event
	visit    geo.Outcome       // of its visit; "": there is none that counts
}

// item is one uploaded event on its way to a result.
type item struct {
	raw        json.RawMessage
	zone       *time.Location
	settings   rounds.Settings
	event      rounds.VisitEvent
	clocks     []geo.Reason // what was noticed of the phone's
	dropped    *time.Time   // when its positions were; nil: it has what was sent
	hash       []byte
	warnings   []rounds.Field
	unreadable *rounds.Error // nil: it is an event
	twin       *item         // the same event, earlier in the same group
	result     Result
}

// uploadTime is for how long a phone is kept waiting for its answer.
const uploadTime = 20 * time.Second

// Upload records events of the actor's phone: each is stored durably, or kept in quarantine, before it
// is answered, and none hurts its neighbours. An error means that nothing is acknowledged: send all of
// them again.
func (o *Office) Upload(ctx context.Context, a rounds.Actor, sent rounds.Sent, raws []json.RawMessage) ([]Result, error) {
	if err := allow(a, visiting); err != nil {
		return nil, err
	}
	u := &upload{actor: a, items: make([]item, len(raws))}
	now := o.now()
	for i, raw := range raws {
		u.items[i] = read(a, sent, now, raw)
	}
	ctx, cancel := context.WithTimeout(ctx, uploadTime)
	defer cancel()
	if err := o.intake.submit(ctx, u); err != nil {
		return nil, err
	}
	results := make([]Result, len(u.items))
	for i, it := range u.items {
		results[i] = it.result
	}
	return results, nil
}

// read decodes an item and stamps it with what the server knows of its sending.
func read(rep rounds.Actor, sent rounds.Sent, received time.Time, raw json.RawMessage) item {
	event, problems, warnings := eventjson.Decode(raw)
	event.RepID, event.Sent, event.ReceivedAt = rep.UserID, sent, received
	it := item{raw: raw, zone: rep.Zone, settings: rep.Settings, event: event, warnings: warnings}
	if len(problems) > 0 {
		it.unreadable = &rounds.Error{Code: rounds.Invalid, Format: "this is no visit event: see its fields", Fields: problems}
		return it
	}
	it.event.Day = rounds.DayOf(event.Device.Time, rep.Zone)
	it.hash = eventjson.Hash(event)
	_, _, wrong := networkIn(event.Evidence)
	it.warnings = append(it.warnings, wrong...)
	return it
}

// reset forgets an earlier run of the transaction.
func (it *item) reset() {
	it.twin = nil
	it.result = Result{ID: it.event.ID, Warnings: it.warnings}
	if it.unreadable != nil {
		it.reject(it.unreadable)
	}
}

func (it *item) reject(problem *rounds.Error) {
	it.result.Status, it.result.Problem = Rejected, problem
}

func (it *item) quarantined() store.NewQuarantined {
	return store.NewQuarantined{
		Quarantined: rounds.Quarantined{
			ID:         rounds.NewID[rounds.Quarantined](),
			RepID:      it.event.RepID,
			EventID:    it.event.ID,
			RetailerID: it.event.RetailerID,
			Code:       it.result.Problem.Fields[0].Code,
			Problem:    it.result.Problem.Error(),
			Raw:        it.kept(),
			Sent:       it.event.Sent,
			ReceivedAt: it.event.ReceivedAt,
		},
		RawHash: sha256.Sum256(it.raw),
	}
}

// kept is as much of the raw item as may be: of an event outside working hours not its positions, and
// nothing of what came outside them and is no event, as it might say anything.
func (it *item) kept() []byte {
	switch {
	case it.dropped != nil:
		e := it.event
		e.Fixes = []rounds.Fix{} // an event says that it has none
		return eventjson.Encode(e)
	case it.unreadable != nil && it.offShift():
		return []byte{}
	}
	return it.raw[:min(len(it.raw), eventjson.MaxBytes)]
}

// offShift reports whether something that is no event came outside working hours, or says itself that it happened
// then, as far as that could be read.
func (it *item) offShift() bool {
	return offShiftAt(rounds.Actor{Settings: it.settings, Zone: it.zone}, it.event.ReceivedAt, it.event.Device.Time)
}

// offShiftAt reports whether one of the times lies outside the actor's working hours; zero ones do not.
func offShiftAt(a rounds.Actor, times ...time.Time) bool {
	return slices.ContainsFunc(times, func(t time.Time) bool { return !t.IsZero() && !a.Settings.OnShift(t, a.Zone) })
}

// EventStatus says what became of the actor's events: nothing is said of anybody else's.
func (o *Office) EventStatus(ctx context.Context, a rounds.Actor, ids []rounds.EventID) ([]Result, error) {
	stored, err := o.store.Events(ctx, a.OrgID, ids)
	if err != nil {
		return nil, err
	}
	waiting, err := o.store.QuarantinedEvents(ctx, a.OrgID, a.UserID, ids)
	if err != nil {
		return nil, err
	}
	policy, err := o.store.Policy(ctx, a.OrgID)
	if err != nil {
		return nil, err
	}
	known := map[rounds.EventID]Result{}
	for _, q := range waiting {
		known[q.EventID] = Result{Status: Rejected, Problem: rounds.Errorf(rounds.Invalid, "kept in quarantine: %s", q.Problem).With("", q.Code)}
	}
	found, err := existing(ctx, o.store, a.OrgID, stored, o.way(policy.Policy, a.Settings, a.Zone))
	if err != nil {
		return nil, err
	}
	for i, e := range stored {
		if e.RepID == a.UserID {
			known[e.ID] = found[i]
		}
	}
	results := make([]Result, len(ids))
	for i, id := range ids {
		results[i] = Result{ID: id, Status: Unknown}
		if r, ok := known[id]; ok {
			results[i] = r
			results[i].ID = id
		}
	}
	return results, nil
}

// existing are the results of stored events.
func existing(ctx context.Context, s *store.Store, org rounds.OrgID, events []store.Recorded, w way) ([]Result, error) {
	ids := make([]rounds.EventID, len(events))
	for i, e := range events {
		ids[i] = e.ID
	}
	visits, err := s.Standings(ctx, org, ids)
	if err != nil {
		return nil, err
	}
	results, answered := make([]Result, len(events)), make([]*Result, len(events))
	for i, e := range events {
		v := visits[e.ID]
		results[i] = Result{ID: e.ID, Status: Exists, CreditedBy: v.CreditedBy, Proofs: e.Proofs, retailer: e.RetailerID, visit: v.Outcome}
		if n := len(e.Verdicts); n > 0 {
			results[i].Judgement = &e.Verdicts[n-1]
		}
		answered[i] = &results[i]
	}
	return results, w.settle(ctx, s, org, answered)
}

// StoredEvent is an event of one's own with its result.
type StoredEvent struct {
	store.Recorded
	Result Result
}

// MyEvents are the actor's events received at or after an instant, in the order they arrived.
func (o *Office) MyEvents(ctx context.Context, a rounds.Actor, since time.Time, after rounds.EventID, limit int) ([]StoredEvent, error) {
	events, err := o.store.EventsSince(ctx, a.OrgID, a.UserID, since, after, limit)
	if err != nil {
		return nil, err
	}
	policy, err := o.store.Policy(ctx, a.OrgID)
	if err != nil {
		return nil, err
	}
	results, err := existing(ctx, o.store, a.OrgID, events, o.way(policy.Policy, a.Settings, a.Zone))
	stored := make([]StoredEvent, len(results))
	for i, r := range results {
		stored[i] = StoredEvent{events[i], r}
	}
	return stored, err
}
