package main

import (
	"context"
	"fmt"
	"os"

	"rounds"
	"rounds/fieldwork"
	"rounds/fieldwork/roster"
	"rounds/geo"
)

type importCmd struct {
	Retailers importRetailersCmd `cmd:"" help:"Bring in a retailer file: CSV (UTF-8, UTF-16 or GB18030) or XLSX. All or nothing."`
	Calendar  importCalendarCmd  `cmd:"" help:"Bring in a year's public holidays and make-up working days."`
}

type importRetailersCmd struct {
	database
	File   string            `arg:"" type:"existingfile" help:"The file."`
	Org    string            `help:"Slug of the organisation; may be left out while there is one."`
	Datum  geo.Datum         `enum:"wgs84,gcj02,bd09" default:"wgs84" help:"Of the file's coordinates: ${enum}."`
	Map    map[string]string `placeholder:"FIELD=HEADER" help:"A column by its header, where it is not recognised; several with semicolons."`
	Bounds string            `placeholder:"S,W,N,E" help:"Of the country, in WGS-84 degrees: places beyond get a warning."`
	DryRun bool              `help:"Say what would be done, and do nothing."`
	Strict bool              `help:"Warnings stop the import too."`
	All    bool              `help:"List every finding, not only the first of each kind."`
}

// Validate refuses bounds that are none before the database is opened.
func (c importRetailersCmd) Validate() error {
	_, err := fieldwork.ParseBounds(c.Bounds)
	return err
}

// shownOfKind is how many findings of one kind are listed unless all are wanted.
const shownOfKind = 5

// Run imports. The report is the result; findings and progress are said beside it.
func (c importRetailersCmd) Run(ctx context.Context, t terminal) error {
	bounds, err := fieldwork.ParseBounds(c.Bounds)
	if err != nil {
		return err
	}
	return c.inOrg(ctx, t, c.Org, func(office *fieldwork.Office, a rounds.Actor) error {
		file, err := os.Open(c.File)
		if err != nil {
			return err
		}
		defer file.Close()
		bar := newProgress(t.Err, "rows")
		report, err := office.ImportRetailers(ctx, a, file, fieldwork.ImportOptions{
			Options:  roster.Options{Map: c.Map, Datum: c.Datum, Bounds: bounds},
			DryRun:   c.DryRun,
			Strict:   c.Strict,
			Progress: bar.step,
		})
		bar.end()
		if err != nil {
			return err
		}
		c.listFindings(t, report)
		printReport(t, report)
		if report.Stopped {
			return silent(exitFailed)
		}
		return nil
	})
}

func (c importRetailersCmd) listFindings(t terminal, r fieldwork.ImportReport) {
	shown := map[string]int{}
	for _, f := range r.Findings {
		shown[f.Code]++
		if c.All || shown[f.Code] <= shownOfKind {
			fmt.Fprintf(t.Err, "%s: %s [%s]\n", f.Severity, f, f.Code)
		}
	}
	for code, n := range shown {
		if more := n - shownOfKind; more > 0 && !c.All {
			fmt.Fprintf(t.Err, "… and %d more [%s]: --all lists them\n", more, code)
		}
	}
}

func printReport(t terminal, r fieldwork.ImportReport) {
	verdict := "Imported."
	switch {
	case r.Stopped:
		verdict = "Nothing was imported: see the findings."
	case r.DryRun:
		verdict = "A dry run: nothing was imported."
	}
	fmt.Fprintf(t.Out, "%8d rows\n%8d created\n%8d changed\n%8d unchanged\n%8d without a pin\n%8d moved to a territory\n%8d repeated codes\n%8d errors\n%8d warnings\n",
		r.Rows, r.Created, r.Changed, r.Unchanged, r.WithoutPin, r.Assigned, r.Repeats, r.Errors, r.Warnings)
	if r.EventsTaken > 0 {
		fmt.Fprintf(t.Out, "%8d waiting events taken\n", r.EventsTaken)
	}
	fmt.Fprintln(t.Out, verdict)
}
