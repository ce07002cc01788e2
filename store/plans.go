package store

import (
	"context"

	"rounds"

	"github.com/jackc/pgx/v5"
)

const planColumns = `
	p.id, p.rep_id, p.day::text, p.revision, p.ordered_by, p.round_trip, p.start_lat, p.start_lon,
	p.distance_m, p.before_m, p.optimised_m, p.created_at, p.created_by, p.travel_source, p.travel_wanted,
	coalesce(p.travel_fallback, ''), p.travel_s, p.before_s, p.optimised_s, p.journey_id`

const planFrom = `
	from day_plans p
	join users u on u.org_id = p.org_id and u.id = p.rep_id
	where p.org_id = $1
	and ($2::uuid[] is null or u.unit_id = any($2))
	and ($3::uuid is null or p.rep_id = $3)`

func scanPlan(row pgx.CollectableRow) (rounds.Plan, error) {
	var p rounds.Plan
	var lat, lon *float64
	err := row.Scan(&p.ID, &p.RepID, &p.Day, &p.Revision, &p.OrderedBy, &p.RoundTrip, &lat, &lon,
		&p.Distance, &p.Before, &p.Optimised, &p.CreatedAt, &p.CreatedBy, &p.Travel.Source, &p.Travel.Wanted,
		&p.Travel.Fallback, &p.TravelSeconds, &p.BeforeSeconds, &p.OptimisedSeconds, &p.JourneyID)
	p.Start = point(lat, lon)
	return p, err
}

// Plan is the plan of the id with its stops, if the scope includes its rep.
func (s *Store) Plan(ctx context.Context, scope rounds.Scope, id rounds.PlanID) (rounds.Plan, error) {
	const q = `
		select ` + planColumns + planFrom + `
		and p.id = $4`
	plan, err := row(ctx, s.db, scanPlan, q, scope.OrgID, scope.Units, scope.RepID, id)
	if err != nil {
		return plan, err
	}
	return plan, s.fill(ctx, scope.OrgID, &plan)
}

// LockPlan keeps a plan as it is until the transaction ends.
func (s *Store) LockPlan(ctx context.Context, org rounds.OrgID, id rounds.PlanID) error {
	const q = `
		select id
		from day_plans
		where org_id = $1 and id = $2
		for update`
	_, err := one[rounds.PlanID](ctx, s.db, q, org, id)
	return err
}

// fill reads a plan's stops, and whom it leaves out.
func (s *Store) fill(ctx context.Context, org rounds.OrgID, p *rounds.Plan) error {
	const q = `
		select retailer_id, reason
		from plan_left_out
		where org_id = $1 and plan_id = $2
		order by retailer_id`
	var err error
	if p.Stops, err = s.stops(ctx, org, p.ID); err != nil {
		return err
	}
	out, err := all(ctx, s.db, pgx.RowToStructByName[rounds.Unserved], q, org, p.ID)
	if len(out) > 0 {
		p.LeftOut = out
	}
	return err
}

func (s *Store) stops(ctx context.Context, org rounds.OrgID, plan rounds.PlanID) ([]rounds.Stop, error) {
	const q = `
		select id, retailer_id, planned_at, service_s as service_seconds, leg_m as leg, leg_s as leg_seconds, leg_straight, outside_hours, locked
		from plan_stops
		where org_id = $1 and plan_id = $2
		order by position`
	return all(ctx, s.db, pgx.RowToStructByName[rounds.Stop], q, org, plan)
}

// ListedPlan is a plan without its stops, and how many there are.
type ListedPlan struct {
	rounds.Plan
	StopsCount int
}

// Plans are the scope's plans of a day, of one rep or (zero) of all, by the reps' names.
func (s *Store) Plans(ctx context.Context, scope rounds.Scope, day rounds.Day, rep rounds.UserID) ([]ListedPlan, error) {
	const q = `
		select ` + planColumns + planFrom + `
		and p.day = $4
		and ($5::uuid is null or p.rep_id = $5)
		order by lower(u.name)`
	plans, err := all(ctx, s.db, scanPlan, q, scope.OrgID, scope.Units, scope.RepID, day, rep)
	if err != nil {
		return nil, err
	}
	counts, err := s.stopCounts(ctx, scope.OrgID, plans)
	listed := make([]ListedPlan, len(plans))
	for i, p := range plans {
		listed[i] = ListedPlan{Plan: p, StopsCount: counts[p.ID]}
	}
	return listed, err
}

func (s *Store) stopCounts(ctx context.Context, org rounds.OrgID, plans []rounds.Plan) (map[rounds.PlanID]int, error) {
	const q = `
		select plan_id, count(*)
		from plan_stops
		where org_id = $1 and plan_id = any($2)
		group by plan_id`
	ids := make([]rounds.PlanID, len(plans))
	for i, p := range plans {
		ids[i] = p.ID
	}
	counts := map[rounds.PlanID]int{}
	rows, _ := s.db.Query(ctx, q, org, ids)
	var id rounds.PlanID
	var n int
	_, err := pgx.ForEachRow(rows, []any{&id, &n}, func() error {
		counts[id] = n
		return nil
	})
	return counts, wrap(err)
}

// PlanOfDay is the plan that a rep has on a day, with its stops; NotFound if none.
func (s *Store) PlanOfDay(ctx context.Context, org rounds.OrgID, rep rounds.UserID, day rounds.Day) (rounds.Plan, error) {
	const q = `
		select id
		from day_plans
		where org_id = $1 and rep_id = $2 and day = $3`
	id, err := one[rounds.PlanID](ctx, s.db, q, org, rep, day)
	if err != nil {
		return rounds.Plan{}, err
	}
	return s.Plan(ctx, rounds.Scope{OrgID: org}, id)
}

// InsertPlan adds a plan with its stops; a second one for the rep and day is a Conflict.
func (s *Store) InsertPlan(ctx context.Context, org rounds.OrgID, p rounds.Plan) error {
	const q = `
		insert into day_plans (org_id, id, rep_id, day, revision, ordered_by, round_trip, start_lat, start_lon,
			distance_m, before_m, optimised_m, created_at, created_by,
			travel_source, travel_wanted, travel_fallback, travel_s, before_s, optimised_s, journey_id)
		values ($1, $2, $3, $4, $5, $6, $7, $8, $9, $10, $11, $12, $13, $14, $15, $16, nullif($17, ''), $18, $19, $20, $21)`
	lat, lon := latLon(p.Start)
	_, err := exec(ctx, s.db, q, org, p.ID, p.RepID, p.Day, p.Revision, p.OrderedBy, p.RoundTrip, lat, lon,
		p.Distance, p.Before, p.Optimised, p.CreatedAt, p.CreatedBy,
		p.Travel.Source, p.Travel.Wanted, p.Travel.Fallback, p.TravelSeconds, p.BeforeSeconds, p.OptimisedSeconds, p.JourneyID)
	if err != nil {
		return err
	}
	const leaveOut = `
		insert into plan_left_out (org_id, plan_id, retailer_id, reason)
		values ($1, $2, $3, $4)`
	var batch pgx.Batch
	for _, out := range p.LeftOut {
		batch.Queue(leaveOut, org, p.ID, out.RetailerID, out.Reason)
	}
	if err := s.db.SendBatch(ctx, &batch).Close(); err != nil {
		return wrap(err)
	}
	return s.insertStops(ctx, org, p)
}

func (s *Store) insertStops(ctx context.Context, org rounds.OrgID, p rounds.Plan) error {
	const q = `
		insert into plan_stops (org_id, plan_id, position, id, retailer_id, planned_at, service_s, leg_m, leg_s, leg_straight, outside_hours, locked)
		values ($1, $2, $3, $4, $5, $6, $7, $8, $9, $10, $11, $12)`
	var batch pgx.Batch
	for i, stop := range p.Stops {
		batch.Queue(q, org, p.ID, i+1, stop.ID, stop.RetailerID, stop.PlannedAt, stop.ServiceSeconds, stop.Leg, stop.LegSeconds, stop.LegStraight, stop.OutsideHours, stop.Locked)
	}
	return wrap(s.db.SendBatch(ctx, &batch).Close())
}

// UpdatePlan writes a plan's order: its stops, way, revision and who ordered it.
func (s *Store) UpdatePlan(ctx context.Context, org rounds.OrgID, p rounds.Plan) error {
	const update = `
		update day_plans
		set revision = $3, ordered_by = $4, distance_m = $5, optimised_m = $6, travel_source = $7, travel_wanted = $8,
			travel_fallback = nullif($9, ''), travel_s = $10, optimised_s = $11
		where org_id = $1 and id = $2`
	const clear = `
		delete from plan_stops
		where org_id = $1 and plan_id = $2`
	if _, err := exec(ctx, s.db, update, org, p.ID, p.Revision, p.OrderedBy, p.Distance, p.Optimised,
		p.Travel.Source, p.Travel.Wanted, p.Travel.Fallback, p.TravelSeconds, p.OptimisedSeconds); err != nil {
		return err
	}
	if _, err := exec(ctx, s.db, clear, org, p.ID); err != nil {
		return err
	}
	return s.insertStops(ctx, org, p)
}

// DeletePlan removes a plan with its stops; events keep the stop ids that they named.
func (s *Store) DeletePlan(ctx context.Context, org rounds.OrgID, id rounds.PlanID) error {
	const q = `
		delete from day_plans
		where org_id = $1 and id = $2`
	_, err := exec(ctx, s.db, q, org, id)
	return err
}
