package store

import (
	"context"
	"slices"

	"rounds"
	"rounds/migrations"

	"github.com/jackc/pgx/v5"
)

// DemoOrg is the slug of the one org whose database may be emptied.
const DemoOrg = "demo"

// Reset empties the database behind a direct (unpooled) URL, tables and all, for [Migrate] to fill again.
// It refuses (Conflict) one that holds any org but the demo's, or tables that are not of this service.
func Reset(ctx context.Context, directURL string) error {
	conn, err := pgx.Connect(ctx, directURL)
	if err != nil {
		return wrap(err)
	}
	defer conn.Close(context.WithoutCancel(ctx))
	return New(conn).InTx(ctx, func(tx *Store) error {
		if err := tx.refuseToEmpty(ctx); err != nil {
			return err
		}
		const q = `
			drop schema if exists ` + migrations.JobsSchema + ` cascade;
			drop schema if exists public cascade;
			create schema public`
		_, err := exec(ctx, tx.db, q)
		return err
	})
}

// refuseToEmpty holds the orgs until the transaction ends, so that none is added between look and deed.
func (s *Store) refuseToEmpty(ctx context.Context) error {
	const tables = `
		select tablename
		from pg_tables
		where schemaname = 'public'`
	found, err := all(ctx, s.db, pgx.RowTo[string], tables)
	if err != nil || len(found) == 0 {
		return err
	}
	if !slices.Contains(found, "schema_version") {
		return rounds.Errorf(rounds.Conflict, "the database holds tables that are not of this service: it stays as it is")
	}
	if !slices.Contains(found, "orgs") {
		return nil
	}
	const lock = `lock table public.orgs in share mode`
	if _, err := exec(ctx, s.db, lock); err != nil {
		return err
	}
	return s.refuseOthers(ctx)
}

func (s *Store) refuseOthers(ctx context.Context) error {
	orgs, err := s.Orgs(ctx, "")
	for _, org := range orgs {
		if org.Slug != DemoOrg {
			return rounds.Errorf(rounds.Conflict, "the database holds the org %s, which is no demo: it stays as it is", org.Slug)
		}
	}
	return err
}
