package geo

import "math"

// PHonest bounds the probability that somebody within r of a point is measured
// as far out as d, where the measurement errs by sigma along each axis and now
// and then by much more. It is 1 within r; NaN gives NaN.
//
// It is the tail of a contaminated Rayleigh distribution. An error that is
// normal along two axes is longer than D with probability exp(−D²/2σ²); one in
// 25 errors is taken to come from a bell at least four times as wide, as Tukey
// did for outliers (A survey of sampling from contaminated distributions, 1960):
//
//	P = 0.96 exp(−D²/2σ²) + 0.04 exp(−D²/2τ²), D = d − r, τ = max(4σ, 100 m)
//
// Whoever is within r errs by at least D, so P is the most that can be said for
// them: a p-value, not the probability of being honest.
func PHonest(d, sigma, r Meters) float64 {
	const outliers, wider, widest = 0.04, 4, Meters(100)
	switch {
	case math.IsNaN(float64(d)), math.IsNaN(float64(sigma)), math.IsNaN(float64(r)):
		return math.NaN()
	case d <= r, math.IsInf(float64(sigma), 1):
		return 1
	}
	usual, wild := max(sigma, 0), max(wider*sigma, widest)
	return (1-outliers)*tail(d-r, usual) + outliers*tail(d-r, wild)
}

// tail is the share of a Rayleigh distribution beyond d > 0.
func tail(d, sigma Meters) float64 {
	x := float64(d / sigma)
	return math.Exp(-x * x / 2)
}
