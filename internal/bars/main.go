// Command bars prints what benchmarks of territories have seen beside what is aimed at. It reads the output of go test -bench on
// standard input; goals are in a table here. It ends with status 1 where a benchmark failed, never for a goal that is missed.
package main

import (
	"bufio"
	"errors"
	"fmt"
	"io"
	"os"
	"regexp"
	"strconv"
	"strings"
	"text/tabwriter"
)

// goal is what a measure of a benchmark ought to be: at most, or if least is set at least.
type goal struct {
	name, unit string // of the benchmark so far as it goes, and of the measure
	value      float64
	least      bool
}

var goals = []goal{
	{name: "Cuts/2000-into-10-", unit: "%worst", value: 2},
	{name: "Cuts/2000-into-10-", unit: "D2", value: 1.40},
	{name: "Cuts/20000-into-10-", unit: "%worst", value: 1},
	{name: "Cuts/20000-into-10-", unit: "D2", value: 1.33},
	{name: "Cuts/20000-into-100-50pm", unit: "%worst", value: 5},
	{name: "Cuts/20000-into-100-50pm", unit: "D2", value: 1.42},
	{name: "Cuts/20000-into-100-20pm", unit: "%worst", value: 2},
	{name: "Cuts/60000-into-250-", unit: "%worst", value: 5},
	{name: "Cuts/60000-into-250-", unit: "D2", value: 1.44},
	{name: "Cuts/", unit: "broken"},
	{name: "TerritoriesProcess/60000-into-250", unit: "MB", value: 250},
	{name: "BesideMETIS/20000-into-100", unit: "deviation/METIS", value: 0.25},
	{name: "BesideMETIS/20000-into-100", unit: "D2/METIS", value: 0.55},
	{name: "Drifts/2000-into-10-", unit: "moved/bound", value: 1.03},
	{name: "Drifts/20000-into-100-", unit: "moved/bound", value: 1.10},
	{name: "Drifts/20000-into-100-", unit: "D2/today", value: 1.10},
	{name: "TerritoriesDrifted/2000-into-10", unit: "moved/bound", value: 1.03},
	{name: "TerritoriesDrifted/20000-into-100", unit: "moved/bound", value: 1.10},
	{name: "TerritoriesDrifted/20000-into-100", unit: "D2/today", value: 1.10},
	{name: "Travel/", unit: "%mean-error", value: 3},
	{name: "Travel/", unit: "%p95", value: 8},
	{name: "Travel/", unit: "%minutes-off", value: 3},
	{name: "TravelBesideJourneys", unit: "%minutes-off", value: 3},
	{name: "Medians", unit: "optimal", value: 26, least: true},
}

func (g goal) String() string {
	sign := "≤"
	if g.least {
		sign = "≥"
	}
	return fmt.Sprintf("%s %g", sign, g.value)
}

// met allows for the rounding of what is printed.
func (g goal) met(seen float64) bool {
	if g.least {
		return seen >= g.value
	}
	return seen <= g.value*(1+1e-9)
}

func main() {
	failed, err := table(os.Stdin, os.Stdout, os.Stderr)
	if err != nil {
		fmt.Fprintln(os.Stderr, "bars:", err)
	}
	if err != nil || failed {
		os.Exit(1)
	}
}

// processors is what go test puts behind a name.
var processors = regexp.MustCompile(`-\d+$`)

// table writes a row for each measure, and tells all else as it comes; failed is whether a benchmark did.
func table(in io.Reader, out, rest io.Writer) (failed bool, err error) {
	rows, measured := [][]string{{"benchmark", "measure", "goal", "seen", ""}}, map[goal]bool{}
	lines := bufio.NewScanner(in)
	lines.Buffer(nil, 1<<20)
	for lines.Scan() {
		words := strings.Fields(lines.Text())
		if len(words) < 4 || !strings.HasPrefix(words[0], "Benchmark") {
			failed = failed || len(words) > 0 && (words[0] == "FAIL" || words[0] == "panic:")
			fmt.Fprintln(rest, lines.Text())
			continue
		}
		name := processors.ReplaceAllString(strings.TrimPrefix(words[0], "Benchmark"), "")
		fmt.Fprintln(rest, "measured", name)
		for i := 2; i+1 < len(words); i += 2 {
			if row := row(name, words[i], words[i+1], measured); row != nil {
				rows = append(rows, row)
			}
		}
	}
	for _, g := range goals {
		if !measured[g] {
			rows = append(rows, []string{g.name, g.unit, g.String(), "", "not measured"})
		}
	}
	w := tabwriter.NewWriter(out, 0, 0, 2, ' ', 0)
	for _, row := range rows {
		fmt.Fprintln(w, strings.Join(row, "\t"))
	}
	return failed, errors.Join(lines.Err(), w.Flush())
}

// row is nil for what go test measures by itself.
func row(name, seen, unit string, measured map[goal]bool) []string {
	if unit == "ns/op" || unit == "B/op" || unit == "allocs/op" {
		return nil
	}
	r := []string{name, unit, "", seen, ""}
	x, err := strconv.ParseFloat(seen, 64)
	for _, g := range goals {
		if !strings.HasPrefix(name, g.name) || g.unit != unit {
			continue
		}
		measured[g] = true
		if r[2], r[4] = g.String(), "met"; err != nil || !g.met(x) {
			r[4] = "MISSED"
		}
	}
	return r
}
