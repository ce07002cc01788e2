package store

import (
	"context"
	"strings"

	"rounds"

	"github.com/jackc/pgx/v5"
)

// Placement puts a retailer into a territory; a zero territory takes it out of the one it is in.
type Placement struct {
	RetailerID  rounds.RetailerID
	TerritoryID rounds.TerritoryID
}

// period is the last time that a retailer spent in a territory.
type period struct {
	RetailerID  rounds.RetailerID
	TerritoryID rounds.TerritoryID
	ValidFrom   rounds.Day
	ValidTo     *rounds.Day // nil: until further notice
	PreviousTo  *rounds.Day // the end of the period before it
	PreviousID  rounds.TerritoryID
}

// PlaceRetailers puts retailers into territories of the purpose from the day on: what was true until then
// stays on record. Placements that change nothing are passed over, and one that takes a change of that day back leaves no
// trace of it. It says how many changed, and refuses (Conflict) a retailer that has a placement which begins later. Each
// retailer is given once.
func (s *Store) PlaceRetailers(ctx context.Context, org rounds.OrgID, purpose rounds.Purpose, from rounds.Day, placements []Placement) (int64, error) {
	last, err := s.lastPeriods(ctx, org, purpose, placements)
	if err != nil {
		return 0, err
	}
	c := placementChange{from: from}
	for _, p := range placements {
		if was, ok := last[p.RetailerID]; ok {
			c.after(was, p)
		} else if !p.TerritoryID.IsZero() {
			c.begin(p, nil)
		}
	}
	if len(c.later) > 0 {
		return 0, s.changeLater(ctx, org, c)
	}
	return c.changed, s.write(ctx, org, purpose, c)
}

// codesNamed is how many codes a text names.
const codesNamed = 10

// changeLater is the error that names who has a placement which begins later.
func (s *Store) changeLater(ctx context.Context, org rounds.OrgID, c placementChange) error {
	const q = `
		select code
		from retailers
		where org_id = $1 and id = any($2)
		order by code
		limit $3`
	codes, err := all(ctx, s.db, pgx.RowTo[string], q, org, c.later, codesNamed)
	if err != nil {
		return err
	}
	if len(c.later) > len(codes) {
		codes = append(codes, "…")
	}
	return rounds.Errorf(rounds.Conflict, "%d retailers already change territory after %s: change that first: %s", len(c.later), c.from, strings.Join(codes, ", "))
}

// lastPeriods looks each retailer's last period up by key, whatever the planner believes of the table.
func (s *Store) lastPeriods(ctx context.Context, org rounds.OrgID, purpose rounds.Purpose, placements []Placement) (map[rounds.RetailerID]period, error) {
	const q = `
		select n.retailer_id, t.territory_id, t.valid_from, t.valid_to, t.previous_to, t.previous_id
		from unnest($3::uuid[]) as n(retailer_id)
		cross join lateral (
			select territory_id, valid_from::text, nullif(valid_to, 'infinity')::text as valid_to, previous_to::text, (
				select before.territory_id
				from territory_retailers before
				where before.org_id = $1 and before.purpose = $2 and before.retailer_id = n.retailer_id
				and before.valid_to = territory_retailers.previous_to) as previous_id
			from territory_retailers
			where org_id = $1 and purpose = $2 and retailer_id = n.retailer_id
			order by territory_retailers.valid_from desc
			limit 1
		) t`
	retailers := make([]rounds.RetailerID, len(placements))
	for i, p := range placements {
		retailers[i] = p.RetailerID
	}
	found, err := all(ctx, s.db, pgx.RowToStructByName[period], q, org, purpose, retailers)
	last := make(map[rounds.RetailerID]period, len(found))
	for _, p := range found {
		last[p.RetailerID] = p
	}
	return last, err
}

// placementChange is what placements from a day on do to the periods on record.
type placementChange struct {
	from     rounds.Day
	undone   []rounds.RetailerID // began on this very day: never in force overnight
	ended    []rounds.RetailerID
	reopened []rounds.RetailerID // ended on this very day, and go on
	begun    []period
	later    []rounds.RetailerID
	changed  int64
}

func (c *placementChange) after(was period, p Placement) {
	open := was.ValidTo == nil
	switch {
	case was.ValidFrom > c.from || (!open && *was.ValidTo > c.from):
		c.later = append(c.later, p.RetailerID)
	case open && was.TerritoryID == p.TerritoryID, !open && p.TerritoryID.IsZero():
		return
	case open && was.ValidFrom == c.from:
		c.undone = append(c.undone, p.RetailerID)
		c.goOn(p, was.PreviousID, was.PreviousTo)
	case open:
		c.ended = append(c.ended, p.RetailerID)
		c.begin(p, &c.from)
	default:
		c.goOn(p, was.TerritoryID, was.ValidTo)
	}
}

// goOn begins a period after one that is over; one in the same territory that ended on this very day goes on instead.
func (c *placementChange) goOn(p Placement, before rounds.TerritoryID, until *rounds.Day) {
	if until != nil && *until == c.from && before == p.TerritoryID {
		c.changed++
		c.reopened = append(c.reopened, p.RetailerID)
		return
	}
	c.begin(p, until)
}

func (c *placementChange) begin(p Placement, previousTo *rounds.Day) {
	c.changed++
	if !p.TerritoryID.IsZero() {
		c.begun = append(c.begun, period{RetailerID: p.RetailerID, TerritoryID: p.TerritoryID, ValidFrom: c.from, PreviousTo: previousTo})
	}
}

func (s *Store) write(ctx context.Context, org rounds.OrgID, purpose rounds.Purpose, c placementChange) error {
	const undo = `
		delete from territory_retailers
		where org_id = $1 and purpose = $2 and retailer_id = any($3) and valid_from = $4`
	const end = `
		update territory_retailers
		set valid_to = $4
		where org_id = $1 and purpose = $2 and retailer_id = any($3) and valid_to = 'infinity'`
	const reopen = `
		update territory_retailers
		set valid_to = 'infinity'
		where org_id = $1 and purpose = $2 and retailer_id = any($3) and valid_to = $4`
	for _, step := range []struct {
		q         string
		retailers []rounds.RetailerID
	}{{undo, c.undone}, {end, c.ended}, {reopen, c.reopened}} {
		if len(step.retailers) == 0 {
			continue
		}
		if _, err := exec(ctx, s.db, step.q, org, purpose, step.retailers, c.from); err != nil {
			return err
		}
	}
	columns := []string{"org_id", "purpose", "retailer_id", "territory_id", "valid_from", "previous_to"}
	_, err := s.db.CopyFrom(ctx, pgx.Identifier{"territory_retailers"}, columns, pgx.CopyFromSlice(len(c.begun), func(i int) ([]any, error) {
		p := c.begun[i]
		return []any{org, string(purpose), p.RetailerID, p.TerritoryID, string(p.ValidFrom), (*string)(p.PreviousTo)}, nil
	}))
	return wrap(err)
}

// Placeable are those of the retailers that somebody of the scope may move on the day: of a territory of
// its units, or of none.
func (s *Store) Placeable(ctx context.Context, scope rounds.Scope, purpose rounds.Purpose, day rounds.Day, retailers []rounds.RetailerID) (map[rounds.RetailerID]bool, error) {
	const q = `
		select r.id
		from unnest($5::uuid[]) as n(retailer_id)
		cross join lateral (
			select id
			from retailers
			where org_id = $1 and id = n.retailer_id
			limit 1
		) r
		left join lateral (
			select t.unit_id
			from territory_retailers tr
			join territories t on t.org_id = $1 and t.id = tr.territory_id
			where tr.org_id = $1 and tr.purpose = $3 and tr.retailer_id = n.retailer_id
			and tr.valid_from <= $4 and tr.valid_to > $4
			limit 1
		) now on true
		where $2::uuid[] is null or now.unit_id is null or now.unit_id = any($2)`
	found, err := all(ctx, s.db, pgx.RowTo[rounds.RetailerID], q, scope.OrgID, scope.Units, purpose, day, retailers)
	placeable := make(map[rounds.RetailerID]bool, len(found))
	for _, id := range found {
		placeable[id] = true
	}
	return placeable, err
}
