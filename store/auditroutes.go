package store

import (
	"context"
	"time"

	"rounds"

	"github.com/jackc/pgx/v5"
)

const auditRouteColumns = `
	r.id, r.audit_id, r.auditor_id, r.day::text, r.revision, r.start_lat, r.start_lon, r.end_lat, r.end_lon, r.starts_at, r.ends_at,
	r.distance_m, r.travel_s, r.travel_source, r.travel_wanted, coalesce(r.travel_fallback, ''), r.created_at, r.created_by`

// Of the scope's audits, and whatever is the viewer's own: that an audit is of other units does not hide a route from who goes it.
const auditRouteFrom = `
	from audit_routes r
	join audits a on a.org_id = r.org_id and a.id = r.audit_id
	where r.org_id = $1
	and r.withdrawn_at is null
	and (r.auditor_id = $4 or $3::uuid is null and ($2::uuid[] is null or a.unit_id = any($2)))`

func scanAuditRoute(row pgx.CollectableRow) (rounds.AuditRoute, error) {
	var r rounds.AuditRoute
	var startLat, startLon, endLat, endLon *float64
	err := row.Scan(&r.ID, &r.AuditID, &r.AuditorID, &r.Day, &r.Revision, &startLat, &startLon, &endLat, &endLon, &r.StartsAt, &r.EndsAt,
		&r.DistanceM, &r.TravelS, &r.Travel.Source, &r.Travel.Wanted, &r.Travel.Fallback, &r.CreatedAt, &r.CreatedBy)
	r.Start, r.End = point(startLat, startLon), point(endLat, endLon)
	return r, err
}

// AuditRoute is the route of the id with its stops, if it is the viewer's or of an audit of the scope. Reps see their own alone.
func (s *Store) AuditRoute(ctx context.Context, scope rounds.Scope, viewer rounds.UserID, id rounds.AuditRouteID) (rounds.AuditRoute, error) {
	const q = `
		select ` + auditRouteColumns + auditRouteFrom + `
		and r.id = $5`
	r, err := row(ctx, s.db, scanAuditRoute, q, scope.OrgID, scope.Units, scope.RepID, viewer, id)
	if err != nil {
		return r, err
	}
	return r, s.fillAuditRoutes(ctx, scope.OrgID, []*rounds.AuditRoute{&r}, false)
}

// AuditRoutes are the routes of an audit with their stops, by day and auditor.
func (s *Store) AuditRoutes(ctx context.Context, org rounds.OrgID, audit rounds.AuditID) ([]rounds.AuditRoute, error) {
	const q = `
		select ` + auditRouteColumns + `
		from audit_routes r
		join users u on u.org_id = r.org_id and u.id = r.auditor_id
		where r.org_id = $1 and r.audit_id = $2 and r.withdrawn_at is null
		order by r.day, lower(u.name), r.id`
	return s.auditRoutes(ctx, org, q, org, audit)
}

// AuditRoutesBetween are what auditors have to go on some days, the last included, whatever the audit, as long as it is neither done nor
// cancelled: by day, auditor and when they set out.
func (s *Store) AuditRoutesBetween(ctx context.Context, org rounds.OrgID, auditors []rounds.UserID, from, to rounds.Day) ([]rounds.AuditRoute, error) {
	const q = `
		select ` + auditRouteColumns + `
		from audit_routes r
		join audits a on a.org_id = r.org_id and a.id = r.audit_id
		where r.org_id = $1 and r.auditor_id = any($2) and r.day between $3 and $4 and r.withdrawn_at is null
		and a.status = 'drawn'
		order by r.day, r.auditor_id, r.starts_at, r.id`
	return s.auditRoutes(ctx, org, q, org, auditors, from, to)
}

func (s *Store) auditRoutes(ctx context.Context, org rounds.OrgID, q string, args ...any) ([]rounds.AuditRoute, error) {
	routes, err := all(ctx, s.db, scanAuditRoute, q, args...)
	if err != nil || len(routes) == 0 {
		return routes, err
	}
	return routes, s.fillAuditRoutes(ctx, org, pointersTo(routes), false)
}

// fillAuditRoutes reads the stops that are still on the routes, not those of retailers that the audit no longer visits, or all that
// there ever were.
func (s *Store) fillAuditRoutes(ctx context.Context, org rounds.OrgID, routes []*rounds.AuditRoute, ever bool) error {
	const q = `
		select t.route_id, t.id, t.retailer_id, t.planned_at, t.service_s, t.leg_m, t.leg_s, t.leg_straight, t.outside_hours
		from audit_stops t
		join audit_picks p on p.org_id = t.org_id and p.audit_id = t.audit_id and p.retailer_id = t.retailer_id
		where t.org_id = $1 and t.route_id = any($2) and ($3 or t.position is not null and p.standing = 'in')
		order by t.route_id, t.position, t.id`
	ids, of := make([]rounds.AuditRouteID, len(routes)), map[rounds.AuditRouteID]*rounds.AuditRoute{}
	for i, r := range routes {
		ids[i], of[r.ID] = r.ID, r
	}
	rows, _ := s.db.Query(ctx, q, org, ids, ever)
	var id rounds.AuditRouteID
	var t rounds.Stop
	into := []any{&id, &t.ID, &t.RetailerID, &t.PlannedAt, &t.ServiceSeconds, &t.Leg, &t.LegSeconds, &t.LegStraight, &t.OutsideHours}
	_, err := pgx.ForEachRow(rows, into, func() error {
		of[id].Stops = append(of[id].Stops, t)
		return nil
	})
	return wrap(err)
}

// AuditRoutesOf are all routes that an auditor ever had, after one of them: with all stops that ever were on them, those taken off last.
func (s *Store) AuditRoutesOf(ctx context.Context, org rounds.OrgID, auditor rounds.UserID, after rounds.AuditRouteID, limit int) ([]rounds.AuditRoute, error) {
	const q = `
		select ` + auditRouteColumns + `
		from audit_routes r
		where r.org_id = $1 and r.auditor_id = $2
		and ($3::uuid is null or r.id > $3)
		order by r.id
		limit $4`
	routes, err := all(ctx, s.db, scanAuditRoute, q, org, auditor, after, limit)
	if err != nil || len(routes) == 0 {
		return routes, err
	}
	return routes, s.fillAuditRoutes(ctx, org, pointersTo(routes), true)
}

func pointersTo[T any](items []T) []*T {
	pointers := make([]*T, len(items))
	for i := range items {
		pointers[i] = &items[i]
	}
	return pointers
}

// InsertAuditRoute adds a route with its stops; a second one of an audit for the auditor and day is a Conflict, and so is a second stop
// of an audit at a retailer.
func (s *Store) InsertAuditRoute(ctx context.Context, org rounds.OrgID, r rounds.AuditRoute) error {
	const q = `
		insert into audit_routes (org_id, id, audit_id, auditor_id, day, revision, start_lat, start_lon, end_lat, end_lon, starts_at, ends_at,
			distance_m, travel_s, travel_source, travel_wanted, travel_fallback, created_at, created_by)
		values ($1, $2, $3, $4, $5, $6, $7, $8, $9, $10, $11, $12, $13, $14, $15, $16, nullif($17, ''), $18, $19)`
	startLat, startLon := latLon(r.Start)
	endLat, endLon := latLon(r.End)
	_, err := exec(ctx, s.db, q, org, r.ID, r.AuditID, r.AuditorID, r.Day, r.Revision, startLat, startLon, endLat, endLon, r.StartsAt, r.EndsAt,
		r.DistanceM, r.TravelS, r.Travel.Source, r.Travel.Wanted, r.Travel.Fallback, r.CreatedAt, r.CreatedBy)
	if err != nil {
		return err
	}
	return s.putAuditStops(ctx, org, r)
}

// UpdateAuditRoute writes a route's order: its stops, way, times and revision. Stops that it has no longer are taken off it.
func (s *Store) UpdateAuditRoute(ctx context.Context, org rounds.OrgID, r rounds.AuditRoute) error {
	const q = `
		update audit_routes
		set revision = $3, starts_at = $4, ends_at = $5, distance_m = $6, travel_s = $7, travel_source = $8, travel_wanted = $9,
			travel_fallback = nullif($10, '')
		where org_id = $1 and id = $2`
	if _, err := exec(ctx, s.db, q, org, r.ID, r.Revision, r.StartsAt, r.EndsAt, r.DistanceM, r.TravelS,
		r.Travel.Source, r.Travel.Wanted, r.Travel.Fallback); err != nil {
		return err
	}
	if err := s.takeOffStops(ctx, org, r.ID); err != nil {
		return err
	}
	return s.putAuditStops(ctx, org, r)
}

// WithdrawAuditRoute lets nobody go a route any more; its retailers have no stop then.
func (s *Store) WithdrawAuditRoute(ctx context.Context, org rounds.OrgID, id rounds.AuditRouteID, now time.Time) error {
	const q = `
		update audit_routes
		set withdrawn_at = $3
		where org_id = $1 and id = $2`
	if _, err := exec(ctx, s.db, q, org, id, now); err != nil {
		return err
	}
	return s.takeOffStops(ctx, org, id)
}

func (s *Store) takeOffStops(ctx context.Context, org rounds.OrgID, id rounds.AuditRouteID) error {
	const q = `
		update audit_stops
		set position = null
		where org_id = $1 and route_id = $2 and position is not null`
	_, err := exec(ctx, s.db, q, org, id)
	return err
}

// putAuditStops puts stops on a route that has none, new ones and such as were on it before.
func (s *Store) putAuditStops(ctx context.Context, org rounds.OrgID, r rounds.AuditRoute) error {
	const q = `
		insert into audit_stops as t (org_id, route_id, audit_id, position, id, retailer_id, planned_at, service_s, leg_m, leg_s, leg_straight, outside_hours)
		values ($1, $2, $3, $4, $5, $6, $7, $8, $9, $10, $11, $12)
		on conflict (org_id, id) do update
		set position = excluded.position, planned_at = excluded.planned_at, service_s = excluded.service_s, leg_m = excluded.leg_m,
			leg_s = excluded.leg_s, leg_straight = excluded.leg_straight, outside_hours = excluded.outside_hours
		where t.org_id = $1 and t.route_id = excluded.route_id and t.retailer_id = excluded.retailer_id`
	var batch pgx.Batch
	for i, t := range r.Stops {
		batch.Queue(q, org, r.ID, r.AuditID, i+1, t.ID, t.RetailerID, t.PlannedAt, t.ServiceSeconds, t.Leg, t.LegSeconds, t.LegStraight, t.OutsideHours)
	}
	return wrap(s.db.SendBatch(ctx, &batch).Close())
}

// AuditRetailersWithoutStop are those that an audit visits, on no route yet and not found out about otherwise, by code.
func (s *Store) AuditRetailersWithoutStop(ctx context.Context, org rounds.OrgID, audit rounds.AuditID) ([]rounds.RetailerID, error) {
	const q = `
		select p.retailer_id
		from audit_picks p
		where p.org_id = $1 and p.audit_id = $2 and p.standing = 'in'
		and not exists (
			select from audit_stops t
			where t.org_id = p.org_id and t.audit_id = p.audit_id and t.retailer_id = p.retailer_id and t.position is not null)
		and not exists (
			select from audit_findings f
			where f.org_id = p.org_id and f.audit_id = p.audit_id and f.retailer_id = p.retailer_id)
		order by p.code collate "C"`
	return all(ctx, s.db, pgx.RowTo[rounds.RetailerID], q, org, audit)
}

// VisitedAuditStops are the stops of a route at which somebody has checked in.
func (s *Store) VisitedAuditStops(ctx context.Context, org rounds.OrgID, id rounds.AuditRouteID) ([]rounds.StopID, error) {
	const q = `
		select t.id
		from audit_stops t
		join audit_routes r on r.org_id = t.org_id and r.id = t.route_id
		where t.org_id = $1 and t.route_id = $2
		and exists (
			select from visits v
			where v.org_id = t.org_id and v.rep_id = r.auditor_id and v.retailer_id = t.retailer_id and v.stop_id = t.id)`
	return all(ctx, s.db, pgx.RowTo[rounds.StopID], q, org, id)
}

// Interest is why somebody must not audit a retailer: it is theirs, was theirs, or they claim to have visited it.
type Interest struct {
	UserID     rounds.UserID
	RetailerID rounds.RetailerID
	Why        string // owner, owner_then or claims
}

// Interests are those of some people in some retailers: in the days of an audit's claims, and in those of its routes. One visit of an
// earlier audit is no interest.
func (s *Store) Interests(
	ctx context.Context, org rounds.OrgID, people []rounds.UserID, retailers []rounds.RetailerID, from, to, first, last rounds.Day,
) ([]Interest, error) {
	const q = `
		with held as (
			select t.rep_id, h.retailer_id,
				greatest(t.valid_from, h.valid_from) <= $7::date and least(t.valid_to, h.valid_to) > $6::date as now,
				greatest(t.valid_from, h.valid_from) <= $5::date and least(t.valid_to, h.valid_to) > $4::date as was
			from territory_reps t
			join territory_retailers h on h.org_id = t.org_id and h.territory_id = t.territory_id
				and h.valid_from < t.valid_to and h.valid_to > t.valid_from
			where t.org_id = $1 and t.rep_id = any($2) and h.retailer_id = any($3))
		select rep_id, retailer_id, min(why)
		from (
			select rep_id, retailer_id, case when now then 'owner' else 'owner_then' end as why
			from held
			where now or was
			union all
			select v.rep_id, v.retailer_id, 'claims'
			from ` + claimedVisits + ` v
			where v.org_id = $1 and v.rep_id = any($2) and v.retailer_id = any($3) and v.day between $4::date and $5::date
			and not v.audit) i
		group by rep_id, retailer_id
		order by rep_id, retailer_id`
	return all(ctx, s.db, pgx.RowToStructByPos[Interest], q, org, people, retailers, string(from), string(to), string(first), string(last))
}

// AskedVisit is a claimed visit that an auditor asks about: when, and nothing else of it.
type AskedVisit struct {
	ID         rounds.VisitID
	RetailerID rounds.RetailerID
	Day        rounds.Day
	StartedAt  time.Time
}

// AskedVisits are the claimed visits of some of an audit's retailers in its days, the earliest first: not those of auditors.
func (s *Store) AskedVisits(ctx context.Context, org rounds.OrgID, a rounds.Audit, retailers []rounds.RetailerID) ([]AskedVisit, error) {
	const q = `
		select v.id, v.retailer_id, v.day::text, v.started_at
		from ` + claimedVisits + ` v
		where v.org_id = $1 and v.retailer_id = any($2) and v.day between $3::date and $4::date and not v.audit
		order by v.started_at, v.id`
	return all(ctx, s.db, pgx.RowToStructByPos[AskedVisit], q, org, retailers, string(a.From), string(a.To))
}
