package main

import (
	"bytes"
	"encoding/json"
	"fmt"
	"os"
	"os/exec"
	"path/filepath"
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
