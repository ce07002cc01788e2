package fieldwork

import (
	"context"
	"fmt"
	"testing"
	"time"

	"rounds"
	"rounds/store"
)

// yearOfAudits fills the town with 50,000 retailers of 250 reps and an audit a week of 59 to 600 of them: each found out about and with
// three claims, six removed by hand, and one added in each fourth.
func (o *town) yearOfAudits(b *testing.B) {
	b.Helper()
	ctx := context.Background()
	for i := range 250 {
		o.person(o.admin, fmt.Sprint("rep ", i), rounds.RoleRep)
	}
	tx, err := o.db.pool.Begin(ctx)
	o.must(err)
	defer tx.Rollback(ctx)
	for _, q := range []string{
		`set local session_replication_role = replica`, // the visits that claims rest on are not needed here
		`create temporary table shops on commit drop as
			select gen_random_uuid() as id, n, (select array_agg(id order by id) from users where org_id = $1 and role = 'rep') [1 + n % 250] as rep_id,
				substr('ABC', 1 + n % 3, 1) as class
			from generate_series(1, 50000) n`,
		`insert into retailers (org_id, id, code, name, class, created_at, updated_at) select $1, id, 'R' || n, 'Shop ' || n, class, now(), now() from shops`,
		`create temporary table weeks on commit drop as
			select w, md5('audit ' || w)::uuid as id, 59 + w * 541 / 51 as n, date '2026-01-01' + 7 * w as day from generate_series(0, 51) w where $1::uuid is not null`,
		`insert into audits (org_id, id, number, unit_id, scope, asked, from_day, to_day, spec, secret, secret_hash, frame_hash, spec_hash, previous, hash, status,
				form_version, committed_at, committed_by, lapses_at, value, valued_at, valued_by, drawn_at, drawn_by, seed, ended_at)
			select $1, w.id, 1 + w, u.unit_id, 'all', '{}', day - 7, day, '{}', sha256(''), h, h, h, '', h, 'done',
				1, day, u.id, day + interval '1 day', '6', day, u.id, day, u.id, h, day + interval '6 days'
			from weeks w, repeat('0', 64) h, (select id, unit_id from users where org_id = $1 and role = 'admin') u`,
		`create temporary table picked on commit drop as
			select w.id as audit_id, w.day, w.w, k, s.id as retailer_id, s.n, s.rep_id, s.class, gen_random_uuid() as finding_id
			from weeks w, generate_series(1, w.n + 6) k, shops s where s.n = 1 + (k * 7919 + w.w * 104729) % 50000 and $1::uuid is not null`,
		`insert into audit_picks (org_id, audit_id, retailer_id, code, stratum, rank, probability, role, standing, rep_id, class)
			select $1, audit_id, retailer_id, 'R' || n, class, k, 0.01, 'drawn', case when k <= 6 then 'out' else 'in' end, rep_id, class from picked`,
		`insert into audit_changes (org_id, audit_id, id, kind, retailer_id, reason, asked_at, asked_by, decision, decided_at, decided_by)
			select $1, audit_id, gen_random_uuid(), 'remove', retailer_id, 'closed', day, (select id from users where org_id = $1 and role = 'admin'), 'accept', day, rep_id
			from picked where k <= 6`,
		`insert into audit_frames (org_id, audit_id, retailers, content)
			select $1, w.id, 50000, (
				select 'code,retailer_id,class,rep,rep_id,territory,territory_id,unit' || E'\n' || string_agg(concat_ws(',', 'R' || n, id, class, 'rep ' || n % 250, rep_id, '', '', 'city'), E'\n')
				from shops)
			from weeks w where w.w % 4 = 0`,
		`create temporary table added on commit drop as
			select w.id as audit_id, w.day, s.id as retailer_id, s.n, s.rep_id, s.class from weeks w, shops s
			where w.w % 4 = 0 and s.n = 25000 + w.w and not exists (select from picked p where p.audit_id = w.id and p.n = s.n) and $1::uuid is not null`,
		`insert into audit_picks (org_id, audit_id, retailer_id, code, stratum, role, standing, rep_id, class)
			select $1, audit_id, retailer_id, 'R' || n, class, 'added', 'in', rep_id, class from added`,
		`insert into audit_changes (org_id, audit_id, id, kind, retailer_id, reason, asked_at, asked_by, decision, decided_at, decided_by)
			select $1, audit_id, gen_random_uuid(), 'add', retailer_id, 'complaints', day, (select id from users where org_id = $1 and role = 'admin'), 'accept', day, rep_id
			from added`,
		`insert into audit_findings (org_id, id, audit_id, retailer_id, auditor_id, form_version, met, answers, answered_at, received_at, content_hash)
			select $1, finding_id, audit_id, retailer_id, (select id from users where org_id = $1 and role = 'admin'), 1, 'visited',
				jsonb_build_object('prices_tagged', case when k % 7 = 0 then 'no' else 'yes' end, 'policies_known', 'yes', 'satisfaction', 1 + k % 5, 'visit_happened', 'yes'), day, day, sha256('')
			from picked where k > 6`,
		`insert into audit_claims (org_id, audit_id, visit_id, retailer_id, rep_id, day, credited, outcome, finding_id, says)
			select $1, audit_id, gen_random_uuid(), retailer_id, rep_id, day - v, true, 'at_retailer', finding_id, case when (k * 3 + v) % 20 = 0 then 'refuted' else 'confirmed' end
			from picked, generate_series(0, 2) v where k > 6`,
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
	o.set(time.Date(2026, 12, 31, 2, 0, 0, 0, time.UTC))
}

// BenchmarkAuditReports asks what a year of audits tells, and whom its changes by hand favour: under a second each.
func BenchmarkAuditReports(b *testing.B) {
	o := newTownIn(b, openDatabase(b), "Asia/Shanghai")
	o.yearOfAudits(b)
	for _, by := range []EstimateBy{ByRep, ByTerritory, ByClass} {
		b.Run("estimates/"+string(by), func(b *testing.B) {
			var e AuditEstimates
			for b.Loop() {
				var err error
				e, err = o.EstimateAudits(context.Background(), o.admin, by, store.EstimateFilter{})
				o.must(err)
			}
			b.ReportMetric(float64(e.All.In), "retailers")
			b.ReportMetric(float64(len(e.Groups)), "groups")
		})
	}
	for name, weekly := range map[string]bool{"month": false, "week": true} {
		b.Run("favour/"+name, func(b *testing.B) {
			for b.Loop() {
				f, err := o.JudgeChanges(context.Background(), o.admin, "2026-01-01", "2026-12-31", weekly)
				o.must(err)
				if len(f.People) != 1 || f.People[0].Removed+f.People[0].Added < 52*6 {
					b.Fatalf("%+v", f.People)
				}
			}
		})
	}
}
