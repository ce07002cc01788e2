package pins

import (
	"math"
	"slices"
)

// A mark is one spot with a say in where the centre is. Its sigma sets how near
// it is content with, its pull how hard it may draw, whatever its sigma.
type mark struct {
	at          spot
	sigma, pull float64
}

// bend is how many sigmas from its mark Huber's square goes over into a line.
const bend = 1.5

// centre is the minimum of Σ pull·H(|x−at|), see the package comment, found by
// Weiszfeld's iteration from the mean: each step is the mean weighted by pull
// over distance, or over the bend where that is longer. Every step lies within
// the convex hull and none climbs. Where two equal camps leave a whole stretch
// of minima it is one in the middle.
func centre(marks []mark) spot {
	const rounds, enough = 1000, 1e-5 // metres
	if len(marks) == 1 {
		return marks[0].at
	}
	x := mean(marks, func(m mark) float64 { return m.pull })
	for range rounds {
		next := mean(marks, func(m mark) float64 { return m.pull / max(bend*m.sigma, x.to(m.at)) })
		if x.to(next) < enough {
			return next
		}
		x = next
	}
	return x
}

func mean(marks []mark, weight func(mark) float64) spot {
	var x, y, sum float64
	for _, m := range marks {
		w := weight(m)
		x, y, sum = x+w*m.at.x, y+w*m.at.y, sum+w
	}
	return spot{x / sum, y / sum}
}

// pooled is the sigma of the marks' centre as if independent were as many as
// counted at most: errors under one roof or on one day are much the same.
func pooled(marks []mark, counted int) float64 {
	var precision float64
	for _, m := range marks {
		precision += 1 / (m.sigma * m.sigma)
	}
	n := len(marks)
	return math.Sqrt(float64(n) / precision / float64(min(n, counted)))
}

// median is the middle of xs, or the mean of the middle two; it sorts xs.
func median(xs []float64) float64 {
	if len(xs) == 0 {
		return math.NaN()
	}
	slices.Sort(xs)
	half := len(xs) / 2
	if len(xs)%2 == 1 {
		return xs[half]
	}
	return (xs[half-1] + xs[half]) / 2
}
