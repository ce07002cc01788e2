package store

import (
	"context"
	"time"

	"rounds"
	"rounds/geo"

	"github.com/jackc/pgx/v5"
	"github.com/paulmach/orb"
)

// scannedPin holds the nullable columns of a left-joined pin.
type scannedPin struct {
	version         *int
	lat, lon, sigma *float64
	source          *string
	entrances       []latLonJSON
	confirmed       *bool
}

func (p scannedPin) pin() *geo.Pin {
	if p.version == nil {
		return nil
	}
	return &geo.Pin{
		Point:     orb.Point{*p.lon, *p.lat},
		Entrances: points(p.entrances),
		Sigma:     geo.Meters(*p.sigma),
		Source:    geo.PinSource(*p.source),
		Version:   *p.version,
		Confirmed: orZero(p.confirmed),
	}
}

// latLonJSON is a position in a jsonb column.
type latLonJSON struct {
	Lat float64 `json:"lat"`
	Lon float64 `json:"lon"`
}

func points(stored []latLonJSON) []orb.Point {
	var ps []orb.Point
	for _, s := range stored {
		ps = append(ps, orb.Point{s.Lon, s.Lat})
	}
	return ps
}

// latLons is nil, SQL's null, for no points.
func latLons(ps []orb.Point) any {
	if len(ps) == 0 {
		return nil
	}
	stored := make([]latLonJSON, len(ps))
	for i, p := range ps {
		stored[i] = latLonJSON{p.Lat(), p.Lon()}
	}
	return stored
}

// NewPin is a version of a retailer's pin, who set it and why.
type NewPin struct {
	RetailerID rounds.RetailerID
	geo.Pin
	Reason     string
	CreatedBy  rounds.UserID        // zero: the command line
	MadeFrom   []rounds.UserID      // by whose visits or hand; it is not used for their verdicts up to MadeOn
	MadeOn     rounds.Day           // may be left out if MadeFrom is
	ProposalID rounds.PinProposalID // zero: none
}

// InsertPins adds versions of pins by COPY.
func (s *Store) InsertPins(ctx context.Context, org rounds.OrgID, pins []NewPin, now time.Time) error {
	columns := []string{
		"org_id", "retailer_id", "version", "lat", "lon", "sigma_m", "source", "entrances", "reason", "created_at", "created_by",
		"made_from", "made_on", "proposal_id",
	}
	_, err := s.db.CopyFrom(ctx, pgx.Identifier{"pins"}, columns, pgx.CopyFromSlice(len(pins), func(i int) ([]any, error) {
		p := pins[i]
		return []any{
			org, p.RetailerID, p.Version, p.Point.Lat(), p.Point.Lon(), float64(p.Sigma), string(p.Source), latLons(p.Entrances),
			p.Reason, now, p.CreatedBy, append([]rounds.UserID{}, p.MadeFrom...), (*string)(date(p.MadeOn)), p.ProposalID,
		}, nil
	}))
	return wrap(err)
}

// ConfirmPins lets pins in force count as confirmed from the day after the given one: those on whose version
// so many people were at the retailer on earlier days, by visits that have none of the given reasons. Auditors' do not
// count, as whose retailer it is would see that somebody was there. It says how many.
func (s *Store) ConfirmPins(ctx context.Context, org rounds.OrgID, today rounds.Day, people int, except []geo.Reason) (int64, error) {
	const q = `
		update pins p
		set confirmed_on = $2
		from (
			select r.id as retailer_id, f.version
			from retailers r
			cross join lateral (
				select version, source, confirmed_on
				from pins
				where org_id = $1 and retailer_id = r.id
				order by version desc
				limit 1
			) f
			cross join lateral (
				select count(distinct v.rep_id) as people
				from visits v
				cross join lateral (
					select verdict
					from verdicts
					where org_id = $1 and event_id = v.id
					order by revision desc
					limit 1
				) j
				where v.org_id = $1 and v.retailer_id = r.id and v.day < $2 and v.outcome = 'at_retailer' and not v.audit
				and not v.reasons && $4::text[]
				and (j.verdict->>'pin_version')::integer = f.version
			) seen
			where r.org_id = $1 and f.confirmed_on is null and f.source not in ('learned', 'surveyed')
			and seen.people >= $3
		) c
		where p.org_id = $1 and p.retailer_id = c.retailer_id and p.version = c.version`
	return exec(ctx, s.db, q, org, today, people, reasonTexts(except))
}

func reasonTexts(reasons []geo.Reason) []string {
	texts := make([]string, len(reasons))
	for i, r := range reasons {
		texts[i] = string(r)
	}
	return texts
}
