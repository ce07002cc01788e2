package localpg

import (
	"context"
	"errors"
	"fmt"
	"os"
	"path/filepath"
	"strings"
	"time"
)

// hold takes the cluster's directory for this process.
func (c *cluster) hold() (*os.File, error) {
	path := filepath.Join(c.dir, "lock")
	file, err := lockFile(path)
	if errors.Is(err, held) {
		return nil, fmt.Errorf("%w: another Rounds%s runs PostgreSQL in %s; stop it, give this one a directory of its own, "+
			"or set DATABASE_URL for both", ErrInUse, holder(path), c.dir)
	}
	if err != nil {
		return nil, fmt.Errorf("lock the database directory: %w", err)
	}
	return file, sign(file)
}

// sign leaves the process number for whoever finds the lock taken.
func sign(file *os.File) error {
	if err := file.Truncate(0); err != nil {
		return err
	}
	_, err := fmt.Fprintln(file, os.Getpid())
	return err
}

func holder(path string) string {
	text, err := os.ReadFile(path)
	if pid := strings.TrimSpace(string(text)); err == nil && pid != "" {
		return " (process " + pid + ")"
	}
	return ""
}

// lockWhenFree waits for other processes that hold the file.
func lockWhenFree(ctx context.Context, path string) (*os.File, error) {
	tick := time.NewTicker(pulse)
	defer tick.Stop()
	for {
		file, err := lockFile(path)
		if !errors.Is(err, held) {
			return file, err
		}
		select {
		case <-tick.C:
		case <-ctx.Done():
			return nil, ctx.Err()
		}
	}
}
