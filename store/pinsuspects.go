package store

import (
	"context"

	"rounds"

	"github.com/jackc/pgx/v5"
)

const suspectColumns = `
	s.retailer_id, s.pin_version, s.severity, s.reasons, s.shift_m, s.sigmas, s.people, s.outside, s.sharing, s.place_m, s.territory_m,
	s.decimals, s.judged, s.not_at, s.found_at`

// ListedSuspect is a suspect with the names that a person reads it by.
type ListedSuspect struct {
	rounds.PinSuspect
	RetailerCode string
	RetailerName string
}

// PinSuspects are those of the scope whose pins have not changed since they were found, the most severe first,
// from after the given severity and retailer; severity 0 is the beginning.
func (s *Store) PinSuspects(ctx context.Context, scope rounds.Scope, day rounds.Day, severity int, after rounds.RetailerID, limit int) ([]ListedSuspect, error) {
	const q = `
		select ` + suspectColumns + `, r.code, r.name
		from pin_suspects s
		join retailers r on r.org_id = s.org_id and r.id = s.retailer_id
		cross join lateral (
			select version
			from pins
			where org_id = $1 and retailer_id = r.id
			order by version desc
			limit 1
		) p` + visitTerritory + `
		where s.org_id = $1 and ` + retailerScope + `
		and p.version = s.pin_version
		and ($5 = 0 or (-s.severity, s.retailer_id) > (-$5::integer, $6::uuid))
		order by s.severity desc, s.retailer_id
		limit $7`
	scan := func(row pgx.CollectableRow) (ListedSuspect, error) {
		var l ListedSuspect
		err := row.Scan(&l.RetailerID, &l.PinVersion, &l.Severity, &l.Reasons, &l.Shift, &l.Sigmas, &l.People, &l.Outside, &l.Sharing,
			&l.Place, &l.Territory, &l.Decimals, &l.Judged, &l.NotAt, &l.FoundAt, &l.RetailerCode, &l.RetailerName)
		return l, err
	}
	return all(ctx, s.db, scan, q, scope.OrgID, day, scope.Units, scope.RepID, severity, after, limit)
}

// ReplacePinSuspects writes the org's suspects anew.
func (s *Store) ReplacePinSuspects(ctx context.Context, org rounds.OrgID, suspects []rounds.PinSuspect) error {
	const q = `
		delete from pin_suspects
		where org_id = $1`
	if _, err := exec(ctx, s.db, q, org); err != nil {
		return err
	}
	columns := []string{
		"org_id", "retailer_id", "pin_version", "severity", "reasons", "shift_m", "sigmas", "people", "outside", "sharing", "place_m", "territory_m",
		"decimals", "judged", "not_at", "found_at",
	}
	_, err := s.db.CopyFrom(ctx, pgx.Identifier{"pin_suspects"}, columns, pgx.CopyFromSlice(len(suspects), func(i int) ([]any, error) {
		p := suspects[i]
		return []any{
			org, p.RetailerID, p.PinVersion, p.Severity, p.Reasons, (*float64)(p.Shift), p.Sigmas, p.People, p.Outside, p.Sharing,
			(*float64)(p.Place), (*float64)(p.Territory), p.Decimals, p.Judged, p.NotAt, p.FoundAt,
		}, nil
	}))
	return wrap(err)
}
