package main

import (
	"slices"
	"strings"
	"testing"
)

// Six places in two streets, far from each other; a median serves four of ten at most.
const streetsCPMP = "6 2\n0 0 40 10\n3 4 40 10\n6 8 40 10\n300 0 40 10\n301 1 40 10\n302 2 40 10\n"

func TestTerritoriesOfPublishedProblems(t *testing.T) {
	t.Parallel()
	file := written(t, "streets.txt", streetsCPMP)
	a, r := oneLine[medianAnswer](t, "", []string{"territories", "--cpmp", file, "--iterations=100000"})
	if r.status != exitDone || a.Cost != 12.828428 || !a.Proven || a.LowerBound != a.Cost || a.Distance != "real" || a.Seconds != nil ||
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
	if a, r = oneLine[medianAnswer](t, "", []string{"territories", "--cpmp", uneven}); r.status != exitLimit || a.Excess == nil || *a.Excess != 5 || *a.Why != "whole_units" {
		t.Errorf("three tens in two of 15: exit status %d, %+v", r.status, a)
	}
}

func TestTerritoriesOfPublishedProblemsThatAreWrong(t *testing.T) {
	t.Parallel()
	file := written(t, "streets.txt", streetsCPMP)
	command(t, "", "territories").want(t, exitUsage, "", "expected the file of retailers")
	command(t, "", "territories", "--cpmp", file, "--k=2").want(t, exitUsage, "", "--cpmp goes with")
	command(t, "", "territories", "-", "--k=2", "--distance=real").want(t, exitUsage, "", "--distance: needs --cpmp FILE")
	command(t, "", "territories", "--cpmp", file, "--distance=far").want(t, exitUsage, "", "--distance")
	broken := written(t, "broken.txt", streetsCPMP[:30])
	command(t, "", "territories", "--cpmp", broken).want(t, exitFailed, "", "line 4")
	full := written(t, "full.txt", "3 1\n0 0 15 10\n1 0 15 10\n2 0 15 10\n")
	command(t, "", "territories", "--cpmp", full).want(t, exitFailed, "", "all places ask for 30, the largest capacities of 1 medians are 15")
}
