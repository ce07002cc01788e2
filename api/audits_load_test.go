package api_test

import (
	"testing"

	"rounds/internal/pgtest"

	"github.com/jackc/pgx/v5"
)

// grow gives rep1 so many retailers more, each with two visits in February that are copies of one.
func (f *fixture) grow(t testing.TB, address string, retailers int) {
	t.Helper()
	f.as("rep1").post(postBatch, batch(checkIn(f.first("rep1"), 0))).want(200)
	conn, err := pgx.Connect(t.Context(), address)
	f.must(err)
	defer func() { _ = conn.Close(t.Context()) }()
	for _, q := range []string{
		`create temp table more as select gen_random_uuid() as id, n from generate_series(1, $2::int) n where $1::uuid is not null`,
		`insert into retailers (org_id, id, code, name, address, class, status, service_s, visits_per_8_weeks, created_at, updated_at)
			select $1, id, 'M' || n, 'shop', '', (array['A', 'B', 'C'])[1 + n % 3], 'active', 600, 8, now(), now() from more where $2::int > 0`,
		`insert into territory_retailers (org_id, purpose, retailer_id, territory_id, valid_from)
			select t.org_id, 'visit', m.id, t.territory_id, t.valid_from from more m, territory_retailers t
			join retailers r on r.org_id = t.org_id and r.id = t.retailer_id where t.org_id = $1 and r.code = 'R11' and $2::int > 0`,
		`create temp table copies as select gen_random_uuid() as id, m.id as retailer_id, e.id as old, d from more m, generate_series(1, 2) d, visit_events e where e.org_id = $1 and $2::int > 0`,
		`insert into visit_events (org_id, id, rep_id, kind, retailer_id, device_id, boot_id, seq, device_time, uptime_ms, happened_at, received_at, day, content_hash)
			select e.org_id, c.id, rep_id, kind, c.retailer_id, device_id, boot_id, row_number() over () + 1000000, device_time, uptime_ms, happened_at, received_at, day - c.d, content_hash
			from copies c join visit_events e on e.org_id = $1 and e.id = c.old where $2::int > 0`,
		`insert into visits (org_id, id, rep_id, retailer_id, day, started_at, outcome, credited, credited_by, needs_review, reasons)
			select v.org_id, c.id, rep_id, c.retailer_id, day - c.d, started_at, outcome, credited, credited_by, needs_review, reasons
			from copies c join visits v on v.org_id = $1 and v.id = c.old where $2::int > 0`,
		`analyze`,
	} {
		args := []any{pgx.QueryExecModeExec, f.org.ID.UUID(), retailers}
		if q == "analyze" {
			args = args[:1]
		}
		_, err := conn.Exec(t.Context(), q, args...)
		f.must(err)
	}
}

// BenchmarkCommitAudit freezes a city of 60,000 retailers with two visits each, and draws 600 of them by risk.
func BenchmarkCommitAudit(b *testing.B) {
	address := pgtest.URL(b)
	f := serve(b, openStore(b, address)).orgFor(b)
	f.grow(b, address, 60_000)
	admin := f.as("admin")
	admin.large = true
	for b.Loop() {
		u := admin.commit(600, "spec", object{"n": 600, "strata": []string{"class"}, "method": "pps", "size": "risk", "reserves": 5}, "apart_days", 1)
		admin.post(auditPath(u)+"/value", object{"value": "6"}).want(200)
		b.StopTimer()
		admin.post(auditPath(u)+"/cancel", object{"reason": "r"}).want(200)
		b.StartTimer()
	}
}
