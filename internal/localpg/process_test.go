//go:build unix

package localpg

import (
	"bufio"
	"context"
	"encoding/json"
	"errors"
	"io"
	"os"
	"os/exec"
	"strings"
	"testing"
)

// serveIn names the directory in which the test binary, run as a process of its own, serves instead of testing.
const serveIn = "ROUNDS_TEST_SERVE_IN"

// running is what a serving process says of itself, in one line.
type running struct {
	URL, Dir, Error string
	Postmaster      int
	Said            []string
}

// serve runs a server until its standard input ends.
func serve(dir string) {
	var r running
	s, err := Start(context.Background(), Options{
		Dir: strings.TrimPrefix(dir, defaultDir),
		Say: func(text string) { r.Said = append(r.Said, text) },
	})
	if err != nil {
		r.Error = err.Error()
		json.NewEncoder(os.Stdout).Encode(r)
		return
	}
	r.URL, r.Dir, r.Postmaster = s.URL(), s.Dir(), s.process.Process.Pid
	json.NewEncoder(os.Stdout).Encode(r)
	io.Copy(io.Discard, os.Stdin)
	s.Stop(context.Background())
}

// defaultDir stands for no directory given.
const defaultDir = "default"

// other is another Rounds: a process of its own that serves.
type other struct {
	running
	process *exec.Cmd
	leave   io.Closer
}

// begin runs the serving process in the directory; adjust may change its environment and user.
func begin(t *testing.T, dir string, adjust func(*exec.Cmd)) *other {
	t.Helper()
	self, err := os.Executable()
	if err != nil {
		t.Fatal(err)
	}
	cmd := exec.Command(self)
	cmd.Env = append(os.Environ(), serveIn+"="+dir)
	cmd.Stderr = os.Stderr
	adjust(cmd)
	in, inErr := cmd.StdinPipe()
	out, outErr := cmd.StdoutPipe()
	if err := errors.Join(inErr, outErr, cmd.Start()); err != nil {
		t.Fatal(err)
	}
	o := &other{process: cmd, leave: in}
	t.Cleanup(func() { in.Close(); cmd.Wait() })
	line, err := bufio.NewReader(out).ReadBytes('\n')
	if err := errors.Join(err, json.Unmarshal(line, &o.running)); err != nil {
		t.Fatalf("%v: %q", err, line)
	}
	return o
}

func unchanged(*exec.Cmd) {}

// kill ends the process as the kernel does: it cannot say good-bye.
func (o *other) kill(t *testing.T) {
	t.Helper()
	if err := o.process.Process.Kill(); err != nil {
		t.Fatal(err)
	}
	o.process.Wait()
}

// end lets the process stop as it should.
func (o *other) end(t *testing.T) {
	t.Helper()
	o.leave.Close()
	if err := o.process.Wait(); err != nil {
		t.Errorf("the other Rounds: %v", err)
	}
}
