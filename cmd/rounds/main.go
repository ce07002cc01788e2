// Command rounds is the one program of Rounds: it serves the API, and it has a subcommand for everything
// that whoever runs it does by hand.
//
// It wires the packages together and owns the configuration: flags, each with an environment variable to
// fall back on. It decides nothing about visits.
package main

import (
	"context"
	"errors"
	"fmt"
	"io"
	"os"
	"os/signal"
	"syscall"
	_ "time/tzdata" // bare machines know no time zones

	"rounds"

	"github.com/alecthomas/kong"
)

// Exit statuses.
const (
	exitDone   = 0
	exitFailed = 1
	exitUsage  = 2
	exitLimit  = 3 // answered, but a stated limit could not be met
)

// cli is the whole configuration.
type cli struct {
	Serve       serveCmd       `cmd:"" help:"Serve the API."`
	Demo        demoCmd        `cmd:"" help:"Make a city, let its reps work a day, show what came of it, and serve it."`
	Import      importCmd      `cmd:"" help:"Bring in files."`
	Datum       datumCmd       `cmd:"" help:"Convert the coordinates of a CSV file from one datum to another."`
	Org         orgCmd         `cmd:"" help:"Organisations."`
	User        userCmd        `cmd:"" help:"Users."`
	Migrate     migrateCmd     `cmd:"" help:"Bring the database to this version's schema."`
	Rederive    rederiveCmd    `cmd:"" help:"Derive every visit again from its events, and say how many differed."`
	Retention   retentionCmd   `cmd:"" help:"Delete the positions of days that were closed long enough ago, and say how many."`
	Version     versionCmd     `cmd:"" help:"Say which version this is."`
	Verify      verifyCmd      `cmd:"" help:"Judge recorded fixes in a CSV file, without a server or a database."`
	Replay      replayCmd      `cmd:"" help:"Judge what is stored again by another policy, and list whose verdict would change."`
	Route       routeCmd       `cmd:"" help:"Put the stops of a file in the cheapest order, and say how good it is at least."`
	Journey     journeyCmd     `cmd:"" help:"Plan a cycle of days: whom to call on which days, and in what order."`
	Town        townCmd        `cmd:"" help:"Invent a city of retailers as a CSV file, for trying out and measuring territories."`
	Territories territoriesCmd `cmd:"" help:"Cut a city into territories that are fair by several measures at once."`
	Audit       auditCmd       `cmd:"" help:"Random draws of retailers that anyone can draw again."`
	Pins        pinsCmd        `cmd:"" help:"Where retailers are."`
	Roads       roadsCmd       `cmd:"" help:"Road networks, for travel times along streets."`
}

// terminal is what a command talks to: the result on Out, everything else on Err.
type terminal struct {
	In  io.Reader
	Out io.Writer
	Err io.Writer
}

func main() {
	ctx, stop := signal.NotifyContext(context.Background(), os.Interrupt, syscall.SIGTERM)
	context.AfterFunc(ctx, stop) // a second Ctrl-C ends the process at once
	status := run(ctx, os.Args[1:], terminal{os.Stdin, os.Stdout, os.Stderr})
	stop()
	os.Exit(status)
}

// leave is how kong's -h ends the parsing.
type leave int

// run is main without the process: it ends when ctx does, and returns the exit status.
func run(ctx context.Context, args []string, t terminal) (status int) {
	return runOf(ctx, &cli{}, args, t)
}

// runOf is run where there are no commands but these: a pointer to what is like cli.
func runOf(ctx context.Context, commands any, args []string, t terminal) (status int) {
	defer func() {
		if code, ok := recover().(leave); ok {
			status = int(code)
		}
	}()
	parser := kong.Must(commands,
		kong.Name("rounds"),
		kong.Description("Field visits, verified and explained. Without a DATABASE_URL, Rounds runs a private PostgreSQL."),
		kong.Writers(t.Out, t.Err),
		kong.DefaultEnvars("ROUNDS"), // --time-zone falls back on ROUNDS_TIME_ZONE, and so on
		kong.Exit(func(code int) { panic(leave(code)) }),
		kong.ConfigureHelp(kong.HelpOptions{Compact: true}),
		kong.BindTo(ctx, (*context.Context)(nil)),
		kong.Bind(t),
	)
	if len(args) == 0 {
		args = []string{"--help"}
	}
	chosen, err := parser.Parse(args)
	if err != nil {
		fmt.Fprintf(t.Err, "rounds: %v\nSee rounds --help.\n", err)
		return exitUsage
	}
	if err := chosen.Run(); err != nil {
		if s, ok := errors.AsType[silent](err); ok {
			return int(s)
		}
		fmt.Fprintf(t.Err, "rounds: %s\n", told(err))
		return exitFailed
	}
	return exitDone
}

// told is what a person is told of an error: its words for callers, if it has any. Whoever runs the program
// also wants to know why the database cannot be reached.
func told(err error) string {
	if e, ok := errors.AsType[*rounds.Error](err); ok && e.Code != rounds.Unavailable {
		return e.Error()
	}
	return err.Error()
}

// silent ends a command with a status when everything has been said.
type silent int

func (s silent) Error() string { return fmt.Sprintf("exit status %d", int(s)) }
