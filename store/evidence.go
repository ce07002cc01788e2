package store

import (
	"context"
	"encoding/json"
	"slices"
	"time"

	"rounds"
	"rounds/geo"

	"github.com/jackc/pgx/v5"
)

// Weighed is what was found of an item of evidence, with all that decides between several who showed the same.
type Weighed struct {
	rounds.Proof
	VisitID    rounds.VisitID
	RepID      rounds.UserID
	RetailerID rounds.RetailerID
	Day        rounds.Day // of the event, as the next, when it was looked at
	HappenedAt time.Time
	Claim      []byte             // what only one visit may use; nil: nothing
	Alone      rounds.ProofStatus // what it would be if nobody else had shown the same
}

const proofColumns = `
	p.event_id, p.n, p.kind, p.status, p.reason, p.token_id, p.photo, p.distance_m as distance, p.taken_at`

// Proofs are what was found of the evidence of events, in the order of the events' ids and their lists.
func (s *Store) Proofs(ctx context.Context, org rounds.OrgID, events []rounds.EventID) ([]rounds.Proof, error) {
	const q = `
		select ` + proofColumns + `
		from event_evidence p
		where p.org_id = $1 and p.event_id = any($2)
		order by p.event_id, p.n`
	return all(ctx, s.db, pgx.RowToStructByName[rounds.Proof], q, org, events)
}

const weighedProofs = `
	select ` + proofColumns + `, p.visit_id, p.rep_id, p.retailer_id, p.day::text as day, p.happened_at, p.claim, p.alone
	from event_evidence p`

// WeighedProofs are Proofs with all that was decided by.
func (s *Store) WeighedProofs(ctx context.Context, org rounds.OrgID, events []rounds.EventID) ([]Weighed, error) {
	const q = weighedProofs + `
		where p.org_id = $1 and p.event_id = any($2)
		order by p.event_id, p.n`
	return all(ctx, s.db, pgx.RowToStructByName[Weighed], q, org, events)
}

// Claimants are what was found of all evidence that makes one of the claims.
func (s *Store) Claimants(ctx context.Context, org rounds.OrgID, claims [][]byte) ([]Weighed, error) {
	const q = weighedProofs + `
		where p.org_id = $1 and p.claim = any($2)
		order by p.event_id, p.n`
	return all(ctx, s.db, pgx.RowToStructByName[Weighed], q, org, claims)
}

// EvidenceAround are those of the events that have evidence, and all other events with evidence of the same
// reps at the same retailers on the days that these events are on, or were when they were looked at last.
func (s *Store) EvidenceAround(ctx context.Context, org rounds.OrgID, events []rounds.EventID) ([]rounds.EventID, error) {
	const q = `
		with given as materialized (
			select e.id, e.rep_id, e.retailer_id, e.day
			from unnest($2::uuid[]) as wanted(id)
			cross join lateral (
				select id, rep_id, retailer_id, day
				from visit_events
				where org_id = $1 and id = wanted.id and evidence is not null
				limit 1
			) e
		), days as materialized (
			select rep_id, retailer_id, day
			from given
			union
			select p.rep_id, p.retailer_id, p.day
			from given
			cross join lateral (
				select rep_id, retailer_id, day
				from event_evidence
				where org_id = $1 and event_id = given.id
				limit 1
			) p
		)
		select id
		from given
		union
		select p.event_id
		from days
		join event_evidence p on p.org_id = $1 and p.rep_id = days.rep_id and p.retailer_id = days.retailer_id and p.day = days.day`
	return all(ctx, s.db, pgx.RowTo[rounds.EventID], q, org, events)
}

// Shown is an event with its evidence and what that is checked by.
type Shown struct {
	ID         rounds.EventID
	VisitID    rounds.VisitID
	RepID      rounds.UserID
	RetailerID rounds.RetailerID
	HappenedAt time.Time
	Seq        int64
	Day        rounds.Day
	Evidence   json.RawMessage // nil: retention has deleted it
	Flags      []geo.Reason
	Pin        *geo.Pin // that it was judged by, as the next; nil: none
	Radius     *geo.Meters
}

func scanShown(row pgx.CollectableRow) (Shown, error) {
	var e Shown
	var pin scannedPin
	err := row.Scan(&e.ID, &e.VisitID, &e.RepID, &e.RetailerID, &e.HappenedAt, &e.Seq, &e.Day, &e.Evidence, &e.Flags, &e.Radius,
		&pin.version, &pin.lat, &pin.lon, &pin.sigma, &pin.source, &pin.entrances)
	e.Pin = pin.pin()
	return e, err
}

// ShownEvidence are events as they happened.
func (s *Store) ShownEvidence(ctx context.Context, org rounds.OrgID, events []rounds.EventID) ([]Shown, error) {
	const q = `
		select e.id, coalesce(e.check_in_id, e.id), e.rep_id, e.retailer_id, e.happened_at, e.seq,
			e.day::text, e.evidence, v.flags, v.radius, p.version, p.lat, p.lon, p.sigma_m, p.source, p.entrances
		from unnest($2::uuid[]) as wanted(id)
		cross join lateral (
			select *
			from visit_events
			where org_id = $1 and id = wanted.id
			limit 1
		) e
		cross join lateral (
			select flags, (verdict->>'radius_m')::float8 as radius, (verdict->>'pin_version')::int as pin_version
			from verdicts
			where org_id = $1 and event_id = e.id
			order by revision desc
			limit 1
		) v
		left join lateral (
			select version, lat, lon, sigma_m, source, entrances
			from pins
			where org_id = $1 and retailer_id = e.retailer_id and version = v.pin_version
			limit 1
		) p on true
		order by e.happened_at, e.seq, e.id`
	return all(ctx, s.db, scanShown, q, org, events)
}

// PutProofs replaces what was found of the events' evidence.
func (s *Store) PutProofs(ctx context.Context, org rounds.OrgID, events []rounds.EventID, proofs []Weighed) error {
	const empty = `
		delete from event_evidence
		where org_id = $1 and event_id = any($2)`
	const fill = `
		insert into event_evidence (org_id, event_id, n, visit_id, rep_id, retailer_id, day, happened_at, kind, token_id, photo,
			distance_m, taken_at, claim, alone, status, reason)
		values ($1, $2, $3, $4, $5, $6, $7, $8, $9, $10, $11, $12, $13, $14, $15, $16, $17)`
	var batch pgx.Batch
	batch.Queue(empty, org, events)
	for _, p := range proofs {
		batch.Queue(fill, org, p.EventID, p.N, p.VisitID, p.RepID, p.RetailerID, p.Day, p.HappenedAt, p.Kind, p.TokenID, p.Photo,
			(*float64)(p.Distance), p.TakenAt, p.Claim, p.Alone, p.Status, p.Reason)
	}
	return wrap(s.db.SendBatch(ctx, &batch).Close())
}

// LockClaims makes decisions about the same claims follow one another until the transaction ends, and gives
// the reps who make them.
func (s *Store) LockClaims(ctx context.Context, org rounds.OrgID, claims [][]byte) ([]rounds.UserID, error) {
	const lock = `
		insert into evidence_claims (org_id, claim)
		select distinct $1::uuid, claim
		from unnest($2::bytea[]) as u(claim)
		order by claim
		on conflict (org_id, claim) do update
		set claim = excluded.claim`
	const who = `
		select distinct rep_id
		from event_evidence
		where org_id = $1 and claim = any($2)`
	if _, err := exec(ctx, s.db, lock, org, claims); err != nil {
		return nil, err
	}
	return all(ctx, s.db, pgx.RowTo[rounds.UserID], who, org, claims)
}

// SettleClaims lets the visit that showed a claim first, by when its event happened, use it, and rejects it
// for all others. It gives the events for which that is news.
func (s *Store) SettleClaims(ctx context.Context, org rounds.OrgID, claims [][]byte) ([]rounds.EventID, error) {
	const q = `
		with shown as (
			select event_id, n, (first_value(visit_id) over first, first_value(rep_id) over first) = (visit_id, rep_id) as is_first
			from event_evidence
			where org_id = $1 and claim = any($2)
			window first as (partition by claim order by happened_at, event_id, n)
		)
		update event_evidence p
		set status = case when shown.is_first then p.alone else 'rejected' end,
			reason = case
				when not shown.is_first then p.kind || '_used_before'
				when p.alone = 'pending' then 'photo_unproved'
				else ''
			end
		from shown
		where p.org_id = $1 and p.event_id = shown.event_id and p.n = shown.n
		and p.status is distinct from case when shown.is_first then p.alone else 'rejected' end
		returning p.event_id`
	changed, err := all(ctx, s.db, pgx.RowTo[rounds.EventID], q, org, claims)
	slices.SortFunc(changed, func(a, b rounds.EventID) int { return slices.Compare(a[:], b[:]) })
	return slices.Compact(changed), err
}
