//go:build unix

package localpg

import (
	"context"
	"fmt"
	"os"
	"path/filepath"
	"strings"
	"testing"
	"time"

	"github.com/google/go-cmp/cmp"
	"github.com/jackc/pgx/v5"
)

func TestDurableAndPrivateByDefault(t *testing.T) {
	t.Parallel()
	s := start(t, Options{Dir: filepath.Join(tempDir(t), "rounds")})
	want := map[string]string{
		"fsync": "on", "full_page_writes": "on", "synchronous_commit": "on",
		"listen_addresses": "", "dynamic_shared_memory_type": "mmap",
		"server_encoding": "UTF8", "TimeZone": "UTC",
	}
	var names []string
	for name := range want {
		names = append(names, name)
	}
	if diff := cmp.Diff(want, settings(t, s, names...)); diff != "" {
		t.Error(diff)
	}
	if got := ask(t, s.URL(), `select lower('ÀÉЖ') || current_database()`); got != "àéжrounds" {
		t.Errorf("lower of non-ASCII letters and the database: %q", got)
	}
	if info, err := os.Stat(s.address.host); err != nil || info.Mode().Perm() != 0o700 {
		t.Errorf("the socket's directory: %v, %v", info, err)
	}
}

func TestVolatileIsForTests(t *testing.T) {
	t.Parallel()
	s := start(t, Options{Volatile: true})
	want := map[string]string{"fsync": "off", "full_page_writes": "off", "synchronous_commit": "off"}
	if diff := cmp.Diff(want, settings(t, s, "fsync", "full_page_writes", "synchronous_commit")); diff != "" {
		t.Error(diff)
	}
}

func TestDataOutliveACleanStop(t *testing.T) {
	t.Parallel()
	s := start(t, Options{})
	do(t, s.URL(), `create table kept as select 'a row' as what`)
	lingering := connect(t, s.URL()) // a client that stays connected does not hold the stop up
	stop(t, s)
	if lingering.Ping(limit(t)) == nil {
		t.Error("a connection outlived the server")
	}
	if alive(s.process.Process.Pid) {
		t.Error("the process outlived Stop")
	}
	again := start(t, Options{Dir: s.Dir()})
	if got := ask(t, again.URL(), `select what from kept`); got != "a row" {
		t.Errorf("got %q", got)
	}
	mustContain(t, logOf(t, again), "database system was shut down")
}

func TestStopIsRepeatable(t *testing.T) {
	t.Parallel()
	s := start(t, Options{Volatile: true})
	stop(t, s)
	stop(t, s)
	select {
	case <-s.Done():
	default:
		t.Error("Done is not closed after Stop")
	}
}

func TestStopKillsWhatDoesNotAnswer(t *testing.T) {
	t.Parallel()
	s := start(t, Options{Volatile: true})
	freeze(t, s.process.Process.Pid)
	over, cancel := context.WithCancel(context.Background())
	cancel()
	steps := append([]step(nil), patiently...)
	steps[1].patience = 10 * time.Millisecond
	if err := s.shutdown(over, steps); err == nil || !strings.Contains(err.Error(), "killed") {
		t.Errorf("shutdown of a frozen server: %v", err)
	}
}

func TestDirectoryNamesOfAllKinds(t *testing.T) {
	t.Parallel()
	for name, dir := range map[string]string{
		"spaces, commas and quotes": `it's "a", dir`,
		"other scripts":             "拜访 données",
		"too long for a socket":     strings.Repeat("long/", 25),
	} {
		t.Run(name, func(t *testing.T) {
			t.Parallel()
			s := start(t, Options{Dir: filepath.Join(tempDir(t), dir), Volatile: true})
			if got := ask(t, s.URL(), `select 'here'`); got != "here" {
				t.Errorf("got %q", got)
			}
			stop(t, s)
			if exists(s.address.host) && s.address.borrowed {
				t.Errorf("%s stays behind", s.address.host)
			}
		})
	}
}

func TestLoopbackAsksForAPassword(t *testing.T) {
	t.Parallel()
	s := start(t, Options{Dir: filepath.Join(tempDir(t), "rounds"), Volatile: true, loopback: true})
	mustContain(t, s.URL(), "127.0.0.1")
	if got := ask(t, s.URL(), `select 'here'`); got != "here" {
		t.Errorf("got %q", got)
	}
	stranger := s.address
	stranger.password = "guess"
	if _, err := pgx.Connect(limit(t), stranger.url(database)); err == nil {
		t.Error("a wrong password is let in")
	}
}

func TestCancelledStartLeavesNothingRunning(t *testing.T) {
	t.Parallel()
	s := start(t, Options{Volatile: true})
	stop(t, s)
	over, cancel := context.WithCancel(context.Background())
	cancel()
	if _, err := Start(over, Options{Dir: s.Dir()}); err == nil {
		t.Fatal("started under a context that is over")
	}
	stop(t, start(t, Options{Dir: s.Dir()})) // the lock is free and nothing is in the way
}

func BenchmarkCold(b *testing.B) {
	for i := range b.N {
		dir := filepath.Join(tempDir(b), fmt.Sprint(i))
		b.StartTimer()
		s := start(b, Options{Dir: dir})
		b.StopTimer()
		stop(b, s)
	}
}

func BenchmarkWarm(b *testing.B) {
	dir := filepath.Join(tempDir(b), "rounds")
	stop(b, start(b, Options{Dir: dir}))
	b.ResetTimer()
	for range b.N {
		b.StartTimer()
		s := start(b, Options{Dir: dir})
		b.StopTimer()
		stop(b, s)
	}
}
