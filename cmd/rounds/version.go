package main

import (
	"fmt"
	"runtime/debug"
)

type versionCmd struct{}

// Run says what was built, and from what.
func (versionCmd) Run(t terminal) error {
	version, revision := "unknown", ""
	if info, ok := debug.ReadBuildInfo(); ok {
		version = info.Main.Version
		for _, s := range info.Settings {
			if s.Key == "vcs.revision" {
				revision = " " + s.Value
			}
		}
	}
	_, err := fmt.Fprintf(t.Out, "rounds %s%s\n", version, revision)
	return err
}
