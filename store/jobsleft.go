package store

import (
	"context"
	"log/slog"
	"time"

	"rounds/migrations"
)

// A process says so often that it still does its jobs. One that is silent for longer than silentTime was killed, and others
// begin its jobs again: sooner than River, which waits for as long as a job may take.
const (
	beatTime   = 5 * time.Second
	silentTime = 30 * time.Second
)

// tendJobs says again and again that the jobs of a process go on, and takes those that others have left, until ctx ends.
func (s *Store) tendJobs(ctx context.Context, process string, log *slog.Logger) {
	tick := time.NewTicker(beatTime)
	defer tick.Stop()
	for {
		if err := s.tendJobsOnce(ctx, process); err != nil && ctx.Err() == nil {
			log.Warn("nobody was told that jobs go on", "error", err)
		}
		select {
		case <-ctx.Done():
			return
		case <-tick.C:
		}
	}
}

func (s *Store) tendJobsOnce(ctx context.Context, process string) error {
	const beat = `
		update ` + migrations.JobsSchema + `.river_job
		set attempted_at = now()
		where state = 'running' and attempted_by[cardinality(attempted_by)] = $1`
	// River gives up what was tried too often.
	const take = `
		update ` + migrations.JobsSchema + `.river_job
		set state = 'available', scheduled_at = now()
		where state = 'running' and attempted_at < now() - $1::interval and attempt < max_attempts`
	if _, err := exec(ctx, s.db, beat, process); err != nil {
		return err
	}
	_, err := exec(ctx, s.db, take, silentTime)
	return err
}
