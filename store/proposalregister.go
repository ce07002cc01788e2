package store

import (
	"context"

	"rounds"
	"rounds/geo"

	"github.com/jackc/pgx/v5"
)

// The pin in force of an active retailer, and the territory of the purpose $3 in which it is on the day $2. Those of the
// units' territories count, and with $5 those of none.
const (
	cutRegisterFrom = `
		from retailers r` + pinInForce + `
		left join lateral (
			select territory_id
			from territory_retailers
			where org_id = $1 and purpose = $3 and retailer_id = r.id
			and valid_from <= $2 and valid_to > $2
			limit 1
		) tr on true
		where r.org_id = $1 and r.status = 'active'
		and (tr.territory_id is null and $5 or tr.territory_id in (
			select id
			from territories
			where org_id = $1 and purpose = $3 and unit_id = any($4)
		))`
)

// RegisterToCut are the active retailers of the units' territories of a purpose on the day and, if unplaced, of no
// territory, by code, with their territories of that purpose.
func (s *Store) RegisterToCut(
	ctx context.Context, org rounds.OrgID, day rounds.Day, purpose rounds.Purpose, units []rounds.UnitID, unplaced bool,
) ([]rounds.Retailer, error) {
	const q = `
		select r.id, r.code, r.name, r.class, r.service_s, r.visits_per_8_weeks, r.order_volume, r.extra,
			p.version, p.lat, p.lon, tr.territory_id` + cutRegisterFrom + `
		order by r.code collate "C"`
	return all(ctx, s.db, func(row pgx.CollectableRow) (r rounds.Retailer, err error) {
		var version *int
		var lat, lon *float64
		err = row.Scan(&r.ID, &r.Code, &r.Name, &r.Class, &r.ServiceSeconds, &r.VisitsPer8Weeks, &r.OrderVolume, &r.Extra,
			&version, &lat, &lon, &r.TerritoryID)
		if version != nil {
			r.Status, r.Pin = rounds.RetailerActive, &geo.Pin{Version: *version, Point: *point(lat, lon)}
		}
		return r, err
	}, q, org, day, purpose, units, unplaced)
}
