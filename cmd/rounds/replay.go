package main

import (
	"context"
	"errors"
	"fmt"
	"io"
	"strings"

	"rounds"
	"rounds/fieldwork"
	"rounds/geo"
	"rounds/internal/sheet"
)

type replayCmd struct {
	database
	Since  string `required:"" placeholder:"DATE" help:"First working day to judge again, like 2026-03-01."`
	Until  string `placeholder:"DATE" help:"Last one; all there are if left out."`
	Policy string `required:"" type:"existingfile" placeholder:"P.json" help:"Rules to judge by, as in the API; what the file leaves out is the default's."`
	Org    string `help:"Slug of the organisation; may be left out while there is one."`
}

// Help is what -h says beside the flags.
func (replayCmd) Help() string {
	return `Tries a policy on what has happened, before it is switched on:

    rounds replay --since 2026-03-01 --policy new.json > changes.csv

Every event is judged again by the numbers that were stored with its verdict. Positions are not needed, so it works after they have been deleted. Nothing is written: verdicts stay as they are, and a policy put in force judges new events alone.

Standard output is CSV: a header, then a line for each check-in and check-out whose outcome would change, and one of kind visit, without event_id, for each visit of both whose outcome would, as two taps far from the retailer say more than one. credited_before and credited_after are the visit's. What came after its day was closed is judged too: late is true then, and the credit what it would be if the day were open. A check-out that ends no visit is left out. Standard error sums up.`
}

// Run reads alone, so it may run beside a server.
func (c replayCmd) Run(ctx context.Context, t terminal) error {
	since, until, err := c.days()
	if err != nil {
		return err
	}
	policy, err := readPolicy(c.Policy)
	if err != nil {
		return err
	}
	return c.inOrg(ctx, t, c.Org, func(office *fieldwork.Office, a rounds.Actor) error {
		out := sheet.CSV(t.Out)
		if err := out.Row(replayHeader...); err != nil {
			return err
		}
		bar := newProgress(t.Err, "visits")
		counts, err := office.Replay(ctx, a, policy, since, until,
			func(r fieldwork.Replayed) error { return out.Row(replayRow(r)...) },
			func(done int) { bar.at(done, 0) })
		bar.end()
		if err := errors.Join(err, out.Close()); err != nil {
			return err
		}
		return writeReplayed(t.Err, counts)
	})
}

func (c replayCmd) days() (since, until rounds.Day, err error) {
	if since, err = rounds.ParseDay(c.Since); err == nil && c.Until != "" {
		until, err = rounds.ParseDay(c.Until)
	}
	if err == nil && until != "" && until < since {
		err = fmt.Errorf("the last day, %s, is before the first, %s", until, since)
	}
	return since, until, err
}

var replayHeader = []any{
	"day", "rep", "retailer_code", "visit_id", "kind", "event_id", "outcome_before", "outcome_after", "reasons_after", "credited_before", "credited_after", "late",
}

func replayRow(r fieldwork.Replayed) []any {
	kind, event := "visit", ""
	if !r.EventID.IsZero() {
		kind, event = string(r.Kind), r.EventID.String()
	}
	reasons := make([]string, len(r.After.Reasons))
	for i, reason := range r.After.Reasons {
		reasons[i] = string(reason)
	}
	return []any{
		string(r.Day), r.RepName, r.RetailerCode, r.ID.String(), kind, event,
		string(r.Before), string(r.After.Outcome), strings.Join(reasons, ";"), string(r.CreditedBy), string(r.Credited), r.Late,
	}
}

// writeReplayed is what becomes of events and of visits, and a summary.
func writeReplayed(w io.Writer, c fieldwork.ReplayCounts) error {
	err := errors.Join(movesOf("events", c.Outcomes).write(w), movesOf("visits", c.OfVisits).write(w))
	if err != nil {
		return err
	}
	_, err = fmt.Fprintf(w, "%d visits, %d events: %d would change; %d visits would gain their credit, %d would lose it.\n",
		c.Visits, c.Events, c.Changed, c.Gained, c.Lost)
	if err == nil && c.Late > 0 {
		_, err = fmt.Fprintf(w, "%d visits beside these are of closed days and would be new or others now: their events are among the %d, their credit is not counted.\n", c.Late, c.Events)
	}
	return err
}

// movesOf is a table, a line for each outcome there was and a column for each there would be.
func movesOf(of string, counts map[[2]geo.Outcome]int) table {
	all := []geo.Outcome{geo.AtRetailer, geo.Undecided, geo.Elsewhere}
	t := table{{of + ": before, after"}}
	for _, before := range all {
		t[0] = append(t[0], string(before))
		row := []string{string(before)}
		for _, after := range all {
			row = append(row, fmt.Sprint(counts[[2]geo.Outcome{before, after}]))
		}
		t = append(t, row)
	}
	return t
}
