package main

import (
	"context"
	"errors"
	"fmt"
	"os"

	"rounds"
	"rounds/fieldwork"
)

type importCalendarCmd struct {
	database
	File   string `arg:"" type:"existingfile" help:"The file: JSON as holiday-cn publishes China's, or CSV or XLSX with the columns date, name, working."`
	Org    string `help:"Slug of the organisation; may be left out while there is one."`
	Year   int    `help:"The year of a table; that in which most of its dates lie if left out."`
	DryRun bool   `help:"Say what would be done, and do nothing."`
}

// Run imports. The report is the result; what is wrong with the file is said beside it.
func (c importCalendarCmd) Run(ctx context.Context, t terminal) error {
	return c.inOrg(ctx, t, c.Org, func(office *fieldwork.Office, a rounds.Actor) error {
		file, err := os.Open(c.File)
		if err != nil {
			return err
		}
		defer file.Close()
		report, err := office.ImportCalendar(ctx, a, file, c.Year, c.DryRun)
		if e, ok := errors.AsType[*rounds.Error](err); ok {
			for _, f := range e.Fields {
				fmt.Fprintf(t.Err, "error: %s [%s]\n", f.Pointer, f.Code)
			}
		}
		if err != nil {
			return err
		}
		verdict := "Imported."
		if !report.Imported {
			verdict = "A dry run: nothing was imported."
		}
		fmt.Fprintf(t.Out, "%8d the year\n%8d days off\n%8d make-up working days\n%8d changed\n%s\n", report.Year, report.Off, report.Working, report.Changed, verdict)
		return nil
	})
}
