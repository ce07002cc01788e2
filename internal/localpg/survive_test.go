//go:build unix

package localpg

import (
	"context"
	"errors"
	"os"
	"os/exec"
	"path/filepath"
	"runtime"
	"strconv"
	"strings"
	"syscall"
	"testing"
	"time"

	"github.com/jackc/pgx/v5"
)

func freeze(t *testing.T, pid int) {
	t.Helper()
	if err := syscall.Kill(pid, syscall.SIGSTOP); err != nil {
		t.Fatal(err)
	}
}

// waitForGoodbye returns when the server has closed the connection, and fails when it never does.
func waitForGoodbye(t *testing.T, conn *pgx.Conn) {
	t.Helper()
	ctx, cancel := context.WithTimeout(t.Context(), patience)
	defer cancel()
	if _, err := conn.WaitForNotification(ctx); errors.Is(err, context.DeadlineExceeded) {
		t.Fatal("PostgreSQL outlives its Rounds")
	}
}

func TestKilledRoundsTakesPostgreSQLAlong(t *testing.T) {
	t.Parallel()
	if runtime.GOOS != "linux" {
		t.Skip("only Linux tells a process of its parent's death; elsewhere the next start evicts")
	}
	dir := madeDir(t)
	rounds := begin(t, dir, unchanged)
	client := connect(t, rounds.URL)
	do(t, rounds.URL, `create table kept as select 'a row' as what`)
	rounds.kill(t)
	waitForGoodbye(t, client)
	next := start(t, Options{Dir: dir})
	if got := ask(t, next.URL(), `select what from kept`); got != "a row" {
		t.Errorf("got %q", got)
	}
	mustContain(t, logOf(t, next), "database system was shut down")
}

func TestKilledRoundsIsFollowedAtOnce(t *testing.T) {
	t.Parallel()
	dir := madeDir(t)
	rounds := begin(t, dir, unchanged)
	rounds.kill(t)
	next := start(t, Options{Dir: dir})
	if alive(rounds.Postmaster) && commandOf(rounds.Postmaster) != "" {
		t.Error("two postmasters on one cluster")
	}
	stop(t, next)
}

// lingering is a postmaster that no Rounds owns, as where nothing tells it of its parent's death.
func lingering(t *testing.T, dir string) (*exec.Cmd, string) {
	t.Helper()
	s := start(t, Options{Dir: dir})
	stop(t, s)
	if err := s.address.prepare(s.account); err != nil {
		t.Fatal(err)
	}
	cmd := s.account.command(context.Background(), s.data(), s.tool("postgres"), s.arguments()...)
	cmd.SysProcAttr = &syscall.SysProcAttr{Credential: credential(s.account)}
	if err := cmd.Start(); err != nil {
		t.Fatal(err)
	}
	t.Cleanup(func() { cmd.Process.Kill(); cmd.Wait() })
	conn, err := (&Server{cluster: s.cluster}).connect(limit(t)) // waits until it answers
	if err != nil {
		t.Fatal(err)
	}
	conn.Close(context.Background())
	return cmd, s.URL()
}

func TestLingeringPostmasterIsEvicted(t *testing.T) {
	t.Parallel()
	dir := madeDir(t)
	old, url := lingering(t, dir)
	client := connect(t, url)
	next := start(t, Options{Dir: dir})
	waitForGoodbye(t, client)
	if next.process.Process.Pid == old.Process.Pid {
		t.Error("the old postmaster still serves")
	}
	if err := old.Wait(); err != nil {
		t.Errorf("the old one did not end cleanly: %v", err)
	}
}

func TestCrashedPostmasterIsRecovered(t *testing.T) {
	t.Parallel()
	s := start(t, Options{})
	do(t, s.URL(), `create table kept as select 'a row' as what`)
	connect(t, s.URL()) // its backend is an orphan for a moment
	if err := s.process.Process.Kill(); err != nil {
		t.Fatal(err)
	}
	<-s.Done()
	if err := s.Stop(limit(t)); err == nil {
		t.Error("Stop hides that PostgreSQL was killed")
	}
	next := start(t, Options{Dir: s.Dir()})
	if got := ask(t, next.URL(), `select what from kept`); got != "a row" {
		t.Errorf("got %q", got)
	}
	mustContain(t, logOf(t, next), "not properly shut down")
}

func TestStaleProcessNumber(t *testing.T) {
	t.Parallel()
	s := start(t, Options{})
	stop(t, s)
	innocent := s.account.command(context.Background(), "/", "/bin/cat") // of the same user: PostgreSQL asks no more
	in, err := innocent.StdinPipe()
	if err := errors.Join(err, innocent.Start()); err != nil {
		t.Fatal(err)
	}
	dead := exec.Command("true")
	if err := dead.Run(); err != nil {
		t.Fatal(err)
	}
	other := start(t, Options{})
	for name, pid := range map[string]int{
		"of nobody":          dead.Process.Pid,
		"of another cluster": other.process.Process.Pid,
		"of another program": innocent.Process.Pid,
		"of this process":    os.Getpid(),
	} {
		t.Run(name, func(t *testing.T) {
			stale := strings.Join([]string{strconv.Itoa(pid), s.data(), "0", "5432", s.address.host, "", "0 0", "ready"}, "\n")
			if err := os.WriteFile(filepath.Join(s.data(), "postmaster.pid"), []byte(stale), 0o644); err != nil {
				t.Fatal(err)
			}
			stop(t, start(t, Options{Dir: s.Dir()}))
		})
	}
	stop(t, other)
	if in.Close(); innocent.Wait() != nil {
		t.Error("the other program was signalled")
	}
}

func TestHalfMadeCluster(t *testing.T) {
	t.Parallel()
	dir := filepath.Join(tempDir(t), "rounds")
	half := filepath.Join(dir, "data.init")
	if err := os.MkdirAll(filepath.Join(half, "base"), 0o700); err != nil {
		t.Fatal(err)
	}
	if err := os.WriteFile(filepath.Join(half, "PG_VERSION"), []byte("15\n"), 0o600); err != nil {
		t.Fatal(err)
	}
	if err := os.Chmod(dir, 0o755); err != nil {
		t.Fatal(err)
	}
	start(t, Options{Dir: dir})
	if exists(half) {
		t.Error("the half-made cluster is still there")
	}
}

func TestSecondRoundsIsRefused(t *testing.T) {
	t.Parallel()
	first := start(t, Options{Volatile: true})
	second := begin(t, first.Dir(), unchanged)
	mustContain(t, second.Error,
		ErrInUse.Error(), strconv.Itoa(os.Getpid()), first.Dir(), "stop it", "DATABASE_URL")
	if got := ask(t, first.URL(), `select 'undisturbed'`); got != "undisturbed" {
		t.Errorf("got %q", got)
	}
	if _, err := Start(limit(t), Options{Dir: first.Dir()}); !errors.Is(err, ErrInUse) {
		t.Errorf("within one process: %v", err)
	}
}

func TestHostileEnvironment(t *testing.T) {
	t.Parallel()
	elsewhere := tempDir(t)
	rounds := begin(t, filepath.Join(tempDir(t), "rounds"), func(cmd *exec.Cmd) {
		cmd.Env = append(cmd.Env,
			"LC_ALL=zz_ZZ", "LANG=zz_ZZ.UTF-8", "TZ=Nowhere/Land", "PGDATA="+elsewhere, "PGPORT=1", "PGHOST=192.0.2.1",
			"PGUSER=nobody", "PGDATABASE=none", "PGSSLMODE=verify-full", "PGSSLROOTCERT=/none", "PGOPTIONS=-c nonsense=1", "PGTARGETSESSIONATTRS=standby",
			"PG_COLOR=always", "PGCLIENTENCODING=LATIN1")
	})
	if rounds.Error != "" {
		t.Fatal(rounds.Error)
	}
	if got := ask(t, rounds.URL, `select current_setting('TimeZone') || lower('É')`); got != "UTCé" {
		t.Errorf("got %q", got)
	}
}

func TestCtrlCDoesNotReachPostgreSQL(t *testing.T) {
	t.Parallel()
	s := start(t, Options{Volatile: true})
	group, err := syscall.Getpgid(s.process.Process.Pid)
	if err != nil || group == syscall.Getpgrp() {
		t.Errorf("PostgreSQL is in the process group %d of Rounds (%v)", group, err)
	}
}

func TestHostileSocketDirectory(t *testing.T) {
	t.Parallel()
	a := address{host: filepath.Join(tempDir(t), "sock")}
	if err := os.Mkdir(a.host, 0o700); err != nil {
		t.Fatal(err)
	}
	if err := os.Chmod(a.host, 0o777); err != nil {
		t.Fatal(err)
	}
	if err := a.prepare(nil); err == nil || !strings.Contains(err.Error(), "remove it") {
		t.Errorf("a socket's directory that is open to all: %v", err)
	}
}

// A backend that has not noticed that its postmaster was killed keeps the next one from starting, for a while.
func TestABackendThatOutlivesItsPostmasterIsWaitedFor(t *testing.T) {
	t.Parallel()
	dir := madeDir(t)
	first := start(t, Options{Dir: dir})
	client := connect(t, first.URL())
	backend := int(client.PgConn().PID())
	freeze(t, backend)
	if err := first.process.Process.Kill(); err != nil {
		t.Fatal(err)
	}
	<-first.Done()
	first.release()
	go func() { // wakes the backend once a postmaster has met it
		tick := time.NewTicker(pulse)
		defer tick.Stop()
		for range tick.C {
			if t.Context().Err() != nil || strings.Contains(string(first.lastWords()), "shared memory block") {
				_ = syscall.Kill(backend, syscall.SIGCONT)
				return
			}
		}
	}()
	next := start(t, Options{Dir: dir})
	if got := ask(t, next.URL(), `select 'served'`); got != "served" {
		t.Errorf("got %q", got)
	}
}
