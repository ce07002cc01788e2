package store

import (
	"context"

	"rounds"
	"rounds/geo"

	"github.com/jackc/pgx/v5"
)

// Judged is a visit with what its events were judged by: the verdicts in force, and no position.
type Judged struct {
	ID                    rounds.VisitID
	Day                   rounds.Day
	RepName, RetailerCode string
	Outcome               geo.Outcome // over its check-in and its check-out
	CreditedBy            rounds.CreditedBy
	Decision              rounds.Decision // of the last review that decided; "": none did
	CheckOutID            rounds.EventID  // zero: none
	CheckOutDiffers       bool            // it names another retailer, and says nothing of this visit's
	In, Out               *JudgedEvent    // Out is nil without a check-out
	Late                  bool            // it is what a visit of a closed day would be now, and earns nothing
	InCounts, OutCounts   bool            // the event of a late one is in the visit that counts, too
}

// JudgedEvent is the verdict in force on an event and what was measured.
type JudgedEvent struct {
	Outcome  geo.Outcome
	Measured geo.Measured
}

// OfTwo is whether the visit is judged over both of its taps.
func (v Judged) OfTwo() bool { return v.In != nil && v.Out != nil && !v.CheckOutDiffers }

// JudgedVisits are the scope's visits of the days, the oldest day first and within a day the smallest id,
// from after the given one. Until "" there is no last day.
func (s *Store) JudgedVisits(ctx context.Context, scope rounds.Scope, since, until rounds.Day, after Judged, limit int) ([]Judged, error) {
	return s.judged(ctx, `, false, true, true
		from visits v`, scope, since, until, after, limit)
}

// JudgedLate are what visits of closed days would be now, where that differs, as JudgedVisits are the visits.
func (s *Store) JudgedLate(ctx context.Context, scope rounds.Scope, since, until rounds.Day, after Judged, limit int) ([]Judged, error) {
	return s.judged(ctx, `, true, counts.id is not null, coalesce(counts.check_out_id = v.check_out_id, false)
		from late_visits v
		left join visits counts on counts.org_id = v.org_id and counts.id = v.id`, scope, since, until, after, limit)
}

func (s *Store) judged(ctx context.Context, from string, scope rounds.Scope, since, until rounds.Day, after Judged, limit int) ([]Judged, error) {
	const verdictOf = `
		left join lateral (
			select outcome, measured
			from verdicts
			where org_id = v.org_id and event_id = `
	const inForce = `
			order by revision desc
			limit 1
		)`
	q := `
		select v.id, v.day::text, u.display_name, r.code, v.outcome, coalesce(v.credited_by, ''), coalesce(d.decision, ''), v.check_out_id, 'check_out_differs' = any(v.reasons),
			i.outcome, i.measured, o.outcome, o.measured` + from + `
		join users u on u.org_id = v.org_id and u.id = v.rep_id
		join retailers r on r.org_id = v.org_id and r.id = v.retailer_id` +
		verdictOf + `v.id` + inForce + ` i on true` +
		verdictOf + `v.check_out_id` + inForce + ` o on true
		left join lateral (
			select decision
			from reviews
			where org_id = v.org_id and visit_id = v.id and decision in ('credit', 'refuse')
			order by created_at desc, id desc
			limit 1
		) d on true
		where v.org_id = $1
		and ($2::uuid[] is null or u.unit_id = any($2))
		and ($3::uuid is null or v.rep_id = $3)
		and v.day >= $4
		and ($5::date is null or v.day <= $5)
		and ($6::date is null or (v.day, v.id) > ($6, $7::uuid))
		order by v.day, v.id
		limit $8`
	since = max(since, after.Day) // or the index is walked from the first day for every page
	return all(ctx, s.db, scanJudged, q, scope.OrgID, scope.Units, scope.RepID, since, date(until), date(after.Day), after.ID, limit)
}

func scanJudged(row pgx.CollectableRow) (Judged, error) {
	var v Judged
	var in, out *geo.Outcome
	var inMeasured, outMeasured *geo.Measured
	err := row.Scan(&v.ID, &v.Day, &v.RepName, &v.RetailerCode, &v.Outcome, &v.CreditedBy, &v.Decision, &v.CheckOutID, &v.CheckOutDiffers,
		&in, &inMeasured, &out, &outMeasured, &v.Late, &v.InCounts, &v.OutCounts)
	v.In, v.Out = judgedEvent(in, inMeasured), judgedEvent(out, outMeasured)
	return v, err
}

func judgedEvent(o *geo.Outcome, m *geo.Measured) *JudgedEvent {
	if o == nil || m == nil {
		return nil
	}
	return &JudgedEvent{*o, *m}
}
