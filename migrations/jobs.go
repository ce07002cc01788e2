package migrations

import (
	"context"
	"log/slog"

	"github.com/jackc/pgx/v5"
	"github.com/riverqueue/river/riverdriver/riverpgxv5"
	"github.com/riverqueue/river/rivermigrate"
)

// JobsSchema holds River's tables, apart from the service's own.
const JobsSchema = "river"

// JobsLatest is the version of River's tables that this program works with.
func JobsLatest() int {
	m, err := jobsMigrator()
	if err != nil {
		panic("migrations: internal error: " + err.Error())
	}
	versions := m.AllVersions()
	return versions[len(versions)-1].Version
}

func jobsMigrator() (*rivermigrate.Migrator[pgx.Tx], error) {
	return rivermigrate.New(riverpgxv5.New(nil), &rivermigrate.Config{
		Schema: JobsSchema, Logger: slog.New(slog.DiscardHandler),
	})
}

// jobsUp makes River's tables or brings them up to the version that this program holds.
func jobsUp(ctx context.Context, conn *pgx.Conn) error {
	migrator, err := jobsMigrator()
	for done := false; !done && err == nil; { // a step each: a new value of an enum serves from the next transaction on
		err = pgx.BeginFunc(ctx, conn, func(tx pgx.Tx) error {
			done, err = jobsStep(ctx, tx, migrator)
			return err
		})
	}
	return err
}

// jobsStep applies the next version, if there is one, while other processes wait.
func jobsStep(ctx context.Context, tx pgx.Tx, m *rivermigrate.Migrator[pgx.Tx]) (done bool, err error) {
	if _, err := tx.Exec(ctx, `select pg_advisory_xact_lock(hashtext('rounds jobs'))`); err != nil {
		return false, err
	}
	if _, err := tx.Exec(ctx, `create schema if not exists `+JobsSchema); err != nil {
		return false, err
	}
	applied, err := m.MigrateTx(ctx, tx, rivermigrate.DirectionUp, &rivermigrate.MigrateOpts{MaxSteps: 1})
	return err == nil && len(applied.Versions) == 0, err
}
