package store

import (
	"context"
	"time"

	"rounds"
	"rounds/geo"

	"github.com/jackc/pgx/v5"
)

// VisitParts is all that a visit derives from: its check-in and the first check-out that names it, with
// their verdicts in force, the rep's next check-in, the end that a request claimed, the last review that decided and what
// else proves it.
type VisitParts struct {
	CheckInID   rounds.EventID
	RepID       rounds.UserID
	RetailerID  rounds.RetailerID
	StopID      rounds.StopID
	AuditStopID rounds.StopID // zero: it is a rep's
	Day         rounds.Day
	CheckedInAt time.Time
	Outcome     geo.Outcome
	Reasons     []geo.Reason
	Flags       []geo.Reason
	Measured    geo.Measured
	Policy      geo.Policy // that the check-in was judged by

	CheckOutID       rounds.EventID // zero: none yet
	CheckOutAt       rounds.RetailerID
	CheckedOutAt     *time.Time
	CheckOutOutcome  geo.Outcome
	CheckOutFlags    []geo.Reason
	CheckOutMeasured *geo.Measured

	NextCheckInAt *time.Time
	ClaimedEnd    *time.Time         // of the request that was accepted last
	Decision      rounds.Decision    // "": no review decided
	Proved        []geo.EvidenceKind // what else proves it, accepted evidence of both taps and a review that confirms
	Decided       bool               // on the verdict in force, not only on one before it
}

// Each step is a lateral look-up with a limit, so that whatever the statistics say, the planner walks
// indexes from the few visits asked for.
const (
	visitPartsColumns = `
	select c.id as check_in_id, c.rep_id, c.retailer_id, c.stop_id, c.audit_stop_id, c.day::text as day, c.happened_at as checked_in_at,
		v.outcome, v.reasons, v.flags, v.measured, p.rules as policy,
		coalesce(o.outcome, '') as check_out_outcome, o.flags as check_out_flags, o.measured as check_out_measured,
		o.id as check_out_id, o.retailer_id as check_out_at, o.happened_at as checked_out_at,
		n.happened_at as next_check_in_at,
		f.claimed_end,
		coalesce(r.decision, '') as decision, array(
			select p.kind
			from unnest(array[c.id, case when o.retailer_id = c.retailer_id then o.id end]) as tap(id)
			cross join lateral (
				select kind
				from event_evidence
				where org_id = c.org_id and event_id = tap.id and status = 'accepted'
				limit 10
			) p
			union
			select k.kind
			from (
				select 'confirmation' as kind
				from reviews
				where org_id = c.org_id and visit_id = c.id and decision = 'confirm'
				limit 1
			) k
		) as proved,
		coalesce(r.created_at >= v.judged_at, false) as decided`
	visitPartsJoins = `
	cross join lateral (
		select outcome, reasons, flags, measured, policy_version, judged_at
		from verdicts
		where org_id = c.org_id and event_id = c.id
		order by revision desc
		limit 1
	) v
	cross join lateral (
		select rules
		from policies
		where org_id = c.org_id and version = v.policy_version
		limit 1
	) p
	left join lateral (
		select e.id, e.retailer_id, e.happened_at, j.outcome, j.flags, j.measured
		from visit_events e
		cross join lateral (
			select outcome, flags, measured
			from verdicts
			where org_id = e.org_id and event_id = e.id
			order by revision desc
			limit 1
		) j
		where e.org_id = c.org_id and e.check_in_id = c.id and e.kind = 'check_out' and e.rep_id = c.rep_id
		order by e.happened_at, e.seq, e.id
		limit 1
	) o on true
	left join lateral (
		select happened_at
		from visit_events
		where org_id = c.org_id and rep_id = c.rep_id and kind = 'check_in'
		and (happened_at, seq, id) > (c.happened_at, c.seq, c.id)
		order by happened_at, seq, id
		limit 1
	) n on true
	left join lateral (
		select claimed_end
		from requests
		where org_id = c.org_id and visit_id = c.id and kind = 'forgotten_check_out' and status = 'accepted'
		order by decided_at desc, id desc
		limit 1
	) f on true
	left join lateral (
		select decision, created_at
		from reviews
		where org_id = c.org_id and visit_id = c.id and decision in ('credit', 'refuse')
		order by created_at desc, id desc
		limit 1
	) r on true`
)

const visitPartsOf = `
	with events as materialized (
		select e.id, e.rep_id, e.kind, e.check_in_id, e.happened_at, e.seq
		from unnest($2::uuid[]) as given(id)
		cross join lateral (
			select *
			from visit_events
			where org_id = $1 and id = given.id
			limit 1
		) e
	), touched as materialized (
		select coalesce(check_in_id, id) as id
		from events
		union
		select b.id
		from events e
		cross join lateral (
			select id
			from visit_events
			where org_id = $1 and rep_id = e.rep_id and kind = 'check_in'
			and (happened_at, seq, id) < (e.happened_at, e.seq, e.id)
			order by happened_at desc, seq desc, id desc
			limit 1
		) b
		where e.kind = 'check_in'
	)` + visitPartsColumns + `
	from touched
	cross join lateral (
	select *
	from visit_events
	where org_id = $1 and id = touched.id and kind = 'check_in' and rep_id = any($3)
	limit 1
	) c` + visitPartsJoins + `
	order by c.id`

// VisitPartsOf are the parts of every visit that the events touch: a check-in its own and the one before
// it, which it closes; a check-out the one that it ends. Only visits of the given reps, who are locked:
// a check-out may name anybody's check-in.
func (s *Store) VisitPartsOf(ctx context.Context, org rounds.OrgID, events []rounds.EventID, reps []rounds.UserID) ([]VisitParts, error) {
	return all(ctx, s.db, pgx.RowToStructByName[VisitParts], visitPartsOf, org, events, reps)
}

// VisitPartsAfter are the parts of the org's visits by id, from after the given one.
func (s *Store) VisitPartsAfter(ctx context.Context, org rounds.OrgID, after rounds.EventID, limit int) ([]VisitParts, error) {
	const q = visitPartsColumns + `
	from (
		select *
		from visit_events
		where org_id = $1 and kind = 'check_in' and ($2::uuid is null or id > $2)
		order by id
		limit $3
	) c` + visitPartsJoins + `
		order by c.id`
	return all(ctx, s.db, pgx.RowToStructByName[VisitParts], q, org, after, limit)
}

// upsertVisits writes derived visits into a table of them and says how many were new or different.
func (s *Store) upsertVisits(ctx context.Context, table string, org rounds.OrgID, visits []rounds.Visit) (int64, error) {
	if len(visits) == 0 {
		return 0, nil
	}
	q := `
		insert into ` + table + ` as old (org_id, id, rep_id, retailer_id, stop_id, day, started_at, ended_at, end_estimated,
			check_out_id, dwell_s, outcome, credited, credited_by, needs_review, reasons, request_id, severity, audit)
		select $1, id, rep_id, retailer_id, stop_id, day, started_at, ended_at, end_estimated,
			check_out_id, dwell_s, outcome, credited_by <> '', nullif(credited_by, ''), needs_review, string_to_array(reasons, ','), request_id, nullif(severity, 0), audit
		from unnest($2::uuid[], $3::uuid[], $4::uuid[], $5::uuid[], $6::date[], $7::timestamptz[], $8::timestamptz[], $9::boolean[],
			$10::uuid[], $11::float8[], $12::text[], $13::text[], $14::boolean[], $15::text[], $16::uuid[], $17::smallint[], $18::boolean[])
			as u(id, rep_id, retailer_id, stop_id, day, started_at, ended_at, end_estimated,
				check_out_id, dwell_s, outcome, credited_by, needs_review, reasons, request_id, severity, audit)
		on conflict (org_id, id) do update
		set rep_id = excluded.rep_id, retailer_id = excluded.retailer_id, stop_id = excluded.stop_id, request_id = excluded.request_id,
			day = excluded.day, started_at = excluded.started_at, ended_at = excluded.ended_at, end_estimated = excluded.end_estimated, check_out_id = excluded.check_out_id,
			dwell_s = excluded.dwell_s, outcome = excluded.outcome, credited = excluded.credited,
			credited_by = excluded.credited_by, needs_review = excluded.needs_review, reasons = excluded.reasons,
			severity = excluded.severity, audit = excluded.audit
		where old is distinct from excluded`
	var c visitColumns
	for _, v := range visits {
		c.add(v)
	}
	return exec(ctx, s.db, q, org, c.id, c.rep, c.retailer, c.stop, c.day, c.started, c.ended, c.estimated,
		c.checkOut, c.dwell, c.outcome, c.creditedBy, c.review, c.reasons, c.request, c.severity, c.audit)
}

// visitColumns are the rows of visits column by column.
type visitColumns struct {
	id                                []rounds.VisitID
	request                           []rounds.RequestID
	rep                               []rounds.UserID
	retailer                          []rounds.RetailerID
	stop                              []rounds.StopID
	checkOut                          []rounds.EventID
	day, outcome, creditedBy, reasons []string
	started                           []time.Time
	ended                             []*time.Time
	estimated, review, audit          []bool
	severity                          []int16
	dwell                             []*float64
}

func (c *visitColumns) add(v rounds.Visit) {
	c.id = append(c.id, v.ID)
	c.request = append(c.request, v.RequestID)
	c.rep = append(c.rep, v.RepID)
	c.retailer = append(c.retailer, v.RetailerID)
	c.stop = append(c.stop, v.StopID)
	c.checkOut = append(c.checkOut, v.CheckOutID)
	c.day = append(c.day, string(v.Day))
	c.outcome = append(c.outcome, string(v.Outcome))
	c.creditedBy = append(c.creditedBy, string(v.CreditedBy))
	c.reasons = append(c.reasons, joined(v.Reasons))
	c.started = append(c.started, v.StartedAt)
	c.ended = append(c.ended, v.EndedAt)
	c.estimated = append(c.estimated, v.EndEstimated)
	c.review = append(c.review, v.NeedsReview)
	c.severity = append(c.severity, int16(v.Severity))
	c.audit = append(c.audit, v.Audit)
	c.dwell = append(c.dwell, (*float64)(v.Dwell))
}

// Standings are what the visits that the events belong to are worth, by event and without their reasons; no
// entry for a check-out whose check-in has not arrived.
func (s *Store) Standings(ctx context.Context, org rounds.OrgID, events []rounds.EventID) (map[rounds.EventID]rounds.Standing, error) {
	const q = `
		select e.id, v.outcome, coalesce(v.credited_by, '')
		from visit_events e
		join visits v on v.org_id = e.org_id and v.id = coalesce(e.check_in_id, e.id) and v.rep_id = e.rep_id
		where e.org_id = $1 and e.id = any($2)`
	standings := map[rounds.EventID]rounds.Standing{}
	rows, _ := s.db.Query(ctx, q, org, events)
	var id rounds.EventID
	var v rounds.Standing
	_, err := pgx.ForEachRow(rows, []any{&id, &v.Outcome, &v.CreditedBy}, func() error {
		standings[id] = v
		return nil
	})
	return standings, wrap(err)
}
