package migrations_test

import (
	"context"
	"slices"
	"strings"
	"testing"

	"rounds/internal/pgtest"
	"rounds/migrations"

	"github.com/google/go-cmp/cmp"
	"github.com/jackc/pgx/v5"
	"go.uber.org/goleak"
)

func TestMain(m *testing.M) { goleak.VerifyTestMain(m, pgtest.IgnoreServer()) }

func open(t testing.TB, url string) *pgx.Conn {
	t.Helper()
	conn, err := pgx.Connect(t.Context(), url)
	if err != nil {
		t.Fatal(err)
	}
	t.Cleanup(func() { conn.Close(context.Background()) })
	return conn
}

type querier interface {
	Query(ctx context.Context, sql string, args ...any) (pgx.Rows, error)
}

// lines are the rows of a query of one text column.
func lines(t testing.TB, db querier, sql string) []string {
	t.Helper()
	rows, _ := db.Query(t.Context(), sql)
	found, err := pgx.CollectRows(rows, pgx.RowTo[string])
	if err != nil {
		t.Fatalf("%s: %v", sql, err)
	}
	return found
}

// catalog is everything that the migrations make, as text.
func catalog(t testing.TB, db querier) []string {
	t.Helper()
	return slices.Concat(
		lines(t, db, `
			select concat_ws(' ', 'column', table_name, ordinal_position, column_name, data_type, is_nullable, column_default)
			from information_schema.columns
			where table_schema = 'public'
			order by table_name, ordinal_position`),
		lines(t, db, `
			select 'index ' || indexdef
			from pg_indexes
			where schemaname = 'public'
			order by indexname`),
		lines(t, db, `
			select concat_ws(' ', 'constraint', conrelid::regclass, conname, pg_get_constraintdef(oid))
			from pg_constraint
			where connamespace = 'public'::regnamespace
			order by conrelid::regclass::text, conname`),
		lines(t, db, `
			select 'routine ' || oid::regprocedure
			from pg_proc
			where pronamespace = 'public'::regnamespace
			order by 1`),
	)
}

func to(t testing.TB, conn *pgx.Conn, version int32) {
	t.Helper()
	if err := migrations.To(t.Context(), conn, version); err != nil {
		t.Fatalf("to version %d: %v", version, err)
	}
}

func TestDownAndUpAgain(t *testing.T) {
	t.Parallel()
	conn := open(t, pgtest.URL(t))
	before := catalog(t, conn)
	if len(before) < 150 {
		t.Fatalf("the catalog has %d lines only", len(before))
	}
	to(t, conn, 0)
	for _, line := range catalog(t, conn) {
		if !strings.Contains(line, "schema_version") {
			t.Errorf("left behind: %s", line)
		}
	}
	if err := migrations.Up(t.Context(), conn); err != nil {
		t.Fatal(err)
	}
	if diff := cmp.Diff(before, catalog(t, conn)); diff != "" {
		t.Error(diff)
	}
}

// Each step down takes away exactly what its step up made.
func TestStepByStep(t *testing.T) {
	t.Parallel()
	conn := open(t, pgtest.URL(t))
	var down [][]string
	for v := migrations.Latest(); v >= 0; v-- {
		to(t, conn, v)
		down = append(down, catalog(t, conn))
	}
	slices.Reverse(down)
	for v := range migrations.Latest() + 1 {
		to(t, conn, v)
		if diff := cmp.Diff(down[v], catalog(t, conn)); diff != "" {
			t.Errorf("version %d: %s", v, diff)
		}
	}
}

func TestSeveralProcessesStartTogether(t *testing.T) {
	t.Parallel()
	url := pgtest.URL(t)
	conn := open(t, url)
	want := catalog(t, conn)
	to(t, conn, 0)
	failures := make(chan error)
	for range 4 {
		c := open(t, url)
		go func() { failures <- migrations.Up(context.Background(), c) }()
	}
	for range 4 {
		if err := <-failures; err != nil {
			t.Error(err)
		}
	}
	if diff := cmp.Diff(want, catalog(t, conn)); diff != "" {
		t.Error(diff)
	}
	if got := lines(t, conn, `select version::text from public.schema_version`); len(got) != 1 {
		t.Errorf("schema_version has %v", got)
	}
}

func TestUpAgainChangesNothing(t *testing.T) {
	t.Parallel()
	conn := open(t, pgtest.URL(t))
	before := catalog(t, conn)
	if err := migrations.Up(t.Context(), conn); err != nil {
		t.Fatal(err)
	}
	if diff := cmp.Diff(before, catalog(t, conn)); diff != "" {
		t.Error(diff)
	}
}

func TestLatestIsTheHighestNumber(t *testing.T) {
	t.Parallel()
	entries, err := migrations.FS.ReadDir(".")
	if err != nil {
		t.Fatal(err)
	}
	for i, e := range entries {
		if want := string([]byte{'0', '0', byte('1' + i)}); !strings.HasPrefix(e.Name(), want) && i < 9 {
			t.Errorf("%s: want number %s", e.Name(), want)
		}
	}
	if int(migrations.Latest()) != len(entries) {
		t.Errorf("latest is %d of %d", migrations.Latest(), len(entries))
	}
}

// infrastructure is of no org.
const infrastructure = `('orgs', 'signing_keys', 'schema_version')`

// So that the schema can be distributed by org unchanged.
func TestEveryKeyBeginsWithTheOrg(t *testing.T) {
	t.Parallel()
	tx := pgtest.Tx(t)
	// What is unique and what refers: constraints and indexes, by their first column.
	offenders := func(query string) []string { return lines(t, tx, query) }
	for _, tt := range []struct{ name, query string }{
		{"a table without org_id not null", `
			select c.relname::text
			from pg_class c
			where c.relnamespace = 'public'::regnamespace and c.relkind in ('r', 'p')
			and c.relname not in ` + infrastructure + `
			and not exists (
				select
				from pg_attribute a
				where a.attrelid = c.oid and a.attname = 'org_id' and a.attnotnull and a.atttypid = 'uuid'::regtype)`},
		{"a table without a primary key", `
			select c.relname::text
			from pg_class c
			where c.relnamespace = 'public'::regnamespace and c.relkind in ('r', 'p')
			and c.relname not in ` + infrastructure + `
			and not exists (select from pg_constraint k where k.conrelid = c.oid and k.contype = 'p')`},
		{"a primary, unique or foreign key that begins otherwise", `
			select concat_ws(' ', k.conrelid::regclass, k.conname)
			from pg_constraint k
			join pg_attribute a on a.attrelid = k.conrelid and a.attnum = k.conkey[1]
			where k.connamespace = 'public'::regnamespace and k.contype in ('p', 'u', 'f', 'x')
			and k.conrelid::regclass::text not in ` + infrastructure + `
			and a.attname <> 'org_id'`},
		{"a foreign key to something of an org that does not go by the org", `
			select concat_ws(' ', k.conrelid::regclass, k.conname)
			from pg_constraint k
			join pg_attribute a on a.attrelid = k.confrelid and a.attnum = k.confkey[1]
			where k.connamespace = 'public'::regnamespace and k.contype = 'f'
			and k.confrelid <> 'orgs'::regclass and a.attname <> 'org_id'`},
		{"a unique index that begins otherwise", `
			select i.indexrelid::regclass::text
			from pg_index i
			join pg_class c on c.oid = i.indrelid and c.relnamespace = 'public'::regnamespace
			left join pg_attribute a on a.attrelid = c.oid and a.attnum = i.indkey[0]
			where i.indisunique and c.relname not in ` + infrastructure + `
			and a.attname is distinct from 'org_id'`},
	} {
		if found := offenders(tt.query); len(found) > 0 {
			t.Errorf("%s: %v", tt.name, found)
		}
	}
	if keys := lines(t, tx, `select conname::text from pg_constraint where connamespace = 'public'::regnamespace and contype in ('p', 'u', 'f')`); len(keys) < 60 {
		t.Errorf("%d keys looked at: too few to be all", len(keys))
	}
}

func TestNothingButTables(t *testing.T) {
	t.Parallel()
	tx := pgtest.Tx(t)
	for _, tt := range []struct{ name, query string }{
		{"triggers", `select tgrelid::regclass || ' ' || tgname from pg_trigger where not tgisinternal`},
		{"extensions", `select extname::text from pg_extension where extname <> 'plpgsql'`},
		{"functions", `select oid::regprocedure::text from pg_proc where pronamespace = 'public'::regnamespace`},
		{"views, sequences and the like", `select relname::text from pg_class where relnamespace = 'public'::regnamespace and relkind not in ('r', 'i')`},
		{"types", `select t.typname::text from pg_type t where t.typnamespace = 'public'::regnamespace and t.typtype in ('e', 'd', 'r')`},
		{"rules", `select rulename::text from pg_rules where schemaname = 'public'`},
	} {
		if found := lines(t, tx, tt.query); len(found) > 0 {
			t.Errorf("%s: %v", tt.name, found)
		}
	}
}

// The file says what a database of this version has; a landed file is never edited, so neither is this.
func TestUpOnAnEmptyDatabaseMakesTheTables(t *testing.T) {
	t.Parallel()
	want := []string{
		"audit_chains", "audit_changes", "audit_claims", "audit_findings", "audit_forms", "audit_frames", "audit_log", "audit_picks",
		"audit_routes", "audit_stops", "audits", "calendar_days", "calendar_feeds", "calendar_years", "closings", "day_plans",
		"device_boots", "event_evidence", "event_fixes", "event_lookups", "evidence_claims", "integrity_signals", "journey_beats",
		"journey_left_out", "journey_plans", "journey_reps", "journey_stops", "late_visits", "leaves", "missed_calls", "orgs",
		"photo_fixes", "photos", "pin_proposals", "pin_suspects", "pins", "plan_left_out", "plan_stops", "policies", "position_reads",
		"proposal_edits", "proposal_retailers", "proposal_territories", "quarantine", "refresh_tokens", "rep_days_due", "requests",
		"retailer_codes", "retailer_rhythms", "retailer_tokens", "retailers", "reviews", "schema_version", "sessions", "signing_keys",
		"territories", "territory_proposals", "territory_reps", "territory_retailers", "units", "users", "verdicts", "visit_events",
		"visit_integrity", "visits",
	}
	if diff := cmp.Diff(want, lines(t, pgtest.Tx(t), `select tablename::text from pg_tables where schemaname = 'public' order by 1`)); diff != "" {
		t.Error(diff)
	}
}
