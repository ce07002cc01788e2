package estimate

import (
	"fmt"
	"maps"
	"math"
	"slices"
	"testing"
)

// population is a small frame of which each sample can be looked at.
type population struct {
	units  []Unit
	sample func(yield func(at []int, probability float64))
}

func (p population) draw(at []int) (units []Unit) {
	for _, i := range at {
		units = append(units, p.units[i])
	}
	return units
}

// Over all samples there are, the mean of the estimated total is the total; and the mean of the estimated variance is the variance of
// the estimates, exactly where a stratum's retailers are drawn alike, and within a tenth by size, even of so few.
func TestTotalsAreRightOnAverageOverAllSamples(t *testing.T) {
	t.Parallel()
	for name, c := range map[string]struct {
		population
		off float64 // of the variance
	}{
		"3 of 8, alike":                       {alike(8, 3), 1e-9},
		"7 of 8, alike":                       {alike(8, 7), 1e-9},
		"2 of 5 and 3 of 6, alike in each":    {beside(alike(5, 2), alike(6, 3)), 1e-9},
		"2 of 5, alike, and all of 3":         {beside(alike(5, 2), alike(3, 3)), 1e-9},
		"4 of 10 by size":                     {bySize(10, 4), 0.1},
		"2 of 6 by size and 3 of 7 by size":   {beside(bySize(6, 2), bySize(7, 3)), 0.1},
		"3 of 8 by size, and 2 of 5 at evens": {beside(bySize(8, 3), alike(5, 2)), 0.1},
	} {
		for _, domain := range []string{"", "a"} {
			total := 0.0
			for _, u := range c.units {
				if domain == "" || u.Domain == domain {
					total += u.Sum
				}
			}
			all, mean, square, variance := 0.0, 0.0, 0.0, 0.0
			c.sample(func(at []int, probability float64) {
				s := sample(t, c.draw(at)...)
				if domain != "" {
					s = s.Domain(domain)
				}
				e := s.Total()
				all, mean = all+probability, mean+probability*e.Value
				square += probability * (e.Value - total) * (e.Value - total)
				variance += probability * e.Error * e.Error
			})
			if !near(all, 1, 1e-9) || !near(mean/total, 1, 1e-9) {
				t.Errorf("%s, %q: on average %v, want %v", name, domain, mean, total)
			}
			t.Logf("%s, %q: estimated variance %.4f of the variance", name, domain, variance/square)
			if !near(variance/square, 1, c.off) {
				t.Errorf("%s, %q: the variance is %v, want %v", name, domain, variance, square)
			}
		}
	}
}

// people have three to nine claims each and two domains in turn.
func people(n int) (units []Unit) {
	for i := range n {
		of := float64(3 + i*i%7)
		units = append(units, Unit{Domain: "ab"[i%2 : i%2+1], Of: of, Sum: math.Floor(of * float64(2+i%3) / 4)})
	}
	return units
}

// alike draws n of all, each n with the same probability.
func alike(all, n int) population {
	units, ways := people(all), 0.0
	for i := range units {
		units[i].Probability = float64(n) / float64(all)
	}
	subsets(all, n, func([]int) { ways++ })
	return population{units, func(yield func([]int, float64)) {
		subsets(all, n, func(at []int) { yield(at, 1/ways) })
	}}
}

// bySize draws by Sampford's design, written here from its definition: a sample's probability goes with the product of p/(1-p)
// over it times the sum of 1-p.
func bySize(all, n int) population {
	units, sizes := people(all), 0.0
	for _, u := range units {
		sizes += u.Of
	}
	for i := range units {
		units[i].Probability = float64(n) * units[i].Of / sizes
	}
	weight := func(at []int) float64 {
		product, lacks := 1.0, 0.0
		for _, i := range at {
			p := units[i].Probability
			product, lacks = product*p/(1-p), lacks+1-p
		}
		return product * lacks
	}
	ways := 0.0
	subsets(all, n, func(at []int) { ways += weight(at) })
	return population{units, func(yield func([]int, float64)) {
		subsets(all, n, func(at []int) { yield(at, weight(at)/ways) })
	}}
}

// beside draws from two strata, each by itself.
func beside(a, b population) population {
	units := slices.Concat(a.units, b.units)
	for i := range units {
		units[i].Stratum = fmt.Sprint(i < len(a.units))
	}
	return population{units, func(yield func([]int, float64)) {
		a.sample(func(first []int, p float64) {
			b.sample(func(second []int, q float64) {
				at := slices.Clone(first)
				for _, i := range second {
					at = append(at, len(a.units)+i)
				}
				yield(at, p*q)
			})
		})
	}}
}

func subsets(all, n int, yield func([]int)) {
	at := make([]int, 0, n)
	var next func(from int)
	next = func(from int) {
		if len(at) == n {
			yield(at)
			return
		}
		for i := from; i < all; i++ {
			at = append(at, i)
			next(i + 1)
			at = at[:len(at)-1]
		}
	}
	next(0)
}

// Of 59 single claims drawn alike, intervals of 0 to 6 refuted hold 5 %, which is 97 % of samples; one number less would leave 92 %. Over
// the shares around it is 95 to 96 %.
func TestStepsOfSingleAnswers(t *testing.T) {
	t.Parallel()
	limits := map[int][2]float64{}
	for x := range 60 {
		e := sample(t, answers(59, x, 1e-12)...).Share()
		limits[x] = [2]float64{e.Low, e.High}
	}
	holds := func(p float64) (sum float64) {
		for _, x := range slices.Sorted(maps.Keys(limits)) {
			if limits[x][0] <= p && p <= limits[x][1] {
				sum += binomial(59, x, p)
			}
		}
		return sum
	}
	mean, n := 0.0, 0.0
	for p := 0.03; p < 0.0701; p += 0.0001 {
		mean, n = mean+holds(p), n+1
	}
	t.Logf("59 of very many: 5 %% is held %.4f; 3 to 7 %% on average %.4f", holds(0.05), mean/n)
	if !near(holds(0.05), 0.9722, 0.002) || !near(mean/n, 0.95, 0.015) {
		t.Errorf("%v %v", holds(0.05), mean/n)
	}
}

func binomial(n, x int, p float64) float64 {
	ways := 1.0
	for i := range x {
		ways *= float64(n-i) / float64(i+1)
	}
	return ways * math.Pow(p, float64(x)) * math.Pow(1-p, float64(n-x))
}
