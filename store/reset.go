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
// It gives the orgs that are gone, and refuses (Conflict) a database that holds any org but the demo's, or tables
// that are not of this service.
func Reset(ctx context.Context, directURL string) (gone []rounds.OrgID, err error) {
	conn, err := pgx.Connect(ctx, directURL)
	if err != nil {
		return nil, wrap(err)
	}
	defer conn.Close(context.WithoutCancel(ctx))
	err = New(conn).InTx(ctx, func(tx *Store) error {
		if gone, err = tx.toEmpty(ctx); err != nil {
			return err
		}
		const q = `
			drop schema if exists ` + migrations.JobsSchema + ` cascade;
			drop schema if exists public cascade;
			create schema public`
		_, err := exec(ctx, tx.db, q)
		return err
	})
	return gone, err
}

// toEmpty holds the orgs until the transaction ends, so that none is added between look and deed.
func (s *Store) toEmpty(ctx context.Context) ([]rounds.OrgID, error) {
	const tables = `
		select tablename
		from pg_tables
		where schemaname = 'public'`
	found, err := all(ctx, s.db, pgx.RowTo[string], tables)
	if err != nil || len(found) == 0 {
		return nil, err
	}
	if !slices.Contains(found, "schema_version") {
		return nil, rounds.Errorf(rounds.Conflict, "the database holds tables that are not of this service: it stays as it is")
	}
	if !slices.Contains(found, "orgs") {
		return nil, nil
	}
	const lock = `lock table public.orgs in share mode`
	if _, err := exec(ctx, s.db, lock); err != nil {
		return nil, err
	}
	return s.demoOrgs(ctx)
}

// demoOrgs refuses any other.
func (s *Store) demoOrgs(ctx context.Context) ([]rounds.OrgID, error) {
	orgs, err := s.Orgs(ctx, "")
	ids := make([]rounds.OrgID, len(orgs))
	for i, org := range orgs {
		if org.Slug != DemoOrg {
			return nil, rounds.Errorf(rounds.Conflict, "the database holds the org %s, which is no demo: it stays as it is", org.Slug)
		}
		ids[i] = org.ID
	}
	return ids, err
}
