package hours_test

import (
	"encoding/csv"
	"fmt"
	"os"
	"path/filepath"
	"slices"
	"strings"
	"testing"
	"time"

	"rounds"
	"rounds/hours"
)

// elsewhere are the strings that are read otherwise than the reference implementation reads them, and why.
var elsewhere = map[string]string{
	"We-Fr 13:00-18:00 Sa 12:00-18:00":                "no separator before Sa: it takes both times for all four days, here it is an error",
	"Mo-Fr 08:00-19:00 Sa 09:00-19:00 Su 12:00-18:00": "the same, of three",
}

// Real strings with the intervals of a week by the reference implementation. They are no part of the project:
// they are looked for as shared/data/hours in every directory above.
func TestRealStrings(t *testing.T) {
	t.Parallel()
	rows := realStrings(t)
	agree, broken := 0, 0
	for _, row := range rows {
		text, fine, want := row[1], row[3] == "1", row[5]
		got, err := weekOf(text)
		switch {
		case !fine && err != nil:
			broken++
			agree++
		case fine && err == nil && got == want:
			agree++
		case elsewhere[text] == "":
			t.Errorf("%q: %v\n got %s\nwant %s", text, err, got, want)
		}
	}
	t.Logf("%d of %d strings agree, %d of them broken", agree, len(rows), broken)
	if len(rows) != 434 || broken != 5 || agree != len(rows)-len(elsewhere) {
		t.Errorf("%d of %d agree, %d broken", agree, len(rows), broken)
	}
}

func realStrings(t testing.TB) [][]string {
	t.Helper()
	dir, err := os.Getwd()
	if err != nil {
		t.Fatal(err)
	}
	for ; dir != filepath.Dir(dir); dir = filepath.Dir(dir) {
		file, err := os.Open(filepath.Join(dir, "shared", "data", "hours", "osm_opening_hours_dev.csv"))
		if err != nil {
			continue
		}
		defer file.Close()
		rows, err := csv.NewReader(file).ReadAll()
		if err != nil {
			t.Fatal(err)
		}
		return rows[1:]
	}
	t.Skip("no shared/data/hours above the repository")
	return nil
}

// weekOf are the intervals of the week of 2024-06-03, those over midnight joined, as the file writes them.
func weekOf(text string) (string, error) {
	h, err := hours.Parse(text)
	if err != nil {
		return "", err
	}
	type interval struct{ from, until time.Time }
	var found []interval
	for i := range 7 {
		d := rounds.Day("2024-06-03").Add(i)
		midnight := d.At(0, 0, time.UTC)
		for _, s := range h.On(d, nil) {
			from, until := midnight.Add(time.Duration(s.From)*time.Minute), midnight.Add(time.Duration(s.Until)*time.Minute)
			if n := len(found); n > 0 && found[n-1].until.Equal(from) {
				found[n-1].until = until
			} else {
				found = append(found, interval{from, until})
			}
		}
	}
	var lines []string
	for _, i := range found {
		const form = "2006-01-02T15:04"
		lines = append(lines, fmt.Sprintf("%s/%s", i.from.Format(form), i.until.Format(form)))
	}
	slices.Sort(lines)
	return strings.Join(lines, " "), nil
}
