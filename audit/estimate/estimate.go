package estimate

import (
	"fmt"
	"math"
	"slices"
)

// Unit is a retailer that was drawn, and what was learnt of one question there.
type Unit struct {
	Probability float64 // of having been drawn; above 0, at most 1
	Stratum     string  // it was drawn from this one
	Domain      string  // what estimates are told apart by: a rep, a territory, a class
	Missed      bool    // drawn, and nobody was there
	Of          float64 // how many were spoken of: claims told apart, or 1 for one answer; 0 where nothing was said
	Sum         float64 // what they came to: of claims those that happened, 1 for yes, a number on a scale
}

// Sample is what a draw brought in, of one domain or of all. A domain is a part of the whole sample: retailers of others stay in
// it with nothing, because how many the draw had of a domain is chance too.
type Sample struct {
	units  []Unit
	strata [][]int
	inside func(Unit) bool
}

// NewSample refuses a probability that is none, numbers that are not finite, and numbers of a retailer where nothing was said.
func NewSample(units []Unit) (Sample, error) {
	for i, u := range units {
		switch {
		case !(u.Probability > 0 && u.Probability <= 1):
			return Sample{}, fmt.Errorf("unit %d: %v is no probability of being drawn", i, u.Probability)
		case !(u.Of >= 0) || math.IsInf(u.Of, 0) || math.IsNaN(u.Sum) || math.IsInf(u.Sum, 0):
			return Sample{}, fmt.Errorf("unit %d: %v of %v are no numbers to count with", i, u.Sum, u.Of)
		case (u.Missed || u.Of == 0) && (u.Of != 0 || u.Sum != 0):
			return Sample{}, fmt.Errorf("unit %d: nothing was said there, and it came to %v of %v", i, u.Sum, u.Of)
		}
	}
	return Sample{units, byStratum(units), func(Unit) bool { return true }}, nil
}

// byStratum is where the units of each stratum are, those drawn with certainty left out: they bring no chance into anything.
func byStratum(units []Unit) (strata [][]int) {
	at := map[string]int{}
	for i, u := range units {
		if u.Probability == 1 {
			continue
		}
		k, known := at[u.Stratum]
		if !known {
			k, strata = len(strata), append(strata, nil)
			at[u.Stratum] = k
		}
		strata[k] = append(strata[k], i)
	}
	return strata
}

// Domains are the names of all, sorted.
func (s Sample) Domains() []string {
	var names []string
	for _, u := range s.units {
		names = append(names, u.Domain)
	}
	slices.Sort(names)
	return slices.Compact(names)
}

// Domain is the part of a sample with this name.
func (s Sample) Domain(name string) Sample {
	s.inside = func(u Unit) bool { return u.Domain == name }
	return s
}

// Estimate is what a sample says of all retailers that could be drawn. Where Told is 0 it says nothing: Value is 0 and the interval all
// that is possible.
type Estimate struct {
	Value     float64
	Low, High float64 // the interval that holds the truth in 95 of 100 samples
	Error     float64 // standard
	Drawn     int     // retailers of the domain
	Missed    int     // of them: nobody was there
	Told      int     // of them: something was said
	Of, Sum   float64 // added up as they are, without weights
	Effective float64 // as many answers drawn alike and alone would say as much; +Inf where nobody was left out
}

// counts is an estimate without anything estimated.
func (s Sample) counts() (e Estimate) {
	for _, u := range s.units {
		if !s.inside(u) {
			continue
		}
		e.Drawn++
		e.Missed += toInt(u.Missed)
		e.Told += toInt(u.Of > 0)
		e.Of, e.Sum = e.Of+u.Of, e.Sum+u.Sum
	}
	return e
}

// weighted adds up over the domain, each retailer as many times as it stands for others: 1/probability (Horvitz and Thompson 1952).
func (s Sample) weighted(of func(Unit) float64) (sum float64) {
	for _, u := range s.units {
		if s.inside(u) {
			sum += of(u) / u.Probability
		}
	}
	return sum
}

// variance is that of weighted, by Hájek's approximation (1964) for designs that leave much to chance, in Deville's form (1999): it
// needs no probability of pairs, and is the exact one where all of a stratum are drawn alike.
func (s Sample) variance(of func(Unit) float64) (sum float64) {
	scaled := make([]float64, len(s.units))
	for i, u := range s.units {
		if s.inside(u) {
			scaled[i] = of(u) / u.Probability
		}
	}
	for _, at := range s.strata {
		sum += s.spread(scaled, at)
	}
	return sum
}

// spread is what one stratum adds to the variance. One retailer alone is held against the mean of all, for want of a neighbour.
func (s Sample) spread(scaled []float64, at []int) float64 {
	if len(at) == 1 {
		var all []int
		for _, others := range s.strata {
			all = append(all, others...)
		}
		mean, _ := s.middle(scaled, all)
		off := scaled[at[0]] - mean
		return (1 - s.units[at[0]].Probability) * off * off
	}
	mean, alone := s.middle(scaled, at)
	sum := 0.0
	for _, i := range at {
		off := scaled[i] - mean
		sum += (1 - s.units[i].Probability) * off * off
	}
	return sum / (1 - alone)
}

// middle is the mean weighted by 1-probability, and the sum of the squares of its weights: 1/n where all are alike.
func (s Sample) middle(scaled []float64, at []int) (mean, squares float64) {
	all := 0.0
	for _, i := range at {
		all += 1 - s.units[i].Probability
	}
	for _, i := range at {
		part := (1 - s.units[i].Probability) / all
		mean, squares = mean+part*scaled[i], squares+part*part
	}
	return mean, squares
}

// free are the degrees of freedom: retailers that said something by chance, less one for each stratum they are of; at least 1.
func (s Sample) free() int {
	n := 0
	for _, at := range s.strata {
		said := 0
		for _, i := range at {
			said += toInt(s.inside(s.units[i]) && s.units[i].Of > 0)
		}
		n += max(0, said-1)
	}
	return max(1, n)
}

func of(u Unit) float64  { return u.Of }
func sum(u Unit) float64 { return u.Sum }

func toInt(b bool) int {
	if b {
		return 1
	}
	return 0
}
