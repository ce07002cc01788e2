package store

import (
	"context"

	"rounds"
	"rounds/geo"

	"github.com/jackc/pgx/v5"
)

// InsertLookup keeps how asking about an event ended, and reports whether it is the first to say so.
func (s *Store) InsertLookup(ctx context.Context, org rounds.OrgID, l rounds.Lookup) (bool, error) {
	const q = `
		insert into event_lookups (org_id, event_id, answer, reason, answered_at)
		values ($1, $2, $3, $4, $5)
		on conflict do nothing`
	n, err := exec(ctx, s.db, q, org, l.EventID, l.Answer, l.Reason, l.AnsweredAt)
	return n == 1, err
}

// Lookups are how asking ended, by event; those that nobody asked about, or still waits for, are left out.
func (s *Store) Lookups(ctx context.Context, org rounds.OrgID, events []rounds.EventID) (map[rounds.EventID]rounds.Lookup, error) {
	const q = `
		select event_id, answer, reason, answered_at
		from event_lookups
		where org_id = $1 and event_id = any($2)`
	found, err := all(ctx, s.db, pgx.RowToStructByName[rounds.Lookup], q, org, events)
	by := make(map[rounds.EventID]rounds.Lookup, len(found))
	for _, l := range found {
		by[l.EventID] = l
	}
	return by, err
}

// InsertLocated keeps what a service said beside the event's own fixes, after the last of them.
func (s *Store) InsertLocated(ctx context.Context, org rounds.OrgID, event rounds.EventID, l rounds.Located) error {
	const q = `
		insert into event_fixes (org_id, event_id, n, lat, lon, accuracy_m, accuracy_kind, source, datum, fix_time, mock,
			located_by, address)
		select $1, $2, coalesce(max(n), 0) + 1, $3, $4, $5, $6, $7, $8, $9, false, $10, nullif($11, '')
		from event_fixes
		where org_id = $1 and event_id = $2`
	_, err := exec(ctx, s.db, q, org, event, known(l.Point.Lat()), known(l.Point.Lon()), known(float64(l.Accuracy)), l.AccuracyKind,
		l.Source, l.Datum, instant(l.Time), l.Service, l.Address)
	return err
}

// PinVersion is a retailer's pin as it was in a version of it.
func (s *Store) PinVersion(ctx context.Context, org rounds.OrgID, retailer rounds.RetailerID, version int) (geo.Pin, error) {
	const q = `
		select version, lat, lon, sigma_m, source
		from pins
		where org_id = $1 and retailer_id = $2 and version = $3`
	return row(ctx, s.db, func(row pgx.CollectableRow) (geo.Pin, error) {
		var p scannedPin
		if err := row.Scan(&p.version, &p.lat, &p.lon, &p.sigma, &p.source); err != nil {
			return geo.Pin{}, err
		}
		return *p.pin(), nil
	}, q, org, retailer, version)
}

// Subscriber is what a carrier knows a user's phone by; "" is unknown.
func (s *Store) Subscriber(ctx context.Context, org rounds.OrgID, user rounds.UserID) (string, error) {
	const q = `
		select coalesce(subscriber, '')
		from users
		where org_id = $1 and id = $2`
	return one[string](ctx, s.db, q, org, user)
}

// HoldPositions reports whether an event still may have positions, and keeps retention from taking them until the
// transaction ends.
func (s *Store) HoldPositions(ctx context.Context, org rounds.OrgID, event rounds.EventID) (bool, error) {
	const q = `
		select positions_deleted_at is null
		from visit_events
		where org_id = $1 and id = $2
		for no key update`
	return one[bool](ctx, s.db, q, org, event)
}
