package cputime

import (
	"context"
	"runtime"
	"time"
)

// Clock is a budget that is being spent, and a context that is over with it.
type Clock struct {
	context.Context
	budget time.Duration
	begun  time.Duration
	gone   time.Duration
	read   time.Time // when gone was asked for
}

// Start takes the thread for whoever calls it, until [Clock.Stop].
func Start(ctx context.Context, budget time.Duration) *Clock {
	runtime.LockOSThread()
	return &Clock{Context: ctx, budget: budget, begun: Thread()}
}

// Stop gives the thread back, and tells what was spent.
func (c *Clock) Stop() time.Duration {
	runtime.UnlockOSThread()
	return c.Gone()
}

// Gone is what was spent so far.
func (c *Clock) Gone() time.Duration { return Thread() - c.begun }

// Spent is the share of the budget that was spent. It asks the system no more than a thousand times, as that takes longer than many
// a step of a search.
func (c *Clock) Spent() float64 {
	if now := time.Now(); now.Sub(c.read) >= c.budget/1000 {
		c.read, c.gone = now, c.Gone()
	}
	return float64(c.gone) / float64(c.budget)
}

// Err is context.DeadlineExceeded once the budget is spent.
func (c *Clock) Err() error {
	if c.Spent() >= 1 {
		return context.DeadlineExceeded
	}
	return c.Context.Err()
}
