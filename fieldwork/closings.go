package fieldwork

import (
	"context"
	"time"

	"rounds"
	"rounds/store"
)

// CloseDays closes every day up to and including one, so that its results stay as they are from now on: a
// Conflict if they are closed already, Invalid if the last of them is not over.
func (o *Office) CloseDays(ctx context.Context, a rounds.Actor, through rounds.Day, reason string) (rounds.Closing, error) {
	c := rounds.Closing{Through: through, Reason: reason, ClosedAt: o.now(), ClosedBy: a.UserID}
	if err := allow(a, closing); err != nil {
		return c, err
	}
	if through >= o.today(a) {
		return c, rounds.Errorf(rounds.Invalid, "a day can be closed when it is over: choose one before today").With("/through", "day_not_over")
	}
	return c, o.store.InTx(ctx, func(tx *store.Store) error {
		if err := tx.LockOrg(ctx, a.OrgID); err != nil {
			return err
		}
		last, err := tx.ClosedThrough(ctx, a.OrgID)
		if err != nil {
			return err
		}
		if through <= last {
			return rounds.Errorf(rounds.Conflict, "every day up to %s is closed already: choose a later one", last)
		}
		if err := tx.InsertClosing(ctx, a.OrgID, c); err != nil {
			return err
		}
		if err := closeQueue(ctx, tx, a, last, c); err != nil {
			return err
		}
		return tx.Log(ctx, a.OrgID, a.UserID, c.ClosedAt, store.Action{
			Name: "days.close", Subject: string(through), Detail: map[string]any{"reason": reason},
		})
	})
}

// closeQueue asks about the closed days' positions no more, as no decision changes them, and lets what came
// late for them be examined as such.
func closeQueue(ctx context.Context, tx *store.Store, a rounds.Actor, last rounds.Day, c rounds.Closing) error {
	if err := tx.StopWaiting(ctx, a.OrgID, c.Through); err != nil {
		return err
	}
	since := c.ClosedAt.Add(-24 * time.Hour)
	if ends := c.Through.Add(1).At(0, 0, a.Zone); ends.Before(since) {
		since = ends
	}
	return tx.MarkLate(ctx, a.OrgID, last, c.Through, since, c.ClosedAt)
}
