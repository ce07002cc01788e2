package geo

import "math"

// PInside is the probability that somebody measured at distance d from a point
// is within r of it, where the measurement errs by sigma along each axis. It is
// right to 1e-6; NaN gives NaN.
//
// It is the normal distribution over an offset circle (Gilliland, JASA 57,
// 1962), also the non-central chi-square distribution with two degrees of
// freedom, 1 − Q₁(d/σ, r/σ) in Marcum's notation:
//
//	P = ∫ φ(u) [Φ(h−a) − Φ(−h−a)] du over |u| ≤ r/σ, a = d/σ, h = √((r/σ)² − u²)
//
// that is, the disc cut into strips that point away from the measurement. With
// u = w·sin s the integrand is smooth and periodic in s, so the trapezium rule
// converges faster than any power of its step.
func PInside(d, sigma, r Meters) float64 {
	gap := float64(r-d) / float64(sigma)
	switch {
	case math.IsNaN(float64(d + sigma + r)):
		return math.NaN()
	case r <= 0 || r/sigma == 0: // no disc, or none to speak of
		return 0
	case sigma <= 0 || math.Abs(gap) > 40: // a step: nothing of the bell reaches the circle's edge
		return step(d <= r)
	}
	return overDisc(float64(d/sigma), float64(r/sigma), gap)
}

func step(inside bool) float64 {
	if inside {
		return 1
	}
	return 0
}

// overDisc integrates over a disc of radius r around the origin of a bell at
// distance a; gap is r − a, given apart because both may be huge.
func overDisc(a, r, gap float64) float64 {
	const steps, tail = 32, 7.0 // the bell beyond 7σ holds 3e-12
	width := min(r, tail)
	sum := strip(a, r, gap, 0) / 2
	for i := 1; i < steps; i++ {
		sin, cos := math.Sincos(float64(i) * math.Pi / 2 / steps)
		sum += strip(a, r, gap, width*sin) * cos
	}
	const bothSides, density = 2, 0.3989422804014327 // 1/√2π
	return min(1, bothSides*density*sum*width*math.Pi/2/steps)
}

// strip is the weight of the strip of the disc at u beside the line to its
// middle. h − a is written as (r − a) − u²/(h + r), which cancels nothing.
func strip(a, r, gap, u float64) float64 {
	h := r * math.Sqrt(max(0, 1-(u/r)*(u/r)))
	near, far := gap-u*u/(h+r), -h-a
	return math.Exp(-u*u/2) * (math.Erfc(-near/math.Sqrt2) - math.Erfc(-far/math.Sqrt2)) / 2
}
