package main

import "context"

type demoCmd struct {
	Data string `name:"data" env:"ROUNDS_DEMO_DATA" placeholder:"DIR" help:"Where the demo's private PostgreSQL keeps its data."`
	Exit bool   `help:"Stop after the table."`
}

func (c demoCmd) Run(ctx context.Context, t terminal) error { return nil }
