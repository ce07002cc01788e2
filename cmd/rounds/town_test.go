package main

import (
	"encoding/csv"
	"hash/fnv"
	"math"
	"strconv"
	"strings"
	"testing"

	"rounds/geo"
	"rounds/internal/towns"

	"github.com/paulmach/orb"
)

func TestTownIsTheCityOfTheBenchmarks(t *testing.T) {
	t.Parallel()
	shops := towns.New(500, 7).Shops
	rows := townRows(t, "--retailers=500", "--seed=7")
	if len(rows) != 500 {
		t.Fatalf("%d rows", len(rows))
	}
	place := func(row []string) orb.Point { return orb.Point{number(t, row[2]), number(t, row[1])} }
	for i, row := range rows {
		s := shops[i]
		if row[0] != s.Code || row[3] != string(s.Class) || number(t, row[4]) != float64(s.Visits) ||
			number(t, row[5]) != float64(s.Minutes)/1000 || number(t, row[6]) != float64(s.Orders)/1000 || number(t, row[7]) != float64(s.Volume)/1000 {
			t.Errorf("row %d is %v, want %+v", i+1, row, s)
		}
		other := (i*7 + 3) % 500
		want := math.Hypot(float64(s.At.X-shops[other].At.X), float64(s.At.Y-shops[other].At.Y)) / 10
		if got := float64(geo.Distance(place(row), place(rows[other]))); math.Abs(got-want) > 0.3+want*1e-5 {
			t.Errorf("%s and %s are %.2f m from each other, want %.2f", s.Code, rows[other][0], got, want)
		}
	}
	if far := geo.Distance(place(rows[0]), centre); far > 22_000 {
		t.Errorf("the first is %.0f m from the middle", far)
	}
}

// A stranger who makes the file again has the very city that figures are stated for.
func TestTownIsTheSameFileEverywhere(t *testing.T) {
	t.Parallel()
	h := fnv.New64a()
	h.Write([]byte(command(t, "", "town").out))
	if got, want := h.Sum64(), uint64(0x8783360f0592c8e9); got != want {
		t.Errorf("%#x, want %#x", got, want)
	}
}

func TestTownDrifts(t *testing.T) {
	t.Parallel()
	before, now := townRows(t, "--retailers=900", "--seed=11"), townRows(t, "--retailers=900", "--seed=11", "--drift")
	low, high := 9.0, 0.0
	for i, row := range now {
		factor := number(t, row[5]) / number(t, before[i][5])
		low, high = min(low, factor), max(high, factor)
		row[5] = before[i][5]
		if strings.Join(row, ",") != strings.Join(before[i], ",") {
			t.Errorf("%v became %v", before[i], row)
		}
	}
	if low > 0.6 || high < 1.4 {
		t.Errorf("minutes are %.2f to %.2f times as many", low, high)
	}
}

func TestTownSaysWhatIsWrong(t *testing.T) {
	t.Parallel()
	for _, flag := range []string{"--retailers=0", "--retailers=100001", "--retailers=-5", "--seed=-1", "--seed=x"} {
		if got := command(t, "", "town", flag); got.status != exitUsage || got.out != "" || !strings.Contains(got.err, strings.Split(flag, "=")[0]) {
			t.Errorf("%s: exit status %d, %s", flag, got.status, got.err)
		}
	}
}

func townRows(t *testing.T, flags ...string) [][]string {
	t.Helper()
	got := command(t, "", append([]string{"town"}, flags...)...)
	rows, err := csv.NewReader(strings.NewReader(got.out)).ReadAll()
	if err != nil || got.status != exitDone {
		t.Fatalf("exit status %d, %s, %v", got.status, got.err, err)
	}
	if head := strings.Join(rows[0], ","); head != "code,lat,lon,class,visits,minutes,orders,volume" {
		t.Fatalf("columns %s", head)
	}
	return rows[1:]
}

func number(t *testing.T, text string) float64 {
	t.Helper()
	x, err := strconv.ParseFloat(text, 64)
	if err != nil {
		t.Fatal(err)
	}
	return x
}
