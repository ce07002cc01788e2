package main

import (
	"context"
	"fmt"
)

type migrateCmd struct {
	database
}

// Run migrates; opening does.
func (c migrateCmd) Run(ctx context.Context, t terminal) error {
	db, err := c.open(ctx, t.Err)
	if err != nil {
		return err
	}
	fmt.Fprintln(t.Out, "The database has this version's schema.")
	return db.Close()
}
