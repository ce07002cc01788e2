//go:build race

package api_test

// Everything takes ten times as long under the race detector: it gets fewer events, on smaller pages.
func init() { batches = 2 }
