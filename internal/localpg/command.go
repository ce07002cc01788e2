package localpg

import (
	"context"
	"os"
	"os/exec"
	"path/filepath"
	"runtime"
)

// tool is the path of one of PostgreSQL's programs.
func (i installation) tool(name string) string { return filepath.Join(i.bin, name+executable) }

// command runs a program as the account, in a place it can read, with an environment that holds nothing of the
// caller's: LC_ALL, PGDATA and their kin would reach into the cluster.
func (a *account) command(ctx context.Context, dir, program string, args ...string) *exec.Cmd {
	cmd := exec.CommandContext(ctx, program, args...)
	cmd.Dir = dir
	cmd.Env = append(systemEnv(), "PATH="+os.Getenv("PATH"), "HOME="+dir, "LC_ALL=C", "TZ=UTC")
	cmd.SysProcAttr = attributes(a)
	return cmd
}

// run waits for the program's end and returns what it said. It keeps the thread, as [Server.attend] does.
func (a *account) run(ctx context.Context, dir, program string, args ...string) ([]byte, error) {
	runtime.LockOSThread()
	defer runtime.UnlockOSThread()
	return a.command(ctx, dir, program, args...).CombinedOutput()
}
