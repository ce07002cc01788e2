package main

import (
	"bytes"
	"encoding/json"
	"fmt"
	"math"
	"os"
	"os/exec"
	"path/filepath"
	"strings"
	"syscall"
	"testing"

	"rounds/internal/towns"
)

// BenchmarkTerritoriesProcess cuts invented cities as the command does, in a process of its own: the memory that it takes at most,
// and processor and wall time, reading and writing included.
func BenchmarkTerritoriesProcess(b *testing.B) {
	for _, c := range []struct {
		size   towns.Size
		budget string
	}{
		{towns.Size{Shops: 20_000, Territories: 100}, "3s"},
		{towns.Size{Shops: 60_000, Territories: 250}, "15s"},
	} {
		b.Run(fmt.Sprintf("%d-into-%d", c.size.Shops, c.size.Territories), func(b *testing.B) {
			file, out := filepath.Join(b.TempDir(), "town.csv"), &bytes.Buffer{}
			if status := run(b.Context(), []string{"town", fmt.Sprintf("--retailers=%d", c.size.Shops)}, terminal{Out: out, Err: os.Stderr}); status != exitDone {
				b.Fatalf("exit status %d", status)
			}
			if err := os.WriteFile(file, out.Bytes(), 0o600); err != nil {
				b.Fatal(err)
			}
			for b.Loop() {
				cut := exec.CommandContext(b.Context(), os.Args[0], "territories", file, fmt.Sprintf("--k=%d", c.size.Territories),
					"--balance=minutes:5%,retailers:5%,orders:5%,volume:5%", "--time="+c.budget, "--out="+filepath.Join(b.TempDir(), "plan.csv"))
				cut.Env = append(os.Environ(), asProgram+"=1", "GOMAXPROCS=1")
				line, err := cut.Output()
				var answer territoriesAnswer
				if decoded := json.Unmarshal(line, &answer); decoded != nil {
					b.Fatalf("%v: %s", err, line)
				}
				if !answer.Met {
					b.Logf("not met: worst %v", answer.Worst)
				}
				used := cut.ProcessState.SysUsage().(*syscall.Rusage)
				b.ReportMetric(float64(used.Maxrss)/1024, "MB")
				b.ReportMetric((cut.ProcessState.UserTime() + cut.ProcessState.SystemTime()).Seconds(), "processor-s")
				b.ReportMetric(*answer.Seconds, "wall-s")
				b.ReportMetric(answer.D2*100/float64(towns.Yardstick(c.size, 7)), "D2-of-seed-7")
			}
		})
	}
}

// BenchmarkTerritoriesDrifted balances drifted cities again as a planner does: in a process of its own, from a file that has a column of
// today's territories. Time is wall time, of which a machine at work gives less; processor-s tells how much there was.
func BenchmarkTerritoriesDrifted(b *testing.B) {
	for _, c := range []struct {
		size   towns.Size
		budget string
	}{
		{towns.Size{Shops: 2_000, Territories: 10}, "500ms"},
		{towns.Size{Shops: 20_000, Territories: 100}, "5s"},
	} {
		b.Run(fmt.Sprintf("%d-into-%d", c.size.Shops, c.size.Territories), func(b *testing.B) {
			for b.Loop() {
				var moved, spread, used float64
				for _, seed := range towns.Seeds {
					file, plan := driftedFile(b, c.size, seed)
					today := territoriesProcess(b, &used, file, "--balance=minutes:5%", "--today=today", "--check="+plan)
					used = 0
					line := territoriesProcess(b, &used, file, "--balance=minutes:5%", "--today=today", "--time="+c.budget, fmt.Sprintf("--k=%d", c.size.Territories))
					ratio, d2 := *line.Moved / *line.MovedBound, line.D2/today.D2
					b.Logf("seed %d: met %v, worst %.4f, moved %.4f, bound %.4f, least %.4f, ratio %.3f, D2 %.3f of today's, broken %d, %.1f s, %.1f of processor",
						seed, line.Met, line.Worst["minutes"], *line.Moved, *line.MovedBound, *line.MovedLeast, ratio, d2, line.Broken, *line.Seconds, used)
					if !line.Met {
						ratio, d2 = math.Inf(1), math.Inf(1)
					}
					moved, spread = max(moved, ratio), max(spread, d2)
				}
				b.ReportMetric(moved, "moved/bound")
				b.ReportMetric(spread, "D2/today")
				b.ReportMetric(used, "processor-s")
			}
		})
	}
}

// driftedFile is a city that was cut within 1 % and has changed since, and the plan of its territories today.
func driftedFile(b *testing.B, size towns.Size, seed uint64) (file, plan string) {
	b.Helper()
	dir, used := b.TempDir(), 0.
	old := filepath.Join(dir, "old.csv")
	file, plan = filepath.Join(dir, "today.csv"), filepath.Join(dir, "plan.csv")
	text := townText(b, size.Shops, seed)
	if err := os.WriteFile(old, []byte(text), 0o600); err != nil {
		b.Fatal(err)
	}
	territoriesProcess(b, &used, old, fmt.Sprintf("--k=%d", size.Territories), "--balance=minutes:1%", fmt.Sprintf("--iterations=%d", 1000*size.Shops), "--out="+plan)
	cut, err := os.ReadFile(plan)
	if err != nil {
		b.Fatal(err)
	}
	of, rows := strings.Split(string(cut), "\n"), strings.Split(townText(b, size.Shops, seed, "--drift"), "\n")
	rows[0] += ",today"
	for i := 1; i <= size.Shops; i++ {
		rows[i] += of[i][strings.Index(of[i], ","):]
	}
	if err := os.WriteFile(file, []byte(strings.Join(rows, "\n")), 0o600); err != nil {
		b.Fatal(err)
	}
	return file, plan
}

func townText(b *testing.B, shops int, seed uint64, more ...string) string {
	b.Helper()
	out := &bytes.Buffer{}
	if status := run(b.Context(), append([]string{"town", fmt.Sprintf("--retailers=%d", shops), fmt.Sprintf("--seed=%d", seed)}, more...), terminal{Out: out, Err: os.Stderr}); status != exitDone {
		b.Fatalf("exit status %d", status)
	}
	return strings.TrimSpace(strings.ReplaceAll(out.String(), "\r", ""))
}

// territoriesProcess runs the command on one core, and adds the processor time that it took.
func territoriesProcess(b *testing.B, used *float64, file string, args ...string) (answer territoriesAnswer) {
	b.Helper()
	cut := exec.CommandContext(b.Context(), os.Args[0], append([]string{"territories", file}, args...)...)
	cut.Env = append(os.Environ(), asProgram+"=1", "GOMAXPROCS=1")
	line, err := cut.Output()
	if decoded := json.Unmarshal(line, &answer); decoded != nil {
		b.Fatalf("%v: %s", err, line)
	}
	*used += (cut.ProcessState.UserTime() + cut.ProcessState.SystemTime()).Seconds()
	return answer
}
