package main

import (
	"strings"
	"testing"
)

func TestTableHasGoalsBesideWhatIsSeen(t *testing.T) {
	t.Parallel()
	const in = `goos: linux
BenchmarkCuts/2000-into-10-20pm-500ms-2   	       1	 123 ns/op	         1.4500 D2	         2.000 %worst	  0 broken	 3.0 of-3-met
BenchmarkMedians-2   	       1	 123 ns/op	        25 optimal
PASS
`
	var out, rest strings.Builder
	failed, err := table(strings.NewReader(in), &out, &rest)
	if failed || err != nil {
		t.Fatal(failed, err)
	}
	rows := map[string]bool{}
	for line := range strings.SplitSeq(out.String(), "\n") {
		rows[strings.Join(strings.Fields(line), " ")] = true
	}
	for _, want := range []string{
		"Cuts/2000-into-10-20pm-500ms D2 ≤ 1.4 1.4500 MISSED",
		"Cuts/2000-into-10-20pm-500ms %worst ≤ 2 2.000 met",
		"Cuts/2000-into-10-20pm-500ms broken ≤ 0 0 met",
		"Cuts/2000-into-10-20pm-500ms of-3-met 3.0",
		"Medians optimal ≥ 26 25 MISSED",
		"Travel/ %p95 ≤ 8 not measured",
	} {
		if !rows[want] {
			t.Errorf("no row %q in\n%s", want, out.String())
		}
	}
	if strings.Contains(out.String(), "ns/op") || !strings.Contains(rest.String(), "goos") {
		t.Errorf("%s\n%s", out.String(), rest.String())
	}
}

func TestAFailedBenchmarkFails(t *testing.T) {
	t.Parallel()
	for _, in := range []string{"--- FAIL: BenchmarkCuts\nFAIL\n", "panic: no\n", "FAIL\trounds/routing/territory [build failed]\n"} {
		var out, rest strings.Builder
		if failed, _ := table(strings.NewReader(in), &out, &rest); !failed {
			t.Errorf("%q is no failure", in)
		}
	}
}
