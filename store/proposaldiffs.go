package store

import (
	"context"

	"rounds"

	"github.com/jackc/pgx/v5"
)

// CutDifference is a retailer that two proposals put into different territories; "" is none.
type CutDifference struct {
	RetailerID rounds.RetailerID
	Code, Name string
	One, Other string // names of territories
}

// Territories of two proposals are the same if they are one that there is, opened by one of them too, or are to open under one name.
const cutDifferences = `
	from (
		select r.retailer_id, t.name, coalesce(t.territory_id::text, t.name) as which
		from proposal_retailers r
		join proposal_territories t on t.org_id = $1 and t.proposal_id = r.proposal_id and t.n = r.now
		where r.org_id = $1 and r.proposal_id = $2
	) one
	full join (
		select r.retailer_id, t.name, coalesce(t.territory_id::text, t.name) as which
		from proposal_retailers r
		join proposal_territories t on t.org_id = $1 and t.proposal_id = r.proposal_id and t.n = r.now
		where r.org_id = $1 and r.proposal_id = $3
	) other on other.retailer_id = one.retailer_id`

// CountCutDifferences is how many retailers two proposals put into different territories.
func (s *Store) CountCutDifferences(ctx context.Context, org rounds.OrgID, first, second rounds.TerritoryProposalID) (int, error) {
	const q = `
		select count(*)` + cutDifferences + `
		where one.which is distinct from other.which`
	return one[int](ctx, s.db, q, org, first, second)
}

// CutDifferences are the retailers that two proposals put into different territories, by code, from after the given one.
func (s *Store) CutDifferences(
	ctx context.Context, org rounds.OrgID, one, other rounds.TerritoryProposalID, after string, limit int,
) ([]CutDifference, error) {
	const q = `
		select r.id, r.code, r.name, coalesce(one.name, ''), coalesce(other.name, '')` + cutDifferences + `
		join retailers r on r.org_id = $1 and r.id = coalesce(one.retailer_id, other.retailer_id)
		where one.which is distinct from other.which
		and r.code > $4
		order by r.code
		limit $5`
	return all(ctx, s.db, pgx.RowToStructByPos[CutDifference], q, org, one, other, after, limit)
}
