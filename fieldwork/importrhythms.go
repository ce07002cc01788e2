package fieldwork

import (
	"context"
	"slices"

	"rounds"
	"rounds/fieldwork/roster"
	"rounds/store"
)

// asks says whether a row says anything of the days of visits.
func asks(r roster.Row) bool {
	return r.VisitDays != 0 || r.WishedDays != 0 || r.MinDays != nil || r.MaxDays != nil
}

// storedRhythms are what retailers ask for so far, if the file says anything of it.
func (im *importing) storedRhythms(ctx context.Context, tx *store.Store, stored []rounds.Retailer) (map[rounds.RetailerID]rounds.Rhythm, error) {
	if !slices.ContainsFunc(im.file.Rows, asks) {
		return nil, nil
	}
	ids := make([]rounds.RetailerID, len(stored))
	for i, r := range stored {
		ids[i] = r.ID
	}
	return tx.Rhythms(ctx, im.actor.OrgID, ids)
}

// wishedPrice is what a wish counts for that came without a price: as a quarter of an hour on the road.
const wishedPrice = 900

// takeRhythm writes a row over what the retailer asked for, and says whether that is something else. A blank cell says nothing.
func (im *importing) takeRhythm(row roster.Row, id rounds.RetailerID) bool {
	if !asks(row) {
		return false
	}
	before, ok := im.asked[id]
	if !ok {
		before = rounds.AnyRhythm(id)
	}
	after := before
	if row.VisitDays != 0 {
		after.Weekdays = rounds.Weekdays(row.VisitDays)
	}
	if row.WishedDays != 0 {
		after.Wished = rounds.Weekdays(row.WishedDays)
		if after.WishPrice == 0 {
			after.WishPrice = wishedPrice
		}
	}
	after.MinDays, after.MaxDays = or(row.MinDays, after.MinDays), or(row.MaxDays, after.MaxDays)
	if after.MinDays > 0 && after.MaxDays > 0 && after.MinDays > after.MaxDays {
		im.fail(row.Line, "min_above_max", "min_days", after.MinDays, after.MaxDays)
		return false
	}
	if after == before {
		return false
	}
	im.rhythms = append(im.rhythms, after)
	return true
}
