package localpg

import (
	"cmp"
	"crypto/sha256"
	"fmt"
	"os"
	"path/filepath"
)

// rootDir holds what root's own home would hide from the user that runs the cluster.
const rootDir = "/var/lib/rounds"

// cluster is what is known of a cluster whether or not it runs.
type cluster struct {
	Options
	dir     string
	account *account
	address address
	installation
}

func (o Options) cluster() (cluster, error) {
	if o.Say == nil {
		o.Say = func(string) {}
	}
	o.search = cmp.Or(o.search, everywhere())
	c := cluster{Options: o}
	if err := c.settle(); err != nil {
		return c, fmt.Errorf("find a place for the database: %w: say --data DIR, or set DATABASE_URL", err)
	}
	if err := c.enter(); err != nil {
		return c, fmt.Errorf("make the database directory: %w", err)
	}
	var err error
	c.address, err = c.listen()
	return c, err
}

func (c *cluster) data() string { return filepath.Join(c.dir, "data") }

// settle decides where the cluster lives and, for root, as whom.
func (c *cluster) settle() (err error) {
	if c.dir, err = c.wanted(); err != nil || os.Geteuid() != 0 {
		return err
	}
	wanted, moved := c.dir, filepath.Join(rootDir, hash(c.dir))
	if exists(filepath.Join(moved, "data")) {
		c.dir = moved // once moved it stays, even when the way to the wanted place opens
	}
	if c.account, err = accountFor(c.data()); err != nil {
		return err
	}
	if !exists(c.data()) && c.account.barrier(wanted) != "" {
		c.dir = moved
	}
	if c.dir == moved {
		c.Say(fmt.Sprintf("PostgreSQL runs as the user %s, who could not reach %s: the database lives in %s", c.account.name, wanted, moved))
	}
	return nil
}

// wanted is the asked or the default directory, absolute and without symbolic links.
func (o Options) wanted() (string, error) {
	dir, err := o.Dir, error(nil)
	if dir == "" {
		dir, err = DefaultDir()
	}
	if err != nil {
		return "", err
	}
	dir, err = filepath.Abs(dir)
	return resolve(dir), err
}

// DefaultDir is the directory of a zero [Options.Dir], by the XDG base directory specification, which ignores relative paths.
func DefaultDir() (string, error) {
	if state := os.Getenv("XDG_STATE_HOME"); filepath.IsAbs(state) {
		return filepath.Join(state, "rounds"), nil
	}
	home, err := os.UserHomeDir()
	return filepath.Join(home, ".local", "state", "rounds"), err
}

// enter makes the directory, whatever the umask, and sees that the account gets through to it.
func (c *cluster) enter() error {
	if err := makeDir(c.dir, c.account.dirMode()); err != nil {
		return err
	}
	if barrier := c.account.barrier(c.dir); barrier != "" {
		return fmt.Errorf("PostgreSQL would run as the user %s, who may not enter %s", c.account.name, barrier)
	}
	return nil
}

// makeDir gives a directory that it has to make exactly this mode, and the shared root of Rounds one for all.
func makeDir(dir string, mode os.FileMode) error {
	if exists(dir) {
		return nil
	}
	if filepath.Dir(dir) == rootDir {
		if err := makeDir(rootDir, 0o755); err != nil {
			return err
		}
	}
	if err := os.MkdirAll(dir, mode); err != nil {
		return err
	}
	return os.Chmod(dir, mode)
}

// resolve follows symbolic links as far down as the path exists.
func resolve(path string) string {
	if real, err := filepath.EvalSymlinks(path); err == nil {
		return real
	}
	if parent := filepath.Dir(path); parent != path {
		return filepath.Join(resolve(parent), filepath.Base(path))
	}
	return path
}

// hash is a short name for a path.
func hash(path string) string {
	return fmt.Sprintf("%x", sha256.Sum256([]byte(path)))[:12]
}

func exists(path string) bool {
	_, err := os.Lstat(path)
	return err == nil
}
