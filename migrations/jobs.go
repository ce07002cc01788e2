package migrations

import (
	"context"
	"errors"
	"log/slog"

	"github.com/jackc/pgx/v5"
	"github.com/jackc/pgx/v5/pgxpool"
	"github.com/riverqueue/river/riverdriver/riverpgxv5"
	"github.com/riverqueue/river/rivermigrate"
)

// JobsSchema holds River's tables, apart from the service's own.
const JobsSchema = "river"

// JobsLatest is the version of River's tables that this program works with.
func JobsLatest() int {
	m, err := jobsMigrator(nil)
	if err != nil {
		panic("migrations: internal error: " + err.Error())
	}
	versions := m.AllVersions()
	return versions[len(versions)-1].Version
}

func jobsMigrator(pool *pgxpool.Pool) (*rivermigrate.Migrator[pgx.Tx], error) {
	return rivermigrate.New(riverpgxv5.New(pool), &rivermigrate.Config{
		Schema: JobsSchema, Logger: slog.New(slog.DiscardHandler),
	})
}

// jobsUp makes River's tables or brings them up to the version that this program holds. River wants a pool for
// it; conn keeps other processes waiting meanwhile.
func jobsUp(ctx context.Context, conn *pgx.Conn) (err error) {
	const lock, unlock = `select pg_advisory_lock(hashtext('rounds jobs'))`, `select pg_advisory_unlock(hashtext('rounds jobs'))`
	if _, err := conn.Exec(ctx, lock); err != nil {
		return err
	}
	defer func() {
		_, failed := conn.Exec(context.WithoutCancel(ctx), unlock)
		err = errors.Join(err, failed)
	}()
	if _, err := conn.Exec(ctx, `create schema if not exists `+JobsSchema); err != nil {
		return err
	}
	pool, err := pgxpool.New(ctx, conn.Config().ConnString())
	if err != nil {
		return err
	}
	defer pool.Close()
	migrator, err := jobsMigrator(pool)
	if err == nil {
		_, err = migrator.Migrate(ctx, rivermigrate.DirectionUp, nil)
	}
	return err
}
