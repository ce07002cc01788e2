//go:build race

package estimate

func init() { raced = true }
