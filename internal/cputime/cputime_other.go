//go:build !linux

package cputime

import "time"

var began = time.Now()

// Process is the clock on the wall: only Linux tells of threads.
func Process() time.Duration { return time.Since(began) }

// Thread is the clock on the wall, as [Process] is.
func Thread() time.Duration { return time.Since(began) }
