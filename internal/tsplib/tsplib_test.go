package tsplib

import (
	"fmt"
	"os"
	"path/filepath"
	"strings"
	"testing"
)

func read(t *testing.T, text string) Instance {
	t.Helper()
	p, err := Read(strings.NewReader(text))
	if err != nil {
		t.Fatalf("%v in\n%s", err, text)
	}
	return p
}

func matrix(p Instance) (rows string) {
	for i := range p.Nodes {
		for j := range p.Nodes {
			if i == j {
				rows += "- "
			} else {
				rows += fmt.Sprint(p.Cost(i, j), " ")
			}
		}
	}
	return strings.TrimSpace(rows)
}

func TestEveryLayoutOfTheSameMatrix(t *testing.T) {
	t.Parallel()
	const want = "- 1 2 3 1 - 4 5 2 4 - 6 3 5 6 -"
	for format, numbers := range map[string]string{
		"FULL_MATRIX":    "0 1 2 3\n1 0 4 5\n2 4 0 6\n3 5 6 0",
		"UPPER_ROW":      "1 2 3 4\n5\n6",
		"LOWER_ROW":      "1\n2 4 3 5 6",
		"UPPER_DIAG_ROW": "0 1 2 3 0 4 5 0 6 0",
		"LOWER_DIAG_ROW": "9999\n1 9999\n2 4 9999\n3 5 6 9999",
	} {
		p := read(t, "NAME : four of them\r\nTYPE: TSP (by hand)\nDIMENSION :4\nEDGE_WEIGHT_TYPE: EXPLICIT\nEDGE_WEIGHT_FORMAT: "+format+
			" \nDISPLAY_DATA_TYPE: TWOD_DISPLAY\nEDGE_WEIGHT_SECTION\n"+numbers+"\nDISPLAY_DATA_SECTION\n1 0 0\nEOF\nwhatever follows")
		if got := matrix(p); got != want || !p.Symmetric || p.Plane != nil || p.Name != "four of them" {
			t.Errorf("%s: %s, %+v", format, got, p)
		}
	}
}

func TestOneWayMatrix(t *testing.T) {
	t.Parallel()
	p := read(t, "TYPE: ATSP\nDIMENSION: 2\nEDGE_WEIGHT_TYPE: EXPLICIT\nEDGE_WEIGHT_FORMAT: FULL_MATRIX\nEDGE_WEIGHT_SECTION\n100000000 7.0\n1e+01 100000000\n")
	if got := matrix(p); got != "- 7 10 -" || p.Symmetric {
		t.Errorf("%s, %v", got, p.Symmetric)
	}
}

func TestCostsOfCoordinates(t *testing.T) {
	t.Parallel()
	for _, c := range []struct {
		kind, nodes string
		want        int64
	}{
		{"EUC_2D", "1 0 0\n2 3 4", 5},
		{"EUC_2D", "2 1 1\n1 0 0", 1},
		{"EUC_2D", "1 0.0 0\n2 1.5e+00 0", 2},
		{"EUC_2D", "1 7 7\n2 7 7", 0},
		{"EUC_2D", "1 -7e8 -7e8\n2 7e8 7e8", 1979898987},
		{"CEIL_2D", "1 0 0\n2 1 1", 2},
		{"CEIL_2D", "1 0 0\n2 3 4", 5},
		{"ATT", "1 0 0\n2 10 0", 4},
		{"ATT", "1 0 0\n2 11 0", 4},
		{"GEO", "1 38.24 20.42\n2 39.57 26.15", 509}, // the first leg of ulysses16
		{"GEO", "1 38.24 20.42\n2 38.24 20.42", 1},   // one past the next kilometre, whatever the kilometre
		{"GEO", "1 0.0 0.0\n2 0.0 180.0", 20039},
	} {
		p := read(t, "DIMENSION: 2\nEDGE_WEIGHT_TYPE: "+c.kind+"\nNODE_COORD_SECTION\n"+c.nodes+"\n")
		if got := p.Cost(0, 1); got != c.want || p.Cost(1, 0) != got || !p.Symmetric || len(p.Plane) != 2 {
			t.Errorf("%s %q: %d, want %d", c.kind, c.nodes, got, c.want)
		}
	}
}

func TestReadNamesTheLine(t *testing.T) {
	t.Parallel()
	const plane = "TYPE: TSP\nDIMENSION: 2\nEDGE_WEIGHT_TYPE: EUC_2D\nNODE_COORD_SECTION\n"
	const explicit = "DIMENSION: 3\nEDGE_WEIGHT_TYPE: EXPLICIT\nEDGE_WEIGHT_FORMAT: LOWER_ROW\nEDGE_WEIGHT_SECTION\n"
	for name, c := range map[string]struct{ file, want string }{
		"an empty file":             {"", "says no DIMENSION"},
		"another type":              {"TYPE: CVRP\n", "line 1: TYPE CVRP"},
		"no nodes":                  {"NAME: x\nDIMENSION: 0\n", "line 2: DIMENSION 0"},
		"no weights":                {"DIMENSION: 2\n", "says no EDGE_WEIGHT_TYPE"},
		"an unknown weight":         {"DIMENSION: 2\nEDGE_WEIGHT_TYPE: XRAY1\n", "line 2: EDGE_WEIGHT_TYPE XRAY1"},
		"no coordinates":            {"DIMENSION: 2\nEDGE_WEIGHT_TYPE: ATT\n", "no NODE_COORD_SECTION"},
		"an unknown section":        {plane + "1 0 0\n2 1 1\nFIXED_EDGES_SECTION\n1 2\n", "line 7: FIXED_EDGES_SECTION is not supported"},
		"a section twice":           {plane + "1 0 0\nNODE_COORD_SECTION\n2 0 0\n", "line 6: NODE_COORD_SECTION again"},
		"fewer nodes than promised": {plane + "1 0 0\nEOF\n", "line 5: NODE_COORD_SECTION ends after 1 nodes: DIMENSION is 2"},
		"more nodes than promised":  {plane + "1 0 0\n2 0 0\n3 0 0\n", "line 7: node 3: want 1 to 2"},
		"a node twice":              {plane + "1 0 0\n1 0 0\n", "line 6: node 1 again: it is on line 5"},
		"a node 0":                  {plane + "0 0 0\n1 0 0\n", "line 5: node 0"},
		"NaN":                       {plane + "1 NaN 0\n", "line 5: coordinate NaN"},
		"infinity":                  {plane + "1 0 -Inf\n", "line 5: coordinate -Inf"},
		"beyond 31 bits":            {plane + "1 0 1e10\n", "line 5: coordinate 1e10"},
		"a word":                    {plane + "1 0 zero\n", `line 5: "zero"`},
		"space":                     {plane + "1 0 0 0\n", `line 5: "1 0 0 0"`},
		"off the Earth":             {strings.Replace(plane, "EUC_2D", "GEO", 1) + "1 0 0\n2 91 0\n", "line 6: latitude 91"},
		"numbers before a section":  {"1 2 3\n", "line 1: \"1 2 3\" stands in no section"},
		"an unknown format":         {"DIMENSION: 2\nEDGE_WEIGHT_TYPE: EXPLICIT\nEDGE_WEIGHT_FORMAT: FUNCTION\n", "line 3: EDGE_WEIGHT_FORMAT FUNCTION"},
		"no format":                 {"DIMENSION: 2\nEDGE_WEIGHT_TYPE: EXPLICIT\n", "no EDGE_WEIGHT_FORMAT"},
		"no costs":                  {strings.TrimSuffix(explicit, "EDGE_WEIGHT_SECTION\n"), "no EDGE_WEIGHT_SECTION"},
		"fewer costs":               {explicit + "1\n2\nEOF\n", "line 6: EDGE_WEIGHT_SECTION ends after 2 numbers: LOWER_ROW of 3 nodes has 3"},
		"more costs":                {explicit + "1\n2 3 4\n", "line 6: EDGE_WEIGHT_SECTION ends after 4"},
		"a negative cost":           {explicit + "1\n-2 3\n", `line 6: "-2"`},
		"a cost of NaN":             {explicit + "nan 2 3\n", `line 5: "nan"`},
		"half a unit":               {explicit + "1 2.5 3\n", `line 5: "2.5"`},
		"a cost beyond 31 bits":     {explicit + "1 2147483648 3\n", `line 5: "2147483648"`},
		"a matrix beyond memory":    {strings.Replace(explicit, ": 3", ": 3000000000", 1) + "1 2 3\n", "DIMENSION 3000000000"},
		"coordinates beyond memory": {strings.Replace(plane, ": 2", ": 9000000000000", 1) + "1 2 3\n", "ends after 1 nodes"},
		"a line without an end":     {plane + strings.Repeat("1", longestLine+1), "line 5: longer than"},
	} {
		if _, err := Read(strings.NewReader(c.file)); err == nil || !strings.Contains(err.Error(), c.want) {
			t.Errorf("%s: %v, want %s", name, err, c.want)
		}
	}
}

// TSPLIB 95 gives the lengths of the tours that visit the nodes as they are numbered, to try readers by.
func TestLengthsOfNumberedTours(t *testing.T) {
	t.Parallel()
	for name, want := range map[string]int64{"gr666": 423710, "att532": 309636} {
		f, err := os.Open(filepath.Join(folder(t), name+".tsp"))
		if err != nil {
			t.Fatal(err)
		}
		defer f.Close()
		p, err := Read(f)
		if err != nil {
			t.Fatal(err)
		}
		sum := p.Cost(p.Nodes-1, 0)
		for i := 1; i < p.Nodes; i++ {
			sum += p.Cost(i-1, i)
		}
		if sum != want {
			t.Errorf("%s: %d, want %d", name, sum, want)
		}
	}
}

// folder holds the real files, which are not part of the project.
func folder(t *testing.T) string {
	t.Helper()
	dir, err := os.Getwd()
	if err != nil {
		t.Fatal(err)
	}
	for ; dir != filepath.Dir(dir); dir = filepath.Dir(dir) {
		found := filepath.Join(dir, "shared", "data", "routing", "tsplib")
		if _, err := os.Stat(found); err == nil {
			return found
		}
	}
	t.Skip("no shared/data/routing/tsplib above this directory")
	return ""
}

func FuzzRead(f *testing.F) {
	f.Add("DIMENSION: 2\nEDGE_WEIGHT_TYPE: GEO\nNODE_COORD_SECTION\n1 38.24 20.42\n2 39.57 26.15\n")
	f.Add("DIMENSION: 2\nEDGE_WEIGHT_TYPE: EXPLICIT\nEDGE_WEIGHT_FORMAT: FULL_MATRIX\nEDGE_WEIGHT_SECTION\n0 1 2 0\n")
	f.Fuzz(func(t *testing.T, text string) {
		p, err := Read(strings.NewReader(text))
		if err != nil {
			return
		}
		for _, j := range []int{0, p.Nodes / 2, p.Nodes - 1} {
			if j > 0 {
				if c := p.Cost(0, j); c < 0 || c >= 1<<31 || p.Symmetric && p.Cost(j, 0) != c {
					t.Fatalf("0 to %d costs %d", j, c)
				}
			}
		}
	})
}
