package main

import (
	"context"
	"encoding/json"
	"fmt"
	"math"
	"math/rand/v2"
	"os"
	"slices"
	"strings"
	"testing"
	"time"

	"rounds/geo"

	"github.com/paulmach/orb"
	"golang.org/x/text/encoding/simplifiedchinese"
)

// routed runs the command and decodes its one line.
func routed(t *testing.T, file string, args ...string) (routeAnswer, ran) {
	t.Helper()
	return oneLine[routeAnswer](t, file, append([]string{"route", "-"}, args...))
}

// oneLine runs a command that prints one line of JSON, and decodes that.
func oneLine[Answer any](t *testing.T, file string, args []string) (a Answer, r ran) {
	t.Helper()
	r = command(t, file, args...)
	if strings.Count(r.out, "\n") != 1 {
		t.Fatalf("%v: exit status %d, %q, %s", args, r.status, r.out, r.err)
	}
	d := json.NewDecoder(strings.NewReader(r.out))
	d.DisallowUnknownFields()
	if err := d.Decode(&a); err != nil {
		t.Fatalf("%s: %v", r.out, err)
	}
	return a, r
}

// A street with shops at 0, 400, 100, 500, 200 and 300, and another where every step uphill costs 1 more.
const (
	streetTSP = "NAME: street\nTYPE: TSP\nDIMENSION: 6\nEDGE_WEIGHT_TYPE: EUC_2D\nNODE_COORD_SECTION\n1 0 0\n2 400 0\n3 100 0\n4 500 0\n5 200 0\n6 300 0\nEOF\n"
	slopeTSP  = "TYPE: ATSP\nDIMENSION: 3\nEDGE_WEIGHT_TYPE: EXPLICIT\nEDGE_WEIGHT_FORMAT: FULL_MATRIX\nEDGE_WEIGHT_SECTION\n9 1 5\n4 9 1\n1 4 9\n"
)

func TestRouteFromAndTo(t *testing.T) {
	t.Parallel()
	for _, c := range []struct {
		file, args  string
		cost        float64
		first, last int // 0: either way round
	}{
		{streetTSP, "", 1000, 1, 0},
		{streetTSP, "--start=4", 1000, 4, 0},
		{streetTSP, "--start=4 --end=4", 1000, 4, 0},
		{streetTSP, "--open", 500, 1, 4},
		{streetTSP, "--open --start=2", 600, 2, 1},
		{streetTSP, "--end=4", 500, 1, 4},
		{streetTSP, "--start=4 --end=1", 500, 4, 1},
		{streetTSP, "--open --start=3 --end=4", 600, 3, 4},
		{slopeTSP, "", 3, 1, 3},
		{slopeTSP, "--start=2", 3, 2, 1},
		{slopeTSP, "--open", 2, 1, 3},
		{slopeTSP, "--start=3 --end=2", 2, 3, 2},
	} {
		got, r := routed(t, c.file, strings.Fields(c.args)...)
		nodes := slices.Sorted(slices.Values(got.Order))
		if want := []int{1, 2, 3, 4, 5, 6}[:len(nodes)]; !slices.Equal(nodes, want) || r.status != exitDone || r.err != "" {
			t.Errorf("%q: %+v", c.args, r)
		}
		if !got.Proven || got.Cost != c.cost || got.LowerBound != c.cost || *got.Gap != 0 || *got.Seconds < 0 {
			t.Errorf("%q: %s, want %v, proven", c.args, r.out, c.cost)
		}
		if last := got.Order[len(got.Order)-1]; got.Order[0] != c.first || c.last > 0 && last != c.last {
			t.Errorf("%q: %v, want %d to %d", c.args, got.Order, c.first, c.last)
		}
	}
}

func TestRouteReadsTables(t *testing.T) {
	t.Parallel()
	// Numbered from 1 under the heading; the blank row has no number. A shop is named twice.
	const file = "编码,纬度,经度\n甲,30.00,120.00\n,,\n乙,30.02,120.00\n丙,30.01,120.00\n丁,30.02,120.00\n"
	gb, err := simplifiedchinese.GB18030.NewEncoder().String(file)
	if err != nil {
		t.Fatal(err)
	}
	metres := func(from, to float64) float64 {
		return math.Round(float64(geo.Distance(orb.Point{120, from}, orb.Point{120, to})))
	}
	there, back := metres(30, 30.01)+metres(30.01, 30.02), metres(30.02, 30)
	for name, text := range map[string]string{
		"UTF-8": file, "GB18030": gb, "a mark": "\uFEFF" + file, "semicolons": strings.ReplaceAll(file, ",", ";"),
		"CRLF": strings.ReplaceAll(file, "\n", "\r\n"),
	} {
		got, _ := routed(t, text)
		if nodes := slices.Sorted(slices.Values(got.Order)); got.Cost != there+back || !got.Proven || !slices.Equal(nodes, []int{1, 2, 3, 4}) {
			t.Errorf("%s: %+v, want %v", name, got, there+back)
		}
		if got, _ := routed(t, text, "--open", "--start=2"); got.Cost != there || !slices.Equal(got.Order, []int{2, 4, 3, 1}) {
			t.Errorf("%s: %+v, want %v", name, got, there)
		}
	}
	for text, want := range map[string]string{
		"lat,lon\n":                       `{"cost":0,"lower_bound":0,"gap":0,"proven":true,"seconds":null,"order":[]}`,
		"lat,lon\n30,120\n":               `{"cost":0,"lower_bound":0,"gap":0,"proven":true,"seconds":null,"order":[1]}`,
		"lat,lon\n30,120\n30,120\n":       `{"cost":0,"lower_bound":0,"gap":0,"proven":true,"seconds":null,"order":[1,2]}`,
		"lat,lon\n-89.9,-180\n89,179.9\n": `"proven":true,"seconds":null,"order":[1,2]}`,
	} {
		_, r := routed(t, text, "--iterations=1")
		r.want(t, exitDone, want, "")
	}
}

// aTown is so many shops in a table.
func aTown(n int) string {
	r := rand.New(rand.NewPCG(1, 2))
	file := &strings.Builder{}
	fmt.Fprintln(file, "lat,lon")
	for range n {
		fmt.Fprintf(file, "%.6f,%.6f\n", 30+r.Float64()/10, 120+r.Float64()/10)
	}
	return file.String()
}

func TestRouteByIterationsIsTheSameBitForBit(t *testing.T) {
	t.Parallel()
	file := aTown(600)
	first, r := routed(t, file, "--iterations=20")
	if first.Seconds != nil || r.status != exitDone || !(*first.Gap > 0 && *first.Gap < 0.05) || first.LowerBound > first.Cost {
		t.Errorf("%+v", r)
	}
	if want := (first.Cost - first.LowerBound) / first.LowerBound; *first.Gap != want {
		t.Errorf("gap %v, want %v", *first.Gap, want)
	}
	if _, again := routed(t, file, "--iterations=20"); again.out != r.out {
		t.Errorf("first %s, then %s", r.out, again.out)
	}
	if _, seeded := routed(t, file, "--iterations=20", "--seed=1"); seeded.out != r.out {
		t.Error("the seed is not 1 where none is given")
	}
	if _, other := routed(t, file, "--iterations=20", "--seed=2"); other.out == r.out {
		t.Error("another seed gives the same")
	}
	both, r := routed(t, file, "--iterations=20", "--time=10m")
	if both.Seconds == nil || *both.Seconds > 500 {
		t.Errorf("iterations do not end a search that has time: %s", r.out)
	}
	if timed, r := routed(t, file, "--iterations=1000000000", "--time=200ms"); timed.Seconds == nil || *timed.Seconds > 300 {
		t.Errorf("time does not end a search that has iterations: %s", r.out)
	}
}

func TestRouteOfManyStops(t *testing.T) {
	t.Parallel()
	got, r := routed(t, aTown(mostInTable+1), "--time=100ms")
	if nodes := slices.Sorted(slices.Values(got.Order)); len(nodes) != mostInTable+1 || nodes[0] != 1 || nodes[mostInTable] != mostInTable+1 {
		t.Errorf("%d nodes", len(nodes))
	}
	if r.status != exitDone && (r.status != exitLimit || !strings.Contains(r.err, "4001 nodes are too many for --time 100ms")) {
		t.Errorf("exit status %d: %s", r.status, r.err)
	}
	if (got.Gap == nil) != (got.LowerBound == 0) {
		t.Errorf("gap %v over a bound of %v", got.Gap, got.LowerBound)
	}
	command(t, aTown(mostSites+1), "route", "-").want(t, exitFailed, "", "50001 nodes: at most 50000")
}

func TestRouteStoppedGivesTheBestSoFar(t *testing.T) {
	t.Parallel()
	ctx, stop := context.WithTimeout(t.Context(), 300*time.Millisecond)
	defer stop()
	var out, errs strings.Builder
	name := aFile(t, streetOf(150))
	status := run(ctx, []string{"route", name, "--time=10m"}, terminal{nil, &out, &errs})
	var got routeAnswer
	if err := json.Unmarshal([]byte(out.String()), &got); err != nil || status != exitLimit || len(got.Order) != 150 || !strings.Contains(errs.String(), "best so far") {
		t.Errorf("exit status %d, %v, %s, %s", status, err, out.String(), errs.String())
	}
}

// streetOf is a file whose tour no bound of 1-trees proves.
func streetOf(n int) string {
	r := rand.New(rand.NewPCG(3, 4))
	file := &strings.Builder{}
	fmt.Fprintf(file, "TYPE: TSP\nDIMENSION: %d\nEDGE_WEIGHT_TYPE: EUC_2D\nNODE_COORD_SECTION\n", n)
	for i := range n {
		fmt.Fprintln(file, i+1, r.IntN(100_000), r.IntN(100_000))
	}
	return file.String()
}

// Along a street, penalties from neighbours alone say less than none.
func TestRouteAlongAStreetHasABound(t *testing.T) {
	t.Parallel()
	file := &strings.Builder{}
	file.WriteString("lat,lon\n")
	for i := range 300 {
		fmt.Fprintf(file, "30,%.4f\n", 120+float64(i)/1000)
	}
	if got, r := routed(t, file.String(), "--iterations=10"); got.LowerBound < 0.45*got.Cost || got.Gap == nil {
		t.Errorf("%.100s", r.out)
	}
}

func TestRouteRefuses(t *testing.T) {
	t.Parallel()
	for name, c := range map[string]struct {
		file, args string
		status     int
		said       string
	}{
		"an empty file":                 {"", "", exitFailed, "standard input: the file has no header line"},
		"a table without positions":     {"id,name\n1,2\n", "", exitFailed, "line 1: there must be one column lat"},
		"NaN":                           {"lat,lon\n30,120\nNaN,120\n", "", exitFailed, `standard input: line 3: latitude "NaN"`},
		"no coordinates":                {"lat,lon\n30,120\n,120\n", "", exitFailed, "line 3: no coordinates"},
		"latitude and longitude turned": {"lat,lon\n120,30\n", "", exitFailed, "line 2: latitude 120 and longitude 30 look swapped"},
		"off the Earth":                 {"lat,lon\n30,190\n", "", exitFailed, "line 2: latitude 30, longitude 190 is no place"},
		"in the sea where 0 meets 0":    {"lat,lon\n0,0\n30,120\n", "", exitFailed, "line 2: latitude 0, longitude 0"},
		"a decimal comma":               {"lat,lon\n30,1,120,2\n", "", exitFailed, "line 2: 4 cells where the header has 2"},
		"TSPLIB of another kind":        {"NAME : x\nTYPE : CVRP\n", "", exitFailed, "standard input: line 2: TYPE CVRP"},
		"TSPLIB cut off":                {strings.TrimSuffix(streetTSP, "6 300 0\nEOF\n"), "", exitFailed, "line 10: NODE_COORD_SECTION ends after 5 nodes"},
		"days":                          {"1 3 51 2\n0 160\n", "", exitFailed, "several days"},
		"a start that is no node":       {streetTSP, "--start=7", exitUsage, "--start 7 is no node of the file: it has 6"},
		"a start of 0":                  {streetTSP, "--start=0", exitUsage, "--start 0 is no node"},
		"an end that is no node":        {streetTSP, "--end=-1", exitUsage, "--end -1 is no node"},
		"an open way to its start":      {streetTSP, "--open --end=1", exitUsage, "contradict"},
		"no stop to start from":         {"lat,lon\n", "--start=1", exitUsage, "--start 1 is no node of the file: it has 0"},
		"no time":                       {streetTSP, "--time=0s", exitUsage, "--time"},
		"time without a unit":           {streetTSP, "--time=1", exitUsage, "--time"},
		"no iterations":                 {streetTSP, "--iterations=0", exitUsage, "--iterations"},
		"a seed below 0":                {streetTSP, "--seed=-1", exitUsage, "--seed"},
	} {
		t.Run(name, func(t *testing.T) {
			t.Parallel()
			got := command(t, c.file, append([]string{"route", "-"}, strings.Fields(c.args)...)...)
			got.want(t, c.status, "", c.said)
			if got.out != "" {
				t.Errorf("standard output: %s", got.out)
			}
		})
	}
	command(t, "", "route", "no-such-file.tsp").want(t, exitUsage, "", "no-such-file.tsp")
	command(t, "", "route", os.TempDir()).want(t, exitUsage, "", "")
	command(t, "", "route", "--help").want(t, exitDone, "rounds route berlin52.tsp", "")
}
