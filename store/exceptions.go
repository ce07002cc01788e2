package store

import (
	"context"
	"time"

	"rounds"

	"github.com/jackc/pgx/v5"
)

// ExceptionFilter narrows the list; zero fields do not.
type ExceptionFilter struct {
	Kind        rounds.ExceptionKind
	RepID       rounds.UserID
	From, Until rounds.Day
	MinSeverity int
	After       *ExceptionKey // the last item of the page before
	Limit       int

	OpenSince   time.Time // a visit that began before it should have ended
	Open        int       // severity of such a visit
	Quarantined int       // and of an item in quarantine
	Now         time.Time
	Zone        *time.Location
}

// ExceptionKey is the place of an item in the list.
type ExceptionKey struct {
	Severity int
	Day      rounds.Day
	ID       rounds.ID[rounds.Exception]
	Kind     rounds.ExceptionKind
}

// Every kind has its own branch with its own order and limit, so that each walks the index that holds what
// waits, from the top, and stops. People are a subplan and no join, as that could cost the order.
const (
	waitingVisits = `
		select 'visit_' || v.outcome as kind, v.id, v.severity::int as severity, v.day, v.id as visit_id, v.rep_id
		from visits v
		where v.org_id = $1 and v.severity is not null and ($5 = '' or $5 = 'visit_' || v.outcome)` +
		seenRep + `
		and ($6::uuid is null or v.rep_id = $6)
		and ($7::date is null or v.day >= $7) and ($8::date is null or v.day <= $8)
		and v.severity >= $9 and v.severity <= $10
		and (v.severity < $10 or $11::date is null or v.day < $11 or (v.day = $11 and (v.id, 'visit_' || v.outcome) > ($12::uuid, $13)))
		order by v.severity desc, v.day desc, v.id
		limit $4`
	waitingIntegrity = `
		select 'integrity', i.visit_id, i.severity::int, i.day, i.visit_id, i.rep_id
		from visit_integrity i
		join visits v on v.org_id = i.org_id and v.id = i.visit_id and v.rep_id = i.rep_id
		where i.org_id = $1 and i.severity is not null and ($5 = '' or $5 = 'integrity')` +
		seenRep + `
		and ($6::uuid is null or i.rep_id = $6)
		and ($7::date is null or i.day >= $7) and ($8::date is null or i.day <= $8)
		and i.severity >= $9 and i.severity <= $10
		and (i.severity < $10 or $11::date is null or i.day < $11 or (i.day = $11 and (i.visit_id, 'integrity') > ($12::uuid, $13)))
		order by i.severity desc, i.day desc, i.visit_id
		limit $4`
	waitingOpen = `
		select 'open_visit', v.id, $14::int, v.day, v.id, v.rep_id` + openVisits + `
		and ($5 = '' or $5 = 'open_visit')
		and ($2::uuid[] is null or u.unit_id = any($2)) and ($3::uuid is null or u.id = $3)
		and ($6::uuid is null or v.rep_id = $6)
		and ($7::date is null or v.day >= $7) and ($8::date is null or v.day <= $8)
		and $14::int >= $9 and $14::int <= $10
		and ($14::int < $10 or $11::date is null or v.day < $11 or (v.day = $11 and (v.id, 'open_visit') > ($12::uuid, $13)))
		and v.started_at < $15 and v.day < ($17::timestamptz at time zone $18)::date
		order by v.day desc, v.id
		limit $4`
	// Only a rep's last visit can be open: a later check-in ends the one before it.
	openVisits = `
		from users u
		cross join lateral (
			select max(day) as day
			from visits
			where org_id = $1 and rep_id = u.id
		) last
		join visits v on v.org_id = $1 and v.rep_id = u.id and v.day = last.day and v.ended_at is null
		where u.org_id = $1
		and v.day > coalesce((select max(through) from closings where org_id = $1), '-infinity')
		and not exists (
			select
			from reviews r
			where r.org_id = $1 and r.visit_id = v.id and r.decision <> 'note'
			and r.created_at >= (select max(judged_at) from verdicts where org_id = $1 and event_id = v.id)
		)`
	// Of an auditor's finding those hear too who see its audit.
	waitingQuarantined = `
		select 'quarantined', v.id, $16::int, v.day, null::uuid, v.rep_id
		from (
			select q.id, q.rep_id, (q.received_at at time zone $18)::date as day, a.unit_id
			from quarantine q
			left join audits a on a.org_id = q.org_id and a.id = q.audit_id
			where q.org_id = $1 and q.resolved_at is null
		) v
		where ($5 = '' or $5 = 'quarantined')
		and ($2::uuid[] is null or v.unit_id = any($2) or v.rep_id in (select id from users where org_id = $1 and unit_id = any($2)))
		and ($3::uuid is null or v.rep_id = $3)
		and ($6::uuid is null or v.rep_id = $6)
		and ($7::date is null or v.day >= $7) and ($8::date is null or v.day <= $8)
		and $16::int >= $9 and $16::int <= $10
		and ($16::int < $10 or $11::date is null or v.day < $11 or (v.day = $11 and (v.id, 'quarantined') > ($12::uuid, $13)))
		order by v.day desc, v.id
		limit $4`
	// Of a retailer that is somebody's today, while its pin is the one that was found suspect.
	waitingPins = `
		select 'pin_suspect', v.id, v.severity, v.day, null::uuid, v.rep_id
		from (
			select s.retailer_id as id, least(greatest(s.severity, 1), 100)::int as severity, (s.found_at at time zone $18)::date as day, tr.rep_id
			from pin_suspects s
			join lateral (
				select version
				from pins
				where org_id = $1 and retailer_id = s.retailer_id
				order by version desc
				limit 1
			) p on p.version = s.pin_version
			join lateral (
				select w.rep_id
				from territory_retailers t
				join territory_reps w on w.org_id = t.org_id and w.territory_id = t.territory_id
				where t.org_id = $1 and t.purpose = 'visit' and t.retailer_id = s.retailer_id
				and ($17::timestamptz at time zone $18)::date >= greatest(t.valid_from, w.valid_from)
				and ($17::timestamptz at time zone $18)::date < least(t.valid_to, w.valid_to)
				limit 1
			) tr on true
			where s.org_id = $1
		) v
		where ($5 = '' or $5 = 'pin_suspect')` +
		seenRep + `
		and ($6::uuid is null or v.rep_id = $6)
		and ($7::date is null or v.day >= $7) and ($8::date is null or v.day <= $8)
		and v.severity >= $9 and v.severity <= $10
		and (v.severity < $10 or $11::date is null or v.day < $11 or (v.day = $11 and (v.id, 'pin_suspect') > ($12::uuid, $13)))
		order by v.severity desc, v.day desc, v.id
		limit $4`
	// While the visit counts otherwise than the finding says; once, however many audits say it. Whose visit it is knows
	// nothing of audits that go on.
	waitingClaims = `
		select 'audit_' || v.says, v.visit_id, v.severity::int, v.day, v.visit_id, v.rep_id
		from audit_claims v
		where v.org_id = $1 and v.severity is not null and $5 in ('', 'audit_refuted', 'audit_confirmed') and ($5 = '' or $5 = 'audit_' || v.says)` +
		seenRep + `
		and (v.says = 'refuted') = (
			select credited
			from visits
			where org_id = $1 and id = v.visit_id and rep_id = v.rep_id
		)
		and v.audit_id = (
			` + speakingAudit + `
			and c.visit_id = v.visit_id and c.says = v.says
			order by c.audit_id
			limit 1
		)
		and ($6::uuid is null or v.rep_id = $6)
		and ($7::date is null or v.day >= $7) and ($8::date is null or v.day <= $8)
		and v.severity >= $9 and v.severity <= $10
		and (v.severity < $10 or $11::date is null or v.day < $11 or (v.day = $11 and (v.visit_id, 'audit_' || v.says) > ($12::uuid, $13)))
		order by v.severity desc, v.day desc, v.visit_id
		limit $4`
	speakingAudit = `select c.audit_id
			from audit_claims c
			where c.org_id = $1 and c.severity is not null
			and ($3::uuid is null or exists (
				select
				from audits
				where org_id = $1 and id = c.audit_id and ended_at is not null
			))`
	seenRep = `
		and ($2::uuid[] is null or v.rep_id in (select id from users where org_id = $1 and unit_id = any($2)))
		and ($3::uuid is null or v.rep_id = $3)`
)

// Exceptions are what waits for somebody of the scope to look at it: the most severe first, then the newest
// day, then by id.
func (s *Store) Exceptions(ctx context.Context, scope rounds.Scope, f ExceptionFilter) ([]rounds.Exception, error) {
	const q = `
	with picked as materialized (
		select *
		from (
			(` + waitingVisits + `) union all (` + waitingIntegrity + `) union all (` + waitingOpen + `) union all (` + waitingQuarantined + `) union all (` + waitingPins + `) union all (` + waitingClaims + `)
		) each
		order by severity desc, day desc, id, kind
		limit $4
	)
	select p.kind, p.id, p.severity, p.day::text, p.rep_id, u.display_name, r.id, coalesce(r.code, ''), coalesce(r.name, ''), p.visit_id,
		coalesce(v.started_at, q.received_at, s.found_at), coalesce(v.reasons, s.reasons, array[q.code]),
		(d.verdict->>'distance_m')::float8, (d.verdict->>'p_inside')::float8, (d.verdict->>'p_honest')::float8,
		coalesce(q.problem, ''), coalesce(c.audit_id, q.audit_id)
	from picked p
	join users u on u.org_id = $1 and u.id = p.rep_id
	left join visits v on v.org_id = $1 and v.id = p.visit_id
	left join quarantine q on q.org_id = $1 and q.id = p.id and p.kind = 'quarantined'
	left join pin_suspects s on s.org_id = $1 and s.retailer_id = p.id and p.kind = 'pin_suspect'
	left join retailers r on r.org_id = $1 and r.id = coalesce(v.retailer_id, q.retailer_id, s.retailer_id)
	left join lateral (
		select verdict
		from verdicts
		where org_id = $1 and event_id = p.visit_id
		order by revision desc
		limit 1
	) d on true
	left join lateral (
		` + speakingAudit + `
		and c.visit_id = p.visit_id and p.kind = 'audit_' || c.says
		order by c.audit_id
		limit 1
	) c on true
	order by p.severity desc, p.day desc, p.id, p.kind`
	after := ExceptionKey{Severity: 100}
	if f.After != nil {
		after = *f.After
	}
	return all(ctx, s.db, scanException, q, scope.OrgID, scope.Units, scope.RepID, f.Limit,
		f.Kind, f.RepID, date(f.From), date(f.Until), f.MinSeverity,
		after.Severity, date(after.Day), after.ID, string(after.Kind),
		f.Open, f.OpenSince, f.Quarantined, f.Now, f.Zone.String())
}

func scanException(row pgx.CollectableRow) (rounds.Exception, error) {
	var e rounds.Exception
	err := row.Scan(&e.Kind, &e.ID, &e.Severity, &e.Day, &e.RepID, &e.RepName, &e.RetailerID, &e.RetailerCode, &e.RetailerName, &e.VisitID,
		&e.Since, &e.Reasons, &e.Distance, &e.PInside, &e.PHonest, &e.Problem, &e.AuditID)
	return e, err
}

// SignalsOfVisits are the signals of visits, of their reps' own events, by event and name.
func (s *Store) SignalsOfVisits(ctx context.Context, org rounds.OrgID, visits []rounds.VisitID) ([]Signal, error) {
	const q = `
		select s.event_id, s.visit_id, s.name, s.family, s.weight, s.detail
		from integrity_signals s
		join visits v on v.org_id = s.org_id and v.id = s.visit_id and v.rep_id = s.rep_id
		where s.org_id = $1 and s.visit_id = any($2)
		order by s.event_id, s.name`
	return all(ctx, s.db, pgx.RowToStructByName[Signal], q, org, visits)
}

// IsWaiting reports that a visit is on the list for this reason: nothing that came since, and nobody, has settled it.
func (s *Store) IsWaiting(ctx context.Context, org rounds.OrgID, kind rounds.ExceptionKind, id rounds.VisitID) (bool, error) {
	const q = `
		select case $3
			when 'integrity' then exists (
				select
				from visit_integrity
				where org_id = $1 and visit_id = v.id and rep_id = v.rep_id and severity is not null
			)
			when 'audit_refuted' then v.credited and exists (
				select
				from audit_claims
				where org_id = $1 and visit_id = v.id and says = 'refuted' and severity is not null
			)
			when 'audit_confirmed' then not v.credited and exists (
				select
				from audit_claims
				where org_id = $1 and visit_id = v.id and says = 'confirmed' and severity is not null
			)
			when 'open_visit' then v.ended_at is null and not exists (
				select
				from reviews r
				where r.org_id = $1 and r.visit_id = v.id and r.decision <> 'note'
				and r.created_at >= (select max(judged_at) from verdicts where org_id = $1 and event_id = v.id)
			)
			else v.severity is not null and 'visit_' || v.outcome = $3
		end
		from visits v
		where v.org_id = $1 and v.id = $2`
	return one[bool](ctx, s.db, q, org, id, string(kind))
}

// LockQuarantined locks a waiting item of the scope and says whose it is; NotFound if there is none.
func (s *Store) LockQuarantined(ctx context.Context, scope rounds.Scope, id rounds.ID[rounds.Quarantined]) (rounds.UserID, error) {
	const q = `
		select q.rep_id
		from quarantine q
		join users u on u.org_id = q.org_id and u.id = q.rep_id
		left join audits a on a.org_id = q.org_id and a.id = q.audit_id
		where q.org_id = $1 and q.id = $4 and q.resolved_at is null
		and ($2::uuid[] is null or u.unit_id = any($2) or a.unit_id = any($2)) and ($3::uuid is null or q.rep_id = $3)
		for update of q`
	return one[rounds.UserID](ctx, s.db, q, scope.OrgID, scope.Units, scope.RepID, id)
}

// DismissQuarantined says that a waiting item will not become an event, who says so, and why.
func (s *Store) DismissQuarantined(ctx context.Context, org rounds.OrgID, id rounds.ID[rounds.Quarantined], by rounds.UserID, reason string, now time.Time) error {
	const q = `
		update quarantine
		set resolved_at = $3, resolved_by = $4, resolved_reason = $5
		where org_id = $1 and id = $2`
	_, err := exec(ctx, s.db, q, org, id, now, by, reason)
	return err
}

// DecisionsOn are what others decided on a rep's visits and items at or after an instant, oldest first, from
// after the given place in that order.
func (s *Store) DecisionsOn(ctx context.Context, org rounds.OrgID, rep rounds.UserID, since time.Time, after rounds.ID[rounds.Decided], limit int) ([]rounds.Decided, error) {
	const q = `
		select d.id, d.at, d.by, u.display_name, d.decision, d.reason, d.visit_id, coalesce(d.day::text, ''), coalesce(r.code, ''), coalesce(r.name, '')
		from (
			select r.id, r.created_at as at, r.reviewer_id as by, r.decision, r.reason, v.id as visit_id, v.day, v.retailer_id
			from reviews r
			join visits v on v.org_id = r.org_id and v.id = r.visit_id
			where r.org_id = $1 and r.created_at >= $3 and v.rep_id = $2
			union all
			select id, resolved_at, resolved_by, 'dismiss', resolved_reason, null, null, retailer_id
			from quarantine
			where org_id = $1 and rep_id = $2 and resolved_at >= $3 and resolved_by is not null
		) d
		join users u on u.org_id = $1 and u.id = d.by
		left join retailers r on r.org_id = $1 and r.id = d.retailer_id
		where $4::uuid is null or (d.at, d.id) > ($3, $4)
		order by d.at, d.id
		limit $5`
	scan := func(row pgx.CollectableRow) (rounds.Decided, error) {
		var d rounds.Decided
		err := row.Scan(&d.ID, &d.At, &d.By, &d.ByName, &d.Decision, &d.Reason, &d.VisitID, &d.Day, &d.RetailerCode, &d.RetailerName)
		return d, err
	}
	return all(ctx, s.db, scan, q, org, rep, since, after, limit)
}
