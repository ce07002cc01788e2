package cputime_test

import (
	"runtime"
	"testing"
	"time"

	"rounds/internal/cputime"
)

// Waiting is no work, work is counted, and another thread's work is not this one's.
func TestWorkIsCountedAndWaitingIsNot(t *testing.T) {
	if runtime.GOOS != "linux" {
		t.Skip("elsewhere it is the clock on the wall")
	}
	runtime.LockOSThread()
	defer runtime.UnlockOSThread()
	thread, process := cputime.Thread(), cputime.Process()
	done := make(chan struct{})
	go func() {
		defer close(done)
		runtime.LockOSThread() // and so another
		for began := cputime.Thread(); cputime.Thread()-began < 100*time.Millisecond; {
		}
	}()
	<-done
	if mine, all := cputime.Thread()-thread, cputime.Process()-process; mine > 50*time.Millisecond || all < 100*time.Millisecond {
		t.Errorf("the waiting thread used %v, all %v", mine, all)
	}
}
