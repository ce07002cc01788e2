package localpg

import (
	"context"
	"errors"
	"os"
	"path/filepath"
	"strconv"
	"strings"
	"time"
)

// evict clears away what a Rounds that was killed has left on the cluster: a PostgreSQL that still runs or still
// shuts down, or a process number that by now is somebody else's. The caller holds the lock.
func (c *cluster) evict(ctx context.Context) error {
	pid := c.recorded()
	switch {
	case pid == 0 || !alive(pid):
		return nil // PostgreSQL notices by itself, and first looks for orphans of the one that died
	case c.runsHere(pid):
		return c.end(ctx, pid)
	case strings.Contains(commandOf(pid), "postgres") && c.mayServe(pid):
		return nil // perhaps started here by hand, in other words: PostgreSQL refuses to be the second
	}
	return errors.Join(
		removeIfThere(filepath.Join(c.data(), "postmaster.pid")),
		removeIfThere(c.address.socket()+".lock"))
}

// recorded is the process that postmaster.pid names, 0 for none.
func (c *cluster) recorded() int {
	text, _ := os.ReadFile(filepath.Join(c.data(), "postmaster.pid"))
	first, _, _ := strings.Cut(string(text), "\n")
	pid, _ := strconv.Atoi(strings.TrimSpace(first))
	return max(pid, 0)
}

// runsHere says whether the process is a postmaster of this very cluster, by its command line.
func (c *cluster) runsHere(pid int) bool {
	return strings.Contains(commandOf(pid), " -D "+c.data()+" ")
}

// mayServe says whether a PostgreSQL could be one of this cluster, and not of another one that has got the
// number: every process of a cluster works in its data directory. Where that cannot be seen, it may.
func (c *cluster) mayServe(pid int) bool {
	works, err := os.Readlink(filepath.Join("/proc", strconv.Itoa(pid), "cwd"))
	return err != nil || works == c.data()
}

// end takes the steps in turn until the process, not a child of this one, is gone.
func (c *cluster) end(ctx context.Context, pid int) error {
	tick := time.NewTicker(pulse)
	defer tick.Stop()
	for _, step := range patiently {
		interrupt(c.bin, pid, step.signal)
		patience := time.After(step.patience)
		for waiting := true; waiting; {
			select {
			case <-tick.C:
				if !c.runsHere(pid) {
					return nil
				}
			case <-patience:
				waiting = false
			case <-ctx.Done():
				return ctx.Err()
			}
		}
	}
	return errors.New("the PostgreSQL of an earlier start does not end")
}

func removeIfThere(path string) error {
	if err := os.Remove(path); !errors.Is(err, os.ErrNotExist) {
		return err
	}
	return nil
}
