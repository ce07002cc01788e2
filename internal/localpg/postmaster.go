package localpg

import (
	"context"
	"errors"
	"fmt"
	"os"
	"path/filepath"
	"runtime"
	"syscall"
	"time"

	"github.com/jackc/pgx/v5"
	"github.com/jackc/pgx/v5/pgconn"
)

// pulse is how often a start or an eviction looks whether it is done.
const pulse = 10 * time.Millisecond

// step is one way of asking PostgreSQL to end, and how long it has to do so.
type step struct {
	signal   syscall.Signal
	patience time.Duration
}

// patiently disconnects clients and writes a checkpoint first; what takes longer is cut off and recovered later.
var patiently = []step{{syscall.SIGINT, 10 * time.Second}, {syscall.SIGQUIT, 5 * time.Second}, {syscall.SIGKILL, time.Minute}}

// inHaste ends a server that never served.
var inHaste = patiently[1:]

// launch starts the postmaster, which outlives the context; whether it comes up is for open to see.
func (s *Server) launch(context.Context) error {
	log, err := s.openLog()
	if err != nil {
		return err
	}
	defer log.Close()
	if err := s.address.prepare(s.account); err != nil {
		return err
	}
	s.process = s.account.command(context.Background(), s.data(), s.tool("postgres"), s.arguments()...)
	s.process.Stdout, s.process.Stderr = log, log
	started := make(chan error)
	go s.attend(started)
	return <-started
}

// attend starts the process and waits for its end, all on one thread: the parent-death signal, where the system
// has one, comes when the thread that forked ends.
func (s *Server) attend(started chan<- error) {
	runtime.LockOSThread()
	defer runtime.UnlockOSThread()
	err := s.process.Start()
	started <- err
	if err == nil {
		s.ended = s.process.Wait()
		close(s.done)
	}
}

func (s *Server) arguments() []string {
	settings := append(s.address.settings(),
		"cluster_name=rounds",
		"dynamic_shared_memory_type="+sharedMemory)
	careful := "on"
	if s.Volatile {
		careful = "off"
		settings = append(settings, "max_wal_size=128MB") // tests' clusters are kept, and should not grow
	}
	for _, name := range []string{"fsync", "full_page_writes", "synchronous_commit"} {
		settings = append(settings, name+"="+careful)
	}
	args := []string{"-D", s.data()}
	for _, setting := range settings {
		args = append(args, "-c", setting)
	}
	return args
}

func (s *Server) logPath() string { return filepath.Join(s.dir, "postgres.log") }

// openLog begins a new log and keeps the last one.
func (s *Server) openLog() (*os.File, error) {
	if err := os.Rename(s.logPath(), s.logPath()+".old"); err != nil && !errors.Is(err, os.ErrNotExist) {
		return nil, err
	}
	return os.OpenFile(s.logPath(), os.O_CREATE|os.O_WRONLY|os.O_APPEND, 0o600)
}

// open waits until the server answers and makes the database where it is missing.
func (s *Server) open(ctx context.Context) error {
	conn, err := s.connect(ctx)
	if err != nil {
		return err
	}
	defer conn.Close(ctx)
	const q = `select exists (select from pg_database where datname = $1)`
	var found bool
	if err := conn.QueryRow(ctx, q, database).Scan(&found); err != nil || found {
		return err
	}
	_, err = conn.Exec(ctx, `create database `+database)
	return err
}

func (s *Server) connect(ctx context.Context) (*pgx.Conn, error) {
	config, err := pgx.ParseConfig(s.address.url("postgres"))
	if err != nil {
		return nil, err
	}
	tick := time.NewTicker(pulse)
	defer tick.Stop()
	for {
		conn, err := pgx.ConnectConfig(ctx, config)
		if err == nil || !notYet(err) {
			return conn, err
		}
		select {
		case <-s.done:
			return nil, fmt.Errorf("PostgreSQL ended while starting (%v); it said:\n%s", s.ended, s.lastWords())
		case <-ctx.Done():
			return nil, fmt.Errorf("PostgreSQL does not answer yet (%w: %v); it said:\n%s", ctx.Err(), err, s.lastWords())
		case <-tick.C:
		}
	}
}

// notYet tells a server that is still starting from one that refuses.
func notYet(err error) bool {
	var refused *pgconn.PgError
	const cannotConnectNow = "57P03"
	return !errors.As(err, &refused) || refused.Code == cannotConnectNow
}

// lastWords are the end of the log.
func (s *Server) lastWords() []byte {
	const most = 2000
	text, _ := os.ReadFile(s.logPath())
	return text[max(0, len(text)-most):]
}

// shutdown takes the steps in turn until the process has ended. The context's end cuts the first step short, not
// the harder ones after it.
func (s *Server) shutdown(ctx context.Context, steps []step) error {
	hurry := ctx.Done()
	for _, step := range steps {
		select {
		case <-s.done:
			return s.verdict()
		default:
			interrupt(s.bin, s.process.Process.Pid, step.signal)
		}
		select {
		case <-s.done:
			return s.verdict()
		case <-hurry:
			hurry = nil
		case <-time.After(step.patience):
		}
	}
	return fmt.Errorf("PostgreSQL (process %d) does not end", s.process.Process.Pid)
}

func (s *Server) verdict() error {
	if s.ended == nil {
		return nil
	}
	return fmt.Errorf("PostgreSQL did not end cleanly (%w); its next start recovers", s.ended)
}
