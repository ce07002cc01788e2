package fieldwork

import (
	"context"
	"errors"
	"strings"
	"unicode"

	"rounds"
	"rounds/hours"
	"rounds/store"
)

// FreshRetailer is what a retailer is until somebody says otherwise: ten minutes, every week.
func FreshRetailer() rounds.Retailer {
	return rounds.Retailer{ServiceSeconds: 600, VisitsPer8Weeks: 8, Status: rounds.RetailerActive}
}

// AddRetailer adds a retailer and takes the events that waited for it. A zero id is made; a zero
// territory leaves it in none.
func (o *Office) AddRetailer(ctx context.Context, a rounds.Actor, r rounds.Retailer, pin *PinChange) (rounds.Retailer, error) {
	if err := allow(a, keepingRecords); err != nil {
		return r, err
	}
	if r.ID.IsZero() {
		r.ID = rounds.NewID[rounds.Retailer]()
	}
	r.Code, r.Name, r.OpeningHours = strings.TrimSpace(r.Code), strings.TrimSpace(r.Name), strings.TrimSpace(r.OpeningHours)
	if breaksLines(r.Code) {
		return r, rounds.Errorf(rounds.Invalid, "this retailer cannot be added: see the field").With("/code", "control_character")
	}
	if err := checkHours(r.OpeningHours); err != nil {
		return r, err
	}
	err := o.inTurn(ctx, a.OrgID, ours, func(tx *store.Store, t *turn) error {
		if err := tx.InsertRetailers(ctx, a.OrgID, []rounds.Retailer{r}, o.now()); err != nil {
			return err
		}
		if err := o.setPin(ctx, tx, a, r, pin); err != nil {
			return err
		}
		if !r.TerritoryID.IsZero() {
			if err := o.place(ctx, tx, a, r.TerritoryID, "id", []rounds.RetailerID{r.ID}); err != nil {
				return err
			}
		}
		_, err := o.takeWaiting(ctx, tx, t, a, []rounds.RetailerID{r.ID})
		return err
	})
	if err != nil {
		return r, err
	}
	// Its adder sees it even where its territory, or the lack of one, is not theirs.
	return o.store.Retailer(ctx, rounds.Scope{OrgID: a.OrgID}, o.today(a), r.ID)
}

// ChangeRetailer applies change to the retailer as it stands, and sets its next pin if one is given.
func (o *Office) ChangeRetailer(ctx context.Context, a rounds.Actor, id rounds.RetailerID, change func(*rounds.Retailer), pin *PinChange) (rounds.Retailer, error) {
	var r rounds.Retailer
	if err := allow(a, keepingRecords); err != nil {
		return r, err
	}
	err := o.store.InTx(ctx, func(tx *store.Store) error {
		if err := tx.LockRegister(ctx, a.OrgID); err != nil {
			return err
		}
		var err error
		if r, err = tx.Retailer(ctx, a.Scope(), o.today(a), id); err != nil {
			return err
		}
		change(&r)
		r.OpeningHours = strings.TrimSpace(r.OpeningHours)
		if err := checkHours(r.OpeningHours); err != nil {
			return err
		}
		if err := tx.UpdateRetailers(ctx, a.OrgID, []rounds.Retailer{r}, o.now()); err != nil {
			return err
		}
		if err := o.setPin(ctx, tx, a, r, pin); err != nil {
			return err
		}
		r, err = tx.Retailer(ctx, a.Scope(), o.today(a), id)
		return err
	})
	return r, err
}

// breaksLines reports whether a text has a line break or another control character. Codes that differ in nothing else could not stand in
// one file: each reader makes others of them.
func breaksLines(text string) bool {
	return strings.ContainsFunc(text, func(c rune) bool { return unicode.In(c, unicode.Cc, unicode.Zl, unicode.Zp) })
}

// checkHours refuses opening hours that cannot be read; none are fine.
func checkHours(text string) error {
	_, err := hours.Parse(text)
	refusal, ok := errors.AsType[*hours.Error](err)
	if text == "" || !ok {
		return nil
	}
	return rounds.Errorf(rounds.Invalid, "these opening hours cannot be read: see the field").With("/opening_hours", refusal.Code, refusal.Args...)
}

// takeWaiting turns events that waited in quarantine for these retailers into events, as they would have
// been taken when they came, and says how many. One that still cannot be taken goes on waiting.
func (o *Office) takeWaiting(ctx context.Context, tx *store.Store, t *turn, a rounds.Actor, retailers []rounds.RetailerID) (int, error) {
	waiting, err := tx.WaitingFor(ctx, a.OrgID, retailers)
	if err != nil || len(waiting) == 0 {
		return 0, err
	}
	all := &recording{org: a.OrgID, tx: tx, turn: t}
	reps := make([]rounds.UserID, len(waiting))
	for i, q := range waiting {
		it := again(a, q)
		reps[i], all.items = q.RepID, append(all.items, &it)
	}
	if err := all.claim(ctx); err != nil {
		return 0, err
	}
	if err := t.lockReps(ctx, tx, reps); err != nil {
		return 0, err
	}
	taken := 0
	for _, q := range waiting {
		ok, err := o.takeOne(ctx, tx, t, a, q)
		if err != nil {
			return taken, err
		}
		if ok {
			taken++
		}
	}
	return taken, nil
}

// again reads an event as when it came.
func again(a rounds.Actor, q rounds.Quarantined) item {
	a.UserID = q.RepID
	return read(a, q.Sent, q.ReceivedAt, q.Raw)
}

func (o *Office) takeOne(ctx context.Context, tx *store.Store, t *turn, a rounds.Actor, q rounds.Quarantined) (bool, error) {
	it := again(a, q)
	if it.unreadable != nil {
		return false, nil
	}
	it.reset()
	err := tx.InTx(ctx, func(tx *store.Store) error {
		g := &recording{org: a.OrgID, now: o.now(), tx: tx, turn: t, asks: o.router != nil, way: way{photos: o.photos != nil}, items: []*item{&it}}
		return g.recordEvents(ctx)
	})
	if passes(err) || isOutOfTurn(err) {
		return false, err
	}
	if err != nil || (it.result.Status != Created && it.result.Status != Exists) {
		return false, nil
	}
	return true, tx.ResolveQuarantined(ctx, a.OrgID, []rounds.ID[rounds.Quarantined]{q.ID}, o.now())
}
