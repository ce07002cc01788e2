package locate

import (
	"context"
	"errors"
	"slices"
	"sync"
	"testing"
	"testing/synctest"
	"time"

	"rounds/geo"

	"github.com/google/go-cmp/cmp"
	"pgregory.net/rapid"
)

// script is a Locator that does as each call's function says; the last one repeats.
type script struct {
	mu    sync.Mutex
	acts  []func(context.Context) error
	calls []time.Time
}

func (s *script) Locate(ctx context.Context, _ Query) (Position, error) {
	s.mu.Lock()
	act := s.acts[min(len(s.calls), len(s.acts)-1)]
	s.calls = append(s.calls, time.Now())
	s.mu.Unlock()
	if err := act(ctx); err != nil {
		return Position{}, err
	}
	return Position{Service: "script"}, nil
}

func (s *script) asked() int {
	s.mu.Lock()
	defer s.mu.Unlock()
	return len(s.calls)
}

func fails(class error, after time.Duration) func(context.Context) error {
	return func(context.Context) error { return &Error{Service: "script", Class: class, After: after} }
}

func works(context.Context) error { return nil }

// hangs until the attempt's time is over.
func hangs(ctx context.Context) error {
	<-ctx.Done()
	return &Error{Class: ErrTemporary, Reason: TimedOut, Cause: ctx.Err()}
}

// guarded takes every wait at its longest.
func guarded(l Limits, acts ...func(context.Context) error) (*Guard, *script) {
	s := &script{acts: acts}
	g := NewGuard(s, l)
	g.jitter = func(most time.Duration) time.Duration { return most }
	return g, s
}

func TestRetries(t *testing.T) {
	t.Parallel()
	temporary, s := fails(ErrTemporary, 0), time.Second
	for name, c := range map[string]struct {
		limits   Limits
		deadline time.Duration
		acts     []func(context.Context) error
		want     []time.Duration // since the start, of the calls
		class    error           // of the end; nil: a position
	}{
		"the first works":                      {Limits{}, 0, acts(works), []time.Duration{0}, nil},
		"a permanent failure is not retried":   {Limits{}, 0, acts(fails(ErrPermanent, 0)), []time.Duration{0}, ErrPermanent},
		"nor is a definite answer":             {Limits{}, 0, acts(fails(ErrNotFound, 0)), []time.Duration{0}, ErrNotFound},
		"the second works":                     {Limits{Backoff: 1}, 0, acts(temporary, works), []time.Duration{0, s}, nil},
		"waits double up to the longest":       {Limits{Backoff: 1, MaxWait: 5, Retries: new(4), Failures: 9}, 0, acts(temporary), []time.Duration{0, s, 3 * s, 7 * s, 12 * s}, ErrTemporary},
		"none is allowed":                      {Limits{Retries: new(0)}, 0, acts(temporary), []time.Duration{0}, ErrTemporary},
		"it then fails for good":               {Limits{Backoff: 1}, 0, acts(temporary, fails(ErrPermanent, 0)), []time.Duration{0, s}, ErrPermanent},
		"the service says when":                {Limits{Backoff: 1, Retries: new(1)}, 0, acts(fails(ErrTemporary, 4*s), works), []time.Duration{0, 4 * s}, nil},
		"and is not asked if that is too late": {Limits{Backoff: 1, MaxWait: 5}, 0, acts(fails(ErrTemporary, 6*s), works), []time.Duration{0}, ErrTemporary},
		"nor if the caller has not the time":   {Limits{Backoff: 2}, 2 * s, acts(temporary, works), []time.Duration{0}, ErrTemporary},
		"the caller has just the time":         {Limits{Backoff: 2}, 2*s + 1, acts(temporary, works), []time.Duration{0, 2 * s}, nil},
		"each attempt has its own time":        {Limits{Timeout: 3, Backoff: 1, Retries: new(1)}, 0, acts(hangs, works), []time.Duration{0, 4 * s}, nil},
		"the circuit opens and ends it":        {Limits{Backoff: 1, Failures: 2, Retries: new(5), CoolDown: 3}, 0, acts(temporary), []time.Duration{0, s}, ErrTemporary},
	} {
		t.Run(name, func(t *testing.T) {
			t.Parallel()
			synctest.Test(t, func(t *testing.T) {
				start, ctx := time.Now(), t.Context()
				if c.deadline > 0 {
					var cancel context.CancelFunc
					ctx, cancel = context.WithTimeout(ctx, c.deadline)
					defer cancel()
				}
				g, s := guarded(c.limits, c.acts...)
				_, err := g.Locate(ctx, seen)
				if !errors.Is(err, c.class) {
					t.Errorf("ended with %v", err)
				}
				var got []time.Duration
				for _, call := range s.calls {
					got = append(got, call.Sub(start))
				}
				if diff := cmp.Diff(c.want, got); diff != "" {
					t.Error(diff)
				}
			})
		})
	}
}

func acts(a ...func(context.Context) error) []func(context.Context) error { return a }

func TestJitterIsFull(t *testing.T) {
	t.Parallel()
	g := NewGuard(nil, Limits{})
	var waits []time.Duration
	for range 1000 {
		waits = append(waits, g.jitter(100))
	}
	if slices.Min(waits) > 5 || slices.Max(waits) < 95 || slices.Max(waits) > 100 || slices.Min(waits) < 0 {
		t.Errorf("from %v to %v", slices.Min(waits), slices.Max(waits))
	}
	if g.jitter(0) != 0 {
		t.Error("no wait is some wait")
	}
}

func TestACallerWhoLeavesWhileWaitingIsLetGo(t *testing.T) {
	t.Parallel()
	synctest.Test(t, func(t *testing.T) {
		g, s := guarded(Limits{Backoff: 5}, fails(ErrTemporary, 0))
		ctx, cancel := context.WithCancel(t.Context())
		time.AfterFunc(time.Second, cancel)
		start := time.Now()
		_, err := g.Locate(ctx, seen)
		if !errors.Is(err, ErrTemporary) || time.Since(start) != time.Second || s.asked() != 1 {
			t.Errorf("%v after %v and %d calls", err, time.Since(start), s.asked())
		}
	})
}

// once makes a call that is not retried, and says how it ended.
func once(t *testing.T, g *Guard) error {
	t.Helper()
	_, err := g.Locate(t.Context(), seen)
	return err
}

func TestTheCircuitOpensAndHalfOpens(t *testing.T) {
	t.Parallel()
	synctest.Test(t, func(t *testing.T) {
		temporary := fails(ErrTemporary, 0)
		g, s := guarded(
			Limits{Retries: new(0), Failures: 3, CoolDown: 30},
			temporary, temporary, fails(ErrNotFound, 0), temporary, temporary, temporary, // the third in a row opens it
			temporary, // the first probe
			works,     // the second
			temporary, temporary, works,
		)
		for range 6 {
			if err := once(t, g); errors.Is(err, ErrOpen) {
				t.Fatal("open too early")
			}
		}
		wantOpen(t, g, 30*time.Second)
		time.Sleep(30*time.Second - 1)
		wantOpen(t, g, 1)
		time.Sleep(time.Nanosecond)
		if err := once(t, g); errors.Is(err, ErrOpen) || err == nil {
			t.Fatalf("the probe is not let through: %v", err)
		}
		wantOpen(t, g, 30*time.Second)
		time.Sleep(30 * time.Second)
		if err := once(t, g); err != nil {
			t.Fatalf("the second probe is not let through: %v", err)
		}
		for range 3 { // closed again, and two failures are not three
			if errors.Is(once(t, g), ErrOpen) {
				t.Fatal("open after the probe that worked")
			}
		}
		if s.asked() != 11 {
			t.Errorf("asked %d times", s.asked())
		}
	})
}

func wantOpen(t *testing.T, g *Guard, wait time.Duration) {
	t.Helper()
	err := once(t, g)
	if e := wantFailure(t, err, ErrTemporary, CircuitOpen); !errors.Is(err, ErrOpen) || e.After != wait {
		t.Fatalf("%v for %v, want %v", err, e.After, wait)
	}
}

func TestOneProbeAtATime(t *testing.T) {
	t.Parallel()
	for name, c := range map[string]struct {
		gone bool // the probing caller hangs up
		open bool // and so the circuit stays open
	}{
		"one that times out opens it again":    {false, true},
		"one whose caller leaves says nothing": {true, false},
	} {
		t.Run(name, func(t *testing.T) {
			t.Parallel()
			synctest.Test(t, func(t *testing.T) {
				g, s := guarded(Limits{Retries: new(0), Failures: 1, CoolDown: 30, Timeout: 10}, fails(ErrTemporary, 0), hangs, works)
				_ = once(t, g)
				time.Sleep(30 * time.Second)
				ctx, leave := context.WithCancel(t.Context())
				defer leave()
				var probe sync.WaitGroup
				probe.Go(func() { _, _ = g.Locate(ctx, seen) })
				synctest.Wait()
				for range 5 {
					wantOpen(t, g, 30*time.Second)
				}
				if c.gone {
					leave()
				}
				probe.Wait()
				if err := once(t, g); errors.Is(err, ErrOpen) != c.open {
					t.Errorf("then %v", err)
				}
				if want := map[bool]int{true: 2, false: 3}[c.open]; s.asked() != want {
					t.Errorf("asked %d times, want %d", s.asked(), want)
				}
			})
		})
	}
}

func TestAServiceThatSaysWhenIsLeftAloneByAll(t *testing.T) {
	t.Parallel()
	synctest.Test(t, func(t *testing.T) {
		g, s := guarded(Limits{Retries: new(0)}, fails(ErrTemporary, time.Minute), works)
		_ = once(t, g)
		wantOpen(t, g, time.Minute)
		time.Sleep(time.Minute)
		if err := once(t, g); err != nil || s.asked() != 2 {
			t.Errorf("%v after %d calls", err, s.asked())
		}
	})
}

func TestAProbeThatFailsOpensForTheCoolDown(t *testing.T) {
	t.Parallel()
	synctest.Test(t, func(t *testing.T) {
		g, _ := guarded(Limits{Retries: new(0), CoolDown: 30}, fails(ErrTemporary, time.Second), fails(ErrTemporary, 0))
		_ = once(t, g)
		wantOpen(t, g, time.Second)
		time.Sleep(time.Second)
		_ = once(t, g)
		wantOpen(t, g, 30*time.Second)
	})
}

// A call that began before the circuit opened decides nothing when it ends.
func TestLateEndsDecideNothing(t *testing.T) {
	t.Parallel()
	synctest.Test(t, func(t *testing.T) {
		late := func(context.Context) error { time.Sleep(5 * time.Second); return nil }
		g, _ := guarded(Limits{Retries: new(0), Failures: 1, CoolDown: 30}, late, fails(ErrTemporary, 0), works)
		var first sync.WaitGroup
		first.Go(func() { _ = once(t, g) })
		synctest.Wait()
		_ = once(t, g)
		first.Wait()
		wantOpen(t, g, 25*time.Second)
	})
}

func TestFewCallsAtOnce(t *testing.T) {
	t.Parallel()
	synctest.Test(t, func(t *testing.T) {
		var mu sync.Mutex
		under, most := 0, 0
		slow := func(context.Context) error {
			mu.Lock()
			under++
			most = max(most, under)
			mu.Unlock()
			time.Sleep(time.Second)
			mu.Lock()
			under--
			mu.Unlock()
			return nil
		}
		g, s := guarded(Limits{Concurrent: 3}, slow)
		start := time.Now()
		var callers sync.WaitGroup
		for range 10 {
			callers.Go(func() { _ = once(t, g) })
		}
		callers.Wait()
		if most != 3 || s.asked() != 10 || time.Since(start) != 4*time.Second {
			t.Errorf("%d at once, %d calls, %v", most, s.asked(), time.Since(start))
		}
	})
}

func TestWhoWaitsInVainIsToldSoon(t *testing.T) {
	t.Parallel()
	synctest.Test(t, func(t *testing.T) {
		g, s := guarded(Limits{Concurrent: 1, Failures: 1, Retries: new(0), Timeout: 10}, hangs)
		start := time.Now()
		var callers sync.WaitGroup
		for range 5 { // one asks, four queue; when the first fails the circuit opens, and nobody asks again
			callers.Go(func() { _ = once(t, g) })
		}
		synctest.Wait()
		short, cancel := context.WithTimeout(t.Context(), time.Second)
		defer cancel()
		_, err := g.Locate(short, seen)
		wantFailure(t, err, ErrTemporary, GivenUp)
		callers.Wait()
		if s.asked() != 1 || time.Since(start) != 10*time.Second {
			t.Errorf("%d calls, %v", s.asked(), time.Since(start))
		}
	})
}

func TestAPanicGivesBackItsPlace(t *testing.T) {
	t.Parallel()
	g, _ := guarded(Limits{Concurrent: 1}, func(context.Context) error { panic("a defect") }, works)
	func() {
		defer func() { _ = recover() }()
		_ = once(t, g)
	}()
	if err := once(t, g); err != nil {
		t.Error(err)
	}
}

// The breaker keeps its promises whatever happens: open exactly for the cool-down after enough failures in a row,
// and half-open for one.
func TestBreakerAgainstItsModel(t *testing.T) {
	t.Parallel()
	rapid.Check(t, func(t *rapid.T) {
		clock := now
		limit := rapid.IntRange(1, 4).Draw(t, "failures")
		b := breaker{failures: limit, coolDown: 10 * time.Second, now: func() time.Time { return clock }}
		inARow, openUntil, wasOpen := 0, time.Time{}, false
		for range rapid.IntRange(0, 60).Draw(t, "steps") {
			clock = clock.Add(time.Duration(rapid.IntRange(0, 6).Draw(t, "s")) * time.Second)
			turn, wait := b.enter()
			if (wait > 0) != clock.Before(openUntil) {
				t.Fatalf("waits %v at %v, open until %v", wait, clock, openUntil)
			}
			if wait > 0 {
				continue
			}
			said := rapid.SampledFrom([]outcome{success, failure, neither}).Draw(t, "outcome")
			b.settle(turn, said, 0)
			switch said {
			case success:
				inARow, wasOpen = 0, false
			case failure:
				if inARow++; wasOpen || inARow >= limit {
					openUntil, wasOpen = clock.Add(10*time.Second), true
				}
			}
		}
	})
}

func TestDurationsAreExact(t *testing.T) {
	t.Parallel()
	if d := duration(geo.Seconds(0.5)); d != 500*time.Millisecond {
		t.Error(d)
	}
}
