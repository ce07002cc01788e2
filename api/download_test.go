package api_test

import (
	"bytes"
	"context"
	"encoding/csv"
	"slices"
	"strings"
	"testing"

	"github.com/xuri/excelize/v2"
)

// table is what a file holds, below the names of its columns.
func (a answer) table(named string) (columns []string, rows [][]string) {
	a.t.Helper()
	if got := a.header.Get("Content-Disposition"); got != `attachment; filename="`+named+`"` {
		a.t.Errorf("the file is named by %s", got)
	}
	var records [][]string
	var err error
	if strings.HasSuffix(named, ".csv") {
		body, bom := bytes.CutPrefix(a.body, []byte("\ufeff"))
		if !bom {
			a.t.Error("Excel in China takes this CSV for GBK")
		}
		records, err = csv.NewReader(bytes.NewReader(body)).ReadAll()
	} else {
		book, err := excelize.OpenReader(bytes.NewReader(a.body))
		if err != nil {
			a.t.Fatal(err)
		}
		defer book.Close()
		if records, err = book.GetRows(book.GetSheetName(0)); err != nil {
			a.t.Fatal(err)
		}
	}
	if err != nil || len(records) == 0 {
		a.t.Fatalf("%s: %v", a, err)
	}
	return records[0], records[1:]
}

// column are the cells below a name.
func column(t *testing.T, name string, columns []string, rows [][]string) []string {
	t.Helper()
	at := slices.Index(columns, name)
	if at < 0 {
		t.Fatalf("no column %s in %v", name, columns)
	}
	var cells []string
	for _, row := range rows {
		cells = append(cells, append(row, make([]string, len(columns))...)[at]) // XLSX ends with the last cell that is not empty
	}
	return cells
}

// TestListsAsFiles: a file has the rows of the list, all of them, in its order, of the same people, and runs nothing.
func TestListsAsFiles(t *testing.T) {
	t.Parallel()
	f := setup(t)
	f.queue()
	f.visit("rep1", f.retailers["rep1"][2], 40, away)
	f.must(f.store.ReplacePinSuspects(context.Background(), f.org.ID, f.suspects(3)))
	f.as("admin").patch("/v1/retailers/"+f.retailers["rep1"][0].ID.String(), object{"name": dangerous}).want(200)
	for _, c := range []struct{ who, list, query, id, file string }{
		{"admin", "exceptions", "", "id", "exceptions-until-" + today},
		{"supervisor", "exceptions", "", "id", "exceptions-until-" + today},
		{"supervisor", "exceptions", "kind=visit_elsewhere&date=" + today, "id", "exceptions-" + today},
		{"supervisor", "exceptions", "min_severity=61&rep=" + f.users["rep1"].ID.String(), "id", "exceptions-until-" + today},
		{"supervisor", "exceptions", "date=2026-03-01&until=" + today, "id", "exceptions-2026-03-01-to-" + today},
		{"rep1", "exceptions", "", "id", "exceptions-until-" + today},
		{"sibling", "exceptions", "", "id", "exceptions-until-" + today},
		{"supervisor", "pins/suspects", "", "retailer_id", "pin-suspects-" + today},
		{"sibling", "pins/suspects", "", "retailer_id", "pin-suspects-" + today},
	} {
		who, path := f.as(c.who), "/v1/"+c.list+"?"+c.query
		want := each(who.get(path).want(200).at("items"), c.id)
		if len(want) == 0 && c.who != "sibling" {
			t.Fatalf("%s, %s: nothing to compare", c.who, path)
		}
		for _, format := range []string{"csv", "xlsx"} {
			columns, rows := who.get(path + "&limit=1&format=" + format).want(200).table(c.file + "." + format)
			if got := column(t, c.id, columns, rows); !slices.Equal(got, want) {
				t.Errorf("%s, %s: %v, want %v", c.who, path, got, want)
			}
			disarmed := map[string]string{"csv": "'" + dangerous, "xlsx": dangerous}[format]
			if names := column(t, "retailer_name", columns, rows); c.query == "" && c.who != "sibling" && !slices.Contains(names, disarmed) {
				t.Errorf("%s, %s: names %q", c.who, path, names)
			}
		}
	}
	f.as("rep1").get("/v1/pins/suspects?format=csv").want(403)
	f.as("admin").breaking().get("/v1/exceptions?format=pdf").want(400).wantField("format", "not_one_of")
}

// Of a pin that is far from its city somebody wants to know how far.
func TestSuspectsSayHowFarFromTheirPlace(t *testing.T) {
	t.Parallel()
	f := setup(t)
	f.must(f.store.ReplacePinSuspects(context.Background(), f.org.ID, f.suspects(1)))
	who := f.as("supervisor")
	if a := who.get("/v1/pins/suspects").want(200); a.at("items", 0, "place_m") != 21500.5 {
		t.Errorf("%s", a)
	}
	for _, format := range []string{"csv", "xlsx"} {
		columns, rows := who.get("/v1/pins/suspects?format=" + format).want(200).table("pin-suspects-" + today + "." + format)
		if got := column(t, "place_m", columns, rows); !slices.Equal(got, []string{"21500.5"}) {
			t.Errorf("%s: %v", format, got)
		}
	}
}
