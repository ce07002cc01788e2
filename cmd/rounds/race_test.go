//go:build race

package main

import "flag"

// One goroutine has no races, and everything takes ten times as long: properties get a fifth of the cases here, unless the command
// line says otherwise.
func init() {
	raced = true
	if err := flag.Set("rapid.checks", "20"); err != nil {
		panic(err)
	}
}
