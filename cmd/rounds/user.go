package main

import (
	"bufio"
	"context"
	"errors"
	"fmt"
	"os"
	"strings"

	"rounds"
	"rounds/fieldwork"

	"golang.org/x/term"
)

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
