package favour

import (
	"fmt"
	"math/rand/v2"
	"os"
	"testing"
)

// reps are ten of a supervisor, with 200 retailers each; a draw has 60 of them.
var reps = []string{"r0", "r1", "r2", "r3", "r4", "r5", "r6", "r7", "r8", "r9"}

// year has a draw in each period. From some period on every drawn retailer of r0 is removed with the probability shield; all others are removed with the
// probability honest, and so many retailers are added, whoever's they are.
func year(r *rand.Rand, periods, from int, honest, shield float64, added int) (audits []Audit) {
	for period := range periods {
		a := Audit{period, map[string]int{}, map[string]int{}, nil}
		rest := r.Perm(2000)
		for i, shop := range rest {
			rep := reps[shop%10]
			if i >= 60 {
				a.Others[rep]++
				if i < 60+added {
					a.Changes = append(a.Changes, Change{Added, "wang", rep})
				}
				continue
			}
			a.Drawn[rep]++
			shielded := rep == "r0" && period >= from && r.Float64() < shield
			if shielded || r.Float64() < honest {
				a.Changes = append(a.Changes, Change{Removed, "wang", rep})
			}
		}
		audits = append(audits, a)
	}
	return audits
}

// firstFlag is after how many periods from one on a supervisor is flagged for r0, or 0 for never.
func firstFlag(t testing.TB, audits []Audit, from, periods int) int {
	t.Helper()
	for n := from + 1; n <= len(audits); n++ {
		found, err := Judge(audits[:n], periods)
		if err != nil {
			t.Fatal(err)
		}
		if len(found) == 1 && found[0].Flagged && found[0].Rep == "r0" && found[0].Kind == Removed {
			return n - from
		}
	}
	return 0
}

// Whoever removes every drawn retailer of one of ten reps from draws of 60, among honest removals of 0 to 10 %, is flagged within
// three periods in 95 of 100 cases at least, whether the year has 12 or 52, from its start or late in it.
func TestWhoShieldsARepIsFlaggedWithinThreePeriods(t *testing.T) {
	t.Parallel()
	if raced {
		t.Skip("the race detector makes it ten times as slow")
	}
	runs := 60
	if os.Getenv("ROUNDS_SOAK") != "" {
		runs = 2000
	}
	for _, c := range []struct{ periods, from int }{{12, 0}, {12, 8}, {52, 0}, {52, 40}} {
		for _, honest := range []float64{0, 0.05, 0.10} {
			t.Run(fmt.Sprint(c, honest), func(t *testing.T) {
				t.Parallel()
				r := rand.New(rand.NewPCG(uint64(c.periods+c.from), uint64(honest*100)))
				var after [4]int
				for range runs {
					after[firstFlag(t, year(r, c.from+3, c.from, honest, 1, 0), c.from, c.periods)]++
				}
				t.Logf("year of %d, from %d on, %2.0f %% honest removals: flagged after 1, 2, 3 periods %d, never %d of %d", c.periods, c.from, 100*honest, after[1:], after[0], runs)
				if float64(runs-after[0]) < 0.95*float64(runs) {
					t.Errorf("%d of %d were not flagged", after[0], runs)
				}
			})
		}
	}
}

// Of supervisors who remove and add without regard to reps, at most one in a thousand is flagged in a year of 12 looks or 52, seldom or often as they
// change.
func TestHonestSupervisorsAreNotFlagged(t *testing.T) {
	t.Parallel()
	if raced {
		t.Skip("the race detector makes it ten times as slow")
	}
	years := map[int]int{12: 100, 52: 4}
	if os.Getenv("ROUNDS_SOAK") != "" {
		years = map[int]int{12: 5000, 52: 500}
	}
	for periods, n := range years {
		for _, honest := range []float64{0.01, 0.05, 0.20, 0.50} {
			t.Run(fmt.Sprint(periods, honest), func(t *testing.T) {
				t.Parallel()
				r := rand.New(rand.NewPCG(uint64(periods), uint64(honest*100)))
				flagged := 0
				for range n {
					found, err := Judge(year(r, periods, 0, honest, 0, 3), periods)
					if err != nil {
						t.Fatal(err)
					}
					if len(found) > 0 && found[0].Flagged {
						flagged++
					}
				}
				t.Logf("%d of %d honest years of %d periods with %2.0f %% removed are flagged", flagged, n, periods, 100*honest)
				if flagged > n/1000 {
					t.Errorf("%d of %d", flagged, n)
				}
			})
		}
	}
}

func BenchmarkYear(b *testing.B) {
	for _, periods := range []int{12, 52} {
		audits := year(rand.New(rand.NewPCG(1, 2)), periods, 0, 0.05, 0, 3)
		b.Run(fmt.Sprint(periods), func(b *testing.B) {
			for b.Loop() {
				if _, err := Judge(audits, periods); err != nil {
					b.Fatal(err)
				}
			}
		})
	}
}

// raced says that the race detector is on.
var raced bool
