package fieldwork

import (
	"context"
	"slices"
	"strings"
	"time"

	"rounds"
	"rounds/store"
)

// AuditRecord is all that is published of an audit, so that anybody can draw it again.
type AuditRecord struct {
	rounds.Audit
	Frame   string // CSV
	Picks   []rounds.AuditPick
	Changes []rounds.AuditChange
	Beside  []rounds.Audit // that had ended by then, and what else the actor may know of
	ToldAt  time.Time
}

// AuditRecord is for everybody once an audit has ended, and once it is drawn for whoever watches audits of its unit. One that drew by
// risk is for these alone: it would tell everybody what waits to be looked at of whose visits.
func (o *Office) AuditRecord(ctx context.Context, a rounds.Actor, id rounds.AuditID) (AuditRecord, error) {
	var r AuditRecord
	err := o.store.InTx(ctx, func(tx *store.Store) error {
		u, err := tx.Audit(ctx, rounds.Scope{OrgID: a.OrgID}, id)
		if err != nil {
			return err
		}
		r = AuditRecord{Audit: o.told(u), ToldAt: o.now()}
		if !o.mayKnow(a, r.Audit) {
			return errNotHere()
		}
		if awaitsDraw(r.Audit) {
			return errAuditIs(r.Status)
		}
		if r.Frame, err = tx.AuditFrame(ctx, a.OrgID, id); err != nil {
			return err
		}
		if tellsRisk(r.Frame) && !o.watches(a, u) {
			return rounds.Errorf(rounds.Forbidden, "this audit drew by what waits in the exceptions queue: its record is for those who watch audits of its unit")
		}
		if r.Picks, err = tx.AuditPicks(ctx, a.OrgID, id); err != nil {
			return err
		}
		if r.Changes, err = tx.AuditChanges(ctx, a.OrgID, id); err != nil {
			return err
		}
		r.Beside, err = o.besideEnded(ctx, tx, a, u.Beside)
		return err
	})
	return r, err
}

// tellsRisk reports whether a frame has the column of risk.
func tellsRisk(frame string) bool {
	columns, _, _ := strings.Cut(frame, "\n")
	return slices.Contains(strings.Split(columns, ","), columnOfRisk)
}

// besideEnded leaves out what the actor may not know of, so that no record points at what is under way.
func (o *Office) besideEnded(ctx context.Context, tx *store.Store, a rounds.Actor, numbers []int64) ([]rounds.Audit, error) {
	found, err := o.beside(ctx, tx, a, numbers)
	var known []rounds.Audit
	for _, u := range found {
		if !u.ID.IsZero() {
			known = append(known, u)
		}
	}
	return known, err
}

// AuditChain is a page of an org's commitments, with the number and hash of the last one of all.
type AuditChain struct {
	Number int64
	Head   string
	Links  []AuditLink
}

// AuditLink is a commitment in the chain.
type AuditLink struct {
	rounds.Audit
	Known bool // the actor may know more of it than its number, hashes and time
}

// AuditChain is for everybody.
func (o *Office) AuditChain(ctx context.Context, a rounds.Actor, after int64, limit int) (AuditChain, error) {
	var c AuditChain
	err := o.store.InTx(ctx, func(tx *store.Store) (err error) {
		c = AuditChain{}
		if c.Number, c.Head, err = tx.ChainHead(ctx, a.OrgID); err != nil {
			return err
		}
		found, err := tx.AuditChain(ctx, a.OrgID, after, limit)
		for _, u := range found {
			u = o.told(u)
			c.Links = append(c.Links, AuditLink{u, o.mayKnow(a, u)})
		}
		return err
	})
	return c, err
}
