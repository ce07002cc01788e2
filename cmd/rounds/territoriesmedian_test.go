package main

import (
	"bytes"
	"encoding/json"
	"fmt"
	"math"
	"math/rand/v2"
	"os"
	"os/exec"
	"path/filepath"
	"reflect"
	"slices"
	"strings"
	"syscall"
	"testing"
)

// Six places in two streets, far from each other; a median serves four of ten at most.
const streetsCPMP = "6 2\n0 0 40 10\n3 4 40 10\n6 8 40 10\n300 0 40 10\n301 1 40 10\n302 2 40 10\n"

func TestTerritoriesOfPublishedProblems(t *testing.T) {
	t.Parallel()
	file := written(t, "streets.txt", streetsCPMP)
	a, r := oneLine[medianAnswer](t, "", []string{"territories", "--cpmp", file, "--iterations=100000"})
	if r.status != exitDone || a.Cost != 12.828428 || !a.Proven || a.LowerBound != a.Cost || a.Gap == nil || *a.Gap != 0 || a.Distance != "real" || a.Seconds != nil ||
		!slices.Equal(a.Medians, []int{2, 5}) || !slices.Equal(a.Assignment, []int{2, 2, 2, 5, 5, 5}) {
		t.Errorf("real: %+v", a)
	}
	a, r = oneLine[medianAnswer](t, "", []string{"territories", "--cpmp", file, "--distance=floor", "--time=5m"})
	if r.status != exitDone || a.Cost != 12 || !a.Proven || a.Distance != "floor" || a.Seconds == nil {
		t.Errorf("floored: %+v", a)
	}
	tight := written(t, "tight.txt", strings.ReplaceAll(streetsCPMP, " 40 ", " 39 "))
	if a, r = oneLine[medianAnswer](t, "", []string{"territories", "--cpmp", tight}); r.status != exitDone || a.Cost != 12.828428 {
		t.Errorf("39 of 40: %+v", a)
	}
	uneven := written(t, "uneven.txt", "3 2\n0 0 15 10\n1 0 15 10\n2 0 15 10\n")
	if a, r = oneLine[medianAnswer](t, "", []string{"territories", "--cpmp", uneven}); r.status != exitLimit || a.Excess == nil || *a.Excess != 5 ||
		*a.Why != "whole_units" || a.Gap != nil || a.Proven || r.err != "Capacities are exceeded by 5: no plan keeps them.\n" {
		t.Errorf("three tens in two of 15: exit status %d, %+v, %s", r.status, a, r.err)
	}
	if a, r = oneLine[medianAnswer](t, "\uFEFF"+streetsCPMP, []string{"territories", "--cpmp", "-", "--iterations=100000"}); r.status != exitDone || !a.Proven {
		t.Errorf("of standard input: %+v", a)
	}
}

// Where a search is not over, the line says how much cheaper a plan could be.
func TestTerritoriesOfPublishedProblemsUnproven(t *testing.T) {
	t.Parallel()
	a, r := oneLine[medianAnswer](t, scatteredCPMP(300, 20), []string{"territories", "--cpmp", "-", "--iterations=300000"})
	if r.status != exitDone || r.err != "" || a.Proven || a.Gap == nil || len(a.Assignment) != 300 || len(a.Medians) != 20 {
		t.Fatalf("exit status %d, %+v", r.status, a)
	}
	if gap := (a.Cost - a.LowerBound) / a.LowerBound; !(a.LowerBound > 0 && gap > 0 && math.Abs(gap-*a.Gap) < 1e-6) {
		t.Errorf("gap %g of %g above %g", *a.Gap, a.Cost, a.LowerBound)
	}
	again, _ := oneLine[medianAnswer](t, scatteredCPMP(300, 20), []string{"territories", "--cpmp", "-", "--iterations=300000"})
	if !reflect.DeepEqual(a, again) {
		t.Errorf("%+v, and again %+v", a, again)
	}
}

// scatteredCPMP are places all over a square, three quarters of which are asked for.
func scatteredCPMP(places, medians int) string {
	r := rand.New(rand.NewPCG(4, 0))
	file := &strings.Builder{}
	fmt.Fprintln(file, places, medians)
	for range places {
		fmt.Fprintln(file, r.Float64()*1000, r.Float64()*1000, 10*places/medians*4/3, 5+r.IntN(11))
	}
	return file.String()
}

// Ctrl-C ends a search of minutes at once, with the best plan so far. The program opens the file when it is ready for signals.
func TestTerritoriesOfPublishedProblemsStopped(t *testing.T) {
	t.Parallel()
	pipe := filepath.Join(t.TempDir(), "problem")
	if err := syscall.Mkfifo(pipe, 0o600); err != nil {
		t.Fatal(err)
	}
	c := exec.Command(os.Args[0], "territories", "--cpmp", pipe, "--time=5m")
	c.Env = append(os.Environ(), asProgram+"=1")
	var out, errs bytes.Buffer
	c.Stdout, c.Stderr = &out, &errs
	if err := c.Start(); err != nil {
		t.Fatal(err)
	}
	t.Cleanup(func() { _ = c.Process.Kill() })
	if err := os.WriteFile(pipe, []byte(scatteredCPMP(300, 20)), 0o600); err != nil {
		t.Fatal(err)
	}
	if err := c.Process.Signal(os.Interrupt); err != nil {
		t.Fatal(err)
	}
	_ = c.Wait()
	var a medianAnswer
	if err := json.Unmarshal(out.Bytes(), &a); err != nil || c.ProcessState.ExitCode() != exitLimit || a.Proven || len(a.Assignment) != 300 || *a.Seconds > 60 {
		t.Errorf("%v, %v, %q", c.ProcessState, err, out.String())
	}
	if errs.String() != "Stopped early: this is the best so far.\n" {
		t.Errorf("it says %q", errs.String())
	}
}

func TestTerritoriesOfPublishedProblemsThatAreWrong(t *testing.T) {
	t.Parallel()
	file := written(t, "streets.txt", streetsCPMP)
	command(t, "", "territories").want(t, exitUsage, "", "expected the file of retailers")
	command(t, "", "territories", "-", "--k=2", "--distance=real").want(t, exitUsage, "", "--distance: needs --cpmp FILE")
	command(t, "", "territories", "--cpmp", file, "--distance=far").want(t, exitUsage, "", "--distance")
	full := written(t, "full.txt", "3 1\n0 0 15 10\n1 0 15 10\n2 0 15 10\n")
	command(t, "", "territories", "--cpmp", full).want(t, exitFailed, "", "all places ask for 30, the largest capacities of 1 medians are 15")
	command(t, "", "territories", "--cpmp", full+"x").want(t, exitUsage, "", "no such file")
	for says, c := range map[string]struct{ file, want string }{
		"nothing":                  {"", "line 1: unexpected EOF"},
		"cut off within a number":  {streetsCPMP[:30], "line 4: "},
		"cut off behind a row":     {strings.TrimSuffix(streetsCPMP, "302 2 40 10\n"), "line 7: unexpected EOF"},
		"more rows than it says":   {streetsCPMP + "1 1 1 1\n", "line 8: the file goes on after 6 places"},
		"more medians than places": {strings.Replace(streetsCPMP, "6 2", "6 7", 1), "line 1: 7: want a whole number of 1 to 6"},
		"a negative demand":        {strings.Replace(streetsCPMP, "40 10", "40 -10", 1), "line 2: demand -10"},
		"a demand that fits none":  {strings.Replace(streetsCPMP, "301 1 40 10", "301 1 40 41", 1), "place 5 asks for 41: no place can serve more than 40"},
		"GB18030's mark":           {"\x84\x31\x95\x33" + streetsCPMP, `line 1: "\x841\x9536"`},
		"UTF-16":                   {"\xff\xfe6\x00 \x002\x00\n\x00", `line 1: "\xff\xfe6\x00"`},
		"a table of retailers":     {"code,lat,lon\nA1,30,120\n", `line 1: "code,lat,lon"`},
		"a workbook":               {"PK\x03\x04\x14\x00\x06\x00", `line 1: "PK\x03`},
	} {
		t.Run(says, func(t *testing.T) {
			command(t, c.file, "territories", "--cpmp", "-").want(t, exitFailed, "", "rounds: standard input: "+c.want)
			path := written(t, "problem.txt", c.file)
			command(t, "", "territories", "--cpmp", path).want(t, exitFailed, "", "rounds: "+path+": "+c.want)
		})
	}
	for _, flag := range []string{"--k=2", "--balance=minutes:2%", "--today=t", "--curve", "--travel=minutes", "--out=plan.csv", "--together=a", "--speed=30"} {
		command(t, "", "territories", "--cpmp", file, flag).want(t, exitUsage, "", "--cpmp goes with")
	}
}
