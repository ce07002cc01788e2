package store

import (
	"context"
	"time"

	"rounds"

	"github.com/jackc/pgx/v5"
)

// FrameFilter says whom an audit may draw.
type FrameFilter struct {
	Units    []rounds.UnitID // whose territories
	Unplaced bool            // and retailers of no territory
	Day      rounds.Day      // on which it is decided whose a retailer is
	From, To rounds.Day      // of the claimed visits
	Asked    rounds.AuditScope
	Retailer rounds.RetailerID // only this one; zero: all
	Since    rounds.Day        // nobody whom an audit that was drawn on this day or later visits or has visited; "": anybody

	OpenSince time.Time // a visit that began before it should have ended
}

// FrameRow is a retailer that an audit may draw.
type FrameRow struct {
	ID          rounds.RetailerID
	Code        string
	Class       string
	RepID       rounds.UserID // zero: nobody's
	Rep         string        // the login name
	TerritoryID rounds.TerritoryID
	Territory   string
	Unit        string
	Visits      int // claimed in the period
	Waiting     int // of its visits, in the exceptions queue
}

// FrameRows are the active retailers that an audit may draw, by code. Visits of auditors are nobody's claims. What waits is what
// Exceptions lists of visits, each item once.
func (s *Store) FrameRows(ctx context.Context, org rounds.OrgID, f FrameFilter) ([]FrameRow, error) {
	const q = `
		with claimed as (
			select v.retailer_id, count(*) as n
			from ` + claimedVisits + ` v
			where v.org_id = $1 and v.day between $5 and $6 and not v.audit
			group by v.retailer_id
		), waiting as (
			select w.retailer_id, count(*) as n
			from (
				select retailer_id from visits where org_id = $1 and severity is not null and not audit
				union all
				select v.retailer_id
				from visit_integrity i
				join visits v on v.org_id = $1 and v.id = i.visit_id and v.rep_id = i.rep_id
				where i.org_id = $1 and i.severity is not null and not v.audit
				union all
				select retailer_id
				from (
					select distinct c.retailer_id, c.visit_id, c.says
					from audit_claims c
					join visits v on v.org_id = $1 and v.id = c.visit_id and v.rep_id = c.rep_id
					where c.org_id = $1 and ` + disagrees + `
				) d
				union all
				select v.retailer_id` + openVisits + `
				and not v.audit and v.started_at < $13 and v.day < $2
			) w
			group by w.retailer_id
		), audited as (
			select p.retailer_id
			from audit_picks p
			join audits a on a.org_id = $1 and a.id = p.audit_id
			where p.org_id = $1 and a.drawn_at >= $11::date::timestamp at time zone (select time_zone from orgs where id = $1)
			and (a.status = 'drawn' and p.standing = 'in'
				or exists (select from audit_findings f where f.org_id = $1 and f.audit_id = p.audit_id and f.retailer_id = p.retailer_id))
		)
		select r.id, r.code, r.class, w.rep_id, coalesce(u.name, ''), t.id, coalesce(t.name, ''), coalesce(unit.name, ''),
			coalesce(c.n, 0), coalesce(waiting.n, 0)
		from retailers r
		left join territory_retailers tr on tr.org_id = $1 and tr.purpose = 'visit' and tr.retailer_id = r.id and tr.valid_from <= $2 and tr.valid_to > $2
		left join territories t on t.org_id = $1 and t.id = tr.territory_id
		left join units unit on unit.org_id = $1 and unit.id = t.unit_id
		left join territory_reps w on w.org_id = $1 and w.territory_id = t.id and w.valid_from <= $2 and w.valid_to > $2
		left join users u on u.org_id = $1 and u.id = w.rep_id
		left join claimed c on c.retailer_id = r.id
		left join waiting on waiting.retailer_id = r.id
		where r.org_id = $1 and r.status = 'active' and (t.id is null and $4 or t.unit_id = any($3))
		and (coalesce(cardinality($7::uuid[]), 0) = 0 or t.id = any($7))
		and (coalesce(cardinality($8::uuid[]), 0) = 0 or w.rep_id = any($8))
		and (coalesce(cardinality($9::text[]), 0) = 0 or r.class = any($9))
		and (not $10 or c.n > 0)
		and ($11::date is null or r.id not in (select retailer_id from audited))
		and ($12::uuid is null or r.id = $12)
		order by r.code collate "C"`
	return all(ctx, s.db, func(row pgx.CollectableRow) (r FrameRow, err error) {
		err = row.Scan(&r.ID, &r.Code, &r.Class, &r.RepID, &r.Rep, &r.TerritoryID, &r.Territory, &r.Unit, &r.Visits, &r.Waiting)
		return r, err
	}, q, org, f.Day, f.Units, f.Unplaced, f.From, f.To, f.Asked.Territories, f.Asked.Reps, f.Asked.Classes, f.Asked.Visited, date(f.Since), f.Retailer, f.OpenSince)
}

// AuditFrame is the frozen frame of an audit, as CSV.
func (s *Store) AuditFrame(ctx context.Context, org rounds.OrgID, id rounds.AuditID) (string, error) {
	const q = `
		select content
		from audit_frames
		where org_id = $1 and audit_id = $2`
	return one[string](ctx, s.db, q, org, id)
}
