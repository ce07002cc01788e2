package estimate

import (
	"fmt"
	"maps"
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
	draw  *draw
	at    []int  // which of those drawn are of the domain
	units []Unit // and what is known of them
}

// draw is what chance did, the same for each domain.
type draw struct {
	units   []Unit
	in      []int // the stratum of each; -1: drawn with certainty, which brings no chance into anything
	strata  []stratum
	chance  float64 // the sum of 1-probability over all strata
	alone   float64 // over those of one retailer
	domains map[string][]int
}

// stratum is how many were drawn of it, the sum of 1-probability, and of its squares.
type stratum struct {
	drawn           int
	chance, squares float64
}

// NewSample refuses a probability that is none, numbers that are not finite, and numbers of a retailer where nothing was said.
func NewSample(units []Unit) (Sample, error) {
	if err := check(units); err != nil {
		return Sample{}, err
	}
	d := draw{units: units, in: make([]int, len(units)), domains: map[string][]int{}}
	numbers := map[string]int{}
	all := make([]int, len(units))
	for i, u := range units {
		all[i] = i
		d.in[i] = -1
		d.domains[u.Domain] = append(d.domains[u.Domain], i)
		if u.Probability == 1 {
			continue
		}
		k, known := numbers[u.Stratum]
		if !known {
			k, d.strata = len(d.strata), append(d.strata, stratum{})
			numbers[u.Stratum] = k
		}
		d.in[i] = k
		d.strata[k].add(1 - u.Probability)
	}
	for _, h := range d.strata {
		d.chance += h.chance
		if h.drawn == 1 {
			d.alone += h.chance
		}
	}
	return Sample{&d, all, units}, nil
}

func (h *stratum) add(chance float64) {
	h.drawn, h.chance, h.squares = h.drawn+1, h.chance+chance, h.squares+chance*chance
}

func check(units []Unit) error {
	for i, u := range units {
		switch {
		case !(u.Probability > 0 && u.Probability <= 1):
			return fmt.Errorf("unit %d: %v is no probability of being drawn", i, u.Probability)
		case !(u.Of >= 0) || math.IsInf(u.Of, 0) || math.IsNaN(u.Sum) || math.IsInf(u.Sum, 0):
			return fmt.Errorf("unit %d: %v of %v are no numbers to count with", i, u.Sum, u.Of)
		case (u.Missed || u.Of == 0) && (u.Of != 0 || u.Sum != 0):
			return fmt.Errorf("unit %d: nothing was said there, and it came to %v of %v", i, u.Sum, u.Of)
		}
	}
	return nil
}

// Domain is the part of a whole sample with this name.
func (s Sample) Domain(name string) Sample {
	at := s.draw.domains[name]
	units := make([]Unit, len(at))
	for i, n := range at {
		units[i] = s.draw.units[n]
	}
	return Sample{s.draw, at, units}
}

// Part is a domain of those drawn at some places, each once, with what else is known of them. Their probabilities and strata stay
// as they were.
func (s Sample) Part(at []int, known []Unit) (Sample, error) {
	units := slices.Clone(known)
	for i, n := range at {
		units[i].Probability, units[i].Stratum = s.draw.units[n].Probability, s.draw.units[n].Stratum
	}
	return Sample{s.draw, at, units}, check(units)
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
		sum += of(u) / u.Probability
	}
	return sum
}

// variance is that of weighted, by Hájek's approximation (1964) for designs that leave much to chance, in Deville's form (1999): it
// needs no probability of pairs, and is the exact one where all of a stratum are drawn alike. One retailer alone in its stratum is
// held against the mean of all, for want of a neighbour. Those of other domains are at 0.
func (s Sample) variance(of func(Unit) float64) (sum float64) {
	here, all := s.byStratum(of)
	all.mean = all.sum / s.draw.chance
	for k, d := range here {
		d.mean = d.sum / s.draw.strata[k].chance
		here[k] = d
	}
	others := s.draw.alone
	squares := map[int]float64{}
	for i, u := range s.units {
		k := s.draw.in[s.at[i]]
		if k < 0 {
			continue
		}
		mean := here[k].mean
		if s.draw.strata[k].drawn == 1 {
			mean, others = all.mean, others-(1-u.Probability)
		}
		off := of(u)/u.Probability - mean
		squares[k] += (1 - u.Probability) * off * off
	}
	if others > 1e-12 {
		sum += others * all.mean * all.mean
	}
	return sum + s.together(here, squares)
}

// spread is how the domain lies in a stratum: sums of 1-probability, and of the numbers weighted by it.
type spread struct{ chance, sum, mean float64 }

func (s Sample) byStratum(of func(Unit) float64) (here map[int]spread, all spread) {
	here = map[int]spread{}
	for i, u := range s.units {
		if k := s.draw.in[s.at[i]]; k >= 0 {
			d := here[k]
			d.chance, d.sum = d.chance+1-u.Probability, d.sum+(1-u.Probability)*of(u)/u.Probability
			here[k] = d
			all.sum += (1 - u.Probability) * of(u) / u.Probability
		}
	}
	return here, all
}

// together adds up the strata in their order, so that the same numbers give the same sum.
func (s Sample) together(here map[int]spread, squares map[int]float64) (sum float64) {
	for _, k := range slices.Sorted(maps.Keys(here)) {
		h, d := s.draw.strata[k], here[k]
		if h.drawn == 1 {
			sum += squares[k]
			continue
		}
		others := max(0, h.chance-d.chance) * d.mean * d.mean
		sum += (squares[k] + others) / (1 - h.squares/(h.chance*h.chance))
	}
	return sum
}

// free are the degrees of freedom: retailers that said something by chance, less one for each stratum they are of; at least 1.
func (s Sample) free() int {
	n := 0
	met := map[int]bool{}
	for i, u := range s.units {
		if k := s.draw.in[s.at[i]]; k >= 0 && u.Of > 0 {
			n += toInt(met[k])
			met[k] = true
		}
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
