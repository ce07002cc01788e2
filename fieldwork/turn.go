package fieldwork

import (
	"bytes"
	"context"
	"errors"
	"slices"

	"rounds"
	"rounds/store"
)

// turn is one transaction that keeps to the order in which all lock what they share: the register, then claims,
// which only one visit may use, then reps. Nobody who keeps to it can run into somebody who holds the one and waits
// for the other. What turns out to be wanted when its turn is over is locked first by another run.
type turn struct {
	org      rounds.OrgID
	register hold
	claims   [][]byte
	reps     []rounds.UserID // who make the claims: to be locked with everybody else
	late     bool            // reps are locked
}

// hold is how the register is locked.
type hold int

const (
	unheld hold = iota
	stayed      // nobody changes it
	ours        // nobody else does
)

// outOfTurn says what must be locked earlier than it was wanted.
type outOfTurn struct {
	register hold
	claims   [][]byte
}

func (*outOfTurn) Error() string { return "this must be locked before reps are" }

func isOutOfTurn(err error) bool {
	_, ok := errors.AsType[*outOfTurn](err)
	return ok
}

// inTurn runs fn in a transaction, again and again until it wants nothing out of turn; fn keeps nothing between runs.
func (o *Office) inTurn(ctx context.Context, org rounds.OrgID, register hold, fn func(tx *store.Store, t *turn) error) error {
	t := &turn{org: org, register: register}
	for {
		err := o.store.InTx(ctx, func(tx *store.Store) error {
			if err := t.begin(ctx, tx); err != nil {
				return err
			}
			return fn(tx, t)
		})
		wanted, ok := errors.AsType[*outOfTurn](err)
		if !ok {
			return err
		}
		t.register, t.claims = max(t.register, wanted.register), append(t.claims, wanted.claims...)
	}
}

func (t *turn) begin(ctx context.Context, tx *store.Store) (err error) {
	t.late, t.reps = false, nil
	switch t.register {
	case stayed:
		err = tx.AwaitRegister(ctx, t.org)
	case ours:
		err = tx.LockRegister(ctx, t.org)
	}
	if err == nil && len(t.claims) > 0 {
		t.reps, err = tx.LockClaims(ctx, t.org, t.claims)
	}
	return err
}

// keepRegister keeps the register as it is.
func (t *turn) keepRegister() error {
	if t.register == unheld {
		return &outOfTurn{register: stayed}
	}
	return nil
}

// claim locks claims.
func (t *turn) claim(ctx context.Context, tx *store.Store, claims [][]byte) (err error) {
	missing := slices.DeleteFunc(slices.Clone(claims), func(c []byte) bool {
		return slices.ContainsFunc(t.claims, func(held []byte) bool { return bytes.Equal(c, held) })
	})
	if len(missing) == 0 {
		return nil
	}
	if t.late || len(t.claims) > 0 {
		return &outOfTurn{claims: missing}
	}
	t.claims = missing
	t.reps, err = tx.LockClaims(ctx, t.org, missing)
	return err
}

// lockReps locks reps, and all who make the claims.
func (t *turn) lockReps(ctx context.Context, tx *store.Store, reps []rounds.UserID) error {
	t.late = true
	return tx.LockReps(ctx, t.org, slices.Concat(reps, t.reps))
}
