// Package store keeps everything in PostgreSQL through pgx: it holds every SQL statement of the service.
//
// It knows tables, scopes and transactions. It does not decide: what a visit is worth, which order is
// best and who may do what is decided by its callers, who hand it the scope they were given.
package store

import (
	"context"
	"errors"
	"fmt"
	"math/rand/v2"
	"strings"
	"time"

	"rounds"
	"rounds/migrations"

	"github.com/jackc/pgx/v5"
	"github.com/jackc/pgx/v5/pgconn"
	"github.com/jackc/pgx/v5/pgxpool"
)

// DB runs statements: a pool, or a transaction, in which Begin makes a savepoint.
type DB interface {
	Begin(ctx context.Context) (pgx.Tx, error)
	Exec(ctx context.Context, sql string, args ...any) (pgconn.CommandTag, error)
	Query(ctx context.Context, sql string, args ...any) (pgx.Rows, error)
	QueryRow(ctx context.Context, sql string, args ...any) pgx.Row
	SendBatch(ctx context.Context, b *pgx.Batch) pgx.BatchResults
	CopyFrom(ctx context.Context, table pgx.Identifier, columns []string, src pgx.CopyFromSource) (int64, error)
}

// Store runs the statements of the service on a pool or, inside InTx, in one transaction.
type Store struct {
	db DB
}

// New makes a Store of a pool or of a transaction.
func New(db DB) *Store { return &Store{db: db} }

// Pooled is the URL for a PgBouncer in transaction mode, where a session does not keep the statements that
// it prepared. Preparing them halves PostgreSQL's work for an upload, so it is done wherever it can be.
func Pooled(url string) string {
	const setting = "default_query_exec_mode=cache_describe"
	switch {
	case strings.Contains(url, "default_query_exec_mode="):
		return url
	case !strings.Contains(url, "://"):
		return url + " " + setting
	case strings.Contains(url, "?"):
		return url + "&" + setting
	}
	return url + "?" + setting
}

// leastConns is enough for two groups of uploads, and reads beside them, where pgx counts the cores alone.
const leastConns = 8

// Open makes a pool of connections. The second result closes it.
func Open(ctx context.Context, url string) (*Store, func(), error) {
	config, err := pgxpool.ParseConfig(url)
	if err != nil {
		return nil, nil, fmt.Errorf("DATABASE_URL: %w", err)
	}
	config.ConnConfig.RuntimeParams["application_name"] = "rounds"
	config.ConnConfig.RuntimeParams["timezone"] = "UTC"
	config.AfterConnect = teachTypes
	if !strings.Contains(url, "pool_max_conns=") {
		config.MaxConns = max(config.MaxConns, leastConns)
	}
	pool, err := pgxpool.NewWithConfig(ctx, config)
	if err != nil {
		return nil, nil, wrap(err)
	}
	if err := pool.Ping(ctx); err != nil {
		pool.Close()
		return nil, nil, wrap(err)
	}
	return New(pool), pool.Close, nil
}

// Migrate brings the database behind a direct (unpooled) URL to this version's schema.
func Migrate(ctx context.Context, directURL string) error {
	conn, err := pgx.Connect(ctx, directURL)
	if err != nil {
		return wrap(err)
	}
	defer conn.Close(context.WithoutCancel(ctx))
	return migrations.Up(ctx, conn)
}

const undefinedTable = "42P01"

// Ready reports whether the database answers and has the schema that this version works with.
func (s *Store) Ready(ctx context.Context) error {
	const q = `
		select version
		from public.schema_version`
	has, err := one[int32](ctx, s.db, q)
	if e, ok := errors.AsType[*pgconn.PgError](err); ok && e.Code == undefinedTable {
		has, err = 0, nil // nothing was ever migrated
	}
	if err != nil {
		return err
	}
	if wants := migrations.Latest(); has != wants {
		return rounds.Errorf(rounds.Unavailable, "the database has schema %d, this server works with %d: run rounds migrate", has, wants)
	}
	return nil
}

// CheckDurable refuses a database that could lose what it has acknowledged.
func (s *Store) CheckDurable(ctx context.Context) error {
	const q = `
		select name || ' is ' || setting
		from pg_settings
		where name in ('fsync', 'full_page_writes', 'synchronous_commit')
		and setting in ('off', 'local')
		order by name
		limit 1`
	setting, err := one[string](ctx, s.db, q)
	if rounds.CodeOf(err) == rounds.NotFound {
		return nil
	}
	if err != nil {
		return err
	}
	return rounds.Errorf(rounds.Unavailable, "PostgreSQL could lose acknowledged events: its setting %s; turn it on", setting)
}

// A transaction that meets another is run again so often, each time from its beginning.
const attempts = 5

// InTx runs fn in one transaction and commits it; fn may run several times, so it keeps nothing between
// runs. Inside a transaction it makes a savepoint.
func (s *Store) InTx(ctx context.Context, fn func(tx *Store) error) error {
	var err error
	for n := range attempts {
		err = pgx.BeginFunc(ctx, s.db, func(tx pgx.Tx) error { return fn(New(tx)) })
		if !isSerialization(err) {
			break
		}
		pause(ctx, n+1)
	}
	return wrap(err)
}

// pause lets the transaction that was met finish first; at random, so that two do not meet again.
func pause(ctx context.Context, n int) {
	select {
	case <-time.After(rand.N(time.Duration(n) * 10 * time.Millisecond)):
	case <-ctx.Done():
	}
}

// isSerialization reports serialization_failure and deadlock_detected, which a second run resolves.
func isSerialization(err error) bool {
	e, ok := errors.AsType[*pgconn.PgError](err)
	return ok && (e.Code == "40001" || e.Code == "40P01")
}

// wrap is the only translation of database failures into what a caller may be told.
func wrap(err error) error {
	if err == nil || rounds.CodeOf(err) != rounds.Internal || errors.Is(err, context.Canceled) {
		return err
	}
	if errors.Is(err, pgx.ErrNoRows) {
		return rounds.Errorf(rounds.NotFound, "there is no such thing here, or it is not yours to see")
	}
	if e, ok := errors.AsType[*pgconn.PgError](err); ok {
		return wrapPg(e)
	}
	if _, ok := errors.AsType[*pgconn.ConnectError](err); ok || pgconn.Timeout(err) || isLost(err) {
		return unavailable{err}
	}
	return err
}

// wrapPg goes by SQLSTATE class: https://www.postgresql.org/docs/current/errcodes-appendix.html
func wrapPg(e *pgconn.PgError) error {
	class := e.Code[:min(2, len(e.Code))]
	switch {
	case e.Code == "23505":
		return refused{rounds.Conflict, "there is one like it already: change its name or code", e}
	case e.Code == "23503":
		return refused{rounds.Invalid, "it names something that does not exist", e}
	case class == "22", class == "23", e.Code == "54000": // the last: too long for an index
		return refused{rounds.Invalid, "a value is outside what can be stored", e}
	case class == "08", class == "53", class == "57", class == "58", e.Code == "25006", isSerialization(e):
		return unavailable{e}
	}
	return e
}

// isLost reports a connection that broke while in use; whether a commit under way took place is then
// unknown, and the client's id decides when it asks again.
func isLost(err error) bool {
	return pgconn.SafeToRetry(err) || errors.Is(err, context.DeadlineExceeded) || isNetwork(err)
}

// all collects the rows of a query by the given function.
func all[T any](ctx context.Context, db DB, to pgx.RowToFunc[T], sql string, args ...any) ([]T, error) {
	rows, _ := db.Query(ctx, sql, args...) // its error comes back from CollectRows
	items, err := pgx.CollectRows(rows, to)
	return items, wrap(err)
}

// one is the first column of the only row of a query; NotFound if there is none.
func one[T any](ctx context.Context, db DB, sql string, args ...any) (T, error) {
	return row(ctx, db, pgx.RowTo[T], sql, args...)
}

// row is the only row of a query; NotFound if there is none.
func row[T any](ctx context.Context, db DB, to pgx.RowToFunc[T], sql string, args ...any) (T, error) {
	rows, _ := db.Query(ctx, sql, args...)
	item, err := pgx.CollectExactlyOneRow(rows, to)
	return item, wrap(err)
}

// exec runs a statement and says how many rows it touched.
func exec(ctx context.Context, db DB, sql string, args ...any) (int64, error) {
	tag, err := db.Exec(ctx, sql, args...)
	return tag.RowsAffected(), wrap(err)
}
