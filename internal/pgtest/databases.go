package pgtest

import (
	"context"
	"errors"
	"fmt"
	"hash/fnv"
	"io/fs"
	"strconv"
	"strings"

	"github.com/jackc/pgx/v5"

	"rounds/migrations"
)

// The databases are named rounds_OID_template_N and rounds_OID_test_N_M. OID is the database that the server's
// address names, in which alone its advisory locks count. The number N is such a lock, which every process that needs
// the database holds, shared, until it ends; a database whose lock is free is garbage, and the next process drops it.
const (
	lockSpace  = 0x726f756e // "roun", so that the numbers meet nobody else's
	lockMaking = 0          // held while a template is made
)

// fingerprint numbers the files by their names and texts and the version of the tables of jobs, so that a
// template fits these migrations alone.
func fingerprint(files fs.FS, jobs int) (int32, error) {
	sum := fnv.New32a()
	fmt.Fprintln(sum, jobs)
	err := fs.WalkDir(files, ".", func(path string, entry fs.DirEntry, err error) error {
		if err != nil || entry.IsDir() {
			return err
		}
		text, err := fs.ReadFile(files, path)
		fmt.Fprintf(sum, "%q %q\n", path, text)
		return err
	})
	return int32(sum.Sum32()>>1) | 1, err
}

func (s *server) begin(ctx context.Context) error {
	const q = `
		select pg_advisory_lock_shared($1, $2), pg_advisory_lock_shared($1, $3), oid
		from pg_database
		where datname = current_database()`
	if err := s.conn.QueryRow(ctx, q, lockSpace, s.id, s.template).Scan(nil, nil, &s.oid); err != nil {
		return err
	}
	if err := s.sweep(ctx); err != nil {
		return fmt.Errorf("drop the databases of ended test processes: %w", err)
	}
	return s.ensureTemplate(ctx)
}

// sweep drops the databases that no living process needs.
func (s *server) sweep(ctx context.Context) error {
	const q = `select datname from pg_database where datname ~ ('^rounds_' || $1::oid || '_(test|template)_[0-9]')`
	rows, err := s.conn.Query(ctx, q, s.oid)
	if err != nil {
		return err
	}
	names, err := pgx.CollectRows(rows, pgx.RowTo[string])
	for _, name := range names {
		err = errors.Join(err, s.dropUnwanted(ctx, name))
	}
	return err
}

func (s *server) dropUnwanted(ctx context.Context, name string) error {
	number, err := strconv.ParseInt(strings.Split(name, "_")[3], 10, 32)
	if err != nil || int32(number) == s.id || int32(number) == s.template {
		return err
	}
	var free bool
	if err := s.conn.QueryRow(ctx, `select pg_try_advisory_lock($1, $2)`, lockSpace, number).Scan(&free); err != nil || !free {
		return err
	}
	return errors.Join(s.drop(name), s.exec(ctx, fmt.Sprintf("select pg_advisory_unlock(%d, %d)", lockSpace, number)))
}

func (s *server) name(kind string, number int32) string {
	return fmt.Sprintf("rounds_%d_%s_%d", s.oid, kind, number)
}

func (s *server) templateName() string { return s.name("template", s.template) }

// ensureTemplate makes the migrated database that all others are copies of. It gets its name when it is whole.
func (s *server) ensureTemplate(ctx context.Context) error {
	if err := s.exec(ctx, fmt.Sprintf("select pg_advisory_lock(%d, %d)", lockSpace, lockMaking)); err != nil {
		return err
	}
	defer s.exec(ctx, fmt.Sprintf("select pg_advisory_unlock(%d, %d)", lockSpace, lockMaking))
	var found bool
	const q = `select exists (select from pg_database where datname = $1)`
	if err := s.conn.QueryRow(ctx, q, s.templateName()).Scan(&found); err != nil || found {
		return err
	}
	if err := s.makeTemplate(ctx, s.templateName()+"_unfinished"); err != nil {
		return fmt.Errorf("make the template of the test databases: %w", err)
	}
	return nil
}

func (s *server) makeTemplate(ctx context.Context, unfinished string) error {
	err := s.exec(ctx,
		"drop database if exists "+unfinished+" with (force)",
		"create database "+unfinished)
	if err != nil {
		return err
	}
	if err := s.migrate(ctx, unfinished); err != nil {
		return err
	}
	return s.exec(ctx,
		"alter database "+unfinished+" with allow_connections false", // for a database in use cannot be copied
		"alter database "+unfinished+" rename to "+s.templateName())
}

func (s *server) migrate(ctx context.Context, name string) error {
	conn, err := pgx.Connect(ctx, s.url(name))
	if err != nil {
		return err
	}
	return errors.Join(migrations.Up(ctx, conn), conn.Close(ctx))
}

// create copies the template under a new name.
func (s *server) create() (name string, err error) {
	ctx, cancel := context.WithTimeout(context.Background(), patience)
	defer cancel()
	name = fmt.Sprintf("%s_%d", s.name("test", s.id), s.made.Add(1))
	return name, s.exec(ctx, "create database "+name+" template "+s.templateName())
}

// drop removes the database even where the test left connections open.
func (s *server) drop(name string) error {
	ctx, cancel := context.WithTimeout(context.Background(), patience)
	defer cancel()
	return s.exec(ctx, "drop database if exists "+name+" with (force)")
}

func (s *server) exec(ctx context.Context, statements ...string) error {
	s.mu.Lock()
	defer s.mu.Unlock()
	for _, statement := range statements {
		if _, err := s.conn.Exec(ctx, statement); err != nil {
			return fmt.Errorf("%s: %w", statement, err)
		}
	}
	return nil
}
