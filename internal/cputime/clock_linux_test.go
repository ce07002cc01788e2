package cputime

import (
	"context"
	"errors"
	"runtime"
	"testing"
	"time"
)

func TestBudgetsAreOfThisThread(t *testing.T) {
	t.Parallel()
	stop := make(chan struct{})
	defer close(stop)
	go func() { // works too, on another thread
		for {
			select {
			case <-stop:
				return
			default:
				runtime.Gosched()
			}
		}
	}()
	const budget = 30 * time.Millisecond
	c := Start(t.Context(), budget)
	if err := c.Err(); err != nil || c.Spent() >= 1 {
		t.Errorf("at first: %v, %g spent", err, c.Spent())
	}
	begun := Thread()
	for c.Err() == nil {
	}
	if used := Thread() - begun; used < budget/2 || used > 10*budget || !errors.Is(c.Err(), context.DeadlineExceeded) {
		t.Errorf("%v were used of %v: %v", used, budget, c.Err())
	}
	if gone := c.Stop(); gone < budget {
		t.Errorf("%v of %v are gone, and it is over", gone, budget)
	}
}

func TestBudgetsEndWithTheirContext(t *testing.T) {
	t.Parallel()
	ctx, cancel := context.WithCancel(t.Context())
	c := Start(ctx, time.Hour)
	defer c.Stop()
	cancel()
	if !errors.Is(c.Err(), context.Canceled) {
		t.Errorf("%v after the end", c.Err())
	}
}
