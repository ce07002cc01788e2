package fieldwork

import (
	"context"
	"errors"
	"slices"
	"time"

	"rounds"
	"rounds/fieldwork/integrity"
	"rounds/geo"
	"rounds/store"
)

// openTooLong is after how long a visit should have ended, on whichever day.
const openTooLong = 12 * time.Hour

// noCheckOut is the reason why an open visit is on the list.
const noCheckOut geo.Reason = "no_check_out"

// Exception is something that waits for somebody, with what was noticed about its visit.
type Exception struct {
	rounds.Exception
	Age       geo.Seconds // since the visit began or the item was received
	Integrity Integrity   // no signals: nothing
}

// Exceptions are what waits for somebody whom the actor may see, the most severe first, then the newest day,
// then by id.
func (o *Office) Exceptions(ctx context.Context, a rounds.Actor, f store.ExceptionFilter) ([]Exception, error) {
	f.Now, f.Zone = o.now(), a.Zone
	f.OpenSince, f.Open, f.Quarantined = f.Now.Add(-openTooLong), severityOpen, severityQuarantined
	found, err := o.store.Exceptions(ctx, a.Scope(), f)
	if err != nil {
		return nil, err
	}
	var visits []rounds.VisitID
	for _, e := range found {
		visits = append(visits, e.VisitID)
	}
	signals, err := o.store.SignalsOfVisits(ctx, a.OrgID, visits)
	if err != nil {
		return nil, err
	}
	by := map[rounds.VisitID][]store.Signal{}
	for _, s := range signals {
		by[s.VisitID] = append(by[s.VisitID], s)
	}
	items := make([]Exception, len(found))
	for i, e := range found {
		items[i] = Exception{e, geo.Seconds(f.Now.Sub(e.Since).Seconds()), sumUp(by[e.VisitID])}
		items[i].Reasons = reasonsOf(items[i])
	}
	return items, nil
}

// reasonsOf say why the item is on the list.
func reasonsOf(e Exception) []geo.Reason {
	switch e.Kind {
	case rounds.IntegrityHigh:
		return e.Integrity.names()
	case rounds.OpenVisit:
		return []geo.Reason{noCheckOut}
	}
	return e.Reasons
}

// Integrity is what was noticed about a visit: it orders a queue, and changes no verdict.
type Integrity struct {
	Score    integrity.Tenths
	Families map[integrity.Family]integrity.Tenths
	Signals  []integrity.Signal
}

func sumUp(found []store.Signal) Integrity {
	in := Integrity{Signals: make([]integrity.Signal, len(found))}
	for i, s := range found {
		in.Signals[i] = SignalOf(s)
	}
	in.Score, in.Families = integrity.Score(in.Signals), integrity.ByFamily(in.Signals)
	return in
}

// names are those of the signals, each once.
func (in Integrity) names() []geo.Reason {
	names := []geo.Reason{}
	for _, s := range in.Signals {
		names = append(names, geo.Reason(s.Name))
	}
	slices.Sort(names)
	return slices.Compact(names)
}

// ItemRef names an item of the list.
type ItemRef struct {
	Kind rounds.ExceptionKind
	ID   rounds.ID[rounds.Exception]
}

// subject is what a decision on the item is about: a visit may be on the list for several reasons.
func (i ItemRef) subject() ItemRef {
	switch i.Kind {
	case rounds.VisitUndecided, rounds.VisitElsewhere, rounds.IntegrityHigh, rounds.OpenVisit, rounds.AuditRefuted, rounds.AuditConfirmed:
		i.Kind = ""
	}
	return i
}

// DecidedItem is what became of a decision on an item.
type DecidedItem struct {
	ItemRef
	Problem *rounds.Error // nil: it is decided
}

// Decide takes one decision on many items, each in a transaction of its own: what stands in the way of one
// is no reason to leave the others, and no rep's uploads wait for more than one. Of items that are one visit,
// or given twice, the first that still waits is decided on and speaks for all that follow; one that has left the
// list since it was read is a Conflict. An error means that some may be decided and the
// rest are not; the list says which.
func (o *Office) Decide(ctx context.Context, a rounds.Actor, items []ItemRef, d rounds.Decision, reason string) ([]DecidedItem, error) {
	if err := allow(a, reviewing); err != nil {
		return nil, err
	}
	decided := make([]DecidedItem, len(items))
	first := map[ItemRef]int{}
	for i, item := range items {
		if n, again := first[item.subject()]; again {
			decided[i] = DecidedItem{item, decided[n].Problem}
			continue
		}
		err := o.decide(ctx, a, item, d, reason)
		problem, _ := errors.AsType[*rounds.Error](err)
		if code := rounds.CodeOf(err); code == rounds.Internal || code == rounds.Unavailable {
			return nil, err
		}
		decided[i] = DecidedItem{item, problem}
		if rounds.CodeOf(err) != rounds.Conflict { // settled for this reason; perhaps not for another
			first[item.subject()] = i
		}
	}
	return decided, nil
}

func (o *Office) decide(ctx context.Context, a rounds.Actor, item ItemRef, d rounds.Decision, reason string) error {
	switch quarantined := item.Kind == rounds.QuarantinedRow; {
	case quarantined != (d == rounds.DecisionDismiss), item.Kind == rounds.SuspectPin:
		return rounds.Errorf(rounds.Invalid, "visits are credited, refused or noted, and items in quarantine dismissed").With("/decision", "not_for_this_kind")
	case quarantined:
		return o.dismiss(ctx, a, rounds.ID[rounds.Quarantined](item.ID), reason)
	}
	_, err := o.review(ctx, a, rounds.VisitID(item.ID), d, reason, item.Kind)
	return err
}

// dismiss leaves an item in quarantine for good, never one's own.
func (o *Office) dismiss(ctx context.Context, a rounds.Actor, id rounds.ID[rounds.Quarantined], reason string) error {
	return o.store.InTx(ctx, func(tx *store.Store) error {
		rep, err := tx.LockQuarantined(ctx, a.Scope(), id)
		if err != nil {
			return err
		}
		if rep == a.UserID {
			return rounds.Errorf(rounds.Forbidden, "nobody reviews their own visit: ask somebody else")
		}
		now := o.now()
		if err := tx.DismissQuarantined(ctx, a.OrgID, id, a.UserID, reason, now); err != nil {
			return err
		}
		return tx.Log(ctx, a.OrgID, a.UserID, now, store.Action{
			Name: "quarantine.dismiss", Subject: id.String(), Detail: map[string]any{"reason": reason, "rep": rep.String()},
		})
	})
}
