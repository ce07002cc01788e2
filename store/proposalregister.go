package store

import (
	"context"

	"rounds"
	"rounds/geo"

	"github.com/jackc/pgx/v5"
	"github.com/paulmach/orb"
)

// The pin in force of a retailer, and the territory of the purpose $3 in which it is on the day $2. Those of the
// units' territories count, and with $5 those of none.
const (
	territoryOnDay = `
		left join lateral (
			select territory_id
			from territory_retailers
			where org_id = $1 and purpose = $3 and retailer_id = r.id
			and valid_from <= $2 and valid_to > $2
			limit 1
		) tr on true`
	cutRegisterFrom = `
		from retailers r` + pinInForce + territoryOnDay + `
		where r.org_id = $1 and (tr.territory_id is null and $5 or tr.territory_id in (
			select id
			from territories
			where org_id = $1 and purpose = $3 and unit_id = any($4)
		))`
	cutActive = ` and r.status = 'active'`
)

// NotActive are the codes, of those given, of retailers that RegisterToCut leaves out as they are not active.
func (s *Store) NotActive(
	ctx context.Context, org rounds.OrgID, day rounds.Day, purpose rounds.Purpose, units []rounds.UnitID, unplaced bool, codes []string,
) ([]string, error) {
	const q = `
		select r.code` + cutRegisterFrom + `
		and r.status <> 'active' and r.code = any($6)`
	return all(ctx, s.db, pgx.RowTo[string], q, org, day, purpose, units, unplaced, codes)
}

// RegisterToCut are the active retailers of the units' territories of a purpose on the day and, if unplaced, of no
// territory, by code, with their territories of that purpose.
func (s *Store) RegisterToCut(
	ctx context.Context, org rounds.OrgID, day rounds.Day, purpose rounds.Purpose, units []rounds.UnitID, unplaced bool,
) ([]rounds.Retailer, error) {
	const q = `
		select r.id, r.code, r.name, r.class, r.service_s, r.visits_per_8_weeks, r.order_volume, r.extra,
			p.version, p.lat, p.lon, tr.territory_id` + cutRegisterFrom + cutActive + `
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

// CutChange is how a proposal's retailer is by now.
type CutChange struct {
	Here        bool // active, and in one of the territories that were asked about, or in none where that is asked for
	TerritoryID rounds.TerritoryID
	At          *orb.Point // nil: no pin
}

// CutChanges are the retailers of a proposal that are not, on the day, as they were when the register was read, by their numbers:
// gone, in another territory, or with another pin. Territories are those of the proposal by their numbers; a retailer is here in one
// of ours. They come as lists, as nobody knows yet how many rows a new proposal has, and joins would go by a guess.
func (s *Store) CutChanges(
	ctx context.Context, org rounds.OrgID, p rounds.TerritoryProposal, day rounds.Day, territories, ours []rounds.TerritoryID,
) (map[int]*CutChange, error) {
	const q = `
		select *
		from (
			select c.n, tr.territory_id, p.lat, p.lon,
				r.status = 'active' and (tr.territory_id is null and $5::uuid is null or tr.territory_id is not null and tr.territory_id = any($7)) as here,
				p.version is not distinct from c.pin_version
				and tr.territory_id is not distinct from coalesce($5, ($6::uuid[])[c.was + 1]) as same
			from proposal_retailers c
			join retailers r on r.org_id = $1 and r.id = c.retailer_id` + pinInForce + territoryOnDay + `
			where c.org_id = $1 and c.proposal_id = $4
		) retailer
		where not (here and same)`
	changes := map[int]*CutChange{}
	rows, _ := s.db.Query(ctx, q, org, day, p.Purpose, p.ID, p.Territory, territories, ours)
	_, err := pgx.CollectRows(rows, func(row pgx.CollectableRow) (struct{}, error) {
		var n int
		var lat, lon *float64
		var same bool
		c := &CutChange{}
		err := row.Scan(&n, &c.TerritoryID, &lat, &lon, &c.Here, &same)
		c.At, changes[n] = point(lat, lon), c
		return struct{}{}, err
	})
	return changes, wrap(err)
}
