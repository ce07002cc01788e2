package fieldwork

import (
	"context"

	"rounds"
	"rounds/geo/pins"
	"rounds/store"
)

// suspectDays is for how long a visit speaks against a pin.
const suspectDays = 60

// PinSuspects are the pins to look at that the actor may see, the most severe first, from after the given place in
// that order; severity 0 is the beginning.
func (o *Office) PinSuspects(ctx context.Context, a rounds.Actor, severity int, after rounds.RetailerID, limit int) ([]store.ListedSuspect, error) {
	if err := allow(a, watchingPins); err != nil {
		return nil, err
	}
	return o.store.PinSuspects(ctx, a.Scope(), o.today(a), severity, after, limit)
}

// RankPins holds every pin of an org against its visits, its neighbours and its digits, keeps what it finds
// until it is called again, and says how many are suspect.
func (o *Office) RankPins(ctx context.Context, org rounds.OrgID) (int, error) {
	today, err := o.dayIn(ctx, org)
	if err != nil {
		return 0, err
	}
	of, subjects, err := o.pinSubjects(ctx, org, today)
	if err != nil {
		return 0, err
	}
	found := pins.Suspects(subjects, pins.DefaultScrutiny())
	suspects := make([]rounds.PinSuspect, len(found))
	for i, f := range found {
		suspects[i] = suspect(of[f.Index], f)
		suspects[i].FoundAt = o.now()
	}
	return len(suspects), o.store.InTx(ctx, func(tx *store.Store) error {
		return tx.ReplacePinSuspects(ctx, org, suspects)
	})
}

// pinSubjects are all retailers that have a pin, as the store knows them and as package pins wants them.
func (o *Office) pinSubjects(ctx context.Context, org rounds.OrgID, today rounds.Day) (of []store.PinSubject, subjects []pins.Subject, err error) {
	var after rounds.RetailerID
	from := today.Add(-suspectDays)
	for {
		page, err := o.store.RetailersAfter(ctx, org, after, learnPage)
		if err != nil || len(page) == 0 {
			return of, subjects, err
		}
		after = page[len(page)-1]
		found, err := o.store.PinSubjects(ctx, org, page, today, from, auditorsSuspect)
		if err != nil {
			return nil, nil, err
		}
		seen, err := sightings(ctx, o.store, org, found, from, auditorsSuspect)
		if err != nil {
			return nil, nil, err
		}
		for _, p := range found {
			if p.Pin != nil {
				of, subjects = append(of, p), append(subjects, subject(p, seen[p.RetailerID]))
			}
		}
	}
}

func subject(p store.PinSubject, seen []pins.Sighting) pins.Subject {
	s := pins.Subject{Pin: *p.Pin, Sightings: seen, Judged: p.Judged, NotAt: p.NotAt, Place: districtOf(p.Address)}
	if !p.TerritoryID.IsZero() {
		s.Territory = p.TerritoryID.String()
	}
	return s
}

func suspect(p store.PinSubject, f pins.Suspect) rounds.PinSuspect {
	s := rounds.PinSuspect{
		RetailerID: p.RetailerID, PinVersion: p.Pin.Version, Severity: f.Severity, Shift: f.Shift, Sigmas: f.Sigmas,
		People: f.People, Outside: f.Outside, Sharing: f.Sharing, Place: f.Place, Territory: f.Territory, Decimals: f.Decimals,
		Judged: p.Judged, NotAt: p.NotAt,
	}
	for _, r := range f.Reasons {
		s.Reasons = append(s.Reasons, string(r))
	}
	return s
}
