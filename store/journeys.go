package store

import (
	"context"
	"encoding/json"
	"time"

	"rounds"

	"github.com/jackc/pgx/v5"
)

// ListedJourney is a journey plan with how far it is, as the scope sees it.
type ListedJourney struct {
	rounds.JourneyPlan
	Reps, Waiting, Failed int
	Visits                int
}

// A plan is seen by whoever sees one of its reps, and of the others nothing.
const (
	journeyColumns = `
		j.id, j.name, j.from_day::text, j.weeks, j.origin, j.options, j.base_id, j.status, j.created_at, j.created_by,
		j.finished_at, j.decided_at, j.decided_by, j.reason,
		c.reps, c.waiting, c.failed, c.visits`
	journeyFrom = `
		from journey_plans j
		cross join lateral (
			select count(*) as reps, count(*) filter (where r.status = 'waiting') as waiting,
				count(*) filter (where r.status = 'failed') as failed, coalesce(sum(r.visits), 0) as visits
			from journey_reps r
			join users u on u.org_id = r.org_id and u.id = r.rep_id
			where r.org_id = $1 and r.plan_id = j.id` + journeyScope + `
		) c
		where j.org_id = $1
		and c.reps > 0`
	journeyScope = `
		and ($2::uuid[] is null or u.unit_id = any($2))
		and ($3::uuid is null or r.rep_id = $3)`
)

func scanJourney(row pgx.CollectableRow) (ListedJourney, error) {
	var j ListedJourney
	var options []byte
	err := row.Scan(&j.ID, &j.Name, &j.From, &j.Weeks, &j.Origin, &options, &j.BaseID, &j.Status, &j.CreatedAt, &j.CreatedBy,
		&j.FinishedAt, &j.DecidedAt, &j.DecidedBy, &j.Reason, &j.Reps, &j.Waiting, &j.Failed, &j.Visits)
	if err != nil {
		return j, err
	}
	return j, json.Unmarshal(options, &j.Options)
}

// Journeys are the scope's journey plans of a status, or ("") of any, the newest first, from before the given one.
func (s *Store) Journeys(ctx context.Context, scope rounds.Scope, status rounds.JourneyStatus, before rounds.JourneyPlanID, limit int) ([]ListedJourney, error) {
	const q = `
		select ` + journeyColumns + journeyFrom + `
		and ($4 = '' or j.status = $4)
		and ($5::uuid is null or j.id < $5)
		order by j.id desc
		limit $6`
	return all(ctx, s.db, scanJourney, q, scope.OrgID, scope.Units, scope.RepID, status, before, limit)
}

// Journey is the journey plan of the id, if the scope includes one of its reps.
func (s *Store) Journey(ctx context.Context, scope rounds.Scope, id rounds.JourneyPlanID) (ListedJourney, error) {
	const q = `
		select ` + journeyColumns + journeyFrom + `
		and j.id = $4`
	return row(ctx, s.db, scanJourney, q, scope.OrgID, scope.Units, scope.RepID, id)
}

// LockJourney keeps a journey plan's status as it is until the transaction ends.
func (s *Store) LockJourney(ctx context.Context, org rounds.OrgID, id rounds.JourneyPlanID) error {
	const q = `
		select id
		from journey_plans
		where org_id = $1 and id = $2
		for update`
	_, err := one[rounds.JourneyPlanID](ctx, s.db, q, org, id)
	return err
}

// InsertJourney adds a journey plan for the reps, with nothing planned yet.
func (s *Store) InsertJourney(ctx context.Context, org rounds.OrgID, j rounds.JourneyPlan, reps []rounds.UserID) error {
	const plan = `
		insert into journey_plans (org_id, id, name, from_day, weeks, origin, options, base_id, status, created_at, created_by, finished_at)
		values ($1, $2, $3, $4, $5, $6, $7, $8, $9, $10, $11, $12)`
	const shares = `
		insert into journey_reps (org_id, plan_id, rep_id, status)
		select $1, $2, unnest($3::uuid[]), 'waiting'`
	options, err := json.Marshal(j.Options)
	if err != nil {
		return err
	}
	if _, err := exec(ctx, s.db, plan, org, j.ID, j.Name, j.From, j.Weeks, j.Origin, options, j.BaseID, j.Status,
		j.CreatedAt, j.CreatedBy, j.FinishedAt); err != nil {
		return err
	}
	_, err = exec(ctx, s.db, shares, org, j.ID, reps)
	return err
}

// FinishJourney makes a plan a proposal if no rep waits any more, and says whether it did.
func (s *Store) FinishJourney(ctx context.Context, org rounds.OrgID, id rounds.JourneyPlanID, now time.Time) (bool, error) {
	const q = `
		update journey_plans j
		set status = 'proposed', finished_at = $3
		where org_id = $1 and id = $2 and status = 'planning'
		and not exists (
			select
			from journey_reps
			where org_id = $1 and plan_id = $2 and status = 'waiting')`
	n, err := exec(ctx, s.db, q, org, id, now)
	return n == 1, err
}

// DecideJourney writes what somebody decided on a plan.
func (s *Store) DecideJourney(ctx context.Context, org rounds.OrgID, j rounds.JourneyPlan) error {
	const q = `
		update journey_plans
		set status = $3, finished_at = coalesce(finished_at, $4), decided_at = $4, decided_by = $5, reason = $6
		where org_id = $1 and id = $2`
	_, err := exec(ctx, s.db, q, org, j.ID, j.Status, j.DecidedAt, j.DecidedBy, j.Reason)
	return err
}

// CancelJourneyReps lets the reps that still wait for their days wait no longer.
func (s *Store) CancelJourneyReps(ctx context.Context, org rounds.OrgID, id rounds.JourneyPlanID) error {
	const q = `
		update journey_reps
		set status = 'cancelled'
		where org_id = $1 and plan_id = $2 and status = 'waiting'`
	_, err := exec(ctx, s.db, q, org, id)
	return err
}
