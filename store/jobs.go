package store

import (
	"context"
	"errors"
	"log/slog"
	"runtime"
	"sync"
	"time"

	"rounds"
	"rounds/migrations"

	"github.com/jackc/pgx/v5"
	"github.com/jackc/pgx/v5/pgxpool"
	"github.com/riverqueue/river"
	"github.com/riverqueue/river/riverdriver/riverpgxv5"
)

// Job is work for later, named by its kind: a struct of what has to be known, the org included, that
// becomes JSON.
type Job interface{ Kind() string }

// Patient is a job that mostly waits for somebody else's service, and says for how long at most. Such jobs have
// a queue of their own, so that no other work waits behind them.
type Patient interface {
	Job
	Patience() time.Duration
}

// Heavy is a job that computes all the time, and says for how long at most. Such jobs have a queue of their own, as
// many at once as there are processors, so that no other work waits behind them.
type Heavy interface {
	Job
	Effort() time.Duration
}

// Later is the failure of a job that is not worth trying sooner than After.
type Later struct {
	After time.Duration // 0: as for any other failure
	Err   error
}

// Error is that of the failure.
func (l *Later) Error() string { return l.Err.Error() }

// Unwrap gives the failure to errors.Is and errors.As.
func (l *Later) Unwrap() error { return l.Err }

// enqueuer only inserts: it needs no pool, as it is given each transaction.
var enqueuer = sync.OnceValues(func() (*river.Client[pgx.Tx], error) {
	return river.NewClient(riverpgxv5.New(nil), &river.Config{Schema: migrations.JobsSchema, Logger: slog.New(slog.DiscardHandler)})
})

// Enqueue leaves work to be done once this transaction is committed. It must be called inside InTx.
func (s *Store) Enqueue(ctx context.Context, jobs ...Job) error {
	client, err := enqueuer()
	if err != nil {
		return err
	}
	many := make([]river.InsertManyParams, len(jobs))
	for i, job := range jobs {
		many[i].Args = job
		many[i].InsertOpts = &river.InsertOpts{Queue: queueOf(job)}
	}
	_, err = client.InsertManyFastTx(ctx, s.db.(pgx.Tx), many)
	return wrap(err)
}

// Workers say how each kind of job is done.
type Workers struct {
	workers  *river.Workers
	periodic []*river.PeriodicJob
}

// NewWorkers knows no kind yet.
func NewWorkers() *Workers { return &Workers{workers: river.NewWorkers()} }

// Handle lets fn do the jobs of a kind. A failure is tried again, later and later, up to 25 times; one that is
// Invalid or NotFound never will succeed and is given up. One that is [Later] waits for that long, however often.
func Handle[J Job](w *Workers, fn func(context.Context, J) error) {
	river.AddWorker(w.workers, &worker[J]{do: fn})
}

type worker[J Job] struct {
	river.WorkerDefaults[J]
	do func(context.Context, J) error
}

// Work does one job, for as long as its kind may take.
func (w *worker[J]) Work(ctx context.Context, job *river.Job[J]) error {
	ctx, cancel := context.WithTimeout(ctx, timeFor(job.Args))
	defer cancel()
	err := w.do(ctx, job.Args)
	switch rounds.CodeOf(err) {
	case rounds.Invalid, rounds.NotFound:
		return river.JobCancel(err)
	}
	if later, ok := errors.AsType[*Later](err); ok && later.After > 0 {
		return river.JobSnooze(later.After)
	}
	return err
}

// Timeout is when River gives a job up: not before the job itself has had to end.
func (w *worker[J]) Timeout(job *river.Job[J]) time.Duration {
	return timeFor(job.Args) + endTime
}

func timeFor(job Job) time.Duration {
	switch j := job.(type) {
	case Patient:
		return j.Patience()
	case Heavy:
		return j.Effort()
	}
	return jobTime
}

func queueOf(job Job) string {
	switch job.(type) {
	case Patient:
		return patientQueue
	case Heavy:
		return heavyQueue
	}
	return river.QueueDefault
}

// Every enqueues the job again and again, by one process of all that share the database.
func (w *Workers) Every(period time.Duration, job Job) {
	w.periodic = append(w.periodic, river.NewPeriodicJob(river.PeriodicInterval(period),
		func() (river.JobArgs, *river.InsertOpts) { return job, nil }, &river.PeriodicJobOpts{RunOnStart: true}))
}

// How many jobs a process does at the same time; they wait more than they work, and the patient do little else.
const (
	jobsAtOnce    = 8
	patientAtOnce = 16
	patientQueue  = "patient"
	heavyQueue    = "heavy"
)

// For how long a job may work, and may take to end when its time is over; a night's work on a large city takes minutes.
const (
	jobTime = 30 * time.Minute
	endTime = 30 * time.Second
)

// stuckTime is after how long River looks at a running job at all, for [worker.Timeout] to say whether it is dead.
const stuckTime = time.Minute

// Jobs are being done until Close.
type Jobs struct {
	client  *river.Client[pgx.Tx]
	stop    context.CancelFunc
	tending sync.WaitGroup
}

// StartJobs does what was enqueued, by this process or others. Behind a pooler jobs are found by asking
// again and again, as no connection can listen.
func (s *Store) StartJobs(ctx context.Context, w *Workers, log *slog.Logger) (*Jobs, error) {
	pool := s.db.(*pgxpool.Pool)
	client, err := river.NewClient(riverpgxv5.New(pool), &river.Config{
		Schema: migrations.JobsSchema,
		Queues: map[string]river.QueueConfig{
			river.QueueDefault: {MaxWorkers: jobsAtOnce}, patientQueue: {MaxWorkers: patientAtOnce}, heavyQueue: {MaxWorkers: runtime.GOMAXPROCS(0)},
		},
		Workers:              w.workers,
		PeriodicJobs:         w.periodic,
		RescueStuckJobsAfter: stuckTime,
		PollOnly:             pool.Config().ConnConfig.DefaultQueryExecMode != pgx.QueryExecModeCacheStatement,
		Logger:               slog.New(warnings{log.Handler()}),
	})
	if err != nil {
		return nil, err
	}
	if err := client.Start(ctx); err != nil {
		return nil, wrap(err)
	}
	tended, stop := context.WithCancel(ctx)
	jobs := &Jobs{client: client, stop: stop}
	jobs.tending.Go(func() { s.tendJobs(tended, client.ID(), log) })
	return jobs, nil
}

// Close lets the jobs under way finish until ctx ends, and then stops them: they are begun again elsewhere.
func (j *Jobs) Close(ctx context.Context) error {
	defer j.tending.Wait()
	defer j.stop()
	if err := j.client.Stop(ctx); err == nil {
		return nil
	}
	ctx, cancel := context.WithTimeout(context.WithoutCancel(ctx), time.Second)
	defer cancel()
	return j.client.StopAndCancel(ctx)
}

// warnings leaves out what River says while all is well.
type warnings struct{ slog.Handler }

func (w warnings) Enabled(ctx context.Context, l slog.Level) bool {
	return l >= slog.LevelWarn && w.Handler.Enabled(ctx, l)
}
