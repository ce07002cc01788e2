// Package cputime tells how long the processor has worked, for tests and benchmarks: unlike the clock on the wall it hardly depends on
// what else the machine does. It knows nothing of waiting.
package cputime

import (
	"syscall"
	"time"
)

// Process is what all threads of this process have used. Only a test beside which no other runs learns from it what it used itself.
func Process() time.Duration { return used(syscall.RUSAGE_SELF) }

// Thread is what the calling thread has used: two calls of a goroutine are of one thread after runtime.LockOSThread alone.
func Thread() time.Duration { return used(syscall.RUSAGE_THREAD) }

func used(who int) time.Duration {
	var u syscall.Rusage
	if err := syscall.Getrusage(who, &u); err != nil {
		panic(err)
	}
	return time.Duration(u.Utime.Nano() + u.Stime.Nano())
}
