package main

import (
	"bufio"
	"context"
	"errors"
	"fmt"
	"os"
	"runtime/debug"
	"strings"

	"rounds"
	"rounds/fieldwork"

	"golang.org/x/term"
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
	org, err := office.AddOrg(ctx, c.Slug, name, c.Zone)
	if err == nil {
		fmt.Fprintf(t.Out, "%s  %s  %s\n", org.ID, org.Slug, org.Name)
		fmt.Fprintf(t.Err, "Next: rounds user add NAME --org %s --role admin\n", org.Slug)
	}
	return errors.Join(err, closeAll())
}

type userCmd struct {
	Add userAddCmd `cmd:"" help:"Add a user. The password is asked for, or read as one line from standard input."`
}

type userAddCmd struct {
	database
	Name        string      `arg:"" help:"What they log in with."`
	Org         string      `help:"Slug of the organisation; may be left out while there is one."`
	Role        rounds.Role `enum:"rep,supervisor,planner,admin" required:"" help:"One of ${enum}."`
	DisplayName string      `help:"What others see; the name if left out."`
	Unit        string      `help:"Name of their unit; the root unit if left out."`
}

// Run adds the user.
func (c userAddCmd) Run(ctx context.Context, t terminal) error {
	password, err := readPassword(t)
	if err != nil {
		return err
	}
	return c.inOrg(ctx, t, c.Org, func(office *fieldwork.Office, a rounds.Actor) error {
		unit, err := office.UnitNamed(ctx, a, c.Unit)
		if err != nil {
			return err
		}
		u, err := office.AddUser(ctx, a, rounds.User{Name: c.Name, DisplayName: c.DisplayName, Role: c.Role, UnitID: unit}, password)
		if err == nil {
			fmt.Fprintf(t.Out, "%s  %s  %s\n", u.ID, u.Name, u.Role)
		}
		return err
	})
}

// readPassword asks without echo on a terminal, and reads a line from anything else.
func readPassword(t terminal) (string, error) {
	if f, ok := t.In.(*os.File); ok && term.IsTerminal(int(f.Fd())) {
		fmt.Fprint(t.Err, "Password: ")
		typed, err := term.ReadPassword(int(f.Fd()))
		fmt.Fprintln(t.Err)
		return string(typed), err
	}
	line, err := bufio.NewReader(t.In).ReadString('\n')
	if line == "" && err != nil {
		return "", errors.New("give the password as one line on standard input")
	}
	return strings.TrimRight(line, "\r\n"), nil
}

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

type versionCmd struct{}

// Run says what was built, and from what.
func (versionCmd) Run(t terminal) error {
	version, revision := "unknown", ""
	if info, ok := debug.ReadBuildInfo(); ok {
		version = info.Main.Version
		for _, s := range info.Settings {
			if s.Key == "vcs.revision" {
				revision = " " + s.Value
			}
		}
	}
	_, err := fmt.Fprintf(t.Out, "rounds %s%s\n", version, revision)
	return err
}
