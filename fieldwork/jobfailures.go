package fieldwork

import (
	"context"
	"errors"

	"rounds"
)

// Why a plan failed, for the planner who waits for it.
const (
	tookTooLong   = "took_too_long"
	inputUnusable = "input_unusable"
	serverFault   = "server_fault"
)

// hopeless is why a job with this error fails however often it is tried, or "": one that was stopped, or met with a failure
// of the database, may do better.
func hopeless(ctx context.Context, err error) string {
	if err == nil {
		return ""
	}
	if errors.Is(ctx.Err(), context.DeadlineExceeded) {
		return tookTooLong
	}
	switch rounds.CodeOf(err) {
	case rounds.Invalid, rounds.NotFound:
		return inputUnusable
	}
	return ""
}
