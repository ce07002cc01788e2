package routing

import (
	"math"
	"math/rand/v2"
	"os"
	"path/filepath"
	"strconv"
	"testing"

	"rounds/internal/cordeau"
)

func TestPublishedJourneys(t *testing.T) {
	for name, percent := range map[string]Cost{"p02": 4, "p03": 2, "p14": 0} {
		j, best := periodic(t, name)
		p := SolveJourney(t.Context(), j, Options{Seed: 1, Kicks: 10_000})
		if err := CheckJourney(j, p); err != nil || p.Lost > 0 || p.Cost > best+best*percent/100+100 {
			t.Errorf("%s: %d, %d lost, best published %d: %v", name, p.Cost, p.Lost, best, err)
		}
	}
}

func TestATerritoryIsEven(t *testing.T) {
	j := aTerritory(80, 1)
	p := SolveJourney(t.Context(), j, Options{Seed: 1, Kicks: 2000})
	if err := CheckJourney(j, p); err != nil || p.Lost > 0 || variation(j, p) > 0.05 {
		t.Errorf("%d lost, days vary by %.3f: %v", p.Lost, variation(j, p), err)
	}
}

// periodic is a published instance in steps of 0.0001, and the cost of the best plan published with it.
func periodic(t testing.TB, name string) (j Journey, best Cost) {
	t.Helper()
	dir, err := os.Getwd()
	if err != nil {
		t.Fatal(err)
	}
	for ; dir != filepath.Dir(dir); dir = filepath.Dir(dir) {
		file, err := os.Open(filepath.Join(dir, "shared", "data", "routing", "pvrp", name+".txt"))
		if err != nil {
			continue
		}
		defer file.Close()
		p, err := cordeau.Read(file)
		if err != nil {
			t.Fatal(err)
		}
		known, err := strconv.ParseFloat(lines(t, filepath.Join(dir, "shared", "data", "routing", "pvrp", name+".res"))[0], 64)
		if err != nil {
			t.Fatal(err)
		}
		return journeyOf(p), Cost(math.Round(known * 1e4))
	}
	t.Skipf("no shared/data/routing/pvrp with %s.txt above this directory", name)
	return j, 0
}

func journeyOf(p cordeau.Instance) (j Journey) {
	steps := func(x float64) Cost { return Cost(math.Round(x * 1e4)) }
	j.Travel = NewSymmetric(len(p.Places), func(a, b int) Cost {
		return steps(math.Hypot(p.Places[a].X-p.Places[b].X, p.Places[a].Y-p.Places[b].Y))
	})
	for _, d := range p.Days {
		j.Days = append(j.Days, JourneyDay{Tours: p.Vehicles, Longest: steps(d.Longest), Load: steps(d.Load)})
	}
	for i, place := range p.Places[1:] {
		c := JourneyCall{Node: i + 1, Service: steps(place.Service), Load: steps(place.Load)}
		for _, days := range place.Patterns {
			c.Patterns = append(c.Patterns, Pattern{Days: days})
		}
		j.Calls = append(j.Calls, c)
	}
	return j
}

// aTerritory is a person's shops on a square of 12 km, some in quarters, in seconds: a tenth is called on twice a week, three
// in ten every week, the others every two or four weeks, on 20 days.
func aTerritory(shops int, seed uint64) Journey {
	random := rand.New(rand.NewPCG(seed, 0))
	at := make([]place, shops+1)
	for i := range at {
		at[i] = place{random.Float64() * 12_000, random.Float64() * 12_000}
		if i > 0 && random.IntN(2) == 0 {
			near := at[random.IntN(i)]
			at[i] = place{near.x + 400*random.NormFloat64(), near.y + 400*random.NormFloat64()}
		}
	}
	j := Journey{Uneven: 10, Days: make([]JourneyDay, 20)}
	j.Travel = NewSymmetric(len(at), func(a, b int) Cost { return Cost(at[a].to(at[b]) * 1.35 / 6) })
	for d := range j.Days {
		j.Days[d] = JourneyDay{Tours: 1, Longest: 9 * 3600}
	}
	for i := range shops {
		r := Rhythm{Visits: 1 + i%2, Days: 20, Week: 5, Open: 1<<20 - 1, Spacing: 60}
		switch {
		case i%10 == 0:
			r.Visits, r.MinGap = 8, 2
		case i%10 < 4:
			r.Visits = 4
		}
		c := JourneyCall{Node: i + 1, Service: Cost(300 + 60*random.IntN(15))}
		c.Patterns, _ = Patterns(r)
		j.Calls = append(j.Calls, c)
	}
	return j
}

// variation is the coefficient of variation of the days of a plan.
func variation(j Journey, p JourneyPlan) float64 {
	var sum, squares float64
	c := journeyCheck{j, p}
	for d, tours := range p.Tours {
		work := Cost(0)
		for _, tour := range tours {
			way, _ := c.travel(d, tour)
			for _, i := range tour {
				way += j.Calls[i].Service
			}
			work += way
		}
		sum, squares = sum+float64(work), squares+float64(work)*float64(work)
	}
	n := float64(len(p.Tours))
	return math.Sqrt(max(0, squares/n-sum*sum/n/n)) / (sum / n)
}
