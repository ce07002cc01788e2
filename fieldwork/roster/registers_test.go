package roster

import (
	"os"
	"path/filepath"
	"testing"

	"rounds/geo"
	"rounds/internal/sheet"

	"github.com/google/go-cmp/cmp"
)

// register reads a file of real retailers. They are not part of the project: they are looked for as
// shared/data/retailers in every directory above, and the test is skipped where there is none.
func register(t testing.TB, name string, options Options) *File {
	t.Helper()
	table, err := sheet.Read(openRegister(t, name), "")
	if err != nil {
		t.Fatal(err)
	}
	if options.Datum == "" {
		options.Datum = geo.WGS84
	}
	file, err := Parse(table, options)
	if err != nil {
		t.Fatal(err)
	}
	return file
}

func openRegister(t testing.TB, name string) *os.File {
	t.Helper()
	dir, err := os.Getwd()
	if err != nil {
		t.Fatal(err)
	}
	for ; dir != filepath.Dir(dir); dir = filepath.Dir(dir) {
		if file, err := os.Open(filepath.Join(dir, "shared", "data", "retailers", name)); err == nil {
			t.Cleanup(func() { _ = file.Close() })
			return file
		}
	}
	t.Skipf("no shared/data/retailers/%s above the repository", name)
	return nil
}

// counts tallies a file's findings by code.
func counts(file *File) map[string]int {
	counts := map[string]int{}
	for _, f := range file.Findings {
		counts[f.Code]++
	}
	return counts
}

func TestRegisters(t *testing.T) {
	t.Parallel()
	for _, c := range []struct {
		name    string
		options Options
		rows    int
		counts  map[string]int
	}{
		{"nys_tobacco_upstate.csv", Options{}, 7508, map[string]int{"far_from_others": 2, "shared_point": 116}},
		{"nys_tobacco_upstate_original_columns.csv", Options{}, 7508, map[string]int{"far_from_others": 2, "shared_point": 116}},
		{"nys_food_stores_upstate.csv", Options{}, 11589, map[string]int{"no_name": 4, "no_coordinates": 712, "shared_point": 467}},
		{"iowa_liquor_stores.csv", Options{}, 2296, map[string]int{"no_coordinates": 125, "shared_point": 163}},
		{"chicago_grocery_liquor_2013.csv", Options{}, 504, map[string]int{"repeated_code": 1, "no_code": 1, "shared_point": 2}},
		{"tw_convenience_rest.csv", Options{Map: map[string]string{"name": "branch", "code": "branch_id"}}, 13908, map[string]int{"far_from_others": 9, "no_coordinates": 1, "shared_point": 908, "unknown_status": 3}},
		{"shanghai_chain_pois_gcj02_inferred.csv", Options{Datum: geo.GCJ02, Map: map[string]string{"lat": "lat_gcj02", "lon": "lon_gcj02"}}, 1293, map[string]int{"far_from_others": 1, "shared_point": 17}},
	} {
		t.Run(c.name, func(t *testing.T) {
			t.Parallel()
			file := register(t, c.name, c.options)
			if diff := cmp.Diff(c.counts, counts(file)); diff != "" || len(file.Rows) != c.rows {
				t.Errorf("%d rows, want %d; %s", len(file.Rows), c.rows, diff)
			}
		})
	}
}

// One register, as somebody tidied it and as the state publishes it, gives the same retailers.
func TestBothFormsOfARegisterAgree(t *testing.T) {
	t.Parallel()
	tidy := register(t, "nys_tobacco_upstate.csv", Options{})
	original := register(t, "nys_tobacco_upstate_original_columns.csv", Options{})
	if len(tidy.Rows) != len(original.Rows) || tidy.Repeats != original.Repeats {
		t.Fatalf("%d and %d rows, %d and %d repeats", len(tidy.Rows), len(original.Rows), tidy.Repeats, original.Repeats)
	}
	for i, row := range tidy.Rows {
		other := original.Rows[i]
		if row.Code != other.Code || *row.Point != *other.Point {
			t.Fatalf("lines %d and %d: %s at %v, %s at %v", row.Line, other.Line, row.Code, *row.Point, other.Code, *other.Point)
		}
	}
	if tidy.Repeats != 4 {
		t.Errorf("%d repeats, want 4", tidy.Repeats)
	}
	extra := map[string]string{
		"LOCAL HEALTH UNIT": "MONROE", "STATE": "NY", "MUNICIPALITY": "HAMLIN", "COUNTY": "MONROE",
		"VENDOR TYPE": "TOBACCO RETAIL", "CREATION DATE": "11/10/2020",
	}
	if diff := cmp.Diff(extra, original.Rows[0].Extra); diff != "" {
		t.Error(diff)
	}
	if tidy.Rows[0].Extra["source_row"] != "2" {
		t.Error("source_row is not kept")
	}
}
