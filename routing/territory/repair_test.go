package territory

import (
	"context"
	"math/rand/v2"
	"testing"

	"rounds/internal/towns"
)

// Whoever has stopped a search gets a scattered city mended once, not as often as it helps.
func TestMendingStops(t *testing.T) {
	t.Parallel()
	p := city(towns.Size{Shops: 2000, Territories: 20}, 7, 50_000)
	scattered := func() *state {
		s, random := compile(&p), rand.New(rand.NewPCG(1, 1))
		for u := range s.of {
			s.of[u] = random.Int32N(20)
		}
		s.begin()
		return s
	}
	ctx, stop := context.WithCancel(t.Context())
	stop()
	stopped, whole := scattered(), scattered()
	stopped.until = ctx
	if left, none := stopped.mend(), whole.mend(); left == 0 || none > 0 {
		t.Errorf("%d broken where mending was stopped and %d where it was not", left, none)
	}
}
