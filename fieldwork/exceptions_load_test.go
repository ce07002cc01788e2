package fieldwork

import (
	"cmp"
	"context"
	"fmt"
	"testing"
	"time"

	"rounds"
	"rounds/store"
)

// month fills the town with 31 days of 10,000 visits by 250 reps: one in seven undecided, one in fifty
// elsewhere, one in a hundred with a high score, two in a hundred audited and half of these refuted. A supervisor has 10 of the reps.
func (o *town) month(b *testing.B) (supervisor rounds.Actor) {
	b.Helper()
	ctx := context.Background()
	root := o.admin.UnitID
	for i := range 25 {
		unit := rounds.Unit{ID: rounds.NewID[rounds.Unit](), ParentID: root, Name: fmt.Sprint("unit ", i)}
		o.must(o.store.InsertUnit(ctx, o.org.ID, unit))
		boss := o.admin
		boss.UnitID = unit.ID
		for n := range 10 {
			o.person(boss, fmt.Sprintf("rep %d %d", i, n), rounds.RoleRep)
		}
		supervisor = o.person(boss, fmt.Sprint("boss ", i), rounds.RoleSupervisor)
	}
	tx, err := o.db.pool.Begin(ctx)
	o.must(err)
	defer tx.Rollback(ctx)
	for _, q := range []string{
		`set local session_replication_role = replica`, // the events that visits rest on are not needed here
		`insert into retailers (org_id, id, code, name, created_at, updated_at)
			select $1, gen_random_uuid(), 'R' || n, 'Shop ' || n, now(), now() from generate_series(1, 50000) n`,
		`create temporary table made on commit drop as
			select gen_random_uuid() as id, day, hashtext(day::text || n) & 1023 as luck,
				(select array_agg(id order by id) from users where org_id = $1 and role = 'rep') [1 + n % 250] as rep_id,
				(select array_agg(id order by id) from retailers where org_id = $1) [1 + (n * 7919 + day * 104729) % 50000] as retailer_id
			from generate_series(0, 30) day, generate_series(0, 9999) n`,
		`insert into visits (org_id, id, rep_id, retailer_id, day, started_at, ended_at, end_estimated, outcome, credited, credited_by, needs_review, reasons, severity)
			select $1, id, rep_id, retailer_id, date '2026-02-02' + day, timestamptz '2026-02-02 10:00+08' + day * interval '1 day', now(), true,
				case when luck < 146 then 'undecided' when luck < 166 then 'elsewhere' else 'at_retailer' end, luck >= 166,
				case when luck >= 166 then 'position' end, false, '{too_imprecise}',
				case when luck < 146 then 20 + 5 * (luck % 5) when luck < 166 then 60 + 5 * (luck % 5) end
			from made`,
		`insert into verdicts (org_id, event_id, revision, policy_version, outcome, reasons, flags, verdict, measured, judged_at)
			select $1, id, 1, 1, 'undecided', '{}', '{}', '{"distance_m": 70.5, "p_inside": 0.3, "p_honest": 0.2}', '{}', now() from made`,
		`insert into visit_integrity (org_id, visit_id, rep_id, day, score, severity)
			select $1, id, rep_id, date '2026-02-02' + day, 60 + luck % 60, 60 + luck % 40 from made where luck between 300 and 310`,
		`insert into integrity_signals (org_id, event_id, name, visit_id, rep_id, day, family, weight, examined_at)
			select $1, id, 'mocked', id, rep_id, date '2026-02-02' + day, 'device', 60, now() from made where luck between 300 and 310`,
		`insert into audits (org_id, id, number, unit_id, scope, asked, from_day, to_day, spec, secret, secret_hash, frame_hash, spec_hash, previous, hash, status,
				form_version, committed_at, committed_by, lapses_at, value, valued_at, valued_by, drawn_at, drawn_by, seed, ended_at)
			select $1, md5('audit ' || day)::uuid, 1 + day, u.unit_id, 'all', '{}', date '2026-02-02' + day, date '2026-02-02' + day, '{}', sha256(''), h, h, h, '', h, 'done',
				1, now(), u.id, now() + interval '1 day', '6', now(), u.id, now(), u.id, h, now()
			from generate_series(0, 30) day, repeat('0', 64) h, (select id, unit_id from users where org_id = $1 and role = 'admin') u`,
		`insert into audit_claims (org_id, audit_id, visit_id, retailer_id, rep_id, day, credited, outcome, finding_id, says, severity)
			select $1, md5('audit ' || day)::uuid, id, retailer_id, rep_id, date '2026-02-02' + day, true, 'at_retailer', id,
				case when luck < 410 then 'refuted' else 'confirmed' end, case when luck < 410 then 80 end
			from made where luck between 400 and 420`,
	} {
		args := []any{o.org.ID}
		if q[0] == 's' {
			args = nil
		}
		_, err := tx.Exec(ctx, q, args...)
		o.must(err)
	}
	o.must(tx.Commit(ctx))
	o.do(`vacuum analyze`)
	return supervisor
}

// repOf is a rep of the supervisor's unit.
func (o *town) repOf(supervisor rounds.Actor) rounds.UserID {
	found := o.texts(`select id::text from users where org_id = $1 and unit_id = $2 and role = 'rep' limit 1`, o.org.ID, supervisor.UnitID)
	id, err := rounds.ParseID[rounds.User](found[0])
	o.must(err)
	return id
}

// BenchmarkExceptions reads pages of a month in which nobody decided anything.
func BenchmarkExceptions(b *testing.B) {
	o := newTownIn(b, openDatabase(b), "Asia/Shanghai")
	supervisor := o.month(b)
	o.set(time.Date(2026, 3, 4, 2, 0, 0, 0, time.UTC))
	rep, err := o.store.Actor(context.Background(), o.org.ID, o.repOf(supervisor))
	o.must(err)
	deep := &store.ExceptionKey{Severity: 25, Day: "2026-02-20", Kind: rounds.VisitUndecided}
	for _, q := range []struct {
		name string
		a    rounds.Actor
		f    store.ExceptionFilter
	}{
		{"admin", o.admin, store.ExceptionFilter{}},
		{"supervisor", supervisor, store.ExceptionFilter{}},
		{"supervisor/one-rep", supervisor, store.ExceptionFilter{RepID: supervisor.UserID}},
		{"supervisor/one-day", supervisor, store.ExceptionFilter{From: "2026-02-03", Until: "2026-02-03"}},
		{"admin/deep", o.admin, store.ExceptionFilter{After: deep}},
		{"admin/elsewhere", o.admin, store.ExceptionFilter{Kind: rounds.VisitElsewhere}},
		{"admin/refuted", o.admin, store.ExceptionFilter{Kind: rounds.AuditRefuted}},
		{"rep", rep, store.ExceptionFilter{}},
		{"admin/file", o.admin, store.ExceptionFilter{Limit: 100_000}},
		{"supervisor/file", supervisor, store.ExceptionFilter{Limit: 100_000}},
	} {
		q.f.Limit = cmp.Or(q.f.Limit, 101)
		b.Run(q.name, func(b *testing.B) {
			items := 0
			for b.Loop() {
				found, err := o.Exceptions(context.Background(), q.a, q.f)
				o.must(err)
				items = len(found)
			}
			b.ReportMetric(float64(items), "items")
		})
	}
}

// BenchmarkPinSuspects reads pages of 20,000 suspects among 50,000 retailers, and all of them for a file; a
// supervisor's territories hold 2,000 of the retailers.
func BenchmarkPinSuspects(b *testing.B) {
	o := newTownIn(b, openDatabase(b), "Asia/Shanghai")
	supervisor := o.month(b)
	o.set(time.Date(2026, 3, 4, 2, 0, 0, 0, time.UTC))
	for _, q := range []string{
		`insert into pins (org_id, retailer_id, version, lat, lon, sigma_m, source, reason, created_at, made_from)
			select org_id, id, 1, 30, 120, 25, 'geocoded', '', now(), '{}' from retailers where org_id = $1`,
		`insert into pin_suspects (org_id, retailer_id, pin_version, severity, reasons, people, outside, sharing, decimals, judged, not_at, found_at)
			select org_id, id, 1, 1 + (hashtext(code) & 63), '{few_decimals}', 0, 0, 0, 3, 4, 2, now() from retailers where org_id = $1 and hashtext(code) % 5 in (0, 1, -1)`,
		`insert into territories (org_id, id, name, purpose, unit_id)
			select org_id, id, 'of ' || name, 'visit', unit_id from users where org_id = $1 and role = 'rep'`,
		`insert into territory_reps (org_id, territory_id, rep_id, valid_from)
			select org_id, id, id, '2026-01-01' from users where org_id = $1 and role = 'rep'`,
		`insert into territory_retailers (org_id, territory_id, retailer_id, purpose, valid_from)
			select $1, (select array_agg(id order by id) from territories where org_id = $1) [1 + row_number() over (order by id) % 250], id, 'visit', '2026-01-01'
			from retailers where org_id = $1`,
	} {
		o.do(q, o.org.ID)
	}
	o.do(`vacuum analyze`)
	middle := o.texts(`select retailer_id::text from pin_suspects where org_id = $1 and severity = 30 order by 1 limit 1 offset 100`, o.org.ID)[0]
	deep, err := rounds.ParseID[rounds.Retailer](middle)
	o.must(err)
	for _, q := range []struct {
		name     string
		a        rounds.Actor
		severity int
		limit    int
	}{
		{"admin", o.admin, 0, 101},
		{"admin/deep", o.admin, 30, 101},
		{"supervisor", supervisor, 0, 101},
		{"supervisor/deep", supervisor, 30, 101},
		{"admin/file", o.admin, 0, 100_000},
	} {
		b.Run(q.name, func(b *testing.B) {
			items := 0
			for b.Loop() {
				found, err := o.PinSuspects(context.Background(), q.a, q.severity, deep, q.limit)
				o.must(err)
				items = len(found)
			}
			b.ReportMetric(float64(items), "items")
		})
	}
}
