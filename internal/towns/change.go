package towns

import (
	"slices"

	"rounds/routing/plane"
)

const (
	bumps = 12
	trend = 0.35 // of the workload, where a region has changed most
	noise = 0.20 // standard deviation of what else changes a shop
)

// Drift is the city some years on: regions have risen and fallen, by the sum of 12 bumps scaled to between −35 and +35 % (which a
// twentieth of the shops each reach), and each shop has changed by a factor of its own (σ = 20 %). Only the minutes change.
func (t Town) Drift(seed uint64) Town {
	d := newDice(seed, 2)
	rise := d.rise(t.Shops)
	drifted := Town{Shops: append([]Shop(nil), t.Shops...)}
	for i := range drifted.Shops {
		s := &drifted.Shops[i]
		own, _ := d.normals()
		factor := float64((1 + rise[i]) * max(0.1, 1+float64(noise*own)))
		s.Service = max(1, whole(float64(s.Service)*factor))
		s.Minutes = s.Visits * s.Service
	}
	return drifted
}

// rise is by what share each shop's region has risen.
func (d dice) rise(shops []Shop) []float64 {
	at := make([]float64, len(shops))
	for range bumps {
		middle, height := d.anywhere(), float64(2*d.uniform())-1
		width := 20_000 + float64(40_000*d.uniform())
		for i, s := range shops {
			east, north := float64(s.At.X-middle.X)/width, float64(s.At.Y-middle.Y)/width
			far := float64(east*east) + float64(north*north)
			at[i] += float64(height * exp(-far/2))
		}
	}
	if len(shops) == 0 {
		return at
	}
	sorted := slices.Sorted(slices.Values(at))
	low, high := sorted[len(at)/20], sorted[len(at)-1-len(at)/20]
	for i, x := range at {
		at[i] = trend * max(-1, min(1, float64(x-(low+high)/2)/max(high-low, 1e-9)*2))
	}
	return at
}

const (
	bends   = 40 // of a barrier across the city
	bridges = 7  // of a river
	gap     = 3_000
)

// Barriers are lines that shops do not lie beside each other across: a river from west to east with a bridge here and there,
// where the line has a gap of 300 m, and a railway from south to north without.
func Barriers(seed uint64) [][]plane.Point {
	d := newDice(seed, 3)
	river, railway := d.line(2_500), d.line(600)
	lines := cutAt(river, bends/(bridges+1))
	for i, p := range railway {
		railway[i] = plane.Point{X: p.Y, Y: p.X}
	}
	return append(lines, railway)
}

// line winds from one side of the city to the other.
func (d dice) line(sway float64) []plane.Point {
	points, y := make([]plane.Point, bends+1), float64(d.below(Side/2)-half/2)
	for i := range points {
		points[i] = plane.Point{X: int64(i)*Side/bends - half, Y: reflected(whole(y))}
		turn, _ := d.normals()
		y += float64(sway * turn)
	}
	return points
}

// cutAt leaves a gap in the middle of every so-manieth leg.
func cutAt(line []plane.Point, every int) [][]plane.Point {
	var pieces [][]plane.Point
	piece := []plane.Point{line[0]}
	for i := 1; i < len(line); i++ {
		if i%every == 0 && i+every <= len(line) {
			a, b := line[i-1], line[i]
			pieces = append(pieces, append(piece, towards(a, b, Side/bends/2-gap/2)))
			piece = []plane.Point{towards(a, b, Side/bends/2+gap/2)}
		}
		piece = append(piece, line[i])
	}
	return append(pieces, piece)
}

// towards is the point between two, so far east of the first.
func towards(a, b plane.Point, east int64) plane.Point {
	return plane.Point{X: a.X + east, Y: a.Y + (b.Y-a.Y)*east/(b.X-a.X)}
}
