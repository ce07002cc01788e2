//go:build race

package fieldwork

// The race detector makes everything ten times slower: it gets a smaller city.
func init() { cityReps = 25 }
