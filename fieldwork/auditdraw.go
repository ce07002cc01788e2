package fieldwork

import (
	"context"
	"encoding/hex"
	"errors"
	"time"

	"rounds"
	"rounds/audit"
	"rounds/store"
)

// ValueAudit adds a person's value to what the server committed to, and draws; with a beacon, its output is waited for first. The
// same value of the same person again changes nothing; any other is a Conflict, and so is one whose time is over.
func (o *Office) ValueAudit(ctx context.Context, a rounds.Actor, id rounds.AuditID, value string) (WholeAudit, error) {
	return o.changeAudit(ctx, a, id, func(tx *store.Store, u *rounds.Audit) error {
		if u.Value == value && u.ValuedBy == a.UserID && (u.Status == rounds.AuditValued || u.Status == rounds.AuditDrawn) {
			return errUnchanged
		}
		if u.Status != rounds.AuditCommitted {
			return errAuditIs(u.Status)
		}
		if u.BeaconAt != nil && !o.now().Before(*u.BeaconAt) {
			return rounds.Errorf(rounds.Conflict, "the beacon's output is known since %s, and a value comes before it: cancel this audit, and name a later round", u.BeaconAt.Format(time.RFC3339))
		}
		u.Value, u.ValuedAt, u.ValuedBy, u.Status = value, new(o.now()), a.UserID, rounds.AuditValued
		if u.Beacon == "" {
			return o.draw(ctx, tx, a, u)
		}
		return o.logAudit(ctx, tx, a, "audit.value", *u, map[string]any{"value": value})
	})
}

// RevealBeacon adds the output of the beacon's round to a valued audit, and draws. It is a Conflict before the round's time.
func (o *Office) RevealBeacon(ctx context.Context, a rounds.Actor, id rounds.AuditID, output string) (WholeAudit, error) {
	return o.changeAudit(ctx, a, id, func(tx *store.Store, u *rounds.Audit) error {
		switch {
		case u.Beacon == "":
			return rounds.Errorf(rounds.Conflict, "this audit waits for no beacon")
		case u.Status == rounds.AuditDrawn && u.BeaconOutput == output && u.DrawnBy == a.UserID:
			return errUnchanged
		case u.Status == rounds.AuditCommitted:
			return rounds.Errorf(rounds.Conflict, "a value comes before the beacon's output: add one first")
		case u.Status != rounds.AuditValued:
			return errAuditIs(u.Status)
		case o.now().Before(*u.BeaconAt):
			return rounds.Errorf(rounds.Conflict, "the beacon's output is not known before %s", u.BeaconAt.Format(time.RFC3339))
		}
		u.BeaconOutput = output
		return o.draw(ctx, tx, a, u)
	})
}

// errUnchanged says that nothing is to be done.
var errUnchanged = errors.New("nothing has changed")

// changeAudit lets fn change an audit that the actor may see, while nobody else does.
func (o *Office) changeAudit(ctx context.Context, a rounds.Actor, id rounds.AuditID, fn func(tx *store.Store, u *rounds.Audit) error) (WholeAudit, error) {
	if err := allow(a, auditing); err != nil {
		return WholeAudit{}, err
	}
	err := o.store.InTx(ctx, func(tx *store.Store) error {
		u, err := o.lockedAudit(ctx, tx, a.Scope(), id)
		if err != nil {
			return err
		}
		if err := fn(tx, &u); err != nil {
			return err
		}
		return tx.UpdateAudit(ctx, a.OrgID, u)
	})
	if err != nil && !errors.Is(err, errUnchanged) {
		return WholeAudit{}, err
	}
	return o.Audit(ctx, a, id)
}

// lockedAudit is an audit of the scope as it is now, lapsed if its time is over, kept so until the transaction ends.
func (o *Office) lockedAudit(ctx context.Context, tx *store.Store, scope rounds.Scope, id rounds.AuditID) (rounds.Audit, error) {
	u, err := tx.Audit(ctx, scope, id)
	if err != nil {
		return u, err
	}
	if err := tx.LockAudit(ctx, scope.OrgID, id); err != nil {
		return u, err
	}
	if u, err = tx.Audit(ctx, scope, id); err != nil {
		return u, err
	}
	secret := u.Secret
	u = o.told(u)
	u.Secret = secret
	return u, nil
}

func errAuditIs(status rounds.AuditStatus) error {
	return rounds.Errorf(rounds.Conflict, "this audit is %s: look at it again", status)
}

// draw picks from the frame by the seed, after it has seen that all that was promised is as it was.
func (o *Office) draw(ctx context.Context, tx *store.Store, a rounds.Actor, u *rounds.Audit) error {
	text, err := tx.AuditFrame(ctx, a.OrgID, u.ID)
	if err != nil {
		return err
	}
	frame, err := thaw(text)
	if err != nil {
		return errPromise(err)
	}
	record := recordOf(*u, frame)
	if faults := record.CheckPromise(); len(faults) > 0 {
		return errPromise(faults[0])
	}
	spec, err := audit.ParseSpec(record.Spec)
	if err != nil {
		return errPromise(err)
	}
	seed := audit.Seed(u.Secret, u.Hash, u.Value, u.BeaconOutput)
	drawn, err := frame.Draw(spec, seed)
	if err != nil {
		return err
	}
	picks, err := frame.picks(drawn.Picks)
	if err != nil {
		return err
	}
	if err := tx.InsertAuditPicks(ctx, a.OrgID, u.ID, picks); err != nil {
		return err
	}
	u.Status, u.Seed, u.DrawnAt, u.DrawnBy = rounds.AuditDrawn, seed, new(o.now()), a.UserID
	return o.logAudit(ctx, tx, a, "audit.draw", *u, map[string]any{"value": u.Value, "beacon_output": u.BeaconOutput, "picks": len(picks)})
}

// errPromise names what of a promise is not as it was.
func errPromise(fault error) error {
	return rounds.Errorf(rounds.Conflict, "this audit was tampered with, and will not be drawn: cancel it, and ask who can write to the database: %s", fault.Error())
}

// recordOf is what package audit checks, without picks.
func recordOf(u rounds.Audit, frame frozenFrame) audit.Record {
	return audit.Record{
		Commitment: CommitmentOf(u), Published: u.Hash, Secret: u.Secret, Value: u.Value, Beacon: u.BeaconOutput, Frame: frame.Frame, Spec: []byte(u.Spec),
	}
}

func hashOfFrame(f audit.Frame) string {
	sum := f.Hash()
	return hex.EncodeToString(sum[:])
}
