package territory

import (
	"testing"

	"pgregory.net/rapid"

	"rounds/internal/towns"
)

// TestRepairsOfWhatWasNotMetStaySmall lock one retailer next door where a cut misses its tolerances anyhow: they mend that, and no more.
func TestRepairsOfWhatWasNotMetStaySmall(t *testing.T) {
	t.Parallel()
	p := city(towns.Size{Shops: 600, Territories: 6}, 7, 2000)
	before := Balance(t.Context(), p, Options{Seed: 1, Iterations: 60_000})
	if before.Met {
		t.Fatal("met: nothing to see here")
	}
	for k := range int32(6) {
		u, to := lightestAtBorder(p, before.Of, k)
		p.Units[u].Lock = to
		after := Repair(t.Context(), p, before.Of, Options{Seed: 1})
		if changed := differ(after.Of, before.Of); after.Of[u] != to || changed > 30 || len(after.Broken) > len(before.Broken) {
			t.Errorf("of %d: %d of 600 change, %d broken, %v in place of %v", k, changed, len(after.Broken), after.Worst, before.Worst)
		}
		p.Units[u].Lock = None
	}
}

// lightestAtBorder is the unit of least work in a territory that is beside another, and that.
func lightestAtBorder(p Problem, of []int32, k int32) (unit, to int32) {
	unit = None
	for i, u := range p.Units {
		for _, j := range p.Beside.Of(i) {
			if of[i] == k && of[j] != k && (unit == None || u.Loads[0] < p.Units[unit].Loads[0]) {
				unit, to = int32(i), of[j]
			}
		}
	}
	return unit, to
}

// TestRepairsLeaveWhatIsNoWorse locks units where they are, or moves none: whatever the cut misses or breaks, nothing changes.
func TestRepairsLeaveWhatIsNoWorse(t *testing.T) {
	t.Parallel()
	rapid.Check(t, func(t *rapid.T) {
		p := someProblem(t, 40, 6)
		k := rapid.Int32Range(0, int32(len(p.Territories))-1)
		of := rapid.SliceOfN(k, len(p.Units), len(p.Units)).Draw(t, "of")
		for i := range p.Territories {
			of[i%len(of)] = int32(i)
		}
		for range rapid.IntRange(0, 3).Draw(t, "locks") {
			u := rapid.IntRange(0, len(of)-1).Draw(t, "unit")
			p.Units[u].Lock = of[u]
		}
		if faulty(p) || len(of) < len(p.Territories) {
			t.Skip("cannot be cut, or leaves territories empty")
		}
		if changed := differ(Repair(t.Context(), p, of, Options{}).Of, of); changed > 0 {
			t.Fatalf("%d change", changed)
		}
	})
}

// TestRepairsMoveNothingInVain edits random cuts: what is locked stays, and nothing else that moved could have stayed by itself with
// no territory worse than it is, or than it was.
func TestRepairsMoveNothingInVain(t *testing.T) {
	t.Parallel()
	rapid.Check(t, func(t *rapid.T) {
		p := someProblem(t, 40, 5)
		before := Balance(t.Context(), p, Options{Iterations: 2000}).Of
		if before == nil {
			t.Skip("cannot be cut")
		}
		u := rapid.IntRange(0, len(before)-1).Draw(t, "unit")
		p.Units[u].Lock = rapid.Int32Range(0, int32(len(p.Territories))-1).Draw(t, "to")
		after := Repair(t.Context(), p, before, Options{}).Of
		now, worst, _ := excess(p, before, after)
		for i := range after {
			if after[i] == before[i] || i == u {
				continue
			}
			less := append([]int32{}, after...)
			less[i] = before[i]
			if then, worse, broken := excess(p, before, less); then <= now && worse <= worst && !broken {
				t.Fatalf("unit %d need not have gone from %d to %d", i, before[i], after[i])
			}
		}
		if after[u] != p.Units[u].Lock {
			t.Fatalf("unit %d is in %d", u, after[u])
		}
	})
}

// excess is what a cut has outside its tolerances beyond what another has, in all and at worst; and whether any territory is in pieces or empty.
func excess(p Problem, before, of []int32) (all, worst int64, broken bool) {
	was, is := check{p: p, of: before}, check{p: p, of: of}
	had, has := was.loads(), is.loads()
	count := make([]int, len(has))
	for _, k := range of {
		count[k]++
	}
	for k := range has {
		broken = broken || count[k] == 0
		for m := range p.Measures {
			s := is.shortfall(has, k, m)
			if over := max(has[k][m]-max(s.High, had[k][m]), min(s.Low, had[k][m])-has[k][m]); over > 0 {
				all, worst = all+is.relative(has, k, m, over), max(worst, is.relative(has, k, m, over))
			}
		}
	}
	return all, worst, broken || len(is.broken()) > 0
}
