package fieldwork

import (
	"context"

	"rounds"
	"rounds/store"
)

// CancelAudit ends an audit that is not done, for a reason. It stays listed, and its secret is told.
func (o *Office) CancelAudit(ctx context.Context, a rounds.Actor, id rounds.AuditID, reason string) (WholeAudit, error) {
	return o.changeAudit(ctx, a, id, func(tx *store.Store, u *rounds.Audit) error {
		if hasEnded(*u) {
			return errAuditIs(u.Status)
		}
		before := u.Status
		if err := o.end(ctx, tx, a, u, rounds.AuditCancelled, reason); err != nil {
			return err
		}
		return o.logAudit(ctx, tx, a, "audit.cancel", *u, map[string]any{"reason": reason, "was": before})
	})
}

// FinishAudit ends a drawn audit, so that everybody may read of it. While retailers wait for their finding it takes a reason.
func (o *Office) FinishAudit(ctx context.Context, a rounds.Actor, id rounds.AuditID, reason string) (WholeAudit, error) {
	return o.changeAudit(ctx, a, id, func(tx *store.Store, u *rounds.Audit) error {
		if u.Status != rounds.AuditDrawn {
			return errAuditIs(u.Status)
		}
		listed, err := tx.ListedAudit(ctx, a.Scope(), id)
		if err != nil {
			return err
		}
		missing := listed.In - listed.Found
		if missing > 0 && reason == "" {
			return rounds.Errorf(rounds.Conflict, "%d retailers have no finding yet: say why the audit ends without them", missing).With("/reason", "required")
		}
		if err := o.end(ctx, tx, a, u, rounds.AuditDone, reason); err != nil {
			return err
		}
		return o.logAudit(ctx, tx, a, "audit.finish", *u, map[string]any{"reason": reason, "missing": missing})
	})
}

// end closes an audit, and the changes by hand that nobody has decided on.
func (o *Office) end(ctx context.Context, tx *store.Store, a rounds.Actor, u *rounds.Audit, status rounds.AuditStatus, reason string) error {
	u.Status, u.EndedAt, u.EndedBy, u.Reason = status, new(o.now()), a.UserID, reason
	at, err := o.nextChangeAt(ctx, tx, a, *u)
	if err != nil {
		return err
	}
	return tx.OvertakeChanges(ctx, a.OrgID, u.ID, rounds.RetailerID{}, at)
}

// LapseAudits is the job that ends the audits whose time is over, of all orgs.
type LapseAudits struct{}

// Kind names the job.
func (LapseAudits) Kind() string { return "lapse_audits" }

// LapseAudits ends every open audit whose time is over. That it is over shows and counts before.
func (o *Office) LapseAudits(ctx context.Context, _ LapseAudits) error {
	orgs, err := o.store.Orgs(ctx, "")
	if err != nil {
		return err
	}
	for _, org := range orgs {
		if err := o.LapseAuditsOf(ctx, org.ID); err != nil {
			return err
		}
	}
	return nil
}

// LapseAuditsOf is LapseAudits for one org.
func (o *Office) LapseAuditsOf(ctx context.Context, org rounds.OrgID) error {
	return o.store.InTx(ctx, func(tx *store.Store) error { return o.lapse(ctx, tx, org) })
}

// lapse ends an org's open audits whose time is over.
func (o *Office) lapse(ctx context.Context, tx *store.Store, org rounds.OrgID) error {
	over, err := tx.LapseAudits(ctx, org, o.now())
	if err != nil {
		return err
	}
	for _, id := range over {
		if err := tx.Log(ctx, org, rounds.UserID{}, o.now(), store.Action{Name: "audit.lapse", Subject: id.String()}); err != nil {
			return err
		}
	}
	return nil
}
