package locate

import (
	"context"
	"errors"
	"math/rand/v2"
	"time"

	"rounds/geo"
)

// Limits say how patient to be with one service. Zero values take the defaults.
type Limits struct {
	Timeout    geo.Seconds `json:"timeout_s"`   // of one attempt, the answer's last byte included: 10
	Retries    *int        `json:"retries"`     // after the first attempt: 2
	Backoff    geo.Seconds `json:"backoff_s"`   // the first wait is up to this, each later one up to twice as long: 0.5
	MaxWait    geo.Seconds `json:"max_wait_s"`  // no wait is longer; a service that asks for a longer one is not retried: 10
	Concurrent int         `json:"concurrent"`  // calls under way at once; more wait their turn: 4
	Failures   int         `json:"failures"`    // in a row, that open the circuit: 5
	CoolDown   geo.Seconds `json:"cool_down_s"` // from opening to the one call that tries again: 30
}

func (l Limits) withDefaults() Limits {
	seconds := func(v *geo.Seconds, otherwise geo.Seconds) {
		if *v == 0 {
			*v = otherwise
		}
	}
	seconds(&l.Timeout, 10)
	seconds(&l.Backoff, 0.5)
	seconds(&l.MaxWait, 10)
	seconds(&l.CoolDown, 30)
	if l.Retries == nil {
		l.Retries = new(2)
	}
	if l.Concurrent == 0 {
		l.Concurrent = 4
	}
	if l.Failures == 0 {
		l.Failures = 5
	}
	return l
}

func duration(s geo.Seconds) time.Duration { return time.Duration(float64(s) * float64(time.Second)) }

// Guard makes any Locator bearable: a time-out an attempt, retries of temporary failures with exponential back-off and
// full jitter, few calls at once, and none at all while its circuit is open.
type Guard struct {
	inner   Locator
	limits  Limits
	slots   chan struct{}
	breaker breaker
	jitter  func(most time.Duration) time.Duration // uniform in [0, most]
	pause   func(context.Context, time.Duration) error
}

// NewGuard guards a Locator; zero limits take their defaults. Safe for concurrent use.
func NewGuard(inner Locator, l Limits) *Guard {
	l = l.withDefaults()
	return &Guard{
		inner: inner, limits: l,
		slots:   make(chan struct{}, l.Concurrent),
		breaker: breaker{failures: l.Failures, coolDown: duration(l.CoolDown), now: time.Now},
		jitter:  func(most time.Duration) time.Duration { return rand.N(most + 1) },
		pause:   pause,
	}
}

func pause(ctx context.Context, d time.Duration) error {
	t := time.NewTimer(d)
	defer t.Stop()
	select {
	case <-t.C:
		return nil
	case <-ctx.Done():
		return ctx.Err()
	}
}

// Locate asks until there is a definite answer or patience is at its end; then it fails as the last attempt did. No
// wait is begun that the context's deadline would cut short.
func (g *Guard) Locate(ctx context.Context, q Query) (Position, error) {
	for n := 0; ; n++ {
		p, err := g.once(ctx, q)
		wait, again := g.wait(ctx, err, n)
		if !again || g.pause(ctx, wait) != nil {
			return p, err
		}
	}
}

// wait is the pause before the attempt after the nth failed one; false: there is none.
func (g *Guard) wait(ctx context.Context, err error, n int) (time.Duration, bool) {
	e, ok := errors.AsType[*Error](err)
	if !ok || !errors.Is(err, ErrTemporary) || errors.Is(err, ErrOpen) || n >= *g.limits.Retries || ctx.Err() != nil {
		return 0, false
	}
	most := min(float64(g.limits.Backoff)*float64(uint64(1)<<min(n, 32)), float64(g.limits.MaxWait))
	wait := max(g.jitter(duration(geo.Seconds(most))), e.After)
	deadline, hasOne := ctx.Deadline()
	return wait, e.After <= duration(g.limits.MaxWait) && !(hasOne && deadline.Sub(g.breaker.now()) <= wait)
}

// once is one attempt, in its turn. The circuit is looked at before queueing as well, so that nobody queues in vain.
func (g *Guard) once(ctx context.Context, q Query) (p Position, err error) {
	if wait := g.breaker.closedFor(); wait > 0 {
		return Position{}, open(wait)
	}
	select {
	case g.slots <- struct{}{}:
	case <-ctx.Done():
		return Position{}, &Error{Class: ErrTemporary, Reason: GivenUp, Cause: ctx.Err()}
	}
	defer func() { <-g.slots }()
	turn, wait := g.breaker.enter()
	if wait > 0 {
		return Position{}, open(wait)
	}
	said, after := neither, time.Duration(0) // what a panic leaves
	defer func() { g.breaker.settle(turn, said, after) }()
	p, err = g.attempt(ctx, q)
	said, after = verdict(ctx, err)
	return p, err
}

func (g *Guard) attempt(ctx context.Context, q Query) (Position, error) {
	ctx, cancel := context.WithTimeout(ctx, duration(g.limits.Timeout))
	defer cancel()
	return g.inner.Locate(ctx, q)
}

func open(wait time.Duration) *Error {
	return &Error{Class: ErrTemporary, Reason: CircuitOpen, After: wait, Cause: ErrOpen}
}

// verdict is what the end of an attempt says about the service. Any definite answer is a success; a caller that hung up
// says nothing, but one whose deadline passed waited as long as it could.
func verdict(ctx context.Context, err error) (outcome, time.Duration) {
	switch {
	case err == nil, errors.Is(err, ErrPermanent), errors.Is(err, ErrNotFound):
		return success, 0
	case errors.Is(ctx.Err(), context.Canceled):
		return neither, 0
	}
	if e, ok := errors.AsType[*Error](err); ok {
		return failure, e.After
	}
	return failure, 0
}
