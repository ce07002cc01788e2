package main

import (
	"math"
	"os"
	"path/filepath"
	"strings"
	"testing"
)

func TestTerritoriesCountTheWays(t *testing.T) {
	t.Parallel()
	file := command(t, "", "town", "--retailers=300").out
	plan := filepath.Join(t.TempDir(), "plan.csv")
	flags := []string{"territories", "-", "--k=4", "--balance=minutes:3%,retailers", "--travel=minutes"}
	got, ran := oneLine[territoriesAnswer](t, file, append(flags, "--iterations=20000", "--out="+plan))
	if ran.status != exitDone || !got.Met || got.Worst["minutes"] > 0.03 || got.Travel == nil || len(got.Travel.Territories) != 4 {
		t.Fatalf("exit status %d, %s, %+v", ran.status, ran.err, got)
	}
	var service, minutes, ways float64
	for _, row := range townRows(t, "--retailers=300") {
		service += number(t, row[5])
	}
	for _, territory := range got.Travel.Territories {
		minutes, ways = minutes+territory.Minutes, ways+territory.OnTheWay
	}
	if math.Abs(minutes-ways-service) > 0.5 || got.Travel.Share < 0.05 || math.Abs(got.Travel.Share-ways/minutes) > 1e-3 {
		t.Errorf("%.1f minutes, %.1f of them on the way and %.1f with retailers", minutes, ways, service)
	}
	checked, ran := oneLine[territoriesAnswer](t, file, append(flags, "--check="+plan))
	if math.Abs(checked.Worst["minutes"]-got.Worst["minutes"]) > 1e-5 {
		t.Errorf("the plan looked at again: %s %+v, want %+v", ran.err, checked, got)
	}
	if slow, _ := oneLine[territoriesAnswer](t, file, append(flags, "--check="+plan, "--speed=12.5")); math.Abs(slow.Travel.Share/(1-slow.Travel.Share)-2*got.Travel.Share/(1-got.Travel.Share)) > 0.01 {
		t.Errorf("at half the speed ways are %.3f of the minutes, at full speed %.3f", slow.Travel.Share, got.Travel.Share)
	}
}

func TestTravelSaysWhatIsWrong(t *testing.T) {
	t.Parallel()
	file := filepath.Join(t.TempDir(), "shops.csv")
	if err := os.WriteFile(file, []byte("code,lat,lon,minutes,calls,visits_per_8_weeks\n1,30,120,5,x,2\n2,30,120.1,5,-1,\n"), 0o600); err != nil {
		t.Fatal(err)
	}
	for flags, want := range map[string]string{
		"--travel=calls":                       "--travel: calls is not in --balance",
		"--visits=calls":                       "--visits: needs --travel",
		"--travel=minutes --visits=often":      "--visits: there is no column often",
		"--travel=minutes --speed=0":           "--speed: want",
		"--travel=minutes --speed=NaN":         "--speed: want",
		"--travel=minutes --days-a-week=8":     "--days-a-week: want 1 to 7",
		"--travel=minutes --visits=calls --k1": "unknown flag",
	} {
		got := command(t, "", append([]string{"territories", file, "--k=2", "--balance=minutes:50%"}, strings.Fields(flags)...)...)
		if got.status != exitUsage || !strings.Contains(got.err, want) {
			t.Errorf("%s: exit status %d, %s", flags, got.status, got.err)
		}
	}
	got := command(t, "", "territories", file, "--k=2", "--balance=minutes:50%", "--travel=minutes", "--visits=calls")
	if got.status != exitFailed || !strings.Contains(got.err, `line 2 (1): visits "x"`) || !strings.Contains(got.err, `line 3 (2): visits "-1"`) {
		t.Errorf("exit status %d, %s", got.status, got.err)
	}
	if got = command(t, "", "territories", file, "--k=2", "--balance=minutes:50%", "--travel=minutes", "--iterations=100"); got.status != exitDone {
		t.Errorf("exit status %d, %s", got.status, got.err)
	}
}
