package routing

import (
	"fmt"
	"math"
	"math/rand/v2"
	"testing"
)

// aDay is a person's day in seconds: shops on a square of 10 km, most of them shut at noon, some for a
// morning or an afternoon only; lunch if asked for.
func aDay(stops int, seed uint64, lunch bool) WindowProblem {
	random := rand.New(rand.NewPCG(seed, 0))
	n := stops + 1
	x, y := make([]float64, n), make([]float64, n)
	for i := range n {
		x[i], y[i] = random.Float64()*10_000, random.Float64()*10_000
	}
	const hour = 3600
	p := WindowProblem{Day: Window{8 * hour, 18 * hour}, Stops: make([]Stop, n)}
	p.Times = NewMatrix(n, func(i, j int) Cost { return Cost(math.Hypot(x[i]-x[j], y[i]-y[j]) / 7) })
	for i := range p.Stops {
		s := Stop{Service: Time(600 + 60*random.IntN(15)), Priority: 1 + random.IntN(3)}
		switch random.IntN(6) {
		case 0:
			s.Windows = []Window{{9 * hour, 12 * hour}}
		case 1:
			s.Windows = []Window{{14 * hour, 18 * hour}}
		case 2:
		default:
			s.Windows = []Window{{Time(8+random.IntN(3)) * hour, 12 * hour}, {Time(13+random.IntN(3)) * hour, 19 * hour}}
		}
		p.Stops[i] = s
	}
	if lunch {
		p.Lunch = Lunch{Length: hour, Window: Window{11*hour + hour/2, 13 * hour}}
	}
	return p
}

func BenchmarkWindowDays(b *testing.B) {
	for _, stops := range []int{10, 15, 18, 20, 30} {
		for _, lunch := range []bool{false, true} {
			b.Run(fmt.Sprintf("%d-lunch-%v", stops, lunch), func(b *testing.B) {
				proven, lost, cost := 0, 0, Cost(0)
				for seed := uint64(0); b.Loop(); seed++ {
					t := SolveWindows(b.Context(), aDay(stops, seed%20, lunch), Options{Seed: seed})
					if t.Proven {
						proven++
					}
					lost += t.Lost
					cost += t.Cost
				}
				b.ReportMetric(float64(proven)/float64(b.N), "proven")
				b.ReportMetric(float64(lost)/float64(b.N), "lost")
				b.ReportMetric(float64(cost)/float64(b.N), "cost")
			})
		}
	}
}
