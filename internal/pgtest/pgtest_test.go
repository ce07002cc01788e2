package pgtest

import (
	"context"
	"testing"
	"testing/fstest"

	"github.com/jackc/pgx/v5"
	"go.uber.org/goleak"

	"rounds/migrations"
)

func TestMain(m *testing.M) { goleak.VerifyTestMain(m, IgnoreServer()) }

func ask[T any](t *testing.T, q interface {
	QueryRow(context.Context, string, ...any) pgx.Row
}, query string, args ...any,
) T {
	t.Helper()
	var answer T
	if err := q.QueryRow(context.Background(), query, args...).Scan(&answer); err != nil {
		t.Fatalf("%s: %v", query, err)
	}
	return answer
}

func open(t *testing.T, url string) *pgx.Conn {
	t.Helper()
	conn, err := pgx.Connect(context.Background(), url)
	if err != nil {
		t.Fatal(err)
	}
	t.Cleanup(func() { conn.Close(context.Background()) })
	return conn
}

func do(t *testing.T, conn *pgx.Conn, statement string) {
	t.Helper()
	if _, err := conn.Exec(context.Background(), statement); err != nil {
		t.Fatalf("%s: %v", statement, err)
	}
}

const exists = `select exists (select from pg_database where datname = $1)`

func TestURLIsMigratedFreshAndDropped(t *testing.T) {
	t.Parallel()
	var name string
	t.Run("a test", func(t *testing.T) {
		url := URL(t)
		conn := open(t, url)
		name = ask[string](t, conn, `select current_database()::text`)
		if got := ask[int32](t, conn, `select version from public.schema_version`); got != migrations.Latest() {
			t.Errorf("migrated to %d, want %d", got, migrations.Latest())
		}
		do(t, conn, `create table mine ()`)
		other := open(t, URL(t))
		if ask[bool](t, other, `select to_regclass('mine') is not null`) {
			t.Error("another database has this one's table")
		}
		open(t, url) // and left open: it does not hold the drop up
	})
	if ask[bool](t, Tx(t), exists, name) {
		t.Errorf("%s is still there", name)
	}
}

func TestTxIsRolledBack(t *testing.T) {
	t.Parallel()
	t.Run("a test", func(t *testing.T) {
		if _, err := Tx(t).Exec(t.Context(), `create table unkept ()`); err != nil {
			t.Fatal(err)
		}
	})
	if ask[bool](t, Tx(t), `select to_regclass('unkept') is not null`) {
		t.Error("the next test sees the last one's table")
	}
}

func TestTxNestsButNeverCommits(t *testing.T) {
	t.Parallel()
	tx := Tx(t)
	err := pgx.BeginFunc(t.Context(), tx, func(inner pgx.Tx) error {
		_, err := inner.Exec(t.Context(), `create table nested ()`)
		return err
	})
	if err != nil || !ask[bool](t, tx, `select to_regclass('nested') is not null`) {
		t.Errorf("a savepoint's work is lost: %v", err)
	}
	if tx.Commit(t.Context()) == nil {
		t.Error("a test wrote into the database of all")
	}
}

func TestFingerprintChangesWithAnyMigration(t *testing.T) {
	t.Parallel()
	seen := map[int32]string{}
	for name, files := range map[string]fstest.MapFS{
		"one":       {"1.sql": {Data: []byte("a")}},
		"edited":    {"1.sql": {Data: []byte("b")}},
		"renamed":   {"2.sql": {Data: []byte("a")}},
		"one more":  {"1.sql": {Data: []byte("a")}, "2.sql": {Data: []byte("b")}},
		"exchanged": {"1.sql": {Data: []byte("b")}, "2.sql": {Data: []byte("a")}},
	} {
		number, err := fingerprint(files, 1)
		if err != nil || number <= lockMaking || seen[number] != "" {
			t.Errorf("%s is %d, as %q; %v", name, number, seen[number], err)
		}
		seen[number] = name
	}
}

func BenchmarkURL(b *testing.B) {
	for range b.N {
		URL(b)
	}
}

func BenchmarkTx(b *testing.B) {
	for range b.N {
		Tx(b)
	}
}
