package store

import (
	"context"
	"encoding/json"
	"time"

	"rounds"
	"rounds/geo"

	"github.com/jackc/pgx/v5"
	"github.com/paulmach/orb"
)

const proposalColumns = `
	pp.id, pp.retailer_id, pp.from_version, pp.lat, pp.lon, pp.sigma_m, pp.source, pp.entrances, pp.made_from,
	pp.people, pp.visits, pp.days, pp.spread_m, pp.shift_m, pp.near_old, pp.near_new, pp.influence_m,
	pp.status, pp.created_at, pp.decided_at, pp.decided_by, pp.reason, pp.changes, pp.seen_through::text, pp.point_deleted_at`

// proposalInto is where the columns go; done makes the proposal of them.
func proposalInto(p *rounds.PinProposal) (into []any, done func()) {
	var lat, lon *float64
	var entrances []latLonJSON
	into = []any{
		&p.ID, &p.RetailerID, &p.FromVersion, &lat, &lon, &p.Pin.Sigma, &p.Pin.Source, &entrances, &p.MadeFrom,
		&p.People, &p.Visits, &p.Days, &p.Spread, &p.Shift, &p.NearOld, &p.NearNew, &p.Influence,
		&p.Status, &p.CreatedAt, &p.DecidedAt, &p.DecidedBy, &p.Reason, &p.Changes, &p.SeenThrough, &p.PointDeletedAt,
	}
	return into, func() {
		p.Pin.Point, p.Pin.Entrances, p.Pin.Version = orb.Point{number(lon), number(lat)}, points(entrances), p.FromVersion+1
	}
}

func scanProposal(row pgx.CollectableRow) (rounds.PinProposal, error) {
	var p rounds.PinProposal
	into, done := proposalInto(&p)
	err := row.Scan(into...)
	done()
	return p, err
}

// ListedProposal is a proposal with what a person reads it by.
type ListedProposal struct {
	rounds.PinProposal
	RetailerCode string
	RetailerName string
	Old          *geo.Pin // that it corrects; nil: there is none
}

// PinProposals are those of the scope, the newest first, from before the given one; a zero status is all.
func (s *Store) PinProposals(ctx context.Context, scope rounds.Scope, day rounds.Day, status rounds.ProposalStatus, before rounds.PinProposalID, limit int) ([]ListedProposal, error) {
	const q = listedProposals + `
		and ($5 = '' or pp.status = $5)
		and ($6::uuid is null or pp.id < $6)
		order by pp.id desc
		limit $7`
	return all(ctx, s.db, scanListedProposal, q, scope.OrgID, day, scope.Units, scope.RepID, status, before, limit)
}

// PinProposal is the one of the id, if the scope includes its retailer.
func (s *Store) PinProposal(ctx context.Context, scope rounds.Scope, day rounds.Day, id rounds.PinProposalID) (ListedProposal, error) {
	const q = listedProposals + `
		and pp.id = $5`
	return row(ctx, s.db, scanListedProposal, q, scope.OrgID, day, scope.Units, scope.RepID, id)
}

const listedProposals = `
	select ` + proposalColumns + `, r.code, r.name, p.version, p.lat, p.lon, p.sigma_m, p.source, p.entrances, p.confirmed_on < $2
	from pin_proposals pp
	join retailers r on r.org_id = pp.org_id and r.id = pp.retailer_id
	left join pins p on p.org_id = pp.org_id and p.retailer_id = pp.retailer_id and p.version = pp.from_version` + visitTerritory + `
	where pp.org_id = $1 and ` + retailerScope

func scanListedProposal(row pgx.CollectableRow) (ListedProposal, error) {
	var p ListedProposal
	var old scannedPin
	into, done := proposalInto(&p.PinProposal)
	err := row.Scan(append(into, &p.RetailerCode, &p.RetailerName, &old.version, &old.lat, &old.lon, &old.sigma, &old.source,
		&old.entrances, &old.confirmed)...)
	done()
	p.Old = old.pin()
	return p, err
}

// LastPinProposals are each retailer's newest that is open or was refused; none is left out.
func (s *Store) LastPinProposals(ctx context.Context, org rounds.OrgID, retailers []rounds.RetailerID) (map[rounds.RetailerID]rounds.PinProposal, error) {
	const q = `
		select ` + proposalColumns + `
		from unnest($2::uuid[]) as n(retailer_id)
		cross join lateral (
			select *
			from pin_proposals
			where org_id = $1 and retailer_id = n.retailer_id and status in ('proposed', 'refused')
			order by id desc
			limit 1
		) pp`
	found, err := all(ctx, s.db, scanProposal, q, org, retailers)
	last := make(map[rounds.RetailerID]rounds.PinProposal, len(found))
	for _, p := range found {
		last[p.RetailerID] = p
	}
	return last, err
}

// InsertPinProposals adds open ones; a second of a retailer is a Conflict.
func (s *Store) InsertPinProposals(ctx context.Context, org rounds.OrgID, proposals []rounds.PinProposal) error {
	columns := []string{
		"org_id", "id", "retailer_id", "from_version", "lat", "lon", "sigma_m", "source", "entrances", "made_from",
		"people", "visits", "days", "spread_m", "shift_m", "near_old", "near_new", "influence_m", "created_at", "seen_through",
	}
	_, err := s.db.CopyFrom(ctx, pgx.Identifier{"pin_proposals"}, columns, pgx.CopyFromSlice(len(proposals), func(i int) ([]any, error) {
		p := proposals[i]
		return []any{
			org, p.ID, p.RetailerID, p.FromVersion, p.Pin.Point.Lat(), p.Pin.Point.Lon(), float64(p.Pin.Sigma), string(p.Pin.Source),
			latLons(p.Pin.Entrances), p.MadeFrom, p.People, p.Visits, p.Days, float64(p.Spread), (*float64)(p.Shift),
			p.NearOld, p.NearNew, float64(p.Influence), p.CreatedAt, string(p.SeenThrough),
		}, nil
	}))
	return wrap(err)
}

// StalePinProposals lets open proposals be stale.
func (s *Store) StalePinProposals(ctx context.Context, org rounds.OrgID, ids []rounds.PinProposalID, now time.Time) error {
	const q = `
		update pin_proposals
		set status = 'stale', decided_at = $3
		where org_id = $1 and id = any($2) and status = 'proposed'`
	_, err := exec(ctx, s.db, q, org, ids, now)
	return err
}

// DeleteProposalPoints deletes the points of proposals made of few people's visits whose positions have all
// expired; what is still open becomes stale. One that was accepted is the retailer's pin, and stays.
func (s *Store) DeleteProposalPoints(ctx context.Context, org rounds.OrgID, e Expired, now time.Time) (int64, error) {
	const q = `
		update pin_proposals
		set lat = null, lon = null, entrances = null, point_deleted_at = $4,
			status = case status when 'proposed' then 'stale' else status end,
			decided_at = coalesce(decided_at, $4)
		where org_id = $1 and ` + expiredPoints
	return exec(ctx, s.db, q, org, e.Through, rounds.FewPeople, now)
}

const expiredPoints = `seen_through <= $2 and people < $3 and status <> 'accepted' and point_deleted_at is null`

// CountProposalPoints counts what DeleteProposalPoints would delete.
func (s *Store) CountProposalPoints(ctx context.Context, org rounds.OrgID, e Expired) (int64, error) {
	const q = `
		select count(*)
		from pin_proposals
		where org_id = $1 and ` + expiredPoints
	return one[int64](ctx, s.db, q, org, e.Through, rounds.FewPeople)
}

// DecidePinProposal writes what somebody decided, and what it did to visits.
func (s *Store) DecidePinProposal(ctx context.Context, org rounds.OrgID, p rounds.PinProposal) error {
	const q = `
		update pin_proposals
		set status = $3, decided_at = $4, decided_by = $5, reason = $6, changes = $7
		where org_id = $1 and id = $2`
	var changes *string
	if p.Status == rounds.ProposalAccepted {
		list, err := json.Marshal(append([]rounds.VisitChange{}, p.Changes...))
		if err != nil {
			return err
		}
		changes = new(string(list))
	}
	_, err := exec(ctx, s.db, q, org, p.ID, p.Status, p.DecidedAt, p.DecidedBy, p.Reason, changes)
	return err
}

// JudgedByPin are the check-ins, of any day, whose verdict in force goes by a version of a retailer's pin; 0:
// by none.
func (s *Store) JudgedByPin(ctx context.Context, org rounds.OrgID, retailer rounds.RetailerID, version int) ([]rounds.EventID, error) {
	const q = `
		select v.id
		from (
			select unnest(array[id, check_out_id]) as id
			from visits
			where org_id = $1 and retailer_id = $2
			union
			select unnest(array[id, check_out_id])
			from late_visits
			where org_id = $1 and retailer_id = $2
		) v
		cross join lateral (
			select verdict
			from verdicts
			where org_id = $1 and event_id = v.id
			order by revision desc
			limit 1
		) j
		where (j.verdict->>'pin_version')::integer = $3
		order by v.id`
	return all(ctx, s.db, pgx.RowTo[rounds.EventID], q, org, retailer, version)
}
