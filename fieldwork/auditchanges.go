package fieldwork

import (
	"context"
	"slices"
	"time"

	"rounds"
	"rounds/store"
)

// ChangeAudit asks for a change of a drawn audit by hand; it takes effect when a second person accepts it. Only an auditor who checked
// in at a retailer that cannot be visited has the next reserve in its place at once. The id is the caller's: the same change again is
// the one that is stored, another one under its id is a Conflict.
func (o *Office) ChangeAudit(ctx context.Context, a rounds.Actor, id rounds.AuditID, c rounds.AuditChange) (kept rounds.AuditChange, fresh bool, err error) {
	if allow(a, auditing) != nil && c.Kind != rounds.ChangeReplace {
		return kept, false, allow(a, auditing)
	}
	c.AskedBy = a.UserID
	err = o.store.InTx(ctx, func(tx *store.Store) error {
		sent, been, err := tx.AuditorAt(ctx, a.OrgID, id, c.RetailerID, a.UserID)
		if err != nil {
			return err
		}
		u, err := o.auditToChange(ctx, tx, a, id, sent)
		if err != nil {
			return err
		}
		kept, err = tx.AuditChange(ctx, a.OrgID, id, c.ID)
		if fresh = rounds.CodeOf(err) == rounds.NotFound; !fresh {
			if err == nil {
				err = sameChange(kept, c)
			}
			return err
		}
		if u.Status != rounds.AuditDrawn {
			return errAuditIs(u.Status)
		}
		kept, err = o.askChange(ctx, tx, a, u, c, been)
		return err
	})
	return kept, fresh, err
}

// auditToChange is an audit, kept as it is: for who draws audits of its unit, and for an auditor who is sent to the retailer. For
// everybody else there is none.
func (o *Office) auditToChange(ctx context.Context, tx *store.Store, a rounds.Actor, id rounds.AuditID, sent bool) (rounds.Audit, error) {
	scope := rounds.Scope{OrgID: a.OrgID, Units: a.Units}
	if sent {
		scope.Units = nil
	} else if allow(a, auditing) != nil {
		return rounds.Audit{}, errNotHere()
	}
	return o.lockedAudit(ctx, tx, scope, id)
}

func sameChange(stored, asked rounds.AuditChange) error {
	if stored.Kind == asked.Kind && stored.RetailerID == asked.RetailerID && stored.Reason == asked.Reason && stored.AskedBy == asked.AskedBy {
		return nil
	}
	return errOtherUnderID()
}

// askChange keeps a change, and makes it where the auditor stands at the retailer.
func (o *Office) askChange(ctx context.Context, tx *store.Store, a rounds.Actor, u rounds.Audit, c rounds.AuditChange, been bool) (rounds.AuditChange, error) {
	picks, err := tx.AuditPicks(ctx, a.OrgID, u.ID)
	if err != nil {
		return c, err
	}
	if c.AskedAt, err = o.nextChangeAt(ctx, tx, a, u); err != nil {
		return c, err
	}
	if c.Kind == rounds.ChangeReplace && been {
		err = o.replaceAtOnce(ctx, tx, a, u, picks, &c)
	} else {
		err = o.mayAsk(ctx, tx, a, u, picks, c)
	}
	if err != nil {
		return c, err
	}
	if err := tx.InsertAuditChange(ctx, a.OrgID, u.ID, c); err != nil {
		return c, err
	}
	return c, o.logChange(ctx, tx, a, "audit.change", u, c)
}

// replaceAtOnce lets the next reserve in, and closes what waits of the retailer: there is nothing left to decide on.
func (o *Office) replaceAtOnce(ctx context.Context, tx *store.Store, a rounds.Actor, u rounds.Audit, picks []rounds.AuditPick, c *rounds.AuditChange) error {
	c.Decision, c.DecidedAt = rounds.ChangeAccept, &c.AskedAt
	if err := o.makeChange(ctx, tx, a, u, picks, c); err != nil {
		return err
	}
	return tx.OvertakeChanges(ctx, a.OrgID, u.ID, c.RetailerID, c.AskedAt)
}

// nextChangeAt is now, but after all that was asked for and decided of the audit before, whatever the clocks of several servers say: a
// record's reader makes the changes again in the order of their times.
func (o *Office) nextChangeAt(ctx context.Context, tx *store.Store, a rounds.Actor, u rounds.Audit) (time.Time, error) {
	now := o.now()
	last, err := tx.LastAuditChange(ctx, a.OrgID, u.ID)
	if err == nil && last != nil && !now.After(*last) {
		now = last.Add(time.Microsecond)
	}
	return now, err
}

// mayAsk is mayChange, and refuses a second change that waits for the same retailer.
func (o *Office) mayAsk(ctx context.Context, tx *store.Store, a rounds.Actor, u rounds.Audit, picks []rounds.AuditPick, c rounds.AuditChange) error {
	changes, err := tx.AuditChanges(ctx, a.OrgID, u.ID)
	if err != nil {
		return err
	}
	if slices.ContainsFunc(changes, func(w rounds.AuditChange) bool { return w.Decision == "" && w.RetailerID == c.RetailerID }) {
		return rounds.Errorf(rounds.Conflict, "a change of this retailer waits for a second person: it is decided on first")
	}
	return o.mayChange(ctx, tx, a, u, picks, c)
}

func (o *Office) logChange(ctx context.Context, tx *store.Store, a rounds.Actor, act string, u rounds.Audit, c rounds.AuditChange) error {
	return o.logAudit(ctx, tx, a, act, u, map[string]any{
		"change": c.ID, "kind": c.Kind, "retailer": c.RetailerID, "reserve": textOrNone(c.ReserveID), "reason": c.Reason, "decision": c.Decision, "answer": c.Answer,
	})
}

// DecideChange accepts, refuses or withdraws a change that waits. Who asked may withdraw it, and nobody else; everybody but who asked
// may accept or refuse it.
func (o *Office) DecideChange(
	ctx context.Context, a rounds.Actor, id rounds.AuditID, change rounds.AuditChangeID, decision rounds.ChangeDecision, answer string,
) (rounds.AuditChange, error) {
	var c rounds.AuditChange
	err := o.store.InTx(ctx, func(tx *store.Store) error {
		u, err := o.auditOfChange(ctx, tx, a, id, change)
		if err != nil {
			return err
		}
		if c, err = tx.AuditChange(ctx, a.OrgID, id, change); err != nil {
			return err
		}
		if err := mayDecideChange(a, c, decision); err != nil {
			return err
		}
		if u.Status != rounds.AuditDrawn {
			return errAuditIs(u.Status)
		}
		c.Decision, c.DecidedBy, c.Answer = decision, a.UserID, answer
		return o.settleChange(ctx, tx, a, u, &c)
	})
	return c, err
}

// settleChange keeps what was decided, and makes the change if it was accepted.
func (o *Office) settleChange(ctx context.Context, tx *store.Store, a rounds.Actor, u rounds.Audit, c *rounds.AuditChange) error {
	at, err := o.nextChangeAt(ctx, tx, a, u)
	if err != nil {
		return err
	}
	c.DecidedAt = &at
	if c.Decision == rounds.ChangeAccept {
		picks, err := tx.AuditPicks(ctx, a.OrgID, u.ID)
		if err != nil {
			return err
		}
		if err := o.makeChange(ctx, tx, a, u, picks, c); err != nil {
			return err
		}
	}
	open, err := tx.DecideAuditChange(ctx, a.OrgID, u.ID, *c)
	if err != nil {
		return err
	}
	if !open {
		return errDecided()
	}
	return o.logChange(ctx, tx, a, "audit.change_"+string(c.Decision), u, *c)
}

// auditOfChange is an audit, kept as it is, for who draws audits of its unit and, so that it can be withdrawn, for who asked for the change.
func (o *Office) auditOfChange(ctx context.Context, tx *store.Store, a rounds.Actor, id rounds.AuditID, change rounds.AuditChangeID) (rounds.Audit, error) {
	c, err := tx.AuditChange(ctx, a.OrgID, id, change)
	if err != nil {
		return rounds.Audit{}, err
	}
	return o.auditToChange(ctx, tx, a, id, c.AskedBy == a.UserID)
}

func errDecided() error {
	return rounds.Errorf(rounds.Conflict, "this change was decided already: look at it again")
}

func mayDecideChange(a rounds.Actor, c rounds.AuditChange, decision rounds.ChangeDecision) error {
	switch mine := c.AskedBy == a.UserID; {
	case c.Decision == rounds.ChangeOvertaken:
		return rounds.Errorf(rounds.Conflict, "nobody needs to decide on this change any more: the retailer was replaced meanwhile, or the audit has ended")
	case c.Decision != "":
		return errDecided()
	case mine && decision != rounds.ChangeWithdraw:
		return rounds.Errorf(rounds.Forbidden, "nobody decides on a change of their own: ask somebody else, or withdraw it")
	case !mine && decision == rounds.ChangeWithdraw:
		return rounds.Errorf(rounds.Forbidden, "only who asked may withdraw a change: refuse it instead")
	}
	return nil
}

// mayChange refuses a change that the picks as they are now do not allow.
func (o *Office) mayChange(ctx context.Context, tx *store.Store, a rounds.Actor, u rounds.Audit, picks []rounds.AuditPick, c rounds.AuditChange) error {
	i := slices.IndexFunc(picks, func(p rounds.AuditPick) bool { return p.RetailerID == c.RetailerID })
	if c.Kind == rounds.ChangeAdd {
		if i >= 0 {
			return mayComeBack(picks[i])
		}
		_, err := o.toAdd(ctx, tx, a, u, c.RetailerID)
		return err
	}
	if i < 0 || picks[i].Standing == rounds.PickOut || c.Kind == rounds.ChangeReplace && picks[i].Standing != rounds.PickIn {
		return rounds.Errorf(rounds.Conflict, "this audit does not visit the retailer")
	}
	visited, err := tx.PickVisited(ctx, a.OrgID, u.ID, c.RetailerID)
	if err != nil {
		return err
	}
	if visited {
		return rounds.Errorf(rounds.Conflict, "an auditor was there, and what was found stays: the retailer cannot be taken out")
	}
	if c.Kind == rounds.ChangeReplace && nextReserve(picks, picks[i]) == nil {
		return rounds.Errorf(rounds.Conflict, "no reserve of its stratum is left: ask for it to be removed")
	}
	return nil
}

// mayComeBack refuses what is in already, and reserves: they come in by their turn and in no other way, as estimates count them.
func mayComeBack(p rounds.AuditPick) error {
	switch {
	case p.Standing == rounds.PickIn:
		return rounds.Errorf(rounds.Conflict, "this audit visits the retailer already")
	case p.Role == rounds.PickReserve:
		return rounds.Errorf(rounds.Conflict, "the retailer is a reserve: it comes in when its turn is, and not by hand")
	}
	return nil
}

// nextReserve is the reserve of a retailer's stratum whose turn is next; nil if none is left.
func nextReserve(picks []rounds.AuditPick, of rounds.AuditPick) *rounds.AuditPick {
	for i, p := range picks { // by stratum and rank
		if p.Standing == rounds.PickWaiting && p.Stratum == of.Stratum && of.Role != rounds.PickAdded {
			return &picks[i]
		}
	}
	return nil
}

// makeChange changes what an audit visits, if its picks allow that now.
func (o *Office) makeChange(ctx context.Context, tx *store.Store, a rounds.Actor, u rounds.Audit, picks []rounds.AuditPick, c *rounds.AuditChange) error {
	if err := o.mayChange(ctx, tx, a, u, picks, *c); err != nil {
		return err
	}
	i := slices.IndexFunc(picks, func(p rounds.AuditPick) bool { return p.RetailerID == c.RetailerID })
	if c.Kind == rounds.ChangeAdd && i < 0 {
		pick, err := o.toAdd(ctx, tx, a, u, c.RetailerID)
		if err != nil {
			return err
		}
		return tx.InsertAuditPicks(ctx, a.OrgID, u.ID, []rounds.AuditPick{pick})
	}
	if c.Kind == rounds.ChangeAdd {
		return tx.SetPick(ctx, a.OrgID, u.ID, c.RetailerID, rounds.PickIn)
	}
	if c.Kind == rounds.ChangeReplace {
		c.ReserveID = nextReserve(picks, picks[i]).RetailerID
		if err := tx.SetPick(ctx, a.OrgID, u.ID, c.ReserveID, rounds.PickIn); err != nil {
			return err
		}
	}
	return tx.SetPick(ctx, a.OrgID, u.ID, c.RetailerID, rounds.PickOut)
}

// toAdd is an active retailer of the audit's unit as a pick that chance did not make.
func (o *Office) toAdd(ctx context.Context, tx *store.Store, a rounds.Actor, u rounds.Audit, id rounds.RetailerID) (rounds.AuditPick, error) {
	bare := rounds.Audit{UnitID: u.UnitID, From: u.From, To: u.To}
	f, err := o.frameFilter(ctx, tx, rounds.Actor{OrgID: a.OrgID, Zone: a.Zone, Role: rounds.RoleAdmin}, bare)
	if err != nil {
		return rounds.AuditPick{}, err
	}
	f.Retailer = id
	rows, err := tx.FrameRows(ctx, a.OrgID, f)
	if err != nil {
		return rounds.AuditPick{}, err
	}
	if len(rows) == 0 {
		return rounds.AuditPick{}, rounds.Errorf(rounds.Invalid, "this change cannot be made: see the fields").With("/retailer_id", "draws_nobody")
	}
	r := rows[0]
	return rounds.AuditPick{
		RetailerID: r.ID, Code: r.Code, Role: rounds.PickAdded, Standing: rounds.PickIn, RepID: r.RepID, TerritoryID: r.TerritoryID, Class: r.Class,
	}, nil
}

// AuditChanges are all changes by hand of an audit.
func (o *Office) AuditChanges(ctx context.Context, a rounds.Actor, id rounds.AuditID) ([]rounds.AuditChange, error) {
	w, err := o.Audit(ctx, a, id)
	return w.Changes, err
}
