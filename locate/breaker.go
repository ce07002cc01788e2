package locate

import (
	"sync"
	"time"
)

// breaker is a circuit breaker: closed until failures in a row reach the limit, then open for the cool-down, then
// half-open, with one call let through to try. A service that says when to come back is left alone until then.
//
//	closed ──failures──▶ open ──cool-down──▶ half-open ──success──▶ closed
//	                       ▲                     │
//	                       └───────failure───────┘
type breaker struct {
	failures int // in a row, that open it
	coolDown time.Duration
	now      func() time.Time

	mu      sync.Mutex
	failed  int       // in a row
	until   time.Time // zero: closed
	probing bool      // half-open, and the one call is on its way
	turn    int       // of opening and closing: a call that began in an earlier one decides nothing
}

// outcome is what a call says about the service. Neither is a call that its caller gave up.
type outcome int

const (
	neither outcome = iota
	success
	failure
)

// closedFor is how long to wait for a chance to call; 0: call now. It claims nothing.
func (b *breaker) closedFor() time.Duration {
	b.mu.Lock()
	defer b.mu.Unlock()
	return b.wait()
}

func (b *breaker) wait() time.Duration {
	switch {
	case b.until.IsZero():
		return 0
	case b.probing:
		return b.coolDown
	}
	return max(b.until.Sub(b.now()), 0)
}

// enter claims a call, which must be settled with the turn; or says how long to wait.
func (b *breaker) enter() (turn int, wait time.Duration) {
	b.mu.Lock()
	defer b.mu.Unlock()
	if wait := b.wait(); wait > 0 {
		return 0, wait
	}
	b.probing = !b.until.IsZero()
	return b.turn, 0
}

// settle takes what a call of that turn said, and for how long the service wants to be left alone.
func (b *breaker) settle(turn int, o outcome, after time.Duration) {
	b.mu.Lock()
	defer b.mu.Unlock()
	if turn != b.turn {
		return
	}
	halfOpen := b.probing
	b.probing = false
	switch {
	case o == success:
		b.failed = 0
		b.shut(time.Time{})
	case o == failure:
		b.failed++
		if halfOpen || after > 0 || b.failed >= b.failures {
			b.shut(b.now().Add(max(after, b.pause(halfOpen))))
		}
	}
}

// pause is the cool-down, unless only the service's own wish opens the circuit.
func (b *breaker) pause(halfOpen bool) time.Duration {
	if halfOpen || b.failed >= b.failures {
		return b.coolDown
	}
	return 0
}

// shut opens the circuit until then, or closes it where that is zero. A circuit that stays closed keeps its turn.
func (b *breaker) shut(until time.Time) {
	if until.IsZero() && b.until.IsZero() {
		return
	}
	b.until = until
	b.turn++
}
