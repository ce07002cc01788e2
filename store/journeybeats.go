package store

import (
	"context"

	"rounds"

	"github.com/jackc/pgx/v5"
)

// InsertBeats writes the days of a rep in a plan, by COPY.
func (s *Store) InsertBeats(ctx context.Context, org rounds.OrgID, id rounds.JourneyPlanID, beats []rounds.Beat) error {
	columns := []string{"org_id", "plan_id", "rep_id", "day", "travel_s", "service_s", "distance_m"}
	_, err := s.db.CopyFrom(ctx, pgx.Identifier{"journey_beats"}, columns, pgx.CopyFromSlice(len(beats), func(i int) ([]any, error) {
		b := beats[i]
		return []any{org, id, b.RepID, date(b.Day), b.TravelSeconds, b.ServiceSeconds, float64(b.Distance)}, nil
	}))
	if err != nil {
		return wrap(err)
	}
	var rows [][]any
	for _, b := range beats {
		for i, stop := range b.Stops {
			rows = append(rows, []any{org, id, b.RepID, date(b.Day), i + 1, stop.RetailerID, stop.PlannedAt, stop.ServiceSeconds, float64(stop.Leg), stop.LegSeconds})
		}
	}
	columns = []string{"org_id", "plan_id", "rep_id", "day", "position", "retailer_id", "planned_at", "service_s", "leg_m", "leg_s"}
	_, err = s.db.CopyFrom(ctx, pgx.Identifier{"journey_stops"}, columns, pgx.CopyFromRows(rows))
	return wrap(err)
}

// InsertLeftOut writes who gets too few visits in a plan.
func (s *Store) InsertLeftOut(ctx context.Context, org rounds.OrgID, id rounds.JourneyPlanID, left []rounds.LeftOut) error {
	columns := []string{"org_id", "plan_id", "rep_id", "retailer_id", "reason", "wanted", "planned"}
	_, err := s.db.CopyFrom(ctx, pgx.Identifier{"journey_left_out"}, columns, pgx.CopyFromSlice(len(left), func(i int) ([]any, error) {
		l := left[i]
		return []any{org, id, l.RepID, l.RetailerID, string(l.Reason), l.Wanted, l.Planned}, nil
	}))
	return wrap(err)
}

// BeatKey is a place in the order of beats.
type BeatKey struct {
	RepID rounds.UserID
	Day   rounds.Day
}

// BeatFilter narrows a list of beats; zero fields do not.
type BeatFilter struct {
	RepID       rounds.UserID
	From, Until rounds.Day // both included
	After       BeatKey
	Limit       int // 0: no limit
}

// ListedStop is a stop with its retailer's code and name.
type ListedStop struct {
	rounds.Stop
	Code, Name      string
	VisitsPer8Weeks int
}

// ListedBeat is a beat whose stops say whose they are.
type ListedBeat struct {
	rounds.Beat
	RepName string // that they log in with
	Listed  []ListedStop
}

// Beats are those of the scope's reps in a plan by rep and day, with their stops.
func (s *Store) Beats(ctx context.Context, scope rounds.Scope, id rounds.JourneyPlanID, f BeatFilter) ([]ListedBeat, error) {
	const q = `
		select r.rep_id, r.day::text, r.travel_s, r.service_s, r.distance_m, u.name
		from journey_beats r
		join users u on u.org_id = r.org_id and u.id = r.rep_id
		where r.org_id = $1` + journeyScope + `
		and r.plan_id = $4
		and ($5::uuid is null or r.rep_id = $5)
		and ($6 = '' or r.day >= nullif($6, '')::date)
		and ($7 = '' or r.day <= nullif($7, '')::date)
		and ($8::uuid is null or (r.rep_id, r.day) > ($8, nullif($9, '')::date))
		order by r.rep_id, r.day
		limit nullif($10, 0)`
	beats, err := all(ctx, s.db, func(row pgx.CollectableRow) (b ListedBeat, err error) {
		err = row.Scan(&b.RepID, &b.Day, &b.TravelSeconds, &b.ServiceSeconds, &b.Distance, &b.RepName)
		return b, err
	}, q, scope.OrgID, scope.Units, scope.RepID, id, f.RepID, f.From, f.Until, f.After.RepID, f.After.Day, f.Limit)
	if err != nil || len(beats) == 0 {
		return beats, err
	}
	return beats, s.beatStops(ctx, scope.OrgID, id, beats)
}

// beatStops puts the stops into the beats, which are all of the plan's from the first to the last.
func (s *Store) beatStops(ctx context.Context, org rounds.OrgID, id rounds.JourneyPlanID, beats []ListedBeat) error {
	const q = `
		select t.rep_id, t.day::text, t.retailer_id, t.planned_at, t.service_s, t.leg_m, t.leg_s, r.code, r.name, r.visits_per_8_weeks
		from journey_stops t
		join retailers r on r.org_id = t.org_id and r.id = t.retailer_id
		where t.org_id = $1 and t.plan_id = $2 and t.rep_id = any($3) and t.day between $4 and $5
		order by t.rep_id, t.day, t.position`
	at := map[BeatKey]int{}
	var reps []rounds.UserID
	first, last := beats[0].Day, beats[0].Day
	for i, b := range beats {
		at[BeatKey{b.RepID, b.Day}] = i
		if i == 0 || beats[i-1].RepID != b.RepID {
			reps = append(reps, b.RepID)
		}
		first, last = min(first, b.Day), max(last, b.Day)
	}
	rows, _ := s.db.Query(ctx, q, org, id, reps, first, last)
	var key BeatKey
	var stop ListedStop
	into := []any{&key.RepID, &key.Day, &stop.RetailerID, &stop.PlannedAt, &stop.ServiceSeconds, &stop.Leg, &stop.LegSeconds, &stop.Code, &stop.Name, &stop.VisitsPer8Weeks}
	_, err := pgx.ForEachRow(rows, into, func() error {
		if i, ok := at[key]; ok {
			beats[i].Stops = append(beats[i].Stops, stop.Stop)
			beats[i].Listed = append(beats[i].Listed, stop)
		}
		return nil
	})
	return wrap(err)
}

// ListedLeftOut is a retailer that gets too little, by its code and name.
type ListedLeftOut struct {
	rounds.LeftOut
	Code, Name string
}

// LeftOut are the retailers of the scope's reps that get too little in a plan, by rep and retailer, from after the given.
func (s *Store) LeftOut(ctx context.Context, scope rounds.Scope, id rounds.JourneyPlanID, rep, afterRep rounds.UserID, after rounds.RetailerID, limit int) ([]ListedLeftOut, error) {
	const q = `
		select r.rep_id, r.retailer_id, r.reason, r.wanted, r.planned, t.code, t.name
		from journey_left_out r
		join users u on u.org_id = r.org_id and u.id = r.rep_id
		join retailers t on t.org_id = r.org_id and t.id = r.retailer_id
		where r.org_id = $1` + journeyScope + `
		and r.plan_id = $4
		and ($5::uuid is null or r.rep_id = $5)
		and ($6::uuid is null or (r.rep_id, r.retailer_id) > ($6, $7::uuid))
		order by r.rep_id, r.retailer_id
		limit $8`
	return all(ctx, s.db, pgx.RowToStructByName[ListedLeftOut], q, scope.OrgID, scope.Units, scope.RepID, id, rep, afterRep, after, limit)
}
