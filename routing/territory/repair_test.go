package territory

import (
	"context"
	"math/rand/v2"
	"testing"

	"rounds/internal/towns"
)

// checks is a context that is cancelled once it has been asked so often.
type checks struct {
	context.Context
	left int
}

func (c *checks) Err() error {
	if c.left--; c.left < 0 {
		return context.Canceled
	}
	return nil
}

// TestMendingStops scatters a city and cancels its mending: few pieces have changed hands since, and sums are true.
func TestMendingStops(t *testing.T) {
	t.Parallel()
	p := city(towns.Size{Shops: 2000, Territories: 20}, 7, 50_000)
	for _, left := range []int{0, 1, 10} {
		s, random := compile(&p), rand.New(rand.NewPCG(1, 1))
		for u := range s.of {
			s.of[u] = random.Int32N(20)
		}
		s.begin()
		s.until = &checks{t.Context(), left}
		before := append([]int32{}, s.of...)
		s.mend()
		if changed := differ(before, s.of); changed > 20*left {
			t.Errorf("%d change after %d checks", changed, left)
		}
	}
}
