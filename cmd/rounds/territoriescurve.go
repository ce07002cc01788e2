package main

import (
	"context"
	"io"
	"strconv"
	"time"

	"rounds/fieldwork/districting"
)

// curve searches ten times more, and shows what came of it.
func (c territoriesCmd) curve(ctx context.Context, r *districting.Region, a *districting.Answer, w io.Writer) []districting.CurvePoint {
	o, watch := c.options(time.Now(), w)
	points := r.Curve(ctx, o)
	watch.progress.end()
	_ = curveTable(r, a, points).write(w) // nobody could be told
	return points
}

func curveTable(r *districting.Region, a *districting.Answer, points []districting.CurvePoint) table {
	part := func(x float64) string { return strconv.FormatFloat(100*x, 'f', 2, 64) + " %" }
	head, today := []string{"changes hands"}, []string{part(0)}
	for _, m := range a.Measures {
		head = append(head, m.Name)
		was := "–"
		if m.Before != nil {
			was = part(*m.Before)
		}
		today = append(today, was)
	}
	rows := table{head, today}
	for _, p := range points {
		row := []string{part(p.Moved)}
		for _, m := range r.City.Measures {
			row = append(row, part(p.Worst[m.Name]))
		}
		rows = append(rows, row)
	}
	return rows
}
