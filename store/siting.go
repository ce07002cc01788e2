package store

import (
	"context"
	"math"

	"rounds"

	"github.com/jackc/pgx/v5"
	"github.com/paulmach/orb"
)

// Around is a box of the globe around a place, in degrees; where West is more than East it lies across 180°.
type Around struct {
	At                       orb.Point
	South, West, North, East float64
}

// WithinMeters is the smallest box, or one a little larger, that holds all that is within so many metres of a place.
func WithinMeters(at orb.Point, m float64) Around {
	const degree = 110_500 // metres, less than any degree of latitude; of longitude at the equator
	high := m / degree
	b := Around{At: at, South: max(-90, at.Lat()-high), North: min(90, at.Lat()+high), West: -180, East: 180}
	// The box is widest where it is nearest to a pole.
	cos := math.Cos(max(-b.South, b.North) * math.Pi / 180)
	if wide := high / cos; b.South > -90 && b.North < 90 && wide < 180 {
		b.West = math.Remainder(at.Lon()-wide, 360)
		b.East = math.Remainder(at.Lon()+wide, 360)
	}
	return b
}

// NearRetailer is a retailer of the org by its pin in force, with its visit territory of the day.
type NearRetailer struct {
	ID              rounds.RetailerID
	Code            string
	Name            string
	Class           string
	Status          rounds.RetailerStatus
	VisitsPer8Weeks int
	OrderVolume     int64
	At              orb.Point
	TerritoryID     rounds.TerritoryID // zero: none
	InScope         bool               // the caller may see more of it than that it is there
}

// RetailersAround are those of the whole org in a box that are not closed, about the nearest first, at most so many; 0: all of them. The
// scope decides which of them the caller may see more of.
func (s *Store) RetailersAround(ctx context.Context, scope rounds.Scope, day rounds.Day, b Around, limit int) ([]NearRetailer, error) {
	// Sorted first, so that what else there is to know is looked up only for as many as are asked for.
	const q = `
		select r.id, r.code, r.name, r.class, r.status, r.visits_per_8_weeks, r.order_volume, p.lat, p.lon, tr.territory_id,
			$3::uuid[] is null or exists (
				select
				from territories
				where org_id = $1 and id = tr.territory_id and unit_id = any($3)
			)
		from (
			select retailer_id, version, lat, lon,
				(lat - $8) ^ 2 + (least(abs(lon - $9), 360 - abs(lon - $9)) * cosd($8)) ^ 2 as far
			from pins
			where org_id = $1
			and lat between $4 and $6
			and (lon between $5 and $7 or $5 > $7 and (lon >= $5 or lon <= $7))
			order by far
		) p
		cross join lateral (
			select *
			from retailers
			where org_id = $1 and id = p.retailer_id and status <> 'closed'
			limit 1
		) r
		cross join lateral (
			select version
			from pins
			where org_id = $1 and retailer_id = r.id
			order by version desc
			limit 1
		) f` + visitTerritory + `
		where f.version = p.version
		order by p.far
		limit nullif($10, 0)`
	scan := func(row pgx.CollectableRow) (NearRetailer, error) {
		var r NearRetailer
		var lat, lon float64
		err := row.Scan(&r.ID, &r.Code, &r.Name, &r.Class, &r.Status, &r.VisitsPer8Weeks, &r.OrderVolume, &lat, &lon, &r.TerritoryID, &r.InScope)
		r.At = orb.Point{lon, lat}
		return r, err
	}
	return all(ctx, s.db, scan, q, scope.OrgID, day, scope.Units, b.South, b.West, b.North, b.East, b.At.Lat(), b.At.Lon(), limit)
}

// Load is what there is to do in a territory, of retailers that are visited.
type Load struct {
	Retailers       int
	VisitsPer8Weeks int64
	ServiceSeconds  int64 // of those visits
	OrderVolume     int64 // in four weeks
}

// TerritoryLoad is that of a territory on the day.
func (s *Store) TerritoryLoad(ctx context.Context, org rounds.OrgID, day rounds.Day, territory rounds.TerritoryID) (Load, error) {
	const q = `
		select count(*)::bigint, coalesce(sum(r.visits_per_8_weeks), 0)::bigint,
			coalesce(sum(r.visits_per_8_weeks::bigint * r.service_s), 0)::bigint, coalesce(sum(r.order_volume), 0)::bigint
		from territory_retailers tr
		join retailers r on r.org_id = tr.org_id and r.id = tr.retailer_id
		where tr.org_id = $1 and tr.territory_id = $3 and tr.valid_from <= $2 and tr.valid_to > $2
		and r.status = 'active'`
	return row(ctx, s.db, pgx.RowToStructByPos[Load], q, org, day, territory)
}
