package main

import (
	"encoding/json"
	"math"
	"os"
	"path/filepath"
	"slices"
	"strconv"
	"strings"
	"testing"

	"rounds/routing"
)

// published reads a file of shared/data/routing/tsptw in some directory above, which is not part of the project.
func published(t *testing.T, name ...string) string {
	t.Helper()
	dir, err := os.Getwd()
	if err != nil {
		t.Fatal(err)
	}
	for ; dir != filepath.Dir(dir); dir = filepath.Dir(dir) {
		text, err := os.ReadFile(filepath.Join(append([]string{dir, "shared", "data", "routing", "tsptw"}, name...)...))
		if err == nil {
			return string(text)
		}
	}
	t.Skip("no shared/data/routing/tsptw above this directory")
	return ""
}

func TestRouteKeepsPublishedWindows(t *testing.T) {
	t.Parallel()
	for _, c := range []struct {
		set, name string
		order     string // where there is one best
	}{
		{"Dumas", "n20w100.001.txt", "[9,11,2,15,16,4,8,1,5,6,10,14,18,13,7,3,17,12,20,19]"},
		{"GendreauDumasExtended", "n20w120.001.txt", "[6,16,9,19,17,18,12,10,11,5,1,15,2,7,4,13,20,3,8,14]"},
		{"SolomonPotvinBengio", "rc_201.1.txt", "[14,18,13,9,5,4,6,8,7,16,19,11,17,1,10,3,12,2,15]"},
		{"SolomonPotvinBengio", "rc_203.3.txt", ""},
	} {
		file := published(t, c.set, c.name)
		_, known, _ := strings.Cut(published(t, c.set+"_best_known.txt"), "\n"+c.name)
		best, err := strconv.ParseFloat(strings.Fields(known)[0], 64)
		if err != nil {
			t.Fatal(err)
		}
		got, r := routed(t, file, "--iterations=500")
		r.want(t, exitDone, c.order, "")
		if math.Abs(got.Cost-best) > 0.006 || r.err != "" || got.Seconds != nil || len(got.LeftOut) > 0 || got.LowerBound > got.Cost {
			t.Errorf("%s: %s, want %v", c.name, r.out, best)
		}
		w, err := readWindowed(strings.NewReader(file))
		if err != nil {
			t.Fatal(err)
		}
		tour := routing.SolveWindows(t.Context(), w.problem, routing.Options{Seed: 1, Kicks: 500})
		if err := routing.CheckWindows(w.problem, tour); err != nil || !slices.Equal(tour.Order[1:], got.Order) {
			t.Errorf("%s: %v, %v: %v", c.name, tour.Order, got.Order, err)
		}
		if cost := along(t, file, got.Order); math.Abs(cost-got.Cost) > 1e-6 {
			t.Errorf("%s: cost %v, by the file %v", c.name, got.Cost, cost)
		}
	}
}

// along is the travel of an order by the numbers of a file, all of whose windows it must keep.
func along(t *testing.T, file string, order []int) (travel float64) {
	t.Helper()
	var f []float64
	for _, word := range strings.Fields(file) {
		x, err := strconv.ParseFloat(word, 64)
		if err != nil {
			t.Fatal(err)
		}
		f = append(f, x)
	}
	n, here := int(f[0]), 0
	if sorted := slices.Sorted(slices.Values(order)); len(order) != n-1 || sorted[0] != 1 || sorted[n-2] != n-1 || len(slices.Compact(sorted)) != n-1 {
		t.Fatalf("%v is no order of 1 to %d", order, n-1)
	}
	now := f[1+n*n]
	for _, node := range append(slices.Clone(order), 0) {
		leg := f[1+here*n+node]
		travel, now, here = travel+leg, max(now+leg, f[1+n*n+2*node]), node
		if closes := f[2+n*n+2*node]; now > closes+1e-6 {
			t.Errorf("%v: at %d at %v, after %v", order, node, now, closes)
		}
	}
	return travel
}

// Three shops on a one-way street, an hour apart; the first is the depot's neighbour.
const streetHours = "4\n0 1 2 3\n3 0 1 2\n2 3 0 1\n1 2 3 0\n"

func TestRouteWithinHours(t *testing.T) {
	t.Parallel()
	for name, c := range map[string]struct {
		file, line, said string
		status           int
	}{
		"round and back":            {streetHours + "0 9\n0 9\n0 9\n0 9\n", `{"cost":4,"lower_bound":4,"gap":0,"proven":true,"seconds":null,"order":[1,2,3]}`, "", exitDone},
		"waiting costs nothing":     {streetHours + "0 99\n50 60\n0 99\n0 99\n", `{"cost":4,`, "", exitDone},
		"the last opens first":      {streetHours + "0 9\n5 9\n0 9\n0 3\n", `{"cost":8,"lower_bound":8,"gap":0,"proven":true,"seconds":null,"order":[2,3,1]}`, "", exitDone},
		"decimals, remarks":         {"\uFEFF2 \r\n\r\n0 0.12344\r\n0.5 7 # the diagonal does not count\r\n\r\n0 9\r\n0 9\r\n", `{"cost":0.6234,"lower_bound":0.6234,"gap":0,"proven":true,"seconds":null,"order":[1]}`, "", exitDone},
		"a depot alone":             {"1\n0\n3 9\n", `{"cost":0,"lower_bound":0,"gap":0,"proven":true,"seconds":null,"order":[]}`, "", exitDone},
		"shut for good, and by two": {streetHours + "2 9\n0 1\n0 3\n9 12\n", `"order":[],"left_out":[{"node":1,"reason":"never_open"},{"node":2,"reason":"too_far"},{"node":3,"reason":"too_far"}]}`, "3 of 3 stops are left out", exitLimit},
		"two at one time":           {streetHours + "0 20\n4 4\n0 20\n4 4\n", `,"left_out":[{"node":1,"reason":"no_time_left"}]}`, "1 of 3 stops are left out: no order was found that keeps all time windows.\n", exitLimit},
	} {
		t.Run(name, func(t *testing.T) {
			t.Parallel()
			got, r := routed(t, c.file, "--iterations=1")
			r.want(t, c.status, c.line, c.said)
			if !got.Proven || (r.err == "") != (c.said == "") {
				t.Errorf("%+v", r)
			}
			if timed, r := routed(t, c.file, "--time=10m"); timed.Seconds == nil || *timed.Seconds > 300 || r.status != c.status || timed.Cost != got.Cost {
				t.Errorf("with a clock: %+v", r)
			}
		})
	}
}

func TestRouteRefusesHours(t *testing.T) {
	t.Parallel()
	const good = streetHours + "0 9\n0 9\n0 9\n0 9\n"
	for name, c := range map[string]struct {
		file, args string
		status     int
		said       string
	}{
		"an open way":               {good, "--open", exitUsage, "says itself"},
		"a start":                   {good, "--start=1", exitUsage, "says itself"},
		"an end":                    {good, "--end=2", exitUsage, "says itself"},
		"no nodes":                  {"0\n", "", exitFailed, "standard input: line 1: 0 nodes: with time windows want 1 to 1000"},
		"more nodes than numbers":   {"99999999999999999999999\n0\n", "", exitFailed, "line 1: 99999999999999999999 nodes"},
		"too many nodes":            {"1001\n", "", exitFailed, "line 1: 1001 nodes"},
		"a short row":               {strings.Replace(good, "2 3 0 1", "2 3 0", 1), "", exitFailed, "line 4: 3 numbers: want 4"},
		"cut off":                   {strings.TrimSuffix(good, "0 9\n"), "", exitFailed, "line 9: the file ends where 2 more numbers are wanted"},
		"cut off within a window":   {strings.TrimSuffix(good, " 9\n"), "", exitFailed, "line 9: 1 numbers: want 2"},
		"more than it says":         {good + "0 9\n", "", exitFailed, "line 10: the file goes on after the windows of 4 nodes"},
		"closes before it opens":    {streetHours + "0 9\n0 9\n8 7\n0 9\n", "", exitFailed, "line 8: closes at 7, before it opens at 8"},
		"a depot that never opens":  {streetHours + "9 0\n0 9\n0 9\n0 9\n", "", exitFailed, "line 6: closes at 0"},
		"a word":                    {strings.Replace(good, "3 0 1 2", "3 0 x 2", 1), "", exitFailed, `line 3: "x" is no number`},
		"NaN":                       {strings.Replace(good, "3 0 1 2", "3 0 NaN 2", 1), "", exitFailed, "line 3: NaN: want 0 to"},
		"a leg below 0":             {strings.Replace(good, "3 0 1 2", "3 0 -1 2", 1), "", exitFailed, "line 3: -1: want 0 to 2147483646"},
		"decimals beyond the steps": {streetHours + "0 214748.5\n0 9\n0 9\n0 9\n", "", exitFailed, "line 6: 214748.5: want 0 to 214748.3646"},
		"a line without an end":     {"4\n" + strings.Repeat("0 ", longestRow), "", exitFailed, "line 2: longer than"},
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
}

func FuzzWindowed(f *testing.F) {
	f.Add(streetHours + "0 9\n0 9\n0 9.5\n0 9\n")
	f.Fuzz(func(t *testing.T, file string) {
		w, err := readWindowed(strings.NewReader("2\n" + file))
		if err != nil {
			return
		}
		tour := routing.SolveWindows(t.Context(), w.problem, routing.Options{Kicks: 1})
		if err := routing.CheckWindows(w.problem, tour); err != nil {
			t.Error(err)
		}
		if _, err := json.Marshal(w.solve(t.Context(), routing.Options{Kicks: 1})); err != nil {
			t.Error(err)
		}
	})
}
