package store

import (
	"context"

	"rounds"

	"github.com/jackc/pgx/v5"
)

// ListedJourneyRep is a rep's share of a plan, with their name and how many retailers get too little.
type ListedJourneyRep struct {
	rounds.JourneyRep
	RepName string
	LeftOut int
}

const journeyRepColumns = `
	r.rep_id, r.status, r.taken_at, r.input_hash, r.base_id, r.unknown_years, r.days, r.visits, r.travel_s, r.service_s,
	r.distance_m, r.cv, r.cost, r.moved, coalesce(r.travel_source, ''), coalesce(r.travel_wanted, ''), coalesce(r.travel_fallback, ''), coalesce(r.valid_from::text, ''),
	r.failure,
	case when r.valid_to is null or r.valid_to = 'infinity' then '' else r.valid_to::text end,
	u.display_name,
	(select count(*)
	from journey_left_out
	where org_id = r.org_id and plan_id = r.plan_id and rep_id = r.rep_id)`

func scanJourneyRep(row pgx.CollectableRow) (ListedJourneyRep, error) {
	var r ListedJourneyRep
	err := row.Scan(&r.RepID, &r.Status, &r.TakenAt, &r.InputHash, &r.BaseID, &r.UnknownYears, &r.Days, &r.Visits, &r.TravelSeconds,
		&r.ServiceSeconds, &r.Distance, &r.CV, &r.Cost, &r.Moved,
		&r.Travel.Source, &r.Travel.Wanted, &r.Travel.Fallback, &r.ValidFrom, &r.Failure, &r.ValidTo, &r.RepName, &r.LeftOut)
	return r, err
}

// JourneyReps are the shares of the scope's reps in a plan by their ids, from after the given one; limit 0 is all.
func (s *Store) JourneyReps(ctx context.Context, scope rounds.Scope, id rounds.JourneyPlanID, after rounds.UserID, limit int) ([]ListedJourneyRep, error) {
	const q = `
		select ` + journeyRepColumns + `
		from journey_reps r
		join users u on u.org_id = r.org_id and u.id = r.rep_id
		where r.org_id = $1` + journeyScope + `
		and r.plan_id = $4
		and ($5::uuid is null or r.rep_id > $5)
		order by r.rep_id
		limit nullif($6, 0)`
	return all(ctx, s.db, scanJourneyRep, q, scope.OrgID, scope.Units, scope.RepID, id, after, limit)
}

// JourneyInput is what a rep's days follow from, as it was kept; nil before it was.
func (s *Store) JourneyInput(ctx context.Context, org rounds.OrgID, id rounds.JourneyPlanID, rep rounds.UserID) ([]byte, error) {
	const q = `
		select input::text
		from journey_reps
		where org_id = $1 and plan_id = $2 and rep_id = $3`
	text, err := one[*string](ctx, s.db, q, org, id, rep)
	if err != nil || text == nil {
		return nil, err
	}
	return []byte(*text), nil
}

// KeepJourneyInput keeps what a rep's days will follow from.
func (s *Store) KeepJourneyInput(ctx context.Context, org rounds.OrgID, id rounds.JourneyPlanID, r rounds.JourneyRep, input []byte) error {
	const q = `
		update journey_reps
		set input = $4::text::jsonb, input_hash = $5, taken_at = $6, base_id = $7, unknown_years = $8
		where org_id = $1 and plan_id = $2 and rep_id = $3 and status = 'waiting'`
	_, err := exec(ctx, s.db, q, org, id, r.RepID, string(input), r.InputHash, r.TakenAt, r.BaseID, years(r.UnknownYears))
	return err
}

func years(ys []int) []int {
	if ys == nil {
		return []int{}
	}
	return ys
}

// SaveJourneyRep writes what came of planning for a rep.
func (s *Store) SaveJourneyRep(ctx context.Context, org rounds.OrgID, id rounds.JourneyPlanID, r rounds.JourneyRep) error {
	const q = `
		update journey_reps
		set status = $4, days = $5, visits = $6, travel_s = $7, service_s = $8, distance_m = $9, cv = $10, cost = $11, moved = $12,
			travel_source = nullif($13, ''), travel_wanted = nullif($14, ''), travel_fallback = nullif($15, ''), failure = $16
		where org_id = $1 and plan_id = $2 and rep_id = $3`
	_, err := exec(ctx, s.db, q, org, id, r.RepID, r.Status, r.Days, r.Visits, r.TravelSeconds, r.ServiceSeconds, r.Distance, r.CV, r.Cost, r.Moved,
		r.Travel.Source, r.Travel.Wanted, r.Travel.Fallback, r.Failure)
	return err
}

// InForce names the plan that a rep goes by on a day; the zero id is none.
func (s *Store) InForce(ctx context.Context, org rounds.OrgID, rep rounds.UserID, day rounds.Day) (rounds.JourneyPlanID, error) {
	found, err := s.AllInForce(ctx, org, []rounds.UserID{rep}, day)
	return found[rep], err
}

// AllInForce names the plans that the reps go by on a day; who has none is left out.
func (s *Store) AllInForce(ctx context.Context, org rounds.OrgID, reps []rounds.UserID, day rounds.Day) (map[rounds.UserID]rounds.JourneyPlanID, error) {
	const q = `
		select rep_id, plan_id
		from journey_reps
		where org_id = $1 and rep_id = any($2) and valid_from <= $3 and valid_to > $3`
	found := map[rounds.UserID]rounds.JourneyPlanID{}
	rows, _ := s.db.Query(ctx, q, org, reps, day)
	var rep rounds.UserID
	var plan rounds.JourneyPlanID
	_, err := pgx.ForEachRow(rows, []any{&rep, &plan}, func() error {
		found[rep] = plan
		return nil
	})
	return found, wrap(err)
}

// EnforceJourney lets the reps go by the plan from the day on, and by what they would have gone by no more.
func (s *Store) EnforceJourney(ctx context.Context, org rounds.OrgID, id rounds.JourneyPlanID, reps []rounds.UserID, from rounds.Day) error {
	const end = `
		update journey_reps
		set valid_to = greatest(valid_from, $3)
		where org_id = $1 and rep_id = any($2) and valid_to > $3`
	const begin = `
		update journey_reps
		set valid_from = $4, valid_to = 'infinity'
		where org_id = $1 and plan_id = $2 and rep_id = any($3)`
	if _, err := exec(ctx, s.db, end, org, reps, from); err != nil {
		return err
	}
	_, err := exec(ctx, s.db, begin, org, id, reps, from)
	return err
}

// VisitingReps are the active reps of the scope's units who work a visit territory on the day, by their ids.
func (s *Store) VisitingReps(ctx context.Context, scope rounds.Scope, day rounds.Day) ([]rounds.UserID, error) {
	const q = `
		select u.id
		from users u
		where u.org_id = $1 and u.role = 'rep' and u.active
		and ($2::uuid[] is null or u.unit_id = any($2))
		and ($3::uuid is null or u.id = $3)
		and exists (
			select
			from territory_reps rep
			join territories t on t.org_id = rep.org_id and t.id = rep.territory_id and t.purpose = 'visit'
			where rep.org_id = $1 and rep.rep_id = u.id and rep.valid_from <= $4 and rep.valid_to > $4)
		order by u.id`
	return all(ctx, s.db, pgx.RowTo[rounds.UserID], q, scope.OrgID, scope.Units, scope.RepID, day)
}
