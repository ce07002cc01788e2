package store

import (
	"context"

	"rounds"

	"github.com/jackc/pgx/v5"
)

// Territories are those of the scope by purpose and name, as they are on the day.
func (s *Store) Territories(ctx context.Context, scope rounds.Scope, day rounds.Day, purpose rounds.Purpose, id rounds.TerritoryID) ([]rounds.Territory, error) {
	const q = `
		select t.id, t.unit_id, t.name, t.purpose, rep.rep_id,
			(select count(*)
			from territory_retailers tr
			where tr.org_id = t.org_id and tr.territory_id = t.id and tr.valid_from <= $2 and tr.valid_to > $2) as retailers
		from territories t
		left join territory_reps rep on rep.org_id = t.org_id and rep.territory_id = t.id
			and rep.valid_from <= $2 and rep.valid_to > $2
		where t.org_id = $1
		and ($3::uuid[] is null or t.unit_id = any($3))
		and ($4::uuid is null or rep.rep_id = $4)
		and ($5 = '' or t.purpose = $5)
		and ($6::uuid is null or t.id = $6)
		order by t.purpose, t.name`
	return all(ctx, s.db, pgx.RowToStructByName[rounds.Territory], q, scope.OrgID, day, scope.Units, scope.RepID, purpose, id)
}

// Territory is the territory of the id as it is on the day, if the scope includes it.
func (s *Store) Territory(ctx context.Context, scope rounds.Scope, day rounds.Day, id rounds.TerritoryID) (rounds.Territory, error) {
	found, err := s.Territories(ctx, scope, day, "", id)
	if err != nil || len(found) == 1 {
		return append(found, rounds.Territory{})[0], err
	}
	return rounds.Territory{}, wrap(pgx.ErrNoRows)
}

// InsertTerritories adds territories, without reps and retailers.
func (s *Store) InsertTerritories(ctx context.Context, org rounds.OrgID, territories []rounds.Territory) error {
	const q = `
		insert into territories (org_id, id, unit_id, name, purpose)
		values ($1, $2, $3, $4, $5)`
	var batch pgx.Batch
	for _, t := range territories {
		batch.Queue(q, org, t.ID, t.UnitID, t.Name, t.Purpose)
	}
	return wrap(s.db.SendBatch(ctx, &batch).Close())
}

// UpdateTerritory renames a territory or gives it to another unit.
func (s *Store) UpdateTerritory(ctx context.Context, org rounds.OrgID, t rounds.Territory) error {
	const q = `
		update territories
		set name = $3, unit_id = $4
		where org_id = $1 and id = $2`
	_, err := exec(ctx, s.db, q, org, t.ID, t.Name, t.UnitID)
	return err
}

// AssignRep gives a territory to a rep from the day on; the zero rep leaves it vacant.
func (s *Store) AssignRep(ctx context.Context, org rounds.OrgID, territory rounds.TerritoryID, rep rounds.UserID, from rounds.Day) error {
	const undo = `
		delete from territory_reps
		where org_id = $1 and territory_id = $2 and valid_from >= $4 and rep_id is distinct from $3::uuid`
	const end = `
		update territory_reps
		set valid_to = $4
		where org_id = $1 and territory_id = $2 and valid_from < $4 and valid_to = 'infinity'
		and rep_id is distinct from $3::uuid`
	const begin = `
		insert into territory_reps (org_id, territory_id, rep_id, valid_from, previous_to)
		select $1, $2, $3, $4,
			(select max(valid_to)
			from territory_reps
			where org_id = $1 and territory_id = $2)
		where $3::uuid is not null
		and not exists (
			select
			from territory_reps
			where org_id = $1 and territory_id = $2 and valid_to = 'infinity')`
	for _, q := range []string{undo, end, begin} {
		if _, err := exec(ctx, s.db, q, org, territory, rep, from); err != nil {
			return err
		}
	}
	return nil
}

// CountPlaced is how many of the retailers are in the territory on the day.
func (s *Store) CountPlaced(ctx context.Context, org rounds.OrgID, territory rounds.TerritoryID, day rounds.Day, retailers []rounds.RetailerID) (int, error) {
	const q = `
		select count(*)
		from territory_retailers
		where org_id = $1 and territory_id = $2 and valid_from <= $3 and valid_to > $3 and retailer_id = any($4)`
	return one[int](ctx, s.db, q, org, territory, day, retailers)
}
