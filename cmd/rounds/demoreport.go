package main

import (
	"context"
	"fmt"
	"io"
	"net/url"
	"slices"
	"strconv"
	"strings"

	"rounds"
)

// report is what the API says of a day. None of its numbers is the handsets' own.
type report struct {
	day    rounds.Day
	rows   []repRow
	visits []visitSeen
}

// repRow is one rep's day.
type repRow struct {
	name                                             string
	planned, visited, credited, undecided, elsewhere int
	before, after                                    float64 // metres
}

// planSeen, visitSeen and userSeen are what the report reads of the API's answers.
type planSeen struct {
	RepID  string  `json:"rep_id"`
	Stops  int     `json:"stops_count"`
	Before float64 `json:"before_m"`
	After  float64 `json:"distance_m"`
}

type visitSeen struct {
	RepID        string   `json:"rep_id"`
	RepName      string   `json:"rep_name"`
	Outcome      string   `json:"outcome"`
	Credited     bool     `json:"credited"`
	NeedsReview  bool     `json:"needs_review"`
	EndEstimated bool     `json:"end_estimated"`
	Reasons      []string `json:"reasons"`
	Distance     *float64 `json:"distance_m"`
}

type userSeen struct {
	ID   string `json:"id"`
	Name string `json:"display_name"`
}

// list reads a list of the API to its last page.
func list[T any](ctx context.Context, c *client, path string, query url.Values) ([]T, error) {
	var found []T
	query.Set("limit", "1000")
	for {
		var page struct {
			Items []T    `json:"items"`
			Next  string `json:"next"`
		}
		if err := c.get(ctx, path+"?"+query.Encode(), &page); err != nil {
			return nil, err
		}
		found = append(found, page.Items...)
		if page.Next == "" {
			return found, nil
		}
		query.Set("after", page.Next)
	}
}

// readReport asks as somebody who may see every rep.
func readReport(ctx context.Context, c *client, day rounds.Day) (*report, error) {
	reps, err := list[userSeen](ctx, c, "/v1/users", url.Values{"role": {"rep"}})
	if err != nil {
		return nil, err
	}
	var plans struct {
		Items []planSeen `json:"items"`
	}
	if err := c.get(ctx, "/v1/plans?date="+string(day), &plans); err != nil {
		return nil, err
	}
	visits, err := list[visitSeen](ctx, c, "/v1/visits", url.Values{"date": {string(day)}})
	if err != nil {
		return nil, err
	}
	r := &report{day: day, visits: visits}
	for _, rep := range reps {
		if row := rowOf(rep, plans.Items, visits); row.planned+row.visited > 0 { // auditors have neither
			r.rows = append(r.rows, row)
		}
	}
	return r, nil
}

func rowOf(rep userSeen, plans []planSeen, visits []visitSeen) repRow {
	row := repRow{name: rep.Name}
	for _, p := range plans {
		if p.RepID == rep.ID {
			row.planned, row.before, row.after = p.Stops, p.Before, p.After
		}
	}
	for _, v := range visits {
		if v.RepID == rep.ID {
			row.count(v)
		}
	}
	return row
}

func (r *repRow) count(v visitSeen) {
	r.visited++
	switch {
	case v.Credited:
		r.credited++
	case v.Outcome == "undecided":
		r.undecided++
	default:
		r.elsewhere++
	}
}

func (r *repRow) add(other repRow) {
	r.planned += other.planned
	r.visited += other.visited
	r.credited += other.credited
	r.undecided += other.undecided
	r.elsewhere += other.elsewhere
	r.before += other.before
	r.after += other.after
}

func (r repRow) cells() []string {
	cells := []string{r.name}
	for _, n := range []int{r.planned, r.visited, r.credited, r.undecided, r.elsewhere} {
		cells = append(cells, strconv.Itoa(n))
	}
	return append(cells, kilometres(r.before), kilometres(r.after))
}

func kilometres(m float64) string { return strconv.FormatFloat(m/1000, 'f', 1, 64) }

func (r *report) table() table {
	t := table{{"rep", "planned", "visited", "credited", "undecided", "elsewhere", "km before", "km after"}}
	total := repRow{name: "total"}
	for _, row := range r.rows {
		t = append(t, row.cells())
		total.add(row)
	}
	return append(t, total.cells())
}

// oddities are the visits that a person should hear of, and what to make of them.
var oddities = []struct {
	means string
	holds func(visitSeen) bool
}{
	{"undecided: the fix was too imprecise, as it is indoors; held against nobody", func(v visitSeen) bool {
		return v.Outcome == "undecided" && slices.Contains(v.Reasons, "too_imprecise")
	}},
	{"undecided: far from a pin that nobody has confirmed, so the pin may be wrong and not the rep", func(v visitSeen) bool {
		return v.Outcome == "undecided" && slices.Contains(v.Reasons, "pin_unconfirmed")
	}},
	{"undecided for another reason", func(v visitSeen) bool {
		return v.Outcome == "undecided" && !slices.Contains(v.Reasons, "too_imprecise") && !slices.Contains(v.Reasons, "pin_unconfirmed")
	}},
	{"elsewhere, at check-in and at check-out: the rep was not there", func(v visitSeen) bool {
		return v.Outcome == "elsewhere"
	}},
	{"at the retailer by a position that the phone calls made up: waits for a review", func(v visitSeen) bool {
		return v.NeedsReview
	}},
	{"without a check-out: ended by the next check-in, and earns no time", func(v visitSeen) bool {
		return v.EndEstimated
	}},
}

// remarks are a line for each oddity that occurs: how many visits, and whose.
func (r *report) remarks() []string {
	var lines []string
	for _, odd := range oddities {
		n, names := 0, []string(nil)
		for _, v := range r.visits {
			if odd.holds(v) {
				n, names = n+1, append(names, v.RepName)
			}
		}
		if n > 0 {
			lines = append(lines, fmt.Sprintf("%4d %s (%s)", n, odd.means, whose(names)))
		}
	}
	return lines
}

func whose(names []string) string {
	slices.Sort(names)
	names = slices.Compact(names)
	if len(names) > 2 {
		return fmt.Sprintf("%d reps", len(names))
	}
	return strings.Join(names, ", ")
}

// write is the result of the demo: the table, and what its columns of bad luck are made of.
func (r *report) write(w io.Writer) error {
	fmt.Fprintf(w, "\nThe working day %s of %s, as the API tells it:\n\n", r.day, cityName)
	if err := r.table().write(w); err != nil {
		return err
	}
	_, err := fmt.Fprintf(w, "\nKilometres are straight ones, before ordering by licence code. Of the %d visits\n%s\n", len(r.visits), strings.Join(r.remarks(), "\n"))
	return err
}
