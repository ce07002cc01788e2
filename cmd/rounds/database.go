package main

import (
	"context"
	"errors"
	"fmt"
	"io"
	"log/slog"
	"time"

	"rounds"
	"rounds/fieldwork"
	"rounds/internal/localpg"
	"rounds/store"
)

// database says which PostgreSQL to use.
type database struct {
	DatabaseURL string `name:"database-url" env:"DATABASE_URL" placeholder:"URL" help:"PostgreSQL to use. Without one, a private PostgreSQL is started."`
	DirectURL   string `name:"database-direct-url" env:"DATABASE_DIRECT_URL" placeholder:"URL" help:"The same PostgreSQL without a pooler, where the database URL leads to one (PgBouncer in transaction mode)."`
	Data        string `name:"data" placeholder:"DIR" help:"Where the private PostgreSQL keeps its data; $XDG_STATE_HOME/rounds if left out."`

	prepare func(ctx context.Context, directURL string) error // runs before the migration; nil: nothing does
}

// stopTime is for how long a private PostgreSQL may take to shut down.
const stopTime = 30 * time.Second

// opened is a database in use.
type opened struct {
	*store.Store
	private *localpg.Server // nil: somebody else's
	close   []func() error  // in the order of opening
}

// open connects to the database, starting a private one where none is given, and migrates it.
func (d database) open(ctx context.Context, say io.Writer) (*opened, error) {
	o := &opened{}
	url, direct := d.DatabaseURL, d.DirectURL
	if url == "" {
		server, err := localpg.Start(ctx, localpg.Options{Dir: d.Data, Say: func(s string) { fmt.Fprintln(say, s) }})
		if err != nil {
			return nil, err
		}
		o.private, url, direct = server, server.URL(), ""
		o.close = append(o.close, func() error {
			ctx, cancel := context.WithTimeout(context.Background(), stopTime)
			defer cancel()
			return server.Stop(ctx)
		})
	}
	if direct == "" {
		direct = url
	} else {
		url = store.Pooled(url)
	}
	if d.prepare != nil {
		if err := d.prepare(ctx, direct); err != nil {
			return nil, errors.Join(err, o.Close())
		}
	}
	if err := o.connect(ctx, url, direct); err != nil {
		return nil, errors.Join(err, o.Close())
	}
	return o, nil
}

func (o *opened) connect(ctx context.Context, url, direct string) error {
	if err := store.Migrate(ctx, direct); err != nil {
		return err
	}
	s, closeStore, err := store.Open(ctx, url)
	if err != nil {
		return err
	}
	o.Store = s
	o.close = append(o.close, func() error { closeStore(); return nil })
	return s.CheckDurable(ctx)
}

// Close closes in the reverse order of opening.
func (o *opened) Close() error {
	var errs []error
	for i := len(o.close) - 1; i >= 0; i-- {
		errs = append(errs, o.close[i]())
	}
	return errors.Join(errs...)
}

// office opens the database for one command.
func (d database) office(ctx context.Context, t terminal) (*fieldwork.Office, func() error, error) {
	db, err := d.open(ctx, t.Err)
	if err != nil {
		return nil, nil, err
	}
	office := fieldwork.New(db.Store, time.Now, slog.New(slog.NewTextHandler(t.Err, nil)))
	return office, func() error {
		office.Close()
		return db.Close()
	}, nil
}

// inOrg runs fn as the administrator of an org that a command line is.
func (d database) inOrg(ctx context.Context, t terminal, org string, fn func(*fieldwork.Office, rounds.Actor) error) error {
	office, closeAll, err := d.office(ctx, t)
	if err != nil {
		return err
	}
	actor, err := office.System(ctx, org)
	if err == nil {
		err = fn(office, actor)
	}
	return errors.Join(err, closeAll())
}
