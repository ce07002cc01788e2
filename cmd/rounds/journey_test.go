package main

import (
	"context"
	"fmt"
	"math"
	"math/bits"
	"math/rand/v2"
	"os"
	"path/filepath"
	"slices"
	"strings"
	"testing"

	"rounds/routing"
)

// journeyed runs the command and decodes its one line.
func journeyed(t *testing.T, file string, args ...string) (journeyAnswer, ran) {
	t.Helper()
	return oneLine[journeyAnswer](t, file, append([]string{"journey", "-"}, args...))
}

// shopsOften are shops on 10 km by 10 km, the first an office, called on twice a week to every two months.
func shopsOften(n int) string {
	r := rand.New(rand.NewPCG(3, 0))
	file := &strings.Builder{}
	fmt.Fprintln(file, "编码,lat,lon,visits_per_8_weeks,service minutes")
	for i := range n {
		often := []int{16, 8, 4, 4, 2, 1}[r.IntN(6)]
		if i == 0 {
			often = 0
		}
		fmt.Fprintf(file, "R%d,%.5f,%.5f,%d,%d\n", i, 30+r.Float64()/10, 120+r.Float64()/10, often, 5+r.IntN(15))
	}
	return file.String()
}

// Every shop is called on as often as the table says, on the same weekdays; the days are as long.
func TestJourneyOfShops(t *testing.T) {
	t.Parallel()
	const file = "lat,lon,frequency,service time\n30,120,0,\n30.01,120,8,10\n30.02,120,4,20\n30.03,120,2,20\n30.04,120,1,\n30.05,120,,20\n30.06,120,0.5,20\n"
	got, r := journeyed(t, file, "--start=1", "--iterations=2000")
	if r.status != exitDone || r.err != "" || len(got.LeftOut) > 0 || got.Seconds != nil || len(got.Days) != 20 {
		t.Fatalf("%+v", r)
	}
	visits := map[int]uint64{}
	for d, tours := range got.Tours {
		for _, row := range tours[0] {
			visits[row] |= 1 << (got.Days[d].Day - 1)
		}
	}
	for row, want := range []int{0, 8, 4, 2, 1, 1, 1} {
		if days := visits[row+1]; bits.OnesCount64(days) != want {
			t.Errorf("row %d on days %b: want %d", row+1, days, want)
		}
	}
	if weekly := visits[3]; weekly/(weekly&-weekly) != 1|1<<7|1<<14|1<<21 {
		t.Errorf("every week: %b", weekly)
	}
	if twoWeekly := visits[4]; twoWeekly/(twoWeekly&-twoWeekly) != 1|1<<14 {
		t.Errorf("every two weeks: %b", twoWeekly)
	}
	sum := 0.0
	for _, d := range got.Days {
		sum += d.Service
	}
	if want := 8*10. + 4*20 + 2*20 + 15 + 20 + 20; sum != want {
		t.Errorf("%v minutes of service, want %v", sum, want)
	}
	if math.Abs(got.Cost-got.Travel-got.Uneven-got.Price) > 1e-9 {
		t.Errorf("%+v", got)
	}
}

func TestJourneyIsTheSameAndEven(t *testing.T) {
	t.Parallel()
	file := shopsOften(100)
	args := []string{"--iterations=3000", "--start=1", "--day-hours=9"}
	got, first := journeyed(t, file, args...)
	if first.status != exitDone || *got.CV > 0.05 {
		t.Errorf("%s: cv %v", first.err, *got.CV)
	}
	if _, second := journeyed(t, file, args...); second.out != first.out {
		t.Errorf("first %s, then %s", first.out, second.out)
	}
	if other, _ := journeyed(t, file, append(args, "--seed=2")...); slices.EqualFunc(got.Tours, other.Tours, func(a, b [][]int) bool { return slices.Equal(a[0], b[0]) }) {
		t.Error("another seed, the same plan")
	}
}

func TestJourneyLeavesOut(t *testing.T) {
	t.Parallel()
	const file = "lat,lon,visits per 8 weeks,service minutes\n30,120,8,50\n30.01,120,8,50\n31,120,8,5\n30,120,56,5\n30,120,0,5\n"
	for _, c := range []struct{ args, want string }{
		{"--day-hours=1 --start=5 --weeks=1 --days-a-week=1", `"left_out":[{"node":2,"reason":"no_time_left"},{"node":3,"reason":"too_far"},{"node":4,"reason":"too_few_days"}]`},
		{"--day-hours=1.5 --start=5 --weeks=1 --days-a-week=1 --people=2", `"left_out":[{"node":3,"reason":"too_far"},{"node":4,"reason":"too_few_days"}]`},
	} {
		_, r := journeyed(t, file, append(strings.Fields(c.args), "--iterations=100")...)
		r.want(t, exitLimit, c.want, "are left out")
	}
}

func TestJourneyKnowsPublishedPlans(t *testing.T) {
	t.Parallel()
	for name, best := range map[string]float64{"p03": 524.61, "p14": 954.80} {
		got, r := journeyed(t, periods(t, name), "--iterations=8000")
		if r.status != exitDone || got.Cost < best || got.Cost > 1.03*best || got.Uneven != 0 {
			t.Errorf("%s: %v, want %v or a little more: %s", name, got.Cost, best, r.err)
		}
		c, err := journeyCmd{File: "-"}.read(t.Context(), strings.NewReader(periods(t, name)))
		if err != nil {
			t.Fatal(err)
		}
		j := c.journey()
		p := routing.SolveJourney(t.Context(), j, routing.Options{Seed: 1, Kicks: 8000})
		if err := routing.CheckJourney(j, p); err != nil || c.answer(p).Cost != got.Cost {
			t.Errorf("%s: %v, %v", name, err, p.Cost)
		}
	}
}

// periods reads a file of shared/data/routing/pvrp in some directory above, which is not part of the project.
func periods(t *testing.T, name string) string {
	t.Helper()
	dir, err := os.Getwd()
	if err != nil {
		t.Fatal(err)
	}
	for ; dir != filepath.Dir(dir); dir = filepath.Dir(dir) {
		if text, err := os.ReadFile(filepath.Join(dir, "shared", "data", "routing", "pvrp", name+".txt")); err == nil {
			return string(text)
		}
	}
	t.Skip("no shared/data/routing/pvrp above this directory")
	return ""
}

func TestJourneyOfHardlyAnything(t *testing.T) {
	t.Parallel()
	const nothing = `{"cost":0,"travel":0,"uneven":0,"price":0,"cv":null,"seconds":null,"days":[{"day":1,"stops":0,"travel":0,"service":0,"length":0}],"left_out":[],"tours":[[[]]]}`
	for _, file := range []string{"lat,lon\n", "lat,lon,frequency\n30,120,0\n"} {
		_, r := journeyed(t, file, "--iterations=1", "--weeks=1", "--days-a-week=1")
		r.want(t, exitDone, nothing, "")
	}
	_, r := journeyed(t, "lat,lon\n30,120\n", "--iterations=1", "--weeks=1", "--days-a-week=1")
	r.want(t, exitDone, `"stops":1,"travel":0,"service":15,"length":15}],"left_out":[],"tours":[[[1]]]}`, "")
	_, r = journeyed(t, "1 1 1 1\n0 0\n0 0 0 0 0\n1 1.5 0 0 1 1 1 1\n", "--iterations=1")
	r.want(t, exitDone, `{"cost":3,"travel":3,"uneven":0,"price":0,"cv":0,`, "")
}

func TestJourneyRefuses(t *testing.T) {
	t.Parallel()
	for says, c := range map[string]struct {
		file, args string
		status     int
		want       string
	}{
		"no position":            {"lat,lon\n30,\n", "", exitFailed, "standard input: line 2: no coordinates"},
		"swapped":                {"lat,lon\n120,30\n", "", exitFailed, "look swapped"},
		"a word for minutes":     {"lat,lon,service minutes\n30,120,many\n", "", exitFailed, `line 2: service minutes "many"`},
		"more than daily":        {"lat,lon,visits_per_8_weeks\n30,120,57\n", "", exitFailed, `line 2: visits "57": want a number from 0 to 56`},
		"no columns":             {"name\nx\n", "", exitFailed, "one column lat"},
		"nothing":                {"", "", exitFailed, "standard input"},
		"a problem of one day":   {streetTSP, "", exitFailed, "see rounds route"},
		"a problem cut short":    {"1 1 2 1\n0 0\n0 0 0 0 0\n", "", exitFailed, "line 4: unexpected EOF"},
		"a limit beyond numbers": {"1 1 0 1\n1e8 0\n0 0 0 0 0\n", "", exitFailed, "limits 1e+08"},
		"a row that is none":     {"lat,lon\n30,120\n", "--start=2", exitUsage, "--start 2 is no row"},
		"nine weeks":             {"lat,lon\n", "--weeks=9", exitUsage, "--weeks: want 1 to 8"},
		"no people":              {"lat,lon\n", "--people=0", exitUsage, "--people"},
		"no time":                {"lat,lon\n", "--time=0s", exitUsage, "--time: want more than 0"},
		"standing still":         {"lat,lon\n", "--speed=0", exitUsage, "--speed"},
	} {
		r := command(t, c.file, append([]string{"journey", "-"}, strings.Fields(c.args)...)...)
		if r.status != c.status || !strings.Contains(r.err, c.want) || r.out != "" {
			t.Errorf("%s: %+v, want %d, %s", says, r, c.status, c.want)
		}
	}
}

func TestJourneyStopsWithTheBestSoFar(t *testing.T) {
	t.Parallel()
	ctx, cancel := context.WithCancel(t.Context())
	cancel()
	c := journeyCmd{File: "-", Weeks: 1, DaysAWeek: 5, People: 1, Speed: 20, Service: 10}
	read, err := c.read(t.Context(), strings.NewReader(shopsOften(30)))
	if err != nil {
		t.Fatal(err)
	}
	if a, kicks, _ := c.solve(ctx, read, os.Stderr); kicks != 0 || len(a.Tours) != 5 || len(a.LeftOut) > 0 {
		t.Errorf("%d kicks, %+v", kicks, a)
	}
}
