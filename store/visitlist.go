package store

import (
	"context"

	"rounds"
	"rounds/geo"

	"github.com/jackc/pgx/v5"
)

// ListedVisit is a visit with the names that a person reads it by.
type ListedVisit struct {
	rounds.Visit
	RepName      string
	RetailerCode string
	RetailerName string
	Distance     *geo.Meters // from the pin at check-in; nil: unknown
}

// VisitFilter narrows a list; zero fields do not.
type VisitFilter struct {
	From, Until rounds.Day
	RepID       rounds.UserID
	RetailerID  rounds.RetailerID
	Outcome     geo.Outcome
	Credited    *bool
	Audit       *bool      // auditors' at stops of their routes, or all others
	AfterDay    rounds.Day // of the last visit of the page before
	AfterID     rounds.VisitID
	Limit       int
}

const listedColumns = `
	v.id, v.request_id, v.rep_id, v.retailer_id, v.stop_id, v.day::text, v.started_at, v.ended_at, v.end_estimated, v.check_out_id, v.dwell_s,
	v.outcome, v.credited, coalesce(v.credited_by, ''), v.needs_review, v.reasons, v.audit,
	u.display_name, r.code, r.name, (d.verdict->>'distance_m')::float8`

const listedFrom = `
	from visits v` + listedJoins

// A visit is seen by its rep and by whoever sees the rep's unit.
const listedJoins = `
	join users u on u.org_id = v.org_id and u.id = v.rep_id
	join retailers r on r.org_id = v.org_id and r.id = v.retailer_id
	left join lateral (
		select verdict
		from verdicts
		where org_id = v.org_id and event_id = v.id
		order by revision desc
		limit 1
	) d on true
	where v.org_id = $1
	and ($2::uuid[] is null or u.unit_id = any($2))
	and ($3::uuid is null or v.rep_id = $3)`

func scanListed(row pgx.CollectableRow) (ListedVisit, error) {
	var v ListedVisit
	err := row.Scan(&v.ID, &v.RequestID, &v.RepID, &v.RetailerID, &v.StopID, &v.Day, &v.StartedAt, &v.EndedAt, &v.EndEstimated, &v.CheckOutID, &v.Dwell,
		&v.Outcome, &v.Credited, &v.CreditedBy, &v.NeedsReview, &v.Reasons, &v.Audit,
		&v.RepName, &v.RetailerCode, &v.RetailerName, &v.Distance)
	return v, err
}

// Visits are those of the scope, the newest day first and within a day the newest check-in id.
func (s *Store) Visits(ctx context.Context, scope rounds.Scope, f VisitFilter) ([]ListedVisit, error) {
	const q = `
		select ` + listedColumns + listedFrom + `
		and ($4::date is null or v.day >= $4)
		and ($5::date is null or v.day <= $5)
		and ($6::uuid is null or v.rep_id = $6)
		and ($7::uuid is null or v.retailer_id = $7)
		and ($8 = '' or v.outcome = $8)
		and ($9::boolean is null or v.credited = $9)
		and ($10::date is null or (v.day, v.id) < ($10, $11::uuid))
		and ($13::boolean is null or v.audit = $13)
		order by v.day desc, v.id desc
		limit $12`
	return all(ctx, s.db, scanListed, q, scope.OrgID, scope.Units, scope.RepID, date(f.From), date(f.Until),
		f.RepID, f.RetailerID, f.Outcome, f.Credited, date(f.AfterDay), f.AfterID, f.Limit, f.Audit)
}

// Visit is the visit of the id, if the scope includes it.
func (s *Store) Visit(ctx context.Context, scope rounds.Scope, id rounds.VisitID) (ListedVisit, error) {
	const q = `
		select ` + listedColumns + listedFrom + `
		and v.id = $4`
	return row(ctx, s.db, scanListed, q, scope.OrgID, scope.Units, scope.RepID, id)
}

// LastVisits are the days of the last credited visits to the retailers before a day, but for auditors'; none is left out.
func (s *Store) LastVisits(ctx context.Context, org rounds.OrgID, retailers []rounds.RetailerID, before rounds.Day) (map[rounds.RetailerID]rounds.Day, error) {
	const q = `
		select retailer_id, max(day)::text
		from visits
		where org_id = $1 and retailer_id = any($2) and day < $3 and credited and not audit
		group by retailer_id`
	last := map[rounds.RetailerID]rounds.Day{}
	rows, _ := s.db.Query(ctx, q, org, retailers, before)
	var id rounds.RetailerID
	var day rounds.Day
	_, err := pgx.ForEachRow(rows, []any{&id, &day}, func() error {
		last[id] = day
		return nil
	})
	return last, wrap(err)
}

// InsertReview appends a review.
func (s *Store) InsertReview(ctx context.Context, org rounds.OrgID, r rounds.Review) error {
	const q = `
		insert into reviews (org_id, id, visit_id, request_id, reviewer_id, decision, reason, created_at)
		values ($1, $2, $3, ` + missedOf3 + `, $4, $5, $6, $7)`
	_, err := exec(ctx, s.db, q, org, r.ID, r.VisitID, r.ReviewerID, r.Decision, r.Reason, r.CreatedAt)
	return err
}

// Reviews are those of a visit, oldest first.
func (s *Store) Reviews(ctx context.Context, org rounds.OrgID, visit rounds.VisitID) ([]rounds.Review, error) {
	const q = `
		select id, visit_id, reviewer_id, decision, reason, created_at
		from reviews
		where org_id = $1 and visit_id = $2
		order by created_at, id`
	return all(ctx, s.db, pgx.RowToStructByName[rounds.Review], q, org, visit)
}
