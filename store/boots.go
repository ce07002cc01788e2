package store

import (
	"context"
	"time"

	"rounds"
	"rounds/clocks"
	"rounds/geo"

	"github.com/jackc/pgx/v5"
)

// Boot is what is known of one start of a rep's phone.
type Boot struct {
	RepID    rounds.UserID
	DeviceID string
	BootID   string
	clocks.Boot
}

// bootsOf finds all boots of phones, pair by pair of rep and device.
const bootsOf = `
	select b.rep_id, b.device_id, b.boot_id, b.first_seq, b.last_uptime_ms, b.not_after, b.not_after_ms,
		b.anchor, b.anchor_ms, b.anchor_max, b.wall_min, b.wall_max, b.heard
	from (select distinct rep_id, device_id from unnest($2::uuid[], $3::text[]) as u(rep_id, device_id)) phone
	join device_boots b on b.org_id = $1 and b.rep_id = phone.rep_id and b.device_id = phone.device_id`

func scanBoot(row pgx.CollectableRow) (Boot, error) {
	var b Boot
	var last, notAfter int64
	var anchor *int64
	var anchorAt, anchorMax, wallMin, wallMax *time.Time
	err := row.Scan(&b.RepID, &b.DeviceID, &b.BootID, &b.FirstSeq, &last, &b.NotAfter.At, &notAfter,
		&anchorAt, &anchor, &anchorMax, &wallMin, &wallMax, &b.Heard)
	b.LastUptime, b.NotAfter.Uptime = milliseconds(last), milliseconds(notAfter)
	b.WallMin, b.WallMax, b.AnchorMax = orZero(wallMin), orZero(wallMax), orZero(anchorMax)
	b.Anchor = clocks.Mark{At: orZero(anchorAt), Uptime: milliseconds(orZero(anchor))}
	return b, err
}

func milliseconds(n int64) time.Duration { return time.Duration(n) * time.Millisecond }

// PutBoots writes boots as they are now. Their reps are locked, and they were read under that lock.
func (s *Store) PutBoots(ctx context.Context, org rounds.OrgID, boots []Boot) error {
	const q = `
		insert into device_boots (org_id, rep_id, device_id, boot_id, first_seq, last_uptime_ms, not_after, not_after_ms,
			anchor, anchor_ms, anchor_max, wall_min, wall_max, heard)
		values ($1, $2, $3, $4, $5, $6, $7, $8, $9, $10, $11, $12, $13, $14)
		on conflict (org_id, rep_id, device_id, boot_id) do update
		set first_seq = excluded.first_seq, last_uptime_ms = excluded.last_uptime_ms,
			not_after = excluded.not_after, not_after_ms = excluded.not_after_ms,
			anchor = excluded.anchor, anchor_ms = excluded.anchor_ms, anchor_max = excluded.anchor_max,
			wall_min = excluded.wall_min, wall_max = excluded.wall_max, heard = excluded.heard`
	var batch pgx.Batch
	for _, b := range boots {
		var anchor *int64
		if !b.Anchor.At.IsZero() {
			anchor = new(b.Anchor.Uptime.Milliseconds())
		}
		batch.Queue(q, org, b.RepID, b.DeviceID, b.BootID, b.FirstSeq, b.LastUptime.Milliseconds(), b.NotAfter.At, b.NotAfter.Uptime.Milliseconds(),
			instant(b.Anchor.At), anchor, instant(b.AnchorMax), instant(b.WallMin), instant(b.WallMax), b.Heard)
	}
	return wrap(s.db.SendBatch(ctx, &batch).Close())
}

// Boots are all that is known of a rep's phones.
func (s *Store) Boots(ctx context.Context, org rounds.OrgID, rep rounds.UserID, devices []string) ([]Boot, error) {
	reps := make([]rounds.UserID, len(devices))
	for i := range reps {
		reps[i] = rep
	}
	return all(ctx, s.db, scanBoot, bootsOf, org, reps, devices)
}

// Timed is an event with all that its time depends on, and what was noticed of it.
type Timed struct {
	ID         rounds.EventID
	Device     rounds.Device
	HappenedAt time.Time
	Day        rounds.Day
	Flags      []geo.Reason
}

// TimedEvents are a phone's events of some boots, of days that are not closed.
func (s *Store) TimedEvents(ctx context.Context, org rounds.OrgID, rep rounds.UserID, device string, boots []string, closed rounds.Day) ([]Timed, error) {
	const q = `
		select e.id, e.device_id, e.boot_id, e.seq, e.device_time, e.uptime_ms, e.happened_at, e.day::text, v.flags
		from visit_events e
		cross join lateral (
			select flags
			from verdicts
			where org_id = e.org_id and event_id = e.id
			order by revision desc
			limit 1
		) v
		where e.org_id = $1 and e.rep_id = $2 and e.device_id = $3 and e.boot_id = any($4)
		and ($5::date is null or e.day > $5)
		order by e.id`
	scan := func(row pgx.CollectableRow) (Timed, error) {
		var e Timed
		d := &e.Device
		err := row.Scan(&e.ID, &d.ID, &d.BootID, &d.Seq, &d.Time, &d.UptimeMS, &e.HappenedAt, &e.Day, &e.Flags)
		return e, err
	}
	return all(ctx, s.db, scan, q, org, rep, device, boots, date(closed))
}

// MarkDue leaves days of reps, who are locked, to be examined again.
func (s *Store) MarkDue(ctx context.Context, org rounds.OrgID, days []RepDay, now time.Time) error {
	if len(days) == 0 {
		return nil
	}
	var batch pgx.Batch
	queueDue(&batch, org, days, now)
	return wrap(s.db.SendBatch(ctx, &batch).Close())
}

// Retime says of events when they happened, and on which day.
func (s *Store) Retime(ctx context.Context, org rounds.OrgID, events []rounds.EventID, happened []time.Time, days []rounds.Day) error {
	const q = `
		update visit_events e
		set happened_at = u.happened_at, day = u.day
		from unnest($2::uuid[], $3::timestamptz[], $4::text[]::date[]) as u(id, happened_at, day)
		where e.org_id = $1 and e.id = u.id`
	_, err := exec(ctx, s.db, q, org, events, happened, days)
	return err
}
