package store

import (
	"context"
	"encoding/json"
	"slices"
	"time"

	"rounds"
	"rounds/geo"

	"github.com/jackc/pgx/v5"
)

// The statements of an upload begin at the few rows they are given and reach each other row by the whole
// of a key, in a lateral look-up with a limit. So they walk indexes whatever the planner believes: a plan
// is made once a connection, and one made while the tables are young would else read all of an org.

// LockReps makes uploads of the same reps follow one another until the transaction ends, because the
// visits of a rep depend on each other. As such plans suit any values, it keeps PostgreSQL from making
// them again for each.
func (s *Store) LockReps(ctx context.Context, org rounds.OrgID, reps []rounds.UserID) error {
	var batch pgx.Batch
	queueLock(&batch, org, reps)
	return wrap(s.db.SendBatch(ctx, &batch).Close())
}

func queueLock(b *pgx.Batch, org rounds.OrgID, reps []rounds.UserID) {
	const q = `
		select id
		from users
		where org_id = $1 and id = any($2)
		order by id
		for no key update`
	b.Queue(`set local plan_cache_mode = force_generic_plan`)
	b.Queue(q, org, reps)
}

// Surroundings are what an upload is recorded into: which of its events are there already, the policy in
// force, the last day that is closed, and the retailers that it names, on their days.
type Surroundings struct {
	Stored []Stored
	Policy Policy
	Closed rounds.Day // "": none
	Boots  []Boot     // of the phones
	Places []Place
}

// Wanted names what an upload's surroundings are looked up by: a row of everything for each event.
type Wanted struct {
	Reps      []rounds.UserID
	Devices   []string
	Events    []rounds.EventID
	Retailers []rounds.RetailerID
	Days      []rounds.Day
	Others    []rounds.UserID // to be locked with the reps
}

// Surroundings locks the reps, as LockReps does, and then looks around; all of it in one round trip.
func (s *Store) Surroundings(ctx context.Context, org rounds.OrgID, w Wanted) (Surroundings, error) {
	var found Surroundings
	var batch pgx.Batch
	queueLock(&batch, org, slices.Concat(w.Reps, w.Others))
	batch.Queue(storedEvents, org, w.Events).Query(func(rows pgx.Rows) (err error) {
		found.Stored, err = pgx.CollectRows(rows, pgx.RowToStructByName[Stored])
		return err
	})
	batch.Queue(policyInForce, org).Query(func(rows pgx.Rows) (err error) {
		found.Policy, err = pgx.CollectExactlyOneRow(rows, scanPolicy)
		return err
	})
	batch.Queue(closedThrough, org).Query(func(rows pgx.Rows) error {
		day, err := pgx.CollectExactlyOneRow(rows, pgx.RowTo[*rounds.Day])
		found.Closed = orNone(day)
		return err
	})
	batch.Queue(bootsOf, org, w.Reps, w.Devices).Query(func(rows pgx.Rows) (err error) {
		found.Boots, err = pgx.CollectRows(rows, scanBoot)
		return err
	})
	batch.Queue(placesOn, org, w.Retailers, w.Days, w.Reps).Query(func(rows pgx.Rows) (err error) {
		found.Places, err = pgx.CollectRows(rows, scanPlace)
		return err
	})
	return found, wrap(s.db.SendBatch(ctx, &batch).Close())
}

// Stored is what is kept of an event beside the event itself.
type Stored struct {
	ID          rounds.EventID
	RepID       rounds.UserID
	ContentHash []byte
}

const storedEvents = `
	select e.id, e.rep_id, e.content_hash
	from unnest($2::uuid[]) as wanted(id)
	cross join lateral (
		select id, rep_id, content_hash
		from visit_events
		where org_id = $1 and id = wanted.id
		limit 1
	) e`

// Place is what a verdict needs to know of a retailer on a day.
type Place struct {
	RetailerID rounds.RetailerID
	Day        rounds.Day
	Visitor    rounds.UserID // whose verdicts it is for
	Status     rounds.RetailerStatus
	Radius     geo.Meters
	Pin        *geo.Pin      // the last version that applies to the visitor; Confirmed as of the day
	RepID      rounds.UserID // whose visit territory it is in on the day
}

// placesOn finds retailers on days for visitors, row by row; an unknown retailer is left out.
const placesOn = `
	select n.retailer_id, n.day::text, n.visitor, r.status, coalesce(r.radius_m, 0), p.version, p.lat, p.lon, p.sigma_m, p.source,
		p.entrances, p.confirmed_on < n.day, rep.rep_id
	from (
		select distinct retailer_id, day::date, visitor
		from unnest($2::uuid[], $3::text[], $4::uuid[]) as u(retailer_id, day, visitor)
	) n
	cross join lateral (
		select status, radius_m
		from retailers
		where org_id = $1 and id = n.retailer_id
		limit 1
	) r
	left join lateral (
		select version, lat, lon, sigma_m, source, entrances, confirmed_on
		from pins
		where org_id = $1 and retailer_id = n.retailer_id
		and (made_on is null or made_on < n.day or (n.visitor = any(made_from)) is not true)
		order by version desc
		limit 1
	) p on true
	left join lateral (
		select territory_id
		from territory_retailers
		where org_id = $1 and purpose = 'visit' and retailer_id = n.retailer_id
		and valid_from <= n.day and valid_to > n.day
		limit 1
	) tr on true
	left join lateral (
		select rep_id
		from territory_reps
		where org_id = $1 and territory_id = tr.territory_id
		and valid_from <= n.day and valid_to > n.day
		limit 1
	) rep on true`

// Places are retailers on days for visitors, row by row; an unknown retailer is left out.
func (s *Store) Places(ctx context.Context, org rounds.OrgID, retailers []rounds.RetailerID, days []rounds.Day, visitors []rounds.UserID) ([]Place, error) {
	return all(ctx, s.db, scanPlace, placesOn, org, retailers, days, visitors)
}

func scanPlace(row pgx.CollectableRow) (Place, error) {
	var p Place
	var pin scannedPin
	err := row.Scan(&p.RetailerID, &p.Day, &p.Visitor, &p.Status, &p.Radius, &pin.version, &pin.lat, &pin.lon, &pin.sigma, &pin.source,
		&pin.entrances, &pin.confirmed, &p.RepID)
	p.Pin = pin.pin()
	return p, err
}

// NewEvent is an event with its verdict, ready to be stored.
type NewEvent struct {
	rounds.VisitEvent
	ContentHash []byte
	Dropped     *time.Time // when its positions were, before it came here; nil: it has what was sent
	rounds.Judgement
}

// InsertEvents appends events with their fixes and verdicts, makes their days due for examination, and gives
// the parts of every visit of the reps that they touch, in one round trip. An id that exists is a Conflict
// for all.
func (s *Store) InsertEvents(ctx context.Context, org rounds.OrgID, events []NewEvent, reps []rounds.UserID) ([]VisitParts, error) {
	var e eventColumns
	var f fixColumns
	var v verdictColumns
	var days []RepDay
	for i := range events {
		e.add(&events[i])
		f.add(&events[i])
		days = append(days, RepDay{events[i].RepID, events[i].Day})
		if err := v.add(&events[i].Judgement); err != nil {
			return nil, err
		}
	}
	var batch pgx.Batch
	e.queue(&batch, org)
	f.queue(&batch, org)
	v.queue(&batch, org)
	queueDue(&batch, org, days, events[0].ReceivedAt)
	var touched []VisitParts
	batch.Queue(visitPartsOf, org, e.id, reps).Query(func(rows pgx.Rows) (err error) {
		touched, err = pgx.CollectRows(rows, pgx.RowToStructByName[VisitParts])
		return err
	})
	return touched, wrap(s.db.SendBatch(ctx, &batch).Close())
}

// InsertVerdicts appends judgements of events that are there.
func (s *Store) InsertVerdicts(ctx context.Context, org rounds.OrgID, judgements []rounds.Judgement) error {
	var v verdictColumns
	for i := range judgements {
		if err := v.add(&judgements[i]); err != nil {
			return err
		}
	}
	var batch pgx.Batch
	v.queue(&batch, org)
	return wrap(s.db.SendBatch(ctx, &batch).Close())
}

// eventColumns are the rows of visit_events column by column, as unnest wants them.
type eventColumns struct {
	id, checkIn                    []rounds.EventID
	rep                            []rounds.UserID
	kind, device, boot, day, note  []string
	retailer                       []rounds.RetailerID
	stop                           []rounds.StopID
	seq, uptime                    []int64
	deviceTime, happened, received []time.Time
	sentBoot, evidence, unknown    []*string
	sentTime                       []*time.Time
	sentUptime                     []*int64
	hash                           [][]byte
	dropped                        []*time.Time
}

func (c *eventColumns) add(e *NewEvent) {
	c.id = append(c.id, e.VisitEvent.ID)
	c.rep = append(c.rep, e.RepID)
	c.kind = append(c.kind, string(e.Kind))
	c.retailer = append(c.retailer, e.RetailerID)
	c.stop = append(c.stop, e.StopID)
	c.checkIn = append(c.checkIn, e.CheckInID)
	c.device = append(c.device, e.Device.ID)
	c.boot = append(c.boot, e.Device.BootID)
	c.seq = append(c.seq, e.Device.Seq)
	c.deviceTime = append(c.deviceTime, e.Device.Time)
	c.uptime = append(c.uptime, e.Device.UptimeMS)
	c.addSent(e.Sent)
	c.happened = append(c.happened, e.HappenedAt)
	c.received = append(c.received, e.ReceivedAt)
	c.day = append(c.day, string(e.Day))
	c.note = append(c.note, e.Note)
	c.evidence = append(c.evidence, text(e.Evidence))
	c.unknown = append(c.unknown, text(object(e.Unknown)))
	c.hash = append(c.hash, e.ContentHash)
	c.dropped = append(c.dropped, e.Dropped)
}

func (c *eventColumns) addSent(s rounds.Sent) {
	if s.Time.IsZero() {
		c.sentBoot, c.sentTime, c.sentUptime = append(c.sentBoot, nil), append(c.sentTime, nil), append(c.sentUptime, nil)
		return
	}
	c.sentBoot, c.sentTime, c.sentUptime = append(c.sentBoot, &s.BootID), append(c.sentTime, &s.Time), append(c.sentUptime, &s.UptimeMS)
}

func (c *eventColumns) queue(b *pgx.Batch, org rounds.OrgID) {
	const q = `
		insert into visit_events (org_id, id, rep_id, kind, retailer_id, stop_id, check_in_id, device_id, boot_id, seq,
			device_time, uptime_ms, sent_boot_id, sent_time, sent_uptime_ms, happened_at, received_at, day, note, evidence, unknown, content_hash, positions_deleted_at, audit_stop_id)
		select $1, u.*, a.id
		from unnest($2::uuid[], $3::uuid[], $4::text[], $5::uuid[], $6::uuid[], $7::uuid[], $8::text[], $9::text[], $10::bigint[],
			$11::timestamptz[], $12::bigint[], $13::text[], $14::timestamptz[], $15::bigint[], $16::timestamptz[],
			$17::timestamptz[], $18::date[], $19::text[], $20::json[], $21::json[], $22::bytea[], $23::timestamptz[])
			as u(id, rep_id, kind, retailer_id, stop_id, check_in_id, device_id, boot_id, seq, device_time, uptime_ms, sent_boot_id,
				sent_time, sent_uptime_ms, happened_at, received_at, day, note, evidence, unknown, content_hash, positions_deleted_at)
		left join lateral (
			select s.id
			from audit_stops s
			cross join lateral (
				select auditor_id
				from audit_routes
				where org_id = $1 and id = s.route_id
				limit 1
			) r
			where s.org_id = $1 and s.id = u.stop_id and r.auditor_id = u.rep_id
			limit 1
		) a on true`
	b.Queue(q, org, c.id, c.rep, c.kind, c.retailer, c.stop, c.checkIn, c.device, c.boot, c.seq,
		c.deviceTime, c.uptime, c.sentBoot, c.sentTime, c.sentUptime, c.happened, c.received, c.day, c.note, c.evidence, c.unknown, c.hash, c.dropped)
}

// fixColumns are the rows of event_fixes column by column.
type fixColumns struct {
	event                                        []rounds.EventID
	n                                            []int16
	lat, lon, accuracy, altitude, speed, heading []*float64
	kind, source, datum                          []string
	at                                           []*time.Time
	mock                                         []bool
}

func (c *fixColumns) add(e *NewEvent) {
	for i, f := range e.Fixes {
		c.event = append(c.event, e.VisitEvent.ID)
		c.n = append(c.n, int16(i+1))
		c.lat = append(c.lat, known(f.Point.Lat()))
		c.lon = append(c.lon, known(f.Point.Lon()))
		c.accuracy = append(c.accuracy, known(float64(f.Accuracy)))
		c.kind = append(c.kind, string(f.AccuracyKind))
		c.source = append(c.source, string(f.Source))
		c.datum = append(c.datum, string(f.Datum))
		c.at = append(c.at, instant(f.Time))
		c.mock = append(c.mock, f.Mock)
		c.altitude = append(c.altitude, f.AltitudeM)
		c.speed = append(c.speed, f.SpeedMPS)
		c.heading = append(c.heading, f.HeadingDeg)
	}
}

func (c *fixColumns) queue(b *pgx.Batch, org rounds.OrgID) {
	const q = `
		insert into event_fixes (org_id, event_id, n, lat, lon, accuracy_m, accuracy_kind, source, datum, fix_time, mock,
			altitude_m, speed_mps, heading_deg)
		select $1, *
		from unnest($2::uuid[], $3::smallint[], $4::float8[], $5::float8[], $6::float8[], $7::text[], $8::text[], $9::text[],
			$10::timestamptz[], $11::boolean[], $12::float8[], $13::float8[], $14::float8[])`
	b.Queue(q, org, c.event, c.n, c.lat, c.lon, c.accuracy, c.kind, c.source, c.datum, c.at, c.mock, c.altitude, c.speed, c.heading)
}

// verdictColumns are the rows of verdicts column by column. Lists travel joined by commas, as unnest
// would flatten an array of arrays; reasons and flags have none in them.
type verdictColumns struct {
	event                                      []rounds.EventID
	revision, policy                           []int32
	outcome, reasons, flags, verdict, measured []string
	judged                                     []time.Time
}

func (c *verdictColumns) add(e *rounds.Judgement) error {
	verdict, err := json.Marshal(e.Verdict)
	if err != nil {
		return err
	}
	measured, err := json.Marshal(e.Measured)
	if err != nil {
		return err
	}
	c.event = append(c.event, e.EventID)
	c.revision = append(c.revision, int32(e.Revision))
	c.policy = append(c.policy, int32(e.PolicyVersion))
	c.outcome = append(c.outcome, string(e.Outcome))
	c.reasons = append(c.reasons, joined(e.Reasons))
	c.flags = append(c.flags, joined(e.Flags))
	c.verdict = append(c.verdict, string(verdict))
	c.measured = append(c.measured, string(measured))
	c.judged = append(c.judged, e.JudgedAt)
	return nil
}

func (c *verdictColumns) queue(b *pgx.Batch, org rounds.OrgID) {
	const q = `
		insert into verdicts (org_id, event_id, revision, policy_version, outcome, reasons, flags, verdict, measured, judged_at)
		select $1, event_id, revision, policy, outcome, string_to_array(reasons, ','), string_to_array(flags, ','),
			verdict, measured, judged_at
		from unnest($2::uuid[], $3::int[], $4::int[], $5::text[], $6::text[], $7::text[], $8::jsonb[], $9::jsonb[], $10::timestamptz[])
			as u(event_id, revision, policy, outcome, reasons, flags, verdict, measured, judged_at)`
	b.Queue(q, org, c.event, c.revision, c.policy, c.outcome, c.reasons, c.flags, c.verdict, c.measured, c.judged)
}
