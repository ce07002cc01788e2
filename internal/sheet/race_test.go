//go:build race

package sheet

// The tests at the limits run in one goroutine and take minutes under the race detector.
func init() { raced = true }
