package audit

import (
	"cmp"
	"slices"
)

// exactly is up to how many retailers of a stratum times drawn the exact way is walked; it takes that much time and room.
const exactly = 1_000_000

// pick marks n units as drawn, gives all their chances of that, and a key that orders them.
func (s stratum) pick(method Method, n int) {
	if n == 0 {
		return
	}
	if method == Equal {
		s.pickEqual(n)
		return
	}
	open, n := s.settle(n)
	if len(open)*n <= exactly {
		sampford(open, n)
	} else {
		first(open, n)
	}
}

// pickEqual takes the n units of the lowest numbers: every n of them alike often.
func (s stratum) pickEqual(n int) {
	all := make([]*unit, len(s.units))
	for i := range s.units {
		u := &s.units[i]
		all[i], u.key = u, u.at
		u.chance = portion(int64(n), int64(len(s.units)))
	}
	first(all, n)
}

func portion(of, all int64) chance {
	return chance{float64(of) / float64(all), float64(all-of) / float64(all)}
}

// settle gives each unit its chance, n times its share of all sizes, and its key. Who would come to 1 or above is drawn with
// certainty, and the rest share what is left, until none does. It returns those and how many are to be drawn of them.
func (s stratum) settle(n int) ([]*unit, int) {
	open := make([]*unit, len(s.units))
	var sum int64
	for i := range s.units {
		open[i] = &s.units[i]
		sum += s.units[i].size
	}
	for {
		rest, left := make([]*unit, 0, len(open)), sum
		for _, u := range open {
			if int64(n)*u.size < sum {
				rest = append(rest, u)
				continue
			}
			u.chance, u.drawn, left = chance{1, 0}, true, left-u.size
		}
		certain := len(open) - len(rest)
		open, n, sum = rest, n-certain, left
		if certain == 0 {
			break
		}
	}
	for _, u := range open {
		u.chance = portion(int64(n)*u.size, sum)
		u.key = (u.at / (1 - u.at)) * (u.chance.lacks / u.chance.is) // Rosén 1997: Pareto order sampling
	}
	return open, n
}

// first draws the n units of the lowest keys.
func first(units []*unit, n int) {
	order := slices.Clone(units)
	slices.SortFunc(order, func(a, b *unit) int { return cmp.Or(cmp.Compare(a.key, b.key), cmp.Compare(a.code, b.code)) })
	for _, u := range order[:n] {
		u.drawn = true
	}
}

// sampford draws n units, each with exactly its chance (Sampford 1967): a sample is taken with probability in proportion to the
// product of p/(1-p) over its units times the sum of 1-p over them. It walks along the units and tosses for each one, by how
// probable the samples with it and without it are that go on from what was drawn before.
func sampford(units []*unit, n int) {
	after := tailsOf(units, n)
	lacking := 0.0 // sum of 1-p over the drawn
	for i, u := range units {
		if n == 0 {
			return
		}
		with, without := after.odds(i, n, lacking, u.chance)
		if u.toss*(with+without) < with {
			u.drawn = true
			lacking += u.chance.lacks
			n--
		}
	}
}

// tails are, for the units from each on and 0 to n of them: the probability that so many would be taken if each were taken by
// itself with its chance; and that times the mean of the sum of 1-p over the taken.
type tails struct{ plain, summed [][]float64 }

func tailsOf(units []*unit, n int) tails {
	t := tails{make([][]float64, len(units)+1), make([][]float64, len(units)+1)}
	for i := range t.plain {
		t.plain[i], t.summed[i] = make([]float64, n+1), make([]float64, n+1)
	}
	t.plain[len(units)][0] = 1
	for i := len(units) - 1; i >= 0; i-- {
		plain, summed, p := t.plain[i+1], t.summed[i+1], units[i].chance
		t.plain[i][0], t.summed[i][0] = p.lacks*plain[0], p.lacks*summed[0]
		for k := 1; k <= n; k++ {
			t.plain[i][k] = float64(p.lacks*plain[k]) + float64(p.is*plain[k-1])
			t.summed[i][k] = float64(p.lacks*summed[k]) + float64(p.is*(summed[k-1]+float64(p.lacks*plain[k-1])))
		}
	}
	return t
}

// odds weighs the samples that go on with unit i against those without it, where n are still to be drawn.
func (t tails) odds(i, n int, lacking float64, p chance) (with, without float64) {
	plain, summed := t.plain[i+1], t.summed[i+1]
	with = p.is * (summed[n-1] + float64((lacking+p.lacks)*plain[n-1]))
	without = p.lacks * (summed[n] + float64(lacking*plain[n]))
	return with, without
}
