package store

import (
	"context"
	"time"

	"rounds"
	"rounds/geo"

	"github.com/jackc/pgx/v5"
	"github.com/paulmach/orb"
)

// PinSubject is a retailer with its pin and what the visits since then came to.
type PinSubject struct {
	RetailerID  rounds.RetailerID
	Address     string
	Pin         *geo.Pin  // nil: none
	Since       time.Time // when that version was made; zero: no pin
	TerritoryID rounds.TerritoryID
	People      int // who visited
	Judged      int // visits
	NotAt       int // of these, undecided or elsewhere
}

// RetailersAfter are the ids of an org's retailers that are not closed, from after the given one.
func (s *Store) RetailersAfter(ctx context.Context, org rounds.OrgID, after rounds.RetailerID, limit int) ([]rounds.RetailerID, error) {
	const q = `
		select id
		from retailers
		where org_id = $1 and status <> 'closed' and ($2::uuid is null or id > $2)
		order by id
		limit $3`
	return all(ctx, s.db, pgx.RowTo[rounds.RetailerID], q, org, after, limit)
}

// PinSubjects are the retailers with their pins as of the day, and their visits from a day on, counted, those of auditors only
// where they are wanted.
func (s *Store) PinSubjects(ctx context.Context, org rounds.OrgID, retailers []rounds.RetailerID, today, from rounds.Day, auditors bool) ([]PinSubject, error) {
	const q = `
		select r.id, r.address, p.version, p.lat, p.lon, p.sigma_m, p.source, p.entrances, p.confirmed_on < $2,
			p.created_at, tr.territory_id, v.people, v.judged, v.not_at
		from retailers r` + pinInForce + visitTerritory + `
		cross join lateral (
			select count(distinct rep_id) as people, count(*) as judged, count(*) filter (where outcome <> 'at_retailer') as not_at
			from visits
			where org_id = $1 and retailer_id = r.id and day >= $4 and ($5 or not audit)
			and (p.created_at is null or started_at >= p.created_at)
		) v
		where r.org_id = $1 and r.id = any($3)
		order by r.id`
	return all(ctx, s.db, scanSubject, q, org, today, retailers, from, auditors)
}

func scanSubject(row pgx.CollectableRow) (PinSubject, error) {
	var p PinSubject
	var pin scannedPin
	var since *time.Time
	err := row.Scan(&p.RetailerID, &p.Address, &pin.version, &pin.lat, &pin.lon, &pin.sigma, &pin.source, &pin.entrances, &pin.confirmed,
		&since, &p.TerritoryID, &p.People, &p.Judged, &p.NotAt)
	p.Pin, p.Since = pin.pin(), orZero(since)
	return p, err
}

// Sighting is a fix of a check-in, with the two times that its age is counted to.
type Sighting struct {
	RetailerID   rounds.RetailerID
	RepID        rounds.UserID
	Day          rounds.Day
	At, Happened time.Time
	geo.Fix
}

// sightDays is how many of the newest days of a retailer, and of each person on them one visit, are looked at.
const sightDays = 300

// Sightings are the fixes of the subjects' check-ins from a day on, since their pins were made: of each
// person the first visit of a day, and of no visit that has one of the given reasons; of auditors only where they are wanted.
func (s *Store) Sightings(ctx context.Context, org rounds.OrgID, subjects []PinSubject, from rounds.Day, except []geo.Reason, auditors bool) ([]Sighting, error) {
	const q = `
		select n.retailer_id, v.rep_id, v.day::text, e.device_time, e.happened_at,
			f.lat, f.lon, f.accuracy_m, f.accuracy_kind, f.source, f.datum, f.fix_time, f.mock
		from unnest($2::uuid[], $3::timestamptz[]) as n(retailer_id, since)
		cross join lateral (
			select distinct on (day, rep_id) id, day, rep_id
			from visits
			where org_id = $1 and retailer_id = n.retailer_id and day >= $4 and started_at >= n.since
			and not reasons && $5::text[] and ($7 or not audit)
			order by day desc, rep_id, started_at, id
			limit $6
		) v
		cross join lateral (
			select device_time, happened_at
			from visit_events
			where org_id = $1 and id = v.id
			limit 1
		) e
		cross join lateral (
			select *
			from event_fixes
			where org_id = $1 and event_id = v.id and located_by is null
		) f
		order by n.retailer_id, v.day, v.rep_id, f.n`
	retailers, since := make([]rounds.RetailerID, len(subjects)), make([]time.Time, len(subjects))
	for i, p := range subjects {
		retailers[i], since[i] = p.RetailerID, p.Since
	}
	return all(ctx, s.db, scanSighting, q, org, retailers, since, from, reasonTexts(except), sightDays, auditors)
}

func scanSighting(row pgx.CollectableRow) (Sighting, error) {
	var s Sighting
	var lat, lon, accuracy *float64
	var taken *time.Time
	err := row.Scan(&s.RetailerID, &s.RepID, &s.Day, &s.At, &s.Happened,
		&lat, &lon, &accuracy, &s.AccuracyKind, &s.Source, &s.Datum, &taken, &s.Mock)
	s.Point = orb.Point{number(lon), number(lat)}
	s.Accuracy, s.Time = geo.Meters(number(accuracy)), orZero(taken)
	return s, err
}
