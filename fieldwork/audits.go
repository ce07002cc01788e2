package fieldwork

import (
	"context"

	"rounds"
	"rounds/store"
)

// WholeAudit is an audit with what may be told of it.
type WholeAudit struct {
	store.ListedAudit
	Strata  []store.PickCount
	Changes []rounds.AuditChange
	Beside  []rounds.Audit // of what the actor may not see, no more than the number
}

// told is an audit as it may be told now: lapsed if its time is over, and without its secret before it is drawn or has ended.
func (o *Office) told(u rounds.Audit) rounds.Audit {
	if awaitsDraw(u) && !o.now().Before(u.LapsesAt) {
		u.Status, u.EndedAt = rounds.AuditLapsed, &u.LapsesAt
	}
	if awaitsDraw(u) {
		u.Secret = nil
	}
	return u
}

func awaitsDraw(u rounds.Audit) bool {
	return u.Status == rounds.AuditCommitted || u.Status == rounds.AuditValued
}

func hasEnded(u rounds.Audit) bool {
	return u.Status == rounds.AuditDone || u.Status == rounds.AuditCancelled || u.Status == rounds.AuditLapsed
}

// Audits are those that the actor may see, the newest first.
func (o *Office) Audits(ctx context.Context, a rounds.Actor, f store.AuditFilter) ([]store.ListedAudit, error) {
	if err := allow(a, watchingAudits); err != nil {
		return nil, err
	}
	f.Now = o.now()
	found, err := o.store.Audits(ctx, a.Scope(), f)
	for i := range found {
		found[i].Audit = o.told(found[i].Audit)
	}
	return found, err
}

// Audit is an audit with the counts of its picks, its changes by hand, and those that stand beside it.
func (o *Office) Audit(ctx context.Context, a rounds.Actor, id rounds.AuditID) (WholeAudit, error) {
	var w WholeAudit
	if err := allow(a, watchingAudits); err != nil {
		return w, err
	}
	err := o.store.InTx(ctx, func(tx *store.Store) (err error) {
		if w.ListedAudit, err = tx.ListedAudit(ctx, a.Scope(), id); err != nil {
			return err
		}
		numbers := w.Audit.Beside
		w.Audit = o.told(w.Audit)
		if w.Strata, err = tx.PickCounts(ctx, a.OrgID, id); err != nil {
			return err
		}
		if w.Changes, err = tx.AuditChanges(ctx, a.OrgID, id); err != nil {
			return err
		}
		w.Beside, err = o.beside(ctx, tx, a, numbers)
		return err
	})
	return w, err
}

// beside are the audits of the numbers, with what the actor may see of each.
func (o *Office) beside(ctx context.Context, tx *store.Store, a rounds.Actor, numbers []int64) ([]rounds.Audit, error) {
	found, err := tx.AuditsNumbered(ctx, a.OrgID, numbers)
	for i, u := range found {
		if u = o.told(u); o.mayKnow(a, u) {
			found[i] = u
		} else {
			found[i] = rounds.Audit{Number: u.Number}
		}
	}
	return found, err
}

// mayKnow reports whether the actor may know of an audit, told as it is now: everybody of one that has ended, and of others whoever
// watches audits of its unit.
func (o *Office) mayKnow(a rounds.Actor, u rounds.Audit) bool {
	return hasEnded(u) || o.watches(a, u)
}

// watches reports whether the actor watches audits of an audit's unit.
func (o *Office) watches(a rounds.Actor, u rounds.Audit) bool {
	return allow(a, watchingAudits) == nil && allowUnit(a, u.UnitID) == nil
}

// AuditPicks are what an audit of the actor's units visits, may visit or no longer visits, with the audit.
func (o *Office) AuditPicks(ctx context.Context, a rounds.Actor, id rounds.AuditID) (rounds.Audit, []rounds.AuditPick, error) {
	if err := allow(a, watchingAudits); err != nil {
		return rounds.Audit{}, nil, err
	}
	u, err := o.store.Audit(ctx, a.Scope(), id)
	if err != nil {
		return u, nil, err
	}
	picks, err := o.store.AuditPicks(ctx, a.OrgID, u.ID)
	return u, picks, err
}

func (o *Office) logAudit(ctx context.Context, tx *store.Store, a rounds.Actor, act string, u rounds.Audit, detail map[string]any) error {
	detail["number"], detail["unit"], detail["hash"] = u.Number, u.UnitID, u.Hash
	return tx.Log(ctx, a.OrgID, a.UserID, o.now(), store.Action{Name: act, Subject: u.ID.String(), Detail: detail})
}
