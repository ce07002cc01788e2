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

// RepDay is one working day of one rep.
type RepDay struct {
	RepID rounds.UserID
	Day   rounds.Day
}

// queueDue leaves rep-days to be examined. Who calls it holds the reps' locks: that is what keeps a day
// from being taken as examined while something is still being added to it.
func queueDue(b *pgx.Batch, org rounds.OrgID, days []RepDay, now time.Time) {
	const q = `
		insert into rep_days_due (org_id, rep_id, day, since)
		select distinct $1::uuid, rep_id, day, $4::timestamptz
		from unnest($2::uuid[], $3::text[]::date[]) as u(rep_id, day)
		on conflict do nothing`
	reps, dates := make([]rounds.UserID, len(days)), make([]string, len(days))
	for i, d := range days {
		reps[i], dates[i] = d.RepID, string(d.Day)
	}
	b.Queue(q, org, reps, dates, now)
}

// MarkConfirmed leaves the days of events to be examined again that show codes or tags. Their reps are locked.
func (s *Store) MarkConfirmed(ctx context.Context, org rounds.OrgID, events []rounds.EventID, now time.Time) error {
	const q = `
		insert into rep_days_due (org_id, rep_id, day, since)
		select distinct $1::uuid, e.rep_id, e.day, $3::timestamptz
		from unnest($2::uuid[]) as given(id)
		cross join lateral (
			select rep_id, day
			from visit_events
			where org_id = $1 and id = given.id
			limit 1
		) e
		where exists (
			select
			from event_evidence
			where org_id = $1 and event_id = given.id and kind in ('code', 'tag')
		)
		on conflict do nothing`
	_, err := exec(ctx, s.db, q, org, events, now)
	return err
}

// DueReps are reps with days to examine, the longest waiting first.
func (s *Store) DueReps(ctx context.Context, org rounds.OrgID, limit int) ([]rounds.UserID, error) {
	const q = `
		select rep_id
		from rep_days_due
		where org_id = $1
		group by rep_id
		order by min(since), rep_id
		limit $2`
	return all(ctx, s.db, pgx.RowTo[rounds.UserID], q, org, limit)
}

// TakeDueDays locks a rep as LockReps does, unless somebody has, and takes their due days off the list: none
// where the rep is busy. What is uploaded until then is there to be read, and what comes later is due again.
func (s *Store) TakeDueDays(ctx context.Context, org rounds.OrgID, rep rounds.UserID) ([]rounds.Day, error) {
	const lock = `
		select id
		from users
		where org_id = $1 and id = $2
		for no key update skip locked`
	const take = `
		delete from rep_days_due
		where org_id = $1 and rep_id = $2
		returning day::text`
	locked, err := all(ctx, s.db, pgx.RowTo[rounds.UserID], lock, org, rep)
	if err != nil || len(locked) == 0 {
		return nil, err
	}
	return all(ctx, s.db, pgx.RowTo[rounds.Day], take, org, rep)
}

// Tap is an event as an examination wants it.
type Tap struct {
	ID         rounds.EventID
	CheckInID  rounds.EventID // zero: it is one
	Kind       rounds.EventKind
	RetailerID rounds.RetailerID
	Device     rounds.Device
	Day        rounds.Day
	ReceivedAt time.Time
	Measured   int  // fixes when it was first judged: where there are none now, they are deleted
	Confirmed  bool // a code or tag at the retailer was accepted
	Fixes      []TapFix
}

// TapFix is a position with its distance from the pin when it was first judged; nil: there was none.
type TapFix struct {
	rounds.Fix
	FromPin *geo.Meters
}

// Taps are a rep's of some days, all of which were received at since or later, in the order of their ids.
func (s *Store) Taps(ctx context.Context, org rounds.OrgID, rep rounds.UserID, from, until rounds.Day, since time.Time) ([]Tap, error) {
	const q = `
		select e.id, e.check_in_id, e.kind, e.retailer_id, e.device_id, e.boot_id, e.seq, e.device_time, e.uptime_ms,
			e.day::text, e.received_at, coalesce(jsonb_array_length(v.measured->'fixes'), 0), exists (
				select
				from event_evidence
				where org_id = $1 and event_id = e.id and status = 'accepted' and kind in ('code', 'tag')
			)
		from visit_events e
		left join verdicts v on v.org_id = e.org_id and v.event_id = e.id and v.revision = 1
		where e.org_id = $1 and e.rep_id = $2 and e.received_at >= $5 and e.day between $3 and $4
		order by e.id`
	scan := func(row pgx.CollectableRow) (Tap, error) {
		var t Tap
		d := &t.Device
		err := row.Scan(&t.ID, &t.CheckInID, &t.Kind, &t.RetailerID, &d.ID, &d.BootID, &d.Seq, &d.Time, &d.UptimeMS,
			&t.Day, &t.ReceivedAt, &t.Measured, &t.Confirmed)
		return t, err
	}
	taps, err := all(ctx, s.db, scan, q, org, rep, from, until, since)
	if err != nil || len(taps) == 0 {
		return taps, err
	}
	return taps, s.addTapFixes(ctx, org, taps)
}

func (s *Store) addTapFixes(ctx context.Context, org rounds.OrgID, taps []Tap) error {
	const q = `
		select f.event_id, f.lat, f.lon, f.accuracy_m, f.accuracy_kind, f.source, f.datum, f.fix_time, f.mock, f.altitude_m,
			(v.measured->'fixes'->(f.n - 1)->>'distance_m')::float8
		from event_fixes f
		left join verdicts v on v.org_id = f.org_id and v.event_id = f.event_id and v.revision = 1
		where f.org_id = $1 and f.event_id = any($2) and f.located_by is null
		order by f.event_id, f.n`
	at, ids := make(map[rounds.EventID]*Tap, len(taps)), make([]rounds.EventID, len(taps))
	for i := range taps {
		ids[i], at[taps[i].ID] = taps[i].ID, &taps[i]
	}
	rows, _ := s.db.Query(ctx, q, org, ids)
	var id rounds.EventID
	var lat, lon, accuracy *float64
	var taken *time.Time
	var f TapFix
	into := []any{&id, &lat, &lon, &accuracy, &f.AccuracyKind, &f.Source, &f.Datum, &taken, &f.Mock, &f.AltitudeM, &f.FromPin}
	_, err := pgx.ForEachRow(rows, into, func() error {
		fix := f
		fix.Point, fix.Accuracy, fix.Time = orb.Point{number(lon), number(lat)}, geo.Meters(number(accuracy)), orZero(taken)
		at[id].Fixes = append(at[id].Fixes, fix)
		return nil
	})
	return wrap(err)
}

// DeviceDay is one phone on one working day, in the hands of a rep.
type DeviceDay struct {
	Device string
	RepDay
}

// OthersOn finds who else has used these phones on these days, pair by pair.
func (s *Store) OthersOn(ctx context.Context, org rounds.OrgID, rep rounds.UserID, phones []DeviceDay, zone *time.Location) ([]DeviceDay, error) {
	const q = `
		select u.device_id, b.rep_id, u.day::text
		from unnest($3::text[], $4::text[]::date[], $5::timestamptz[]) as u(device_id, day, begins)
		cross join lateral (
			select distinct rep_id
			from device_boots
			where org_id = $1 and device_id = u.device_id and rep_id <> $2
		) b
		where exists (
			select
			from visit_events
			where org_id = $1 and rep_id = b.rep_id and received_at >= u.begins and day = u.day and device_id = u.device_id
		)`
	c := phoneColumns(phones, zone)
	return all(ctx, s.db, pgx.RowToStructByPos[DeviceDay], q, org, rep, c.device, c.day, c.begins)
}

// received says from when on the events of a day can have been received: a day of grace, as clocks are
// believed some minutes beyond the receipt.
func received(d rounds.Day, zone *time.Location) time.Time { return d.Add(-1).At(0, 0, zone).UTC() }

type deviceDayColumns struct {
	device, day []string
	rep         []rounds.UserID
	begins      []time.Time
}

func phoneColumns(phones []DeviceDay, zone *time.Location) (c deviceDayColumns) {
	for _, p := range phones {
		c.device, c.day, c.rep = append(c.device, p.Device), append(c.day, string(p.Day)), append(c.rep, p.RepID)
		c.begins = append(c.begins, received(p.Day, zone))
	}
	return c
}

// MarkOthers makes the days of other reps due on which a signal counts the people of a phone otherwise
// than the numbers given, 0 for too few to be noticed.
func (s *Store) MarkOthers(ctx context.Context, org rounds.OrgID, signal string, others []DeviceDay, people []int, zone *time.Location, now time.Time) error {
	const q = `
		insert into rep_days_due (org_id, rep_id, day, since)
		select distinct $1::uuid, u.rep_id, u.day, $8::timestamptz
		from unnest($3::text[], $4::text[]::date[], $5::timestamptz[], $6::uuid[], $7::int[]) as u(device_id, day, begins, rep_id, people)
		where exists (
			select
			from visit_events e
			left join lateral (
				select detail
				from integrity_signals
				where org_id = $1 and event_id = e.id and name = $2
				limit 1
			) s on true
			where e.org_id = $1 and e.rep_id = u.rep_id and e.received_at >= u.begins and e.day = u.day and e.device_id = u.device_id
			and coalesce((s.detail->>'people')::float8, 0) <> u.people
		)
		on conflict do nothing`
	c := phoneColumns(others, zone)
	_, err := exec(ctx, s.db, q, org, signal, c.device, c.day, c.begins, c.rep, people, now)
	return err
}

// MarkLate makes the rep-days of a period due that had events which came after an instant, a day late or more.
func (s *Store) MarkLate(ctx context.Context, org rounds.OrgID, after, through rounds.Day, since, now time.Time) error {
	const q = `
		insert into rep_days_due (org_id, rep_id, day, since)
		select $1::uuid, u.id, late.day, $5::timestamptz
		from users u
		cross join lateral (
			select distinct day
			from visit_events
			where org_id = $1 and rep_id = u.id and received_at >= $4 and received_at > happened_at + interval '1 day'
			and ($2::date is null or day > $2) and day <= $3
		) late
		where u.org_id = $1
		on conflict do nothing`
	_, err := exec(ctx, s.db, q, org, date(after), through, since, now)
	return err
}

// Signal is one thing noticed about an event, with the visit that it belongs to.
type Signal struct {
	EventID rounds.EventID
	VisitID rounds.VisitID
	Name    string
	Family  string
	Weight  int // tenths
	Detail  map[string]float64
}

const signalColumns = `event_id, visit_id, name, family, weight, detail`

// ReplaceSignals writes what a rep's taps show: all that was known of the replaced events goes, of the others
// what is found again is written over.
func (s *Store) ReplaceSignals(ctx context.Context, org rounds.OrgID, rep rounds.UserID, replaced []rounds.EventID, found map[rounds.Day][]Signal, now time.Time) error {
	const forget = `
		delete from integrity_signals
		where org_id = $1 and event_id = any($2)`
	const write = `
		insert into integrity_signals (org_id, rep_id, event_id, visit_id, name, family, weight, detail, day, examined_at)
		values ($1, $2, $3, $4, $5, $6, $7, $8, $9, $10)
		on conflict (org_id, event_id, name) do update
		set visit_id = excluded.visit_id, day = excluded.day, family = excluded.family, weight = excluded.weight,
			detail = excluded.detail, examined_at = excluded.examined_at`
	var batch pgx.Batch
	batch.Queue(forget, org, replaced)
	for day, signals := range found {
		for _, f := range signals {
			detail, err := json.Marshal(f.Detail)
			if err != nil {
				return err
			}
			if f.Detail == nil {
				detail = []byte(`{}`)
			}
			batch.Queue(write, org, rep, f.EventID, f.VisitID, f.Name, f.Family, f.Weight, string(detail), day, now)
		}
	}
	return wrap(s.db.SendBatch(ctx, &batch).Close())
}

// SignalsOf are the signals of visits that are of a rep's own events, by event and name.
func (s *Store) SignalsOf(ctx context.Context, org rounds.OrgID, rep rounds.UserID, visits []rounds.VisitID) ([]Signal, error) {
	const q = `
		select ` + signalColumns + `
		from integrity_signals
		where org_id = $1 and rep_id = $2 and visit_id = any($3)
		order by event_id, name`
	return all(ctx, s.db, pgx.RowToStructByName[Signal], q, org, rep, visits)
}

// SignalsOn are all of a rep's events, from after the given one.
func (s *Store) SignalsOn(ctx context.Context, org rounds.OrgID, rep rounds.UserID, after Signal, limit int) ([]Signal, error) {
	const q = `
		select ` + signalColumns + `
		from integrity_signals
		where org_id = $1 and rep_id = $2 and ($3::uuid is null or (event_id, name) > ($3, $4))
		order by event_id, name
		limit $5`
	return all(ctx, s.db, pgx.RowToStructByName[Signal], q, org, rep, after.EventID, after.Name, limit)
}

// Scored is the sum of a visit's signals.
type Scored struct {
	VisitID  rounds.VisitID
	Day      rounds.Day
	Score    int // tenths; not above 0: nothing
	Severity int // 0: too low for somebody to look
}

// PutScores writes the sums of a rep's visits. One that somebody has dealt with waits again if it has grown.
func (s *Store) PutScores(ctx context.Context, org rounds.OrgID, rep rounds.UserID, scores []Scored) error {
	const forget = `
		delete from visit_integrity
		where org_id = $1 and rep_id = $2 and visit_id = any($3)`
	const write = `
		insert into visit_integrity as old (org_id, rep_id, visit_id, day, score, severity)
		values ($1, $2, $3, $4, $5, nullif($6, 0))
		on conflict (org_id, visit_id, rep_id) do update
		set day = excluded.day, score = excluded.score,
			severity = case when excluded.score > old.score or old.severity is not null then excluded.severity end`
	var batch pgx.Batch
	var nothing []rounds.VisitID
	for _, v := range scores {
		if v.Score > 0 {
			batch.Queue(write, org, rep, v.VisitID, v.Day, v.Score, v.Severity)
		} else {
			nothing = append(nothing, v.VisitID)
		}
	}
	batch.Queue(forget, org, rep, nothing)
	return wrap(s.db.SendBatch(ctx, &batch).Close())
}

// SettleIntegrity says that somebody has dealt with what was noticed of a visit.
func (s *Store) SettleIntegrity(ctx context.Context, org rounds.OrgID, visit rounds.VisitID) error {
	const q = `
		update visit_integrity
		set severity = null
		where org_id = $1 and visit_id = $2`
	_, err := exec(ctx, s.db, q, org, visit)
	return err
}
