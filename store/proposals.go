package store

import (
	"context"
	"encoding/json"

	"rounds"

	"github.com/jackc/pgx/v5"
	"github.com/paulmach/orb"
)

const cutColumns = `
	p.id, p.unit_id, p.name, p.purpose, p.origin, p.ask, p.status, p.revision, p.day::text, p.input_hash, p.retailers, p.progress,
	p.findings, p.created_at, p.created_by, p.finished_at, p.decided_at, p.decided_by, p.reason,
	coalesce(p.valid_from::text, ''), coalesce(p.rolled_back::text, ''), p.of_territory_id`

func scanTerritoryProposal(row pgx.CollectableRow) (rounds.TerritoryProposal, error) {
	var p rounds.TerritoryProposal
	err := row.Scan(&p.ID, &p.UnitID, &p.Name, &p.Purpose, &p.Origin, &p.Ask, &p.Status, &p.Revision, &p.Day, &p.InputHash, &p.Retailers, &p.Progress,
		&p.Findings, &p.CreatedAt, &p.CreatedBy, &p.FinishedAt, &p.DecidedAt, &p.DecidedBy, &p.Reason, &p.ValidFrom, &p.RolledBack, &p.Territory)
	return p, err
}

// TerritoryProposals are those of the scope's units of a status, or ("") of any, the newest first, from before the given
// one, without their figures.
func (s *Store) TerritoryProposals(
	ctx context.Context, scope rounds.Scope, status rounds.CutStatus, before rounds.TerritoryProposalID, limit int,
) ([]rounds.TerritoryProposal, error) {
	const q = `
		select ` + cutColumns + `
		from territory_proposals p
		where p.org_id = $1
		and ($2::uuid[] is null or p.unit_id = any($2))
		and ($3 = '' or p.status = $3)
		and ($4::uuid is null or p.id < $4)
		order by p.id desc
		limit $5`
	return all(ctx, s.db, scanTerritoryProposal, q, scope.OrgID, scope.Units, status, before, limit)
}

// TerritoryProposal is the proposal of the id, if it is of one of the scope's units, without its figures.
func (s *Store) TerritoryProposal(ctx context.Context, scope rounds.Scope, id rounds.TerritoryProposalID) (rounds.TerritoryProposal, error) {
	const q = `
		select ` + cutColumns + `
		from territory_proposals p
		where p.org_id = $1
		and ($2::uuid[] is null or p.unit_id = any($2))
		and p.id = $3`
	return row(ctx, s.db, scanTerritoryProposal, q, scope.OrgID, scope.Units, id)
}

// CutFigures are those of a proposal, as JSON; nil before it is planned.
func (s *Store) CutFigures(ctx context.Context, org rounds.OrgID, id rounds.TerritoryProposalID) ([]byte, error) {
	const q = `
		select figures::text
		from territory_proposals
		where org_id = $1 and id = $2`
	text, err := one[*string](ctx, s.db, q, org, id)
	if err != nil || text == nil {
		return nil, err
	}
	return []byte(*text), nil
}

// LockTerritoryProposal keeps a proposal as it is until the transaction ends.
func (s *Store) LockTerritoryProposal(ctx context.Context, org rounds.OrgID, id rounds.TerritoryProposalID) error {
	const q = `
		select id
		from territory_proposals
		where org_id = $1 and id = $2
		for no key update`
	_, err := one[rounds.TerritoryProposalID](ctx, s.db, q, org, id)
	return err
}

// InsertTerritoryProposal adds a proposal with its territories, its retailers and, if it is planned, its figures.
func (s *Store) InsertTerritoryProposal(
	ctx context.Context, org rounds.OrgID, p rounds.TerritoryProposal, territories []rounds.CutTerritory, retailers []rounds.CutRetailer, figures []byte,
) error {
	const q = `
		insert into territory_proposals (org_id, id, unit_id, name, purpose, origin, ask, status, revision, day, input_hash, retailers,
			findings, figures, created_at, created_by, finished_at, of_territory_id)
		values ($1, $2, $3, $4, $5, $6, $7, $8, $9, $10, $11, $12, $13, $14, $15, $16, $17, $18)`
	if _, err := exec(ctx, s.db, q, org, p.ID, p.UnitID, p.Name, p.Purpose, p.Origin, p.Ask, p.Status, p.Revision, p.Day, p.InputHash, p.Retailers,
		findings(p.Findings), text(figures), p.CreatedAt, p.CreatedBy, p.FinishedAt, p.Territory); err != nil {
		return err
	}
	if err := s.insertCutTerritories(ctx, org, p.ID, territories); err != nil {
		return err
	}
	return s.insertCutRetailers(ctx, org, p.ID, retailers)
}

func findings(found []rounds.CutFinding) []rounds.CutFinding {
	if found == nil {
		return []rounds.CutFinding{}
	}
	return found
}

func (s *Store) insertCutTerritories(ctx context.Context, org rounds.OrgID, id rounds.TerritoryProposalID, territories []rounds.CutTerritory) error {
	const q = `
		insert into proposal_territories (org_id, proposal_id, n, territory_id, name, unit_id, rep_id, before_rep_id, fate, share, home_lat, home_lon, frozen, most, weekday)
		values ($1, $2, $3, $4, $5, $6, $7, $8, $9, $10, $11, $12, $13, $14, $15)`
	var batch pgx.Batch
	for _, t := range territories {
		lat, lon := latLon(t.Home)
		batch.Queue(q, org, id, t.N, t.TerritoryID, t.Name, t.UnitID, t.RepID, t.BeforeRepID, t.Fate, t.Share, lat, lon, t.Frozen, t.Most, t.Weekday)
	}
	return wrap(s.db.SendBatch(ctx, &batch).Close())
}

func (s *Store) insertCutRetailers(ctx context.Context, org rounds.OrgID, id rounds.TerritoryProposalID, retailers []rounds.CutRetailer) error {
	columns := []string{"org_id", "proposal_id", "n", "retailer_id", "lat", "lon", "pin_version", "loads", "was", "locked", "now", "wished"}
	_, err := s.db.CopyFrom(ctx, pgx.Identifier{"proposal_retailers"}, columns, pgx.CopyFromSlice(len(retailers), func(i int) ([]any, error) {
		r := retailers[i]
		return []any{org, id, r.N, r.RetailerID, r.At.Lat(), r.At.Lon(), r.Pin, r.Loads, numbered(r.Was), numbered(r.Lock), numbered(r.Now), r.Wished}, nil
	}))
	return wrap(err)
}

// numbered is nil for no territory.
func numbered(n int) *int {
	if n == rounds.NoTerritory {
		return nil
	}
	return &n
}

// CutTerritories are those of a proposal by their numbers.
func (s *Store) CutTerritories(ctx context.Context, org rounds.OrgID, id rounds.TerritoryProposalID) ([]rounds.CutTerritory, error) {
	const q = `
		select n, territory_id, name, unit_id, rep_id, before_rep_id, fate, share, home_lat, home_lon, frozen, most, weekday
		from proposal_territories
		where org_id = $1 and proposal_id = $2
		order by n`
	return all(ctx, s.db, func(row pgx.CollectableRow) (t rounds.CutTerritory, err error) {
		var lat, lon *float64
		err = row.Scan(&t.N, &t.TerritoryID, &t.Name, &t.UnitID, &t.RepID, &t.BeforeRepID, &t.Fate, &t.Share, &lat, &lon, &t.Frozen, &t.Most, &t.Weekday)
		if lat != nil {
			t.Home = &orb.Point{*lon, *lat}
		}
		return t, err
	}, q, org, id)
}

// CutFilter narrows a list of a proposal's retailers; zero fields do not.
type CutFilter struct {
	Moved bool // only those that change hands
	From  *int // territory that they are in
	To    *int // territory that they are to be in
	After int  // those of larger numbers; -1: all
	Limit int  // 0: no limit
}

// CutRetailers are retailers of a proposal by their codes.
func (s *Store) CutRetailers(ctx context.Context, org rounds.OrgID, id rounds.TerritoryProposalID, f CutFilter) ([]rounds.CutRetailer, error) {
	const q = `
		select p.n, p.retailer_id, r.code, r.name, p.lat, p.lon, p.pin_version, p.loads, coalesce(p.was, -1), coalesce(p.locked, -1), coalesce(p.now, -1), coalesce(p.wished, 0)
		from proposal_retailers p
		join retailers r on r.org_id = $1 and r.id = p.retailer_id
		where p.org_id = $1 and p.proposal_id = $2
		and (not $3 or p.now is not null and p.now is distinct from p.was)
		and ($4::integer is null or p.was = $4)
		and ($5::integer is null or p.now = $5)
		and p.n > $6
		order by p.n
		limit nullif($7, 0)`
	return all(ctx, s.db, func(row pgx.CollectableRow) (r rounds.CutRetailer, err error) {
		err = row.Scan(&r.N, &r.RetailerID, &r.Code, &r.Name, &r.At[1], &r.At[0], &r.Pin, &r.Loads, &r.Was, &r.Lock, &r.Now, &r.Wished)
		return r, err
	}, q, org, id, f.Moved, f.From, f.To, f.After, f.Limit)
}

// SaveCut writes in which territory retailers of a proposal are to be, in which they must be, and so many loads of each in the order
// of their numbers; nil says nothing of locks, or of loads. All at once: keys are checked again for a row that is written twice.
func (s *Store) SaveCut(ctx context.Context, org rounds.OrgID, id rounds.TerritoryProposalID, ns, now, locks []int32, loads []float64) error {
	const q = `
		update proposal_retailers r
		set now = nullif(given.now, -1),
			locked = case when $5::integer[] is null then r.locked else nullif(given.locked, -1) end,
			loads = case when $6::double precision[] is null then r.loads else ($6::double precision[])[given.n * $7 + 1 : (given.n + 1) * $7] end
		from unnest($3::integer[], $4::integer[], $5::integer[]) as given(n, now, locked)
		where r.org_id = $1 and r.proposal_id = $2 and r.n = given.n`
	_, err := exec(ctx, s.db, q, org, id, ns, now, locks, loads, len(loads)/max(1, len(ns)))
	return err
}

// SaveCutProgress says how far a proposal is, if it is being planned.
func (s *Store) SaveCutProgress(ctx context.Context, org rounds.OrgID, id rounds.TerritoryProposalID, p rounds.CutProgress) error {
	const q = `
		update territory_proposals
		set progress = $3
		where org_id = $1 and id = $2 and status = 'planning'`
	_, err := exec(ctx, s.db, q, org, id, p)
	return err
}

// SaveTerritoryProposal writes what has become of a proposal: all but what was asked for and what was read. Nil figures
// stay as they are.
func (s *Store) SaveTerritoryProposal(ctx context.Context, org rounds.OrgID, p rounds.TerritoryProposal, figures []byte) error {
	const q = `
		update territory_proposals
		set status = $3, revision = $4, findings = $5, figures = coalesce($6::jsonb, figures), finished_at = $7, decided_at = $8, decided_by = $9, reason = $10,
			valid_from = nullif($11, '')::date, rolled_back = nullif($12, '')::date
		where org_id = $1 and id = $2`
	_, err := exec(ctx, s.db, q, org, p.ID, p.Status, p.Revision, findings(p.Findings), text(figures), p.FinishedAt, p.DecidedAt, p.DecidedBy, p.Reason,
		p.ValidFrom, p.RolledBack)
	return err
}

// OpenCutTerritory says which territory one of a proposal has become.
func (s *Store) OpenCutTerritory(ctx context.Context, org rounds.OrgID, id rounds.TerritoryProposalID, n int, territory rounds.TerritoryID) error {
	const q = `
		update proposal_territories
		set territory_id = $4
		where org_id = $1 and proposal_id = $2 and n = $3`
	_, err := exec(ctx, s.db, q, org, id, n, territory)
	return err
}

// InsertCutEdit adds a change by hand to a proposal's record.
func (s *Store) InsertCutEdit(ctx context.Context, org rounds.OrgID, id rounds.TerritoryProposalID, e rounds.CutEdit) error {
	const q = `
		insert into proposal_edits (org_id, proposal_id, revision, at, by_id, reason, repaired, moves)
		values ($1, $2, $3, $4, $5, $6, $7, $8)`
	moves, err := json.Marshal(append([]rounds.CutMove{}, e.Moves...))
	if err != nil {
		return err
	}
	_, err = exec(ctx, s.db, q, org, id, e.Revision, e.At, e.By, e.Reason, e.Repaired, string(moves))
	return err
}

// CutEdits are the changes by hand of a proposal, the latest first, from before a revision; 0 is all.
func (s *Store) CutEdits(ctx context.Context, org rounds.OrgID, id rounds.TerritoryProposalID, before, limit int) ([]rounds.CutEdit, error) {
	const q = `
		select revision, at, by_id, reason, repaired, moves
		from proposal_edits
		where org_id = $1 and proposal_id = $2
		and ($3 = 0 or revision < $3)
		order by revision desc
		limit $4`
	return all(ctx, s.db, func(row pgx.CollectableRow) (e rounds.CutEdit, err error) {
		err = row.Scan(&e.Revision, &e.At, &e.By, &e.Reason, &e.Repaired, &e.Moves)
		return e, err
	}, q, org, id, before, limit)
}

// CutNow is in which territory each retailer of a proposal is to be and which it must be in, by their numbers; -1 is none.
func (s *Store) CutNow(ctx context.Context, org rounds.OrgID, id rounds.TerritoryProposalID) (now, locks []int32, err error) {
	const q = `
		select array_agg(coalesce(now, -1) order by n), array_agg(coalesce(locked, -1) order by n)
		from proposal_retailers
		where org_id = $1 and proposal_id = $2`
	rows, _ := s.db.Query(ctx, q, org, id)
	_, err = pgx.CollectExactlyOneRow(rows, func(row pgx.CollectableRow) (struct{}, error) {
		return struct{}{}, row.Scan(&now, &locks)
	})
	return now, locks, wrap(err)
}
