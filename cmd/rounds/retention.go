package main

import (
	"context"
	"errors"
	"fmt"

	"rounds"
	"rounds/fieldwork"
)

type retentionCmd struct {
	database
	photoStore
	Org    string `help:"Slug of the organisation; all of them if left out."`
	DryRun bool   `help:"Only say what would be deleted."`
}

// Run deletes, org by org: one that fails does not keep the others' positions.
func (c retentionCmd) Run(ctx context.Context, t terminal) error {
	office, closeAll, err := c.office(ctx, t)
	if err != nil {
		return err
	}
	photos, err := c.photoStore.open(c.database)
	switch {
	case err != nil:
	case photos == nil:
		err = c.run(ctx, t, office)
	default:
		office.KeepPhotos(photos)
		err = errors.Join(c.run(ctx, t, office), photos.Close())
	}
	return errors.Join(err, closeAll())
}

func (c retentionCmd) run(ctx context.Context, t terminal, office *fieldwork.Office) error {
	orgs, err := office.Orgs(ctx, c.Org)
	if err != nil {
		return err
	}
	report := table{{"org", "days through", "events", "fixes deleted", "photographs deleted", "orphaned photographs deleted", "proposed pins deleted", "reasons of leave deleted", "quarantined emptied", "waiting to be closed", "oldest"}}
	failed := false
	for _, org := range orgs {
		r, err := c.retain(ctx, t, office, org)
		if err != nil {
			failed = true
			fmt.Fprintf(t.Err, "rounds: %s: %s\n", org.Slug, told(err))
		}
		report = append(report, []string{
			org.Slug, dash(r.Through), fmt.Sprint(r.Events), fmt.Sprint(r.Fixes), fmt.Sprint(r.Photos), fmt.Sprint(r.Orphans), fmt.Sprint(r.Proposals), fmt.Sprint(r.LeaveReasons), fmt.Sprint(r.Quarantined), fmt.Sprint(r.Waiting), dash(r.Oldest),
		})
	}
	if c.DryRun {
		fmt.Fprintln(t.Err, "Nothing was deleted: this is what would be.")
	}
	if err := report.write(t.Out); err != nil || !failed {
		return err
	}
	return silent(exitFailed)
}

func (c retentionCmd) retain(ctx context.Context, t terminal, office *fieldwork.Office, org rounds.Org) (fieldwork.Retained, error) {
	if c.DryRun {
		return office.RetentionDue(ctx, org.ID)
	}
	bar := newProgress(t.Err, "events of "+org.Slug)
	defer bar.end()
	return office.Retention(ctx, org.ID, func(done int) { bar.at(done, 0) })
}

func dash(d rounds.Day) string {
	if d == "" {
		return "-"
	}
	return string(d)
}
