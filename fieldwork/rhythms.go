package fieldwork

import (
	"context"

	"rounds"
	"rounds/store"
)

// Rhythm is what a retailer asks of the days of its visits.
func (o *Office) Rhythm(ctx context.Context, a rounds.Actor, id rounds.RetailerID) (rounds.Rhythm, error) {
	if _, err := o.store.Retailer(ctx, a.Scope(), o.today(a), id); err != nil {
		return rounds.Rhythm{}, err
	}
	return rhythmOf(ctx, o.store, a.OrgID, id)
}

func rhythmOf(ctx context.Context, s *store.Store, org rounds.OrgID, id rounds.RetailerID) (rounds.Rhythm, error) {
	found, err := s.Rhythms(ctx, org, []rounds.RetailerID{id})
	if r, ok := found[id]; ok {
		return r, err
	}
	return rounds.AnyRhythm(id), err
}

// ChangeRhythm replaces what a retailer asks for. The days of plans that are in force stay as they are.
func (o *Office) ChangeRhythm(ctx context.Context, a rounds.Actor, r rounds.Rhythm) (rounds.Rhythm, error) {
	if err := allow(a, keepingRecords); err != nil {
		return r, err
	}
	if r.MinDays > 0 && r.MaxDays > 0 && r.MinDays > r.MaxDays {
		return r, rounds.Errorf(rounds.Invalid, "the request is not as /docs says: see the fields").With("/min_days", "too_large", r.MaxDays)
	}
	return r, o.changeRegister(ctx, a, func(tx *store.Store) error {
		if _, err := tx.Retailer(ctx, a.Scope(), o.today(a), r.RetailerID); err != nil {
			return err
		}
		before, err := rhythmOf(ctx, tx, a.OrgID, r.RetailerID)
		if err != nil {
			return err
		}
		if err := tx.SaveRhythms(ctx, a.OrgID, []rounds.Rhythm{r}); err != nil {
			return err
		}
		return tx.Log(ctx, a.OrgID, a.UserID, o.now(), store.Action{
			Name: "retailer.rhythm", Subject: r.RetailerID.String(), Detail: map[string]any{"before": before, "after": r},
		})
	})
}
