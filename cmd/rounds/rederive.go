package main

import (
	"context"
	"fmt"

	"rounds"
	"rounds/fieldwork"
)

type rederiveCmd struct {
	database
	Org string `help:"Slug of the organisation; may be left out while there is one."`
}

// Run derives again. That a visit differed is a defect, and so exit status 3.
func (c rederiveCmd) Run(ctx context.Context, t terminal) error {
	return c.inOrg(ctx, t, c.Org, func(office *fieldwork.Office, a rounds.Actor) error {
		bar := newProgress(t.Err, "visits")
		visits, changed, err := office.Rederive(ctx, a.OrgID, func(done int) { bar.at(done, 0) })
		bar.end()
		if err != nil {
			return err
		}
		fmt.Fprintf(t.Out, "%d visits derived again, %d were missing or different.\n", visits, changed)
		if changed > 0 {
			return silent(exitLimit)
		}
		return nil
	})
}
