// Package migrations brings a database to the schema that this version of Rounds works with.
//
// It knows the numbered SQL files beside it and how to apply them safely when several processes start
// at once. It does not know what the tables are for.
package migrations

import (
	"context"
	"embed"
	"fmt"
	"io/fs"

	"github.com/jackc/pgx/v5"
	"github.com/jackc/tern/v2/migrate"
)

// FS holds the numbered files. A landed file is never edited: a change is a new file.
//
//go:embed *.sql
var FS embed.FS

const versionTable = "public.schema_version"

// Up applies the files that the database has not seen, in one transaction each, and River's own. Processes that start
// together wait for one another; conn must be a direct connection, as the lock lives in its session.
func Up(ctx context.Context, conn *pgx.Conn) error {
	m, err := load(ctx, conn)
	if err != nil {
		return err
	}
	if err := m.Migrate(ctx); err != nil {
		return fmt.Errorf("migrate: %w", err)
	}
	if err := jobsUp(ctx, conn); err != nil {
		return fmt.Errorf("migrate the tables of jobs: %w", err)
	}
	return nil
}

// To migrates up or down to a version; going down drops what the later files made, with its rows.
func To(ctx context.Context, conn *pgx.Conn, version int32) error {
	m, err := load(ctx, conn)
	if err != nil {
		return err
	}
	return m.MigrateTo(ctx, version)
}

func load(ctx context.Context, conn *pgx.Conn) (*migrate.Migrator, error) {
	m, err := migrate.NewMigrator(ctx, conn, versionTable)
	if err != nil {
		return nil, fmt.Errorf("migrate: %w", err)
	}
	if err := m.LoadMigrations(FS); err != nil {
		return nil, fmt.Errorf("migrate: %w", err)
	}
	return m, nil
}

// Latest is the version that this program works with.
func Latest() int32 {
	files, err := fs.Glob(FS, "*.sql")
	if err != nil {
		panic("migrations: internal error: " + err.Error())
	}
	return int32(len(files))
}
