package main

import (
	"bytes"
	"context"
	"net"
	"net/http"
	"net/http/httptest"
	"os"
	"path/filepath"
	"slices"
	"strings"
	"testing"
	"time"

	"rounds/internal/localpg"
)

// TestDemo runs demos one after the other in one directory, each of which begins anew.
func TestDemo(t *testing.T) {
	t.Parallel()
	dir := demoDir(t)
	for _, line := range []int{1, 4} {
		demoStopped(t, dir, line)
	}
	shown := demoServed(t, dir)
	if status, out := runDemo(t, "rederive", "--database-url=", "--data", dir); status != exitDone {
		t.Errorf("visits derived again from the demo's events differ: %s", out)
	}
	wantReplayOfTheDemo(t, dir)
	taken, err := net.Listen("tcp", demoListen)
	if err == nil { // else somebody has it, which is as good
		defer taken.Close()
	}
	status, again := runDemo(t, "demo", "--exit", "--data", dir)
	if status != exitDone {
		t.Fatalf("a second demo ended with %d", status)
	}
	if left, err := filepath.Glob(dir + "-photos/*/*/*"); err != nil || len(left) > 0 {
		t.Errorf("photographs of the demo before are still there: %q %v", left, err)
	}
	if strings.Contains(again, demoListen) {
		t.Error("the demo claims a port that is taken")
	}
	if first, second := demoTable(t, shown), demoTable(t, again); !slices.EqualFunc(first, second, slices.Equal) {
		t.Errorf("one seed, two days:\n%v\n%v", first, second)
	}
}

// demoDir is a directory for a cluster, which PostgreSQL's own user can enter where the tests run as root.
func demoDir(t *testing.T) string {
	t.Helper()
	dir, err := os.MkdirTemp("", "rounds-demo-")
	if err == nil {
		err = os.Chmod(dir, 0o755)
	}
	if err != nil {
		t.Fatal(err)
	}
	t.Cleanup(func() { os.RemoveAll(dir) })
	return filepath.Join(dir, "data")
}

func runDemo(t *testing.T, args ...string) (status int, out string) {
	t.Helper()
	var stdout, stderr bytes.Buffer
	status = run(t.Context(), args, terminal{strings.NewReader(""), &stdout, &stderr})
	if status != exitDone {
		t.Logf("%s", stderr.String())
	}
	return status, stdout.String()
}

// demoStopped ends a demo right after it has said so many things.
func demoStopped(t *testing.T, dir string, lines int) {
	t.Helper()
	ctx, cancel := context.WithCancel(t.Context())
	defer cancel()
	var stdout bytes.Buffer
	said := &countdown{left: lines, end: cancel}
	if status := run(ctx, []string{"demo", "--data", dir}, terminal{strings.NewReader(""), &stdout, said}); status != exitFailed {
		t.Errorf("stopped after %d lines, the demo ended with %d", lines, status)
	}
	if got := said.String(); !strings.HasSuffix(got, "Stopped before the day was over.\n") {
		t.Errorf("stopped after %d lines, the demo said:\n%s", lines, got)
	}
}

// countdown calls end when so many timed lines were written to it.
type countdown struct {
	bytes.Buffer
	left int
	end  func()
}

func (c *countdown) Write(p []byte) (int, error) {
	if bytes.Contains(p, []byte(" s  ")) {
		if c.left--; c.left == 0 {
			c.end()
		}
	}
	return c.Buffer.Write(p)
}

// demoServed looks at a demo while it serves, stops it, and returns what it printed.
func demoServed(t *testing.T, dir string) string {
	t.Helper()
	ctx, cancel := context.WithCancel(t.Context())
	defer cancel()
	var stdout, stderr bytes.Buffer
	said := &untilServing{Buffer: &stderr, begun: make(chan struct{})}
	ended := make(chan int, 1)
	go func() {
		ended <- run(ctx, []string{"demo", "--data", dir, "--listen", demoFreePort}, terminal{strings.NewReader(""), &stdout, said})
	}()
	select {
	case status := <-ended:
		t.Fatalf("the demo ended with %d: %s", status, stderr.String())
	case <-said.begun:
	}
	s := served{out: stdout.String(), err: stderr.String(), client: &client{http: &http.Client{}}}
	defer s.http.CloseIdleConnections()
	s.table = demoTable(t, s.out)
	s.look(t)
	cancel()
	if status := <-ended; status != exitDone {
		t.Errorf("the demo ended with %d: %s", status, stderr.String())
	}
	return s.out
}

// untilServing tells when the demo has nothing left to do but serve.
type untilServing struct {
	*bytes.Buffer
	begun chan struct{}
}

func (s *untilServing) Write(p []byte) (int, error) {
	n, err := s.Buffer.Write(p)
	if bytes.Contains(p, []byte("Serving until")) {
		close(s.begun)
	}
	return n, err
}

func TestDemoKeepsOutOfTheServersData(t *testing.T) {
	t.Parallel()
	normal, err := localpg.DefaultDir()
	if err != nil {
		t.Fatal(err)
	}
	for _, dir := range []string{normal, normal + "/", filepath.Join(normal, "..", filepath.Base(normal))} {
		if got, err := (demoCmd{Data: dir}).dir(); err == nil {
			t.Errorf("%s: the demo would run in %s", dir, got)
		}
	}
	if got, err := (demoCmd{}).dir(); err != nil || got != normal+"-demo" {
		t.Errorf("the demo's own directory is %s (%v)", got, err)
	}
}

func TestStepsSayHowLongTheyTook(t *testing.T) {
	t.Parallel()
	var out strings.Builder
	s := steps{w: &out, since: time.Now().Add(-1500 * time.Millisecond)}
	s.done("%d things", 3)
	if got := out.String(); got != "  1.5 s  3 things\n" {
		t.Errorf("got %q", got)
	}
}

func TestDemoFailsWhenTheServerDoes(t *testing.T) {
	t.Parallel()
	broken := httptest.NewServer(http.NotFoundHandler())
	defer broken.Close()
	d := demo{server: &server{address: broken.Listener.Addr()}, http: broken.Client()}
	for name, step := range map[string]func(context.Context) error{"work": d.work, "audit": d.audit, "show": d.show} {
		if err := step(t.Context()); err == nil || !strings.Contains(err.Error(), "POST /v1/auth/login: 404") {
			t.Errorf("%s: got %v", name, err)
		}
	}
}
