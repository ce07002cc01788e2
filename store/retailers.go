package store

import (
	"context"
	"time"

	"rounds"
	"rounds/geo"

	"github.com/jackc/pgx/v5"
)

// A retailer comes with the pin in force and its visit territory of the day given as $2. Both are looked
// up by key for each retailer, and a rep's retailers are found from the rep: see the uploads in events.go.
const (
	retailerColumns = `
		r.id, r.code, r.name, r.address, r.class, r.status, r.service_s, r.visits_per_8_weeks, r.order_volume,
		coalesce(r.radius_m, 0), r.opening_hours, r.extra, p.version, p.lat, p.lon, p.sigma_m, p.source,
		p.entrances, p.confirmed_on < $2, tr.territory_id`
	retailerFrom = `
		from retailers r` + pinInForce + visitTerritory
	// The pin in force of a retailer, and the territory in which it is visited on the day $2.
	pinInForce = `
		left join lateral (
			select version, lat, lon, sigma_m, source, entrances, confirmed_on, created_at
			from pins
			where org_id = $1 and retailer_id = r.id
			order by version desc
			limit 1
		) p on true`
	visitTerritory = `
		left join lateral (
			select territory_id
			from territory_retailers
			where org_id = $1 and purpose = 'visit' and retailer_id = r.id
			and valid_from <= $2 and valid_to > $2
			limit 1
		) tr on true`
	retailerScope = `
		r.org_id = $1
		and ($3::uuid[] is null or tr.territory_id in (
			select id
			from territories
			where org_id = $1 and unit_id = any($3)
		))
		and ($4::uuid is null or r.id = any(array(
			select own.retailer_id
			from territory_reps rep
			cross join lateral (
				select retailer_id
				from territory_retailers
				where org_id = $1 and territory_id = rep.territory_id and purpose = 'visit'
				and valid_from <= $2 and valid_to > $2
			) own
			where rep.org_id = $1 and rep.rep_id = $4 and rep.valid_from <= $2 and rep.valid_to > $2
		)))`
)

func scanRetailer(row pgx.CollectableRow) (rounds.Retailer, error) {
	var r rounds.Retailer
	var pin scannedPin
	err := row.Scan(&r.ID, &r.Code, &r.Name, &r.Address, &r.Class, &r.Status, &r.ServiceSeconds, &r.VisitsPer8Weeks,
		&r.OrderVolume, &r.Radius, &r.OpeningHours, &r.Extra, &pin.version, &pin.lat, &pin.lon, &pin.sigma, &pin.source,
		&pin.entrances, &pin.confirmed, &r.TerritoryID)
	r.Pin = pin.pin()
	return r, err
}

// RetailerFilter narrows a list; zero fields do not.
type RetailerFilter struct {
	Part      string // of the code or the name
	Status    rounds.RetailerStatus
	Territory rounds.TerritoryID
	AfterCode string
	Limit     int // 0: no limit
}

// Retailers are those of the scope by code, with their pins and their territories of the day.
func (s *Store) Retailers(ctx context.Context, scope rounds.Scope, day rounds.Day, f RetailerFilter) ([]rounds.Retailer, error) {
	const q = `
		select ` + retailerColumns + retailerFrom + `
		where ` + retailerScope + `
		and ($5 = '' or strpos(lower(r.code), lower($5)) > 0 or strpos(lower(r.name), lower($5)) > 0)
		and ($6 = '' or r.status = $6)
		and ($7::uuid is null or tr.territory_id = $7)
		and r.code > $8
		order by r.code
		limit nullif($9, 0)`
	return all(ctx, s.db, scanRetailer, q, scope.OrgID, day, scope.Units, scope.RepID,
		f.Part, f.Status, f.Territory, f.AfterCode, f.Limit)
}

// Retailer is the retailer of the id, if the scope includes it.
func (s *Store) Retailer(ctx context.Context, scope rounds.Scope, day rounds.Day, id rounds.RetailerID) (rounds.Retailer, error) {
	const q = `
		select ` + retailerColumns + retailerFrom + `
		where ` + retailerScope + `
		and r.id = $5`
	return row(ctx, s.db, scanRetailer, q, scope.OrgID, day, scope.Units, scope.RepID, id)
}

// RetailersByID are those of the ids that the scope includes, in no order.
func (s *Store) RetailersByID(ctx context.Context, scope rounds.Scope, day rounds.Day, ids []rounds.RetailerID) ([]rounds.Retailer, error) {
	const q = `
		select ` + retailerColumns + retailerFrom + `
		where ` + retailerScope + `
		and r.id = any($5)`
	return all(ctx, s.db, scanRetailer, q, scope.OrgID, day, scope.Units, scope.RepID, ids)
}

// InsertRetailers adds retailers, without their pins and territories, by COPY.
func (s *Store) InsertRetailers(ctx context.Context, org rounds.OrgID, retailers []rounds.Retailer, now time.Time) error {
	columns := []string{
		"org_id", "id", "code", "name", "address", "class", "status", "service_s", "visits_per_8_weeks",
		"order_volume", "radius_m", "opening_hours", "extra", "created_at", "updated_at",
	}
	_, err := s.db.CopyFrom(ctx, pgx.Identifier{"retailers"}, columns, pgx.CopyFromSlice(len(retailers), func(i int) ([]any, error) {
		r := retailers[i]
		return []any{
			org, r.ID, r.Code, r.Name, r.Address, r.Class, string(r.Status), r.ServiceSeconds, r.VisitsPer8Weeks,
			r.OrderVolume, radius(r.Radius), r.OpeningHours, extra(r.Extra), now, now,
		}, nil
	}))
	return wrap(err)
}

// UpdateRetailers writes everything of the retailers but code, pin and territory.
func (s *Store) UpdateRetailers(ctx context.Context, org rounds.OrgID, retailers []rounds.Retailer, now time.Time) error {
	const q = `
		update retailers
		set name = $3, address = $4, class = $5, status = $6, service_s = $7, visits_per_8_weeks = $8,
			order_volume = $9, radius_m = $10, opening_hours = $11, extra = $12, updated_at = $13
		where org_id = $1 and id = $2`
	var batch pgx.Batch
	for _, r := range retailers {
		batch.Queue(q, org, r.ID, r.Name, r.Address, r.Class, string(r.Status), r.ServiceSeconds, r.VisitsPer8Weeks,
			r.OrderVolume, radius(r.Radius), r.OpeningHours, extra(r.Extra), now)
	}
	return wrap(s.db.SendBatch(ctx, &batch).Close())
}

// LockRegister makes concurrent changes of the org's retailers and territories wait for one another.
func (s *Store) LockRegister(ctx context.Context, org rounds.OrgID) error {
	const q = `
		select id
		from orgs
		where id = $1
		for no key update`
	_, err := one[rounds.OrgID](ctx, s.db, q, org)
	return err
}

// AwaitRegister waits until nobody changes the org's register, and keeps it so until the transaction ends.
func (s *Store) AwaitRegister(ctx context.Context, org rounds.OrgID) error {
	const q = `
		select id
		from orgs
		where id = $1
		for share`
	_, err := one[rounds.OrgID](ctx, s.db, q, org)
	return err
}

func radius(r geo.Meters) *float64 {
	if !(r > 0) {
		return nil
	}
	return (*float64)(&r)
}

func extra(columns map[string]string) map[string]string {
	if columns == nil {
		return map[string]string{}
	}
	return columns
}
