package fieldwork

import (
	"context"
	"slices"
	"time"

	"rounds"
	"rounds/geo"
	"rounds/store"
)

const (
	maxClaim  = 12 * time.Hour       // of time in store
	claimedIn = 366 * 24 * time.Hour // a visit that no event tells of began within so long
)

// missedCheckIn says of a visit that it rests on an accepted request, and on nothing that a phone sent.
const missedCheckIn geo.Reason = "missed_check_in"

// AddRequest keeps what the actor asks for one of their own visits, and says whether it is new. Its id is the
// phone's: the same request again gives the one that is stored, another one under its id is a Conflict.
func (o *Office) AddRequest(ctx context.Context, a rounds.Actor, asked rounds.Request) (kept store.ListedRequest, fresh bool, err error) {
	if err := allow(a, asking); err != nil {
		return kept, false, err
	}
	asked.RepID, asked.CreatedAt, asked.Status = a.UserID, o.now(), rounds.RequestOpen
	asked.ClaimedStart, asked.ClaimedEnd = asStored(asked.ClaimedStart), asStored(asked.ClaimedEnd)
	if err := checkForm(asked); err != nil {
		return kept, false, err
	}
	err = o.store.InTx(ctx, func(tx *store.Store) error {
		if err := tx.LockReps(ctx, a.OrgID, []rounds.UserID{a.UserID}); err != nil {
			return err
		}
		everything := rounds.Scope{OrgID: a.OrgID}
		kept, err = tx.Request(ctx, everything, asked.ID)
		if fresh = rounds.CodeOf(err) == rounds.NotFound; !fresh {
			if err == nil {
				err = sameRequest(kept.Request, asked)
			}
			return err
		}
		r, err := about(ctx, tx, a, asked)
		if err != nil {
			return err
		}
		if err := tx.InsertRequest(ctx, a.OrgID, r); err != nil {
			return err
		}
		kept, err = tx.Request(ctx, everything, r.ID)
		return err
	})
	return kept, fresh, err
}

// asStored is the instant as finely as it is stored, so that a repeat compares equal.
func asStored(t *time.Time) *time.Time {
	if t == nil {
		return nil
	}
	return new(t.UTC().Truncate(time.Microsecond))
}

// sameRequest is a Conflict that names what differs; of a colleague's request it names nothing.
func sameRequest(stored, asked rounds.Request) error {
	problem := errOtherUnderID()
	if stored.RepID != asked.RepID {
		return problem
	}
	for _, f := range []struct {
		pointer string
		same    bool
	}{
		{"/kind", stored.Kind == asked.Kind},
		{"/visit_id", stored.VisitID == asked.VisitID},
		{"/retailer_id", asked.RetailerID.IsZero() || stored.RetailerID == asked.RetailerID}, // that of a visit is looked up
		{"/stop_id", stored.StopID == asked.StopID},
		{"/claimed_start", sameInstant(stored.ClaimedStart, asked.ClaimedStart)},
		{"/claimed_end", sameInstant(stored.ClaimedEnd, asked.ClaimedEnd)},
		{"/reason", stored.Reason == asked.Reason},
	} {
		if !f.same {
			problem.With(f.pointer, "differs")
		}
	}
	if len(problem.Fields) == 0 {
		return nil
	}
	return problem
}

func errOtherUnderID() *rounds.Error {
	return rounds.Errorf(rounds.Conflict, "something else is stored under this id; it stays as it is")
}

func sameInstant(a, b *time.Time) bool {
	if a == nil || b == nil {
		return a == b
	}
	return a.Equal(*b)
}

// fieldsOf are what each kind of request needs; a missed check-in may name its stop too.
var fieldsOf = map[rounds.RequestKind][]string{
	rounds.ForgottenCheckOut: {"/visit_id", "/claimed_end"},
	rounds.MissedCheckIn:     {"/retailer_id", "/claimed_start", "/claimed_end"},
	rounds.Dispute:           {"/visit_id"},
}

// checkForm refuses what is too much or too little for the kind, and times that nobody can have spent in a shop.
func checkForm(r rounds.Request) error {
	problem := errClaim()
	for _, f := range []struct {
		pointer string
		given   bool
	}{
		{"/visit_id", !r.VisitID.IsZero()},
		{"/retailer_id", !r.RetailerID.IsZero()},
		{"/stop_id", !r.StopID.IsZero() && r.Kind != rounds.MissedCheckIn},
		{"/claimed_start", r.ClaimedStart != nil},
		{"/claimed_end", r.ClaimedEnd != nil},
	} {
		switch needed := slices.Contains(fieldsOf[r.Kind], f.pointer); {
		case needed && !f.given:
			problem.With(f.pointer, "required")
		case f.given && !needed:
			problem.With(f.pointer, "not_of_this_kind")
		}
	}
	if r.ClaimedEnd != nil && r.ClaimedEnd.After(r.CreatedAt) {
		problem.With("/claimed_end", "in_the_future")
	}
	if r.Kind == rounds.MissedCheckIn && len(problem.Fields) == 0 {
		checkClaim(problem, r, *r.ClaimedStart)
	}
	return orNil(problem)
}

func checkClaim(problem *rounds.Error, r rounds.Request, start time.Time) {
	switch spent := r.ClaimedEnd.Sub(start); {
	case spent < 0, spent == 0 && r.Kind == rounds.MissedCheckIn:
		problem.With("/claimed_end", "not_after_start")
	case spent > maxClaim:
		problem.With("/claimed_end", "over_12_hours")
	}
	if r.ClaimedStart != nil && r.CreatedAt.Sub(*r.ClaimedStart) > claimedIn {
		problem.With("/claimed_start", "too_far")
	}
}

func errClaim() *rounds.Error {
	return rounds.Errorf(rounds.Invalid, "this request cannot be decided as it stands: see its fields")
}

func orNil(problem *rounds.Error) error {
	if len(problem.Fields) == 0 {
		return nil
	}
	return problem
}

// about completes a request with what is known of its visit, or of its retailer on the day.
func about(ctx context.Context, tx *store.Store, a rounds.Actor, r rounds.Request) (rounds.Request, error) {
	if r.Kind == rounds.MissedCheckIn {
		return aboutRetailer(ctx, tx, a, r)
	}
	parts, err := tx.VisitPartsOf(ctx, a.OrgID, []rounds.EventID{rounds.EventID(r.VisitID)}, []rounds.UserID{a.UserID})
	if err != nil {
		return r, err
	}
	at := slices.IndexFunc(parts, func(p store.VisitParts) bool { return rounds.VisitID(p.CheckInID) == r.VisitID })
	if at < 0 {
		return aboutMissed(ctx, tx, a, r)
	}
	r.RetailerID, r.Day = parts[at].RetailerID, parts[at].Day
	if r.Kind == rounds.ForgottenCheckOut {
		err = checkForgotten(r, parts[at])
	}
	return r, err
}

// checkForgotten holds a claimed end to what is known of the visit by now.
func checkForgotten(r rounds.Request, p store.VisitParts) error {
	if v := derive(p); !v.CheckOutID.IsZero() {
		return rounds.Errorf(rounds.Conflict, "this visit was ended by its check-out: nothing was forgotten").With("/visit_id", "has_check_out")
	}
	problem := errClaim()
	checkClaim(problem, r, p.CheckedInAt)
	if p.NextCheckInAt != nil && r.ClaimedEnd.After(*p.NextCheckInAt) {
		problem.With("/claimed_end", "after_next_check_in")
	}
	return orNil(problem)
}

// aboutMissed is a dispute about a visit that an accepted request stands for: nobody forgot to end that.
func aboutMissed(ctx context.Context, tx *store.Store, a rounds.Actor, r rounds.Request) (rounds.Request, error) {
	found, err := tx.MissedPartsOf(ctx, a.OrgID, r.VisitID)
	if err != nil {
		return r, err
	}
	if len(found) == 0 || found[0].RepID != a.UserID || r.Kind != rounds.Dispute {
		return r, rounds.Errorf(rounds.Invalid, "this is no visit of yours that is known here: send its check-in first").With("/visit_id", "not_found")
	}
	r.RetailerID, r.Day = found[0].RetailerID, found[0].Day
	return r, nil
}

// aboutRetailer notes whose the retailer was on the day. Whoever stands in for a colleague may ask too.
func aboutRetailer(ctx context.Context, tx *store.Store, a rounds.Actor, r rounds.Request) (rounds.Request, error) {
	if err := refuseEventID(ctx, tx, a.OrgID, r); err != nil {
		return r, err
	}
	r.Day = rounds.DayOf(*r.ClaimedStart, a.Zone)
	places, err := tx.Places(ctx, a.OrgID, []rounds.RetailerID{r.RetailerID}, []rounds.Day{r.Day}, []rounds.UserID{a.UserID})
	if err != nil {
		return r, err
	}
	if len(places) == 0 {
		return r, errClaim().With("/retailer_id", "not_found")
	}
	r.OutsideTerritory = places[0].RepID != a.UserID
	return r, nil
}

// refuseEventID keeps a request from standing for a check-in under the id of an event, whose visit that is.
func refuseEventID(ctx context.Context, tx *store.Store, org rounds.OrgID, r rounds.Request) error {
	events, err := tx.Events(ctx, org, []rounds.EventID{rounds.EventID(r.ID)})
	if err == nil && len(events) > 0 {
		err = errOtherUnderID()
	}
	return err
}

// DecideRequest accepts or refuses a request that is open, never one's own, and derives the visit again. A
// Conflict says that somebody was faster.
func (o *Office) DecideRequest(ctx context.Context, a rounds.Actor, id rounds.RequestID, verdict rounds.RequestStatus, reason string) (store.ListedRequest, error) {
	if err := allow(a, reviewing); err != nil {
		return store.ListedRequest{}, err
	}
	return o.closeRequest(ctx, a, id, func(tx *store.Store, r *rounds.Request) error {
		if r.RepID == a.UserID {
			return rounds.Errorf(rounds.Forbidden, "nobody decides their own request: ask somebody else")
		}
		r.Status, r.DecidedBy, r.DecisionReason = verdict, a.UserID, reason
		if verdict == rounds.RequestAccepted && r.Kind == rounds.MissedCheckIn {
			return refuseEventID(ctx, tx, a.OrgID, *r)
		}
		return nil
	})
}

// WithdrawRequest takes back a request of the actor's own that is open.
func (o *Office) WithdrawRequest(ctx context.Context, a rounds.Actor, id rounds.RequestID) (store.ListedRequest, error) {
	return o.closeRequest(ctx, a, id, func(_ *store.Store, r *rounds.Request) error {
		if r.RepID != a.UserID {
			return rounds.Errorf(rounds.Forbidden, "only who asked may withdraw a request: refuse it instead")
		}
		r.Status = rounds.RequestWithdrawn
		return nil
	})
}

// closeRequest makes a request what end makes of it, while the uploads of its rep wait.
func (o *Office) closeRequest(ctx context.Context, a rounds.Actor, id rounds.RequestID, end func(tx *store.Store, r *rounds.Request) error) (store.ListedRequest, error) {
	var kept store.ListedRequest
	err := o.store.InTx(ctx, func(tx *store.Store) error {
		found, err := tx.Request(ctx, a.Scope(), id)
		if err != nil {
			return err
		}
		r := found.Request
		if err := tx.LockReps(ctx, a.OrgID, []rounds.UserID{r.RepID}); err != nil {
			return err
		}
		r.DecidedAt = new(o.now())
		if err := end(tx, &r); err != nil {
			return err
		}
		open, err := tx.CloseRequest(ctx, a.OrgID, r)
		if err != nil {
			return err
		}
		if !open {
			return rounds.Errorf(rounds.Conflict, "this request was decided or withdrawn already: look at it again")
		}
		if r.Status == rounds.RequestAccepted {
			if err := grant(ctx, tx, a.OrgID, r); err != nil {
				return err
			}
		}
		kept, err = tx.Request(ctx, a.Scope(), id)
		return err
	})
	return kept, err
}

// grant gives what was asked for. Credit comes by a review in the decider's name, so that one thing decides
// over credit, and a later review over that.
func grant(ctx context.Context, tx *store.Store, org rounds.OrgID, r rounds.Request) error {
	if r.Kind != rounds.ForgottenCheckOut {
		err := tx.InsertReview(ctx, org, rounds.Review{
			ID: rounds.NewID[rounds.Review](), VisitID: r.About(), ReviewerID: r.DecidedBy,
			Decision: rounds.DecisionCredit, Reason: r.DecisionReason, CreatedAt: *r.DecidedAt,
		})
		if err != nil {
			return err
		}
	}
	if r.Kind == rounds.MissedCheckIn { // there is no event that would let the day be examined
		if err := tx.MarkDue(ctx, org, []store.RepDay{{RepID: r.RepID, Day: r.Day}}, *r.DecidedAt); err != nil {
			return err
		}
	}
	return deriveAgain(ctx, tx, org, r.About(), []rounds.UserID{r.RepID})
}

// deriveMissed makes a visit of an accepted request alone. Position says nothing of it, and no other visit
// ends it or is ended by it.
func deriveMissed(p store.MissedParts) rounds.Visit {
	start, end := p.ClaimedStart.UTC(), p.ClaimedEnd.UTC()
	v := rounds.Visit{
		ID: rounds.VisitID(p.ID), RequestID: p.ID, RepID: p.RepID, RetailerID: p.RetailerID, StopID: p.StopID, Day: p.Day,
		StartedAt: start, EndedAt: &end, Dwell: spent(start, end),
		Outcome: geo.Undecided, Reasons: []geo.Reason{missedCheckIn}, Audit: !p.AuditStopID.IsZero(),
	}
	if p.OutsideTerritory {
		v.Reasons = append(v.Reasons, notInTerritory)
	}
	credit(&v, store.VisitParts{Decision: p.Decision})
	return v
}
