package localpg

import (
	"cmp"
	"context"
	"errors"
	"fmt"
	"os"
	"path/filepath"
	"regexp"
	"slices"
	"strconv"
)

// oldest is the first version that has all Rounds asks of PostgreSQL.
const oldest = 14

// search says where PostgreSQL may be installed.
type search struct {
	path  string   // directories as in PATH, tried first and in order
	known []string // patterns of directories; of what they match the newest version wins
	fetch bool     // whether npm may be asked when nothing is found
}

func everywhere() *search {
	return &search{path: os.Getenv("PATH"), fetch: true, known: []string{
		"/usr/lib/postgresql/*/bin",
		"/usr/pgsql-*/bin",
		"/opt/homebrew/opt/postgresql@*/bin",
		"/usr/local/opt/postgresql@*/bin",
		"/home/linuxbrew/.linuxbrew/opt/postgresql@*/bin",
		"/Applications/Postgres.app/Contents/Versions/*/bin",
		`C:\Program Files\PostgreSQL\*\bin`,
	}}
}

// installation is a directory that holds postgres and initdb of one version.
type installation struct {
	bin   string
	major int
}

// find sets the binaries: for a cluster that exists those of its own version, else the first that are new enough.
func (c *cluster) find(ctx context.Context) error {
	made, err := c.made()
	if err != nil {
		return err
	}
	for _, found := range c.installations(ctx) {
		if found.serves(made) {
			c.installation = found
			return nil
		}
	}
	if made != 0 && c.Volatile {
		return errors.Join(os.RemoveAll(c.data()), c.find(ctx))
	}
	if made == 0 || made == bundleMajor {
		c.installation, err = c.fetch(ctx)
	}
	if made != 0 && c.bin == "" {
		return fmt.Errorf(versionGone, c.data(), made)
	}
	return err
}

func (i installation) serves(made int) bool {
	return i.major == made || made == 0 && i.major >= oldest
}

// installations are all that the account can run, best first.
func (c *cluster) installations(ctx context.Context) []installation {
	var known []string
	for _, pattern := range c.search.known {
		dirs, _ := filepath.Glob(pattern)
		known = append(known, dirs...)
	}
	newest := c.account.inspectAll(ctx, known)
	slices.SortStableFunc(newest, func(x, y installation) int { return cmp.Compare(y.major, x.major) })
	return slices.Concat(
		c.account.inspectAll(ctx, filepath.SplitList(c.search.path)),
		newest,
		c.account.inspectAll(ctx, []string{filepath.Join(c.bundle(), "native", "bin")}))
}

func (a *account) inspectAll(ctx context.Context, dirs []string) (all []installation) {
	for _, dir := range dirs {
		if found, err := a.inspect(ctx, dir); err == nil {
			all = append(all, found)
		}
	}
	return all
}

var versionLine = regexp.MustCompile(`(?m)^postgres \(PostgreSQL\) (\d+)`)

// inspect looks past a link into the directory that has PostgreSQL's programs side by side, and tries one of them.
func (a *account) inspect(ctx context.Context, dir string) (installation, error) {
	postgres, err := filepath.EvalSymlinks(filepath.Join(dir, "postgres"+executable))
	if err != nil {
		return installation{}, err
	}
	found := installation{bin: filepath.Dir(postgres)}
	if !exists(found.tool("initdb")) {
		return found, fmt.Errorf("%s has no initdb", found.bin)
	}
	line, err := a.run(ctx, string(filepath.Separator), postgres, "--version")
	match := versionLine.FindSubmatch(line)
	if err != nil || match == nil {
		return found, fmt.Errorf("%s does not run (%v): %s", postgres, err, line)
	}
	found.major, err = strconv.Atoi(string(match[1]))
	return found, err
}

// versionGone wants the data directory and its version.
const versionGone = "the data in %[1]s are of PostgreSQL %[2]d, and no PostgreSQL %[2]d is installed: " +
	"install it (Debian, Ubuntu: postgresql-%[2]d; Fedora: postgresql%[2]d-server; macOS: brew install postgresql@%[2]d), " +
	"or move the data to a newer one by pg_dump and set DATABASE_URL"

// ErrNotFound is wrapped by [Start] when no PostgreSQL is installed and none can be fetched; it names the packages to install.
var ErrNotFound = errors.New("no PostgreSQL 14 or newer found: install it " +
	"(Debian, Ubuntu: apt-get install postgresql; Fedora: dnf install postgresql-server; macOS: brew install postgresql@17), " +
	"or set DATABASE_URL to a server that runs already")
