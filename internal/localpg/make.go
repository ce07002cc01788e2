package localpg

import (
	"context"
	"errors"
	"fmt"
	"os"
	"path/filepath"
	"strconv"
	"strings"
)

// make gives the cluster its data directory where it has none. The directory gets its name when it is whole,
// so that a start that was cut off leaves nothing to mistake for a cluster.
func (c *cluster) make(ctx context.Context) error {
	if exists(c.data()) {
		return nil
	}
	half := c.data() + ".init"
	if err := os.RemoveAll(half); err != nil {
		return fmt.Errorf("clear a half-made cluster: %w", err)
	}
	if err := errors.Join(os.Mkdir(half, 0o700), c.account.give(half)); err != nil {
		return err
	}
	if err := c.initdb(ctx, half); err != nil {
		return err
	}
	if err := os.Rename(half, c.data()); err != nil {
		return err
	}
	return syncDir(c.dir)
}

func (c *cluster) initdb(ctx context.Context, data string) error {
	password, remove, err := c.passwordFile()
	if err != nil {
		return err
	}
	defer remove()
	args := append([]string{"--pgdata", data, "--username", superuser, "--no-instructions"}, locale(c.major)...)
	if c.address.local() {
		args = append(args, "--auth-local", "trust", "--auth-host", "reject")
	} else {
		args = append(args, "--auth", "scram-sha-256", "--pwfile", password)
	}
	if c.Volatile {
		args = append(args, "--no-sync")
	}
	out, err := c.account.run(ctx, data, c.tool("initdb"), args...)
	if err != nil {
		return fmt.Errorf("initdb: %w\n%s", err, out)
	}
	return nil
}

// passwordFile is a copy of the password that initdb may read; "" where no password is wanted.
func (c *cluster) passwordFile() (path string, remove func(), err error) {
	if c.address.local() {
		return "", func() {}, nil
	}
	path = filepath.Join(c.dir, "password.init")
	err = os.WriteFile(path, []byte(c.address.password), 0o600)
	return path, func() { os.Remove(path) }, errors.Join(err, c.account.give(path))
}

// locale sorts by bytes, which never changes with the system's libraries, yet knows the letters of all scripts.
func locale(major int) []string {
	if major >= 17 {
		return []string{"--encoding", "UTF8", "--locale", "C", "--locale-provider", "builtin", "--builtin-locale", "C.UTF-8"}
	}
	return []string{"--encoding", "UTF8", "--locale", "C", "--lc-ctype", ctype}
}

// made is the major version of the cluster's data, 0 where there are none yet.
func (c *cluster) made() (int, error) {
	if !exists(c.data()) {
		return 0, nil
	}
	text, err := os.ReadFile(filepath.Join(c.data(), "PG_VERSION"))
	if err != nil {
		return 0, fmt.Errorf("%s is no PostgreSQL cluster: %w", c.data(), err)
	}
	return strconv.Atoi(strings.TrimSpace(string(text)))
}

// syncDir makes a rename in the directory survive a power cut.
func syncDir(dir string) error {
	d, err := os.Open(dir)
	if err != nil {
		return err
	}
	defer d.Close()
	if err := d.Sync(); err != nil && socketsServe { // Windows cannot sync a directory
		return fmt.Errorf("sync %s: %w", dir, err)
	}
	return nil
}
