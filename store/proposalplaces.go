package store

import (
	"context"

	"rounds"

	"github.com/jackc/pgx/v5"
)

// PlacedOn is in which territory of the purpose each of the retailers is on the day; who is in none is left out.
func (s *Store) PlacedOn(
	ctx context.Context, org rounds.OrgID, purpose rounds.Purpose, day rounds.Day, retailers []rounds.RetailerID,
) (map[rounds.RetailerID]rounds.TerritoryID, error) {
	const q = `
		select n.retailer_id, t.territory_id
		from unnest($4::uuid[]) as n(retailer_id)
		cross join lateral (
			select territory_id
			from territory_retailers
			where org_id = $1 and purpose = $2 and retailer_id = n.retailer_id
			and valid_from <= $3 and valid_to > $3
			limit 1
		) t`
	placed := make(map[rounds.RetailerID]rounds.TerritoryID, len(retailers))
	rows, _ := s.db.Query(ctx, q, org, purpose, day, retailers)
	var retailer rounds.RetailerID
	var territory rounds.TerritoryID
	_, err := pgx.ForEachRow(rows, []any{&retailer, &territory}, func() error {
		placed[retailer] = territory
		return nil
	})
	return placed, wrap(err)
}

// CodesIn are the codes of the retailers that are not closed and in one of the territories on the day, but for the given.
func (s *Store) CodesIn(
	ctx context.Context, org rounds.OrgID, day rounds.Day, territories []rounds.TerritoryID, but []rounds.RetailerID,
) ([]string, error) {
	const q = `
		select r.code
		from territory_retailers t
		join retailers r on r.org_id = t.org_id and r.id = t.retailer_id and r.status <> 'closed'
		where t.org_id = $1 and t.territory_id = any($3) and t.valid_from <= $2 and t.valid_to > $2
		and not exists (
			select
			from unnest($4::uuid[]) as given(id)
			where given.id = r.id)
		order by r.code`
	return all(ctx, s.db, pgx.RowTo[string], q, org, day, territories, but)
}

// PlacedPeriod is a time that a retailer spent in a territory, and with whom.
type PlacedPeriod struct {
	TerritoryID rounds.TerritoryID
	Name        string
	Purpose     rounds.Purpose
	From        rounds.Day
	Until       rounds.Day // not included; "": open
	RepID       rounds.UserID
	RepName     string
}

// PlacedPeriods are all of a retailer's in the scope's territories by purpose, the latest first, each split where the
// territory changed hands.
func (s *Store) PlacedPeriods(ctx context.Context, scope rounds.Scope, retailer rounds.RetailerID) ([]PlacedPeriod, error) {
	const q = `
		select t.id, t.name, t.purpose, p.begins::text, coalesce(nullif(p.ends, 'infinity')::text, ''), p.rep_id, coalesce(u.display_name, '')
		from territory_retailers tr
		join territories t on t.org_id = tr.org_id and t.id = tr.territory_id
		cross join lateral (
			select greatest(tr.valid_from, cuts.at) as begins,
				least(tr.valid_to, lead(cuts.at, 1, 'infinity') over (order by cuts.at)) as ends,
				(select w.rep_id
				from territory_reps w
				where w.org_id = $1 and w.territory_id = tr.territory_id
				and w.valid_from <= greatest(tr.valid_from, cuts.at) and w.valid_to > greatest(tr.valid_from, cuts.at)
				limit 1) as rep_id
			from (
				select tr.valid_from as at
				union
				select unnest(array[w.valid_from, w.valid_to])
				from territory_reps w
				where w.org_id = $1 and w.territory_id = tr.territory_id
			) cuts
			where cuts.at >= tr.valid_from and cuts.at < tr.valid_to
		) p
		left join users u on u.org_id = $1 and u.id = p.rep_id
		where tr.org_id = $1 and tr.retailer_id = $4
		and ($2::uuid[] is null or t.unit_id = any($2))
		and ($3::uuid is null or p.rep_id = $3)
		order by t.purpose, p.begins desc`
	return all(ctx, s.db, pgx.RowToStructByPos[PlacedPeriod], q, scope.OrgID, scope.Units, scope.RepID, retailer)
}
