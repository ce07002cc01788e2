package geo_test

import (
	"cmp"
	"fmt"
	"math"
	"slices"
	"testing"
	"time"

	"github.com/paulmach/orb"

	"rounds/geo"
)

// The same address, geocoded twice: the shop is at one of the points, its pin at the other. An honest visitor
// has two fixes at the shop, a minute apart, of a stated accuracy of 10 m.
func TestRatesOfTwoGeocoders(t *testing.T) {
	t.Parallel()
	pairs := sharedRows(t, "retailers/nys_same_address_two_geocoders.csv")[1:]
	rows := []string{"percent of " + fmt.Sprint(len(pairs)) + "\tcredited\tundecided\telsewhere\td ≤ radius\td − accuracy ≤ radius"}
	for _, radius := range []geo.Meters{50, 100, 200} {
		outcomes, plain, generous := map[geo.Outcome]int{}, 0, 0
		for _, row := range pairs {
			shop, pin := orb.Point{number(t, row[8]), number(t, row[7])}, orb.Point{number(t, row[10]), number(t, row[9])}
			m := geo.Measure(visitAt(shop, pin, radius))
			outcomes[geo.Judge(geo.DefaultPolicy(), m).Outcome]++
			d := *m.Fixes[0].Distance
			plain, generous = plain+count(d <= radius), generous+count(d-10 <= radius)
		}
		n := len(pairs)
		rows = append(rows, fmt.Sprintf("%v m\t%s\t%s\t%s\t%s\t%s", radius, percent(outcomes[geo.AtRetailer], n),
			percent(outcomes[geo.Undecided], n), percent(outcomes[geo.Elsewhere], n), percent(plain, n), percent(generous, n)))
		if outcomes[geo.Elsewhere] > 0 {
			t.Errorf("%v m: %d honest visits called elsewhere", radius, outcomes[geo.Elsewhere])
		}
		if radius == 100 && float64(outcomes[geo.AtRetailer]) < 0.85*float64(n) {
			t.Errorf("100 m: %v of %d credited", outcomes, n)
		}
	}
	logTable(t, "honest visits to geocoded pins", rows)
}

func count(holds bool) int {
	if holds {
		return 1
	}
	return 0
}

func visitAt(shop, pin orb.Point, radius geo.Meters) geo.Evidence {
	e := geo.Evidence{Pin: &geo.Pin{Point: pin, Sigma: nan, Source: geo.Geocoded}, Radius: radius, At: tap}
	for _, ago := range []time.Duration{0, time.Minute} {
		e.Fixes = append(e.Fixes, geo.Fix{
			Point: shop, Datum: geo.WGS84, Accuracy: 10, AccuracyKind: geo.Android68, Source: geo.SourceGPS, Time: tap.Add(-ago),
		})
	}
	return e
}

// walked is a fix of the one walk at hand, with where GPS puts the phone at that moment.
type walked struct {
	at         float64 // seconds
	fix, truth orb.Point
	accuracy   geo.Meters
}

// walk reads a provider's fixes. GPS has one every 6 s, good to 4 m; the truth lies on the line between two.
func walk(t *testing.T, provider string) []walked {
	t.Helper()
	var gps, found []walked
	for _, row := range sharedRows(t, "gps/pixel6_walk_gps_flp_nlp_fixes.csv")[1:] {
		w := walked{at: number(t, row[7]) / 1000, fix: orb.Point{number(t, row[2]), number(t, row[1])}, accuracy: geo.Meters(number(t, row[5]))}
		switch row[0] {
		case "GPS":
			gps = append(gps, w)
		case provider:
			found = append(found, w)
		}
	}
	slices.SortFunc(gps, func(a, b walked) int { return cmp.Compare(a.at, b.at) })
	concurrent := found[:0]
	for _, w := range found {
		i, _ := slices.BinarySearchFunc(gps, w.at, func(g walked, at float64) int { return cmp.Compare(g.at, at) })
		if i == 0 || i == len(gps) {
			continue
		}
		a, b := gps[i-1], gps[i]
		part := (w.at - a.at) / (b.at - a.at)
		w.truth = orb.Point{a.fix[0] + part*(b.fix[0]-a.fix[0]), a.fix[1] + part*(b.fix[1]-a.fix[1])}
		concurrent = append(concurrent, w)
	}
	return concurrent
}

// error is how far east and north a fix is off, in units of the sigma that its accuracy means.
func (w walked) error() vector {
	sigma := float64(w.accuracy) / 1.5095921854516636
	north := float64(geo.Distance(orb.Point{w.truth[0], w.fix[1]}, w.truth))
	east := float64(geo.Distance(orb.Point{w.fix[0], w.truth[1]}, w.truth))
	return vector{math.Copysign(east/sigma, w.fix[0]-w.truth[0]), math.Copysign(north/sigma, w.fix[1]-w.truth[1])}
}

// fitted is the calibration factor that explains the errors best: the most likely one, where they are normal.
func fitted(fixes []walked) float64 {
	var squares float64
	for _, w := range fixes {
		e := w.error()
		squares += e.east*e.east + e.north*e.north
	}
	return math.Sqrt(squares / 2 / float64(len(fixes)))
}

// Of shops all round a fix, as many as p_inside says must have had the phone inside their radius.
func TestWalkIsCalibrated(t *testing.T) {
	t.Parallel()
	for _, c := range []struct {
		provider string
		source   geo.FixSource
		most     float64 // of the error, as the policy has it
	}{{"NLP", geo.SourceNetwork, 0.06}, {"FLP", geo.SourceFused, 0.10}} {
		fixes := walk(t, c.provider)
		within := 0
		for _, w := range fixes {
			within += count(geo.Distance(w.fix, w.truth) <= w.accuracy)
		}
		factor := fitted(fixes)
		t.Logf("%s: %d fixes, %d (%.0f %%) within the stated accuracy, 68 %% expected; most likely factor %.2f",
			c.provider, len(fixes), within, 100*float64(within)/float64(len(fixes)), factor)
		for _, k := range []float64{1, factor} {
			p := geo.DefaultPolicy()
			p.Calibration = []geo.Calibration{{AccuracyKind: geo.Android68, Source: c.source, Factor: k}}
			bins, off := reliability(p, c.source, fixes)
			logTable(t, fmt.Sprintf("%s, factor %.2f: expected calibration error %.3f", c.provider, k, off), bins)
			if k == 1 && !(off <= c.most) {
				t.Errorf("%s: p_inside is off by %.3f", c.provider, off)
			}
		}
	}
}

// reliability compares p_inside with what was so, in ten bins, for shops of radius 100 m on a grid of 20 m
// round each fix. Cases that anybody would get right (p below 0.01 or above 0.99) are left out.
func reliability(p geo.Policy, source geo.FixSource, fixes []walked) (rows []string, off float64) {
	var n, inside [10]int
	var said [10]float64
	for _, w := range fixes {
		for east := -250.0; east <= 250; east += 20 {
			for north := -250.0; north <= 250; north += 20 {
				pin := metersFrom(w.fix, east, north)
				v := geo.Judge(p, geo.Measure(geo.Evidence{Pin: &geo.Pin{Point: pin, Sigma: 0}, Fixes: []geo.Fix{{
					Point: w.fix, Accuracy: w.accuracy, AccuracyKind: geo.Android68, Source: source,
				}}}))
				if *v.PInside < 0.01 || *v.PInside > 0.99 {
					continue
				}
				bin := min(int(*v.PInside*10), 9)
				n[bin]++
				said[bin] += *v.PInside
				inside[bin] += count(geo.Distance(w.truth, pin) <= p.Radius)
			}
		}
	}
	total := 0
	rows = []string{"p_inside\tcases\tmean\tinside"}
	for i := range n {
		if n[i] == 0 {
			continue
		}
		mean, share := said[i]/float64(n[i]), float64(inside[i])/float64(n[i])
		off += math.Abs(mean-share) * float64(n[i])
		total += n[i]
		rows = append(rows, fmt.Sprintf("%.1f–%.1f\t%d\t%.3f\t%.3f", float64(i)/10, float64(i+1)/10, n[i], mean, share))
	}
	return rows, off / float64(total)
}

// Errors of two fixes some time apart are alike. How much is what the model's ρ stands for.
func TestErrorsOfOneWalk(t *testing.T) {
	t.Parallel()
	rows := []string{"apart\tfused: pairs\tρ\texp(−t/16 s)\tnetwork: pairs\tρ"}
	fused, network := walk(t, "FLP"), walk(t, "NLP")
	for _, lag := range [][2]float64{{1, 15}, {15, 30}, {30, 60}, {60, 120}, {120, 300}} {
		pairs, rho := correlation(fused, lag[0], lag[1])
		networkPairs, networkRho := correlation(network, lag[0], lag[1])
		model := asWalked((lag[0] + lag[1]) / 2)
		rows = append(rows, fmt.Sprintf("%.0f–%.0f s\t%d\t%.2f\t%.2f\t%d\t%.2f", lag[0], lag[1], pairs, rho, model, networkPairs, networkRho))
		if math.Abs(rho-model) > 0.15 {
			t.Errorf("fused fixes %v s apart: ρ %.2f, and the model has %.2f", lag, rho, model)
		}
	}
	logTable(t, "how errors of two fixes correlate", rows)
}

func correlation(fixes []walked, least, most float64) (pairs int, rho float64) {
	var product, squares float64
	for i, a := range fixes {
		for _, b := range fixes[:i] {
			if apart := math.Abs(a.at - b.at); apart < least || apart >= most {
				continue
			}
			x, y := a.error(), b.error()
			product += x.east*y.east + x.north*y.north
			squares += (x.east*x.east + x.north*x.north + y.east*y.east + y.north*y.north) / 2
			pairs++
		}
	}
	return pairs, product / squares
}
