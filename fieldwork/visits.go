package fieldwork

import (
	"context"
	"slices"
	"time"

	"rounds"
	"rounds/geo"
	"rounds/store"
)

// deriveAgain derives a visit of a rep who is locked, with a check-in or without.
func deriveAgain(ctx context.Context, tx *store.Store, org rounds.OrgID, visit rounds.VisitID, rep []rounds.UserID) error {
	parts, err := tx.VisitPartsOf(ctx, org, []rounds.EventID{rounds.EventID(visit)}, rep)
	if err != nil {
		return err
	}
	missed, err := tx.MissedPartsOf(ctx, org, visit)
	if err != nil {
		return err
	}
	_, err = saveDerived(ctx, tx, org, slices.Concat(deriveAll(parts, derive), deriveAll(missed, deriveMissed)))
	return err
}

// saveDerived saves visits of reps who are locked, which also keeps days from being closed meanwhile, and holds what findings say of
// them against what they count for now.
func saveDerived(ctx context.Context, tx *store.Store, org rounds.OrgID, visits []rounds.Visit) (changed int64, err error) {
	closed, err := tx.ClosedThrough(ctx, org)
	if err != nil {
		return 0, err
	}
	changed, err = tx.SaveVisits(ctx, org, closed, visits)
	if err != nil || changed == 0 {
		return changed, err
	}
	ids := make([]rounds.VisitID, len(visits))
	for i, v := range visits {
		ids[i] = v.ID
	}
	return changed, tx.TurnAuditClaims(ctx, org, ids, severityRefuted, severityConfirmed)
}

func deriveAll[P any](parts []P, derive func(P) rounds.Visit) []rounds.Visit {
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
		Audit:      !p.AuditStopID.IsZero(),
	}
	end(&v, p)
	judge(&v, p)
	v.NeedsReview = slices.Contains(v.Reasons, geo.Mocked) && p.Decision == ""
	credit(&v, p)
	v.Severity = severityOf(v, p.Decided)
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

// end closes a visit by its check-out; where there is none before the rep checked in elsewhere, by the end that
// a request claimed, within bounds that later events may have narrowed; else by the next check-in: an end that
// is estimated and earns no time.
func end(v *rounds.Visit, p store.VisitParts) {
	out, next := p.CheckedOutAt, p.NextCheckInAt
	switch {
	case out != nil && (next == nil || !out.After(*next)):
		ended := out.UTC()
		if ended.Before(v.StartedAt) { // a clock was set back in between
			ended = v.StartedAt
		}
		v.EndedAt, v.Dwell, v.CheckOutID = &ended, spent(v.StartedAt, ended), p.CheckOutID
	case p.ClaimedEnd != nil:
		ended := bounded(*p.ClaimedEnd, v.StartedAt, next)
		v.EndedAt, v.Dwell = &ended, spent(v.StartedAt, ended)
	case next != nil:
		ended := next.UTC()
		v.EndedAt, v.EndEstimated = &ended, true
	}
}

func spent(start, end time.Time) *geo.Seconds {
	return new(geo.Seconds(end.Sub(start).Seconds()))
}

// bounded is the claimed end, or what is possible nearest to it.
func bounded(claimed, start time.Time, next *time.Time) time.Time {
	latest := start.Add(maxClaim)
	if next != nil && next.Before(latest) {
		latest = *next
	}
	switch {
	case claimed.Before(start):
		return start
	case claimed.After(latest):
		return latest.UTC()
	}
	return claimed.UTC()
}

// credit goes by the last review that decided, else by position, else by what proves a visit that position leaves
// undecided, if the check-in's policy takes it.
func credit(v *rounds.Visit, p store.VisitParts) {
	switch {
	case p.Decision == rounds.DecisionCredit:
		v.CreditedBy = rounds.CreditedByReview
	case p.Decision == rounds.DecisionRefuse:
	case v.Outcome == geo.AtRetailer:
		v.CreditedBy = rounds.CreditedByPosition
	case v.Outcome == geo.Undecided && !slices.Contains(v.Reasons, geo.PolicyInvalid):
		v.CreditedBy = creditedByProof(p)
	}
	v.Credited = v.CreditedBy != ""
}

// provers are the kinds that may credit, the strongest first.
var provers = []geo.EvidenceKind{geo.EvidenceCode, geo.EvidenceTag, geo.EvidencePhoto, geo.EvidenceConfirmation}

func creditedByProof(p store.VisitParts) rounds.CreditedBy {
	for _, kind := range provers {
		if slices.Contains(p.Proved, kind) && slices.Contains(p.Policy.Credits, kind) {
			return rounds.CreditedBy(kind)
		}
	}
	return ""
}

// VisitDetail is a visit with everything that it rests on.
type VisitDetail struct {
	store.ListedVisit
	Events    []store.Recorded
	Timings   map[rounds.EventID]Timing
	Withheld  bool // the events are without their positions, which are not the reader's
	Reviews   []rounds.Review
	Lookups   map[rounds.EventID]rounds.Lookup // of events that network services were asked about
	Requests  []store.ListedRequest
	Integrity Integrity
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
	if d.Timings, err = timings(ctx, s, a.OrgID, d.RepID, d.Events); err != nil {
		return d, err
	}
	if d.Lookups, err = s.Lookups(ctx, a.OrgID, ids); err != nil {
		return d, err
	}
	if d.Reviews, err = s.Reviews(ctx, a.OrgID, id); err != nil {
		return d, err
	}
	if d.Requests, err = s.RequestsOf(ctx, a.OrgID, id); err != nil {
		return d, err
	}
	signals, err := s.SignalsOf(ctx, a.OrgID, d.RepID, []rounds.VisitID{id})
	d.Integrity = sumUp(signals)
	return d, err
}

// Review adds a person's judgement to a visit, never to their own.
func (o *Office) Review(ctx context.Context, a rounds.Actor, id rounds.VisitID, d rounds.Decision, reason string) (VisitDetail, error) {
	return o.review(ctx, a, id, d, reason, "")
}

// review is a Conflict if the visit is not on the list for this reason any more; "": it need not be.
func (o *Office) review(ctx context.Context, a rounds.Actor, id rounds.VisitID, d rounds.Decision, reason string, on rounds.ExceptionKind) (VisitDetail, error) {
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
		if err := stillOn(ctx, tx, a.OrgID, on, id); err != nil {
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
		if d != rounds.DecisionNote {
			if err := tx.SettleIntegrity(ctx, a.OrgID, id); err != nil {
				return err
			}
			if err := tx.SettleAuditClaims(ctx, a.OrgID, id); err != nil {
				return err
			}
		}
		detail, err = visitDetail(ctx, tx, a, id)
		return err
	})
	return detail, err
}

// stillOn is a Conflict if the visit has left the list; nothing is asked for no list.
func stillOn(ctx context.Context, tx *store.Store, org rounds.OrgID, list rounds.ExceptionKind, id rounds.VisitID) error {
	if list == "" {
		return nil
	}
	waits, err := tx.IsWaiting(ctx, org, list, id)
	if err == nil && !waits {
		err = rounds.Errorf(rounds.Conflict, "this is not on the list any more: look at it again")
	}
	return err
}

// rederivePage is how many visits one transaction derives again.
const rederivePage = 1000

// derivedPage derives some of the org's visits by id, from after the given one.
type derivedPage func(ctx context.Context, tx *store.Store, org rounds.OrgID, after rounds.VisitID) ([]rounds.Visit, error)

func visitsWithCheckIn(ctx context.Context, tx *store.Store, org rounds.OrgID, after rounds.VisitID) ([]rounds.Visit, error) {
	parts, err := tx.VisitPartsAfter(ctx, org, rounds.EventID(after), rederivePage)
	return deriveAll(parts, derive), err
}

func visitsWithout(ctx context.Context, tx *store.Store, org rounds.OrgID, after rounds.VisitID) ([]rounds.Visit, error) {
	parts, err := tx.MissedPartsAfter(ctx, org, after, rederivePage)
	return deriveAll(parts, deriveMissed), err
}

// Rederive derives every visit of the org again from events, reviews and accepted requests, tells progress
// after each page and says how many there are and how many were missing or different: none, unless something
// is wrong.
func (o *Office) Rederive(ctx context.Context, org rounds.OrgID, progress func(done int)) (visits int, changed int64, err error) {
	for _, read := range []derivedPage{visitsWithCheckIn, visitsWithout} {
		var after rounds.VisitID
		for {
			var page []rounds.Visit
			var differed int64
			err := o.store.InTx(ctx, func(tx *store.Store) error {
				var err error
				page, differed, err = rederive(ctx, tx, org, after, read)
				return err
			})
			changed += differed
			if err != nil {
				return visits, changed, err
			}
			if len(page) == 0 {
				break
			}
			visits += len(page)
			after = page[len(page)-1].ID
			progress(visits)
		}
	}
	return visits, changed, nil
}

// rederive reads the page twice: once to know whose uploads must wait, and once when they do.
func rederive(ctx context.Context, tx *store.Store, org rounds.OrgID, after rounds.VisitID, read derivedPage) ([]rounds.Visit, int64, error) {
	visits, err := read(ctx, tx, org, after)
	if err != nil || len(visits) == 0 {
		return nil, 0, err
	}
	reps := make([]rounds.UserID, len(visits))
	for i, v := range visits {
		reps[i] = v.RepID
	}
	if err := tx.LockReps(ctx, org, reps); err != nil {
		return nil, 0, err
	}
	if visits, err = read(ctx, tx, org, after); err != nil {
		return nil, 0, err
	}
	changed, err := saveDerived(ctx, tx, org, visits)
	return visits, changed, err
}
