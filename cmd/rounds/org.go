package main

import (
	"context"
	"errors"
	"fmt"

	"rounds/geo"
)

type orgCmd struct {
	Add orgAddCmd `cmd:"" help:"Add an organisation."`
}

type orgAddCmd struct {
	database
	Slug string `arg:"" help:"Short name for logins and commands: lower-case letters, digits and hyphens."`
	Name string `help:"Full name; the slug if left out."`
	Zone string `name:"time-zone" default:"Asia/Shanghai" help:"Time zone of its working days, like ${default}."`
}

// Run adds the organisation.
func (c orgAddCmd) Run(ctx context.Context, t terminal) error {
	office, closeAll, err := c.office(ctx, t)
	if err != nil {
		return err
	}
	name := c.Name
	if name == "" {
		name = c.Slug
	}
	org, err := office.AddOrg(ctx, c.Slug, name, c.Zone, geo.DefaultPolicy())
	if err == nil {
		fmt.Fprintf(t.Out, "%s  %s  %s\n", org.ID, org.Slug, org.Name)
		fmt.Fprintf(t.Err, "Next: rounds user add NAME --org %s --role admin\n", org.Slug)
	}
	return errors.Join(err, closeAll())
}
