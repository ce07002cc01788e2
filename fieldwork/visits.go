package fieldwork

import (
	"context"
	"slices"

	"rounds"
	"rounds/geo"
	"rounds/store"
)

// deriveAgain derives a visit of a rep who is locked.
func deriveAgain(ctx context.Context, tx *store.Store, org rounds.OrgID, visit rounds.VisitID, rep []rounds.UserID) error {
	parts, err := tx.VisitPartsOf(ctx, org, []rounds.EventID{rounds.EventID(visit)}, rep)
	if err != nil {
		return err
	}
	_, err = saveDerived(ctx, tx, org, parts)
	return err
}

// saveDerived derives visits of reps who are locked, which also keeps days from being closed meanwhile.
func saveDerived(ctx context.Context, tx *store.Store, org rounds.OrgID, parts []store.VisitParts) (changed int64, err error) {
	closed, err := tx.ClosedThrough(ctx, org)
	if err != nil {
		return 0, err
	}
	return tx.SaveVisits(ctx, org, closed, deriveAll(parts))
}

func deriveAll(parts []store.VisitParts) []rounds.Visit {
	visits := make([]rounds.Visit, len(parts))
	for i, p := range parts {
		visits[i] = derive(p)
	}
	return visits
}

// checkOutDiffers says of a visit that its check-out names another retailer than its check-in.
const checkOutDiffers geo.Reason = "check_out_differs"

// derive makes a visit of its parts. It is a pure function of what is stored, so any order of arrival
// gives the same visit.
func derive(p store.VisitParts) rounds.Visit {
	v := rounds.Visit{
		ID:         rounds.VisitID(p.CheckInID),
		RepID:      p.RepID,
		RetailerID: p.RetailerID,
		StopID:     p.StopID,
		Day:        p.Day,
		StartedAt:  p.CheckedInAt.UTC(),
	}
	end(&v, p)
	judge(&v, p)
	v.NeedsReview = slices.Contains(v.Reasons, geo.Mocked) && p.Decision == ""
	credit(&v, p.Decision)
	return v
}

// judge takes the check-out's position too, where it ended the visit at the same retailer: at the retailer
// if either tap was, elsewhere if the check-in's policy says so of the fixes of both.
func judge(v *rounds.Visit, p store.VisitParts) {
	v.Outcome, v.Reasons = p.Outcome, slices.Concat(p.Reasons, p.Flags)
	switch {
	case v.CheckOutID.IsZero():
	case p.CheckOutAt != p.RetailerID:
		v.Reasons = append(v.Reasons, checkOutDiffers)
	default:
		both := geo.Judge(p.Policy, p.Measured, *p.CheckOutMeasured)
		v.Outcome = both.Outcome
		if p.Outcome == geo.AtRetailer || p.CheckOutOutcome == geo.AtRetailer { // by a policy of its own
			v.Outcome = geo.AtRetailer
		}
		v.Reasons = slices.Concat(both.Reasons, p.Flags, p.CheckOutFlags)
	}
	slices.Sort(v.Reasons)
	v.Reasons = slices.Compact(v.Reasons)
}

// end closes a visit by its check-out or, where the rep checked in elsewhere before that, by the next
// check-in: an end that is estimated and earns no time.
func end(v *rounds.Visit, p store.VisitParts) {
	out, next := p.CheckedOutAt, p.NextCheckInAt
	switch {
	case out != nil && (next == nil || !out.After(*next)):
		ended := out.UTC()
		if ended.Before(v.StartedAt) { // a clock was set back in between
			ended = v.StartedAt
		}
		dwell := geo.Seconds(ended.Sub(v.StartedAt).Seconds())
		v.EndedAt, v.Dwell, v.CheckOutID = &ended, &dwell, p.CheckOutID
	case next != nil:
		ended := next.UTC()
		v.EndedAt, v.EndEstimated = &ended, true
	}
}

// credit goes by the last review that decided, else by position.
func credit(v *rounds.Visit, d rounds.Decision) {
	switch {
	case d == rounds.DecisionCredit:
		v.CreditedBy = rounds.CreditedByReview
	case d == rounds.DecisionRefuse:
	case v.Outcome == geo.AtRetailer:
		v.CreditedBy = rounds.CreditedByPosition
	}
	v.Credited = v.CreditedBy != ""
}

// VisitDetail is a visit with everything that it rests on.
type VisitDetail struct {
	store.ListedVisit
	Events   []store.Recorded
	Withheld bool // the events are without their positions, which are not the reader's
	Reviews  []rounds.Review
	Lookups  map[rounds.EventID]rounds.Lookup // of events that network services were asked about
}

// Visit is the visit of the id, if the actor may see it, without positions unless they are the actor's own.
func (o *Office) Visit(ctx context.Context, a rounds.Actor, id rounds.VisitID) (VisitDetail, error) {
	return visitDetail(ctx, o.store, a, id)
}

// visitDetail is what everybody but the rep sees of a visit; the rep sees all of it.
func visitDetail(ctx context.Context, s *store.Store, a rounds.Actor, id rounds.VisitID) (VisitDetail, error) {
	d, err := wholeVisit(ctx, s, a, id)
	if d.RepID != a.UserID {
		d.withhold()
	}
	return d, err
}

// wholeVisit holds the rep's positions: whoever shows them to somebody else writes that down.
func wholeVisit(ctx context.Context, s *store.Store, a rounds.Actor, id rounds.VisitID) (VisitDetail, error) {
	var d VisitDetail
	var err error
	if d.ListedVisit, err = s.Visit(ctx, a.Scope(), id); err != nil {
		return d, err
	}
	if d.Events, err = s.EventsOfVisit(ctx, a.OrgID, id); err != nil {
		return d, err
	}
	d.Events = slices.DeleteFunc(d.Events, func(e store.Recorded) bool { return e.RepID != d.RepID })
	ids := make([]rounds.EventID, len(d.Events))
	for i, e := range d.Events {
		ids[i] = e.ID
	}
	if d.Lookups, err = s.Lookups(ctx, a.OrgID, ids); err != nil {
		return d, err
	}
	d.Reviews, err = s.Reviews(ctx, a.OrgID, id)
	return d, err
}

// Review adds a person's judgement to a visit, never to their own.
func (o *Office) Review(ctx context.Context, a rounds.Actor, id rounds.VisitID, d rounds.Decision, reason string) (VisitDetail, error) {
	if err := allow(a, reviewing); err != nil {
		return VisitDetail{}, err
	}
	var detail VisitDetail
	err := o.store.InTx(ctx, func(tx *store.Store) error {
		visit, err := tx.Visit(ctx, a.Scope(), id)
		if err != nil {
			return err
		}
		if visit.RepID == a.UserID {
			return rounds.Errorf(rounds.Forbidden, "nobody reviews their own visit: ask somebody else")
		}
		rep := []rounds.UserID{visit.RepID}
		if err := tx.LockReps(ctx, a.OrgID, rep); err != nil {
			return err
		}
		review := rounds.Review{
			ID: rounds.NewID[rounds.Review](), VisitID: id, ReviewerID: a.UserID,
			Decision: d, Reason: reason, CreatedAt: o.now(),
		}
		if err := tx.InsertReview(ctx, a.OrgID, review); err != nil {
			return err
		}
		if err := deriveAgain(ctx, tx, a.OrgID, id, rep); err != nil {
			return err
		}
		detail, err = visitDetail(ctx, tx, a, id)
		return err
	})
	return detail, err
}

// rederivePage is how many visits one transaction derives again.
const rederivePage = 1000

// Rederive derives every visit of the org again from events and reviews, tells progress after each page
// and says how many there are and how many were missing or different: none, unless something is wrong.
func (o *Office) Rederive(ctx context.Context, org rounds.OrgID, progress func(done int)) (visits int, changed int64, err error) {
	var after rounds.EventID
	for {
		var page []store.VisitParts
		var differed int64
		err := o.store.InTx(ctx, func(tx *store.Store) error {
			var err error
			page, differed, err = rederive(ctx, tx, org, after)
			return err
		})
		changed += differed
		if err != nil || len(page) == 0 {
			return visits, changed, err
		}
		visits += len(page)
		after = page[len(page)-1].CheckInID
		progress(visits)
	}
}

// rederive reads the page twice: once to know whose uploads must wait, and once when they do.
func rederive(ctx context.Context, tx *store.Store, org rounds.OrgID, after rounds.EventID) ([]store.VisitParts, int64, error) {
	parts, err := tx.VisitPartsAfter(ctx, org, after, rederivePage)
	if err != nil || len(parts) == 0 {
		return nil, 0, err
	}
	reps := make([]rounds.UserID, len(parts))
	for i, p := range parts {
		reps[i] = p.RepID
	}
	if err := tx.LockReps(ctx, org, reps); err != nil {
		return nil, 0, err
	}
	if parts, err = tx.VisitPartsAfter(ctx, org, after, rederivePage); err != nil {
		return nil, 0, err
	}
	changed, err := saveDerived(ctx, tx, org, parts)
	return parts, changed, err
}
