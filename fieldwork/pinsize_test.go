package fieldwork

import (
	"context"
	"testing"
	"time"

	"rounds"
)

// BenchmarkPinNight is a city of 50,000 retailers with three visits each in the last sixty days.
func BenchmarkPinNight(b *testing.B) {
	o := newTownIn(b, openDatabase(b), "Asia/Shanghai")
	reps := make([]rounds.UserID, 250)
	for i := range reps {
		reps[i] = o.rep(rounds.NewID[rounds.User]().String()).UserID
	}
	o.do(cityOfPins, o.org.ID, reps, morning)
	o.do(`analyze`)
	o.set(morning.AddDate(0, 0, 61))
	b.ResetTimer()
	for b.Loop() {
		steps := map[string]func() error{
			"confirm_s": func() error { _, err := o.ConfirmPins(context.Background(), o.org.ID); return err },
			"learn_s":   func() error { _, err := o.LearnPins(context.Background(), o.org.ID, func(int) {}); return err },
			"rank_s":    func() error { _, err := o.RankPins(context.Background(), o.org.ID); return err },
			"page_s": func() error {
				_, err := o.PinSuspects(context.Background(), o.admin, 0, rounds.RetailerID{}, 1001)
				return err
			},
		}
		for _, name := range []string{"confirm_s", "learn_s", "rank_s", "page_s"} {
			began := time.Now()
			o.must(steps[name]())
			b.ReportMetric(time.Since(began).Seconds(), name)
		}
	}
	suspects := o.texts(`select count(*)::text from pin_suspects`)
	proposals := o.texts(`select count(*)::text from pin_proposals`)
	b.Logf("%s suspects, %s proposals", suspects[0], proposals[0])
}

// cityOfPins has a tenth of its pins 250 m off. $1 is the org, $2 its reps, $3 the first day.
const cityOfPins = `
	with shops as (
		insert into retailers (org_id, id, code, name, created_at, updated_at)
		select $1, gen_random_uuid(), n::text, 'Shop', $3, $3
		from generate_series(1, 50000) n
		returning id, code::integer as n
	), placed as (
		insert into pins (org_id, retailer_id, version, lat, lon, sigma_m, source, created_at)
		select $1, id, 1, 30 + random() * 0.4, 120 + random() * 0.4, 25, 'imported', $3
		from shops
		returning retailer_id, lat, lon
	), calls as (
		select gen_random_uuid() as id, s.id as retailer_id, p.lat + case when s.n % 10 = 0 then 0.00225 else 0 end as lat, p.lon,
			($2::uuid[])[1 + (s.n + v) % 250] as rep_id, $3::timestamptz + (v * 20 + s.n % 19) * interval '1 day' as at, s.n % 10 = 0 as off
		from shops s
		join placed p on p.retailer_id = s.id
		cross join generate_series(0, 2) v
	), events as (
		insert into visit_events (org_id, id, rep_id, kind, retailer_id, device_id, boot_id, seq, device_time, uptime_ms, happened_at,
			received_at, day, content_hash)
		select $1, id, rep_id, 'check_in', retailer_id, 'p', 'b', 1, at, 1, at, at, at::date, sha256(id::text::bytea)
		from calls
		returning id
	), fixes as (
		insert into event_fixes (org_id, event_id, n, lat, lon, accuracy_m, accuracy_kind, source, datum, fix_time, mock)
		select $1, id, 1, lat + random() * 0.0001, lon + random() * 0.0001, 12, 'android_68', 'gps', 'wgs84', at, false
		from calls
	), judged as (
		insert into verdicts (org_id, event_id, revision, policy_version, outcome, reasons, flags, verdict, measured, judged_at)
		select $1, id, 1, 1, case when off then 'undecided' else 'at_retailer' end, '{}', '{}', '{"pin_version": 1}', '{"fixes": []}', at
		from calls
	)
	insert into visits (org_id, id, rep_id, retailer_id, day, started_at, outcome, credited, credited_by, needs_review, reasons)
	select $1, id, rep_id, retailer_id, at::date, at, case when off then 'undecided' else 'at_retailer' end, not off,
		case when off then null else 'position' end, false, '{}'
	from calls`
