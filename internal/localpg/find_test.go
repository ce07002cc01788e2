//go:build unix

package localpg

import (
	"fmt"
	"os"
	"path/filepath"
	"strings"
	"testing"

	"github.com/google/go-cmp/cmp"
)

// fake is a directory of programs that claim to be a version of PostgreSQL.
func fake(t *testing.T, dir, version string) string {
	t.Helper()
	script := fmt.Sprintf("#!/bin/sh\necho 'postgres (PostgreSQL) %s'\n", version)
	if err := os.MkdirAll(dir, 0o755); err != nil {
		t.Fatal(err)
	}
	for _, name := range []string{"postgres", "initdb"} {
		if err := os.WriteFile(filepath.Join(dir, name), []byte(script), 0o755); err != nil {
			t.Fatal(err)
		}
	}
	return dir
}

func list(dirs ...string) string { return strings.Join(dirs, string(filepath.ListSeparator)) }

func TestWhichPostgreSQLIsTaken(t *testing.T) {
	t.Parallel()
	root := tempDir(t)
	known := []string{filepath.Join(root, "lib", "*", "bin")}
	for _, version := range []string{"9.6.24", "13.2", "14.1", "16.0", "17beta1"} {
		fake(t, filepath.Join(root, "lib", version, "bin"), version)
	}
	fourteen, sixteen := filepath.Join(root, "lib", "14.1", "bin"), filepath.Join(root, "lib", "16.0", "bin")
	seventeen := filepath.Join(root, "lib", "17beta1", "bin")
	lone := filepath.Join(root, "lone")
	if err := os.MkdirAll(lone, 0o755); err != nil {
		t.Fatal(err)
	}
	if err := os.Symlink(filepath.Join(sixteen, "postgres"), filepath.Join(lone, "postgres")); err != nil {
		t.Fatal(err)
	}
	broken := fake(t, filepath.Join(root, "broken"), "")
	old := fake(t, filepath.Join(root, "old"), "13.9")

	for name, test := range map[string]struct {
		path string
		made string // PG_VERSION of the cluster, "" for none yet
		want string
	}{
		"the newest of the known places":                 {want: seventeen},
		"PATH before a newer one elsewhere":              {path: fourteen, want: fourteen},
		"the first of two in PATH":                       {path: list(sixteen, fourteen), want: sixteen},
		"a link in PATH leads to its siblings":           {path: lone, want: sixteen},
		"too old in PATH":                                {path: old, want: seventeen},
		"not working in PATH":                            {path: broken, want: seventeen},
		"an absent directory in PATH":                    {path: "/none", want: seventeen},
		"the cluster's own version":                      {made: "14", want: fourteen},
		"the cluster's own version before PATH":          {path: sixteen, made: "14", want: fourteen},
		"the cluster's own version, though now too old":  {made: "13", want: filepath.Join(root, "lib", "13.2", "bin")},
		"the cluster's own version is there in PATH too": {path: lone, made: "16", want: sixteen},
	} {
		t.Run(name, func(t *testing.T) {
			c := cluster{Options: Options{search: &search{path: test.path, known: known}, cache: t.TempDir()}, dir: t.TempDir()}
			if test.made != "" {
				pretend(t, c.data(), test.made)
			}
			if err := c.find(limit(t)); err != nil || c.bin != test.want {
				t.Errorf("%s, %v; want %s", c.bin, err, test.want)
			}
		})
	}
}

// pretend makes what looks like a cluster of the version.
func pretend(t *testing.T, data, version string) {
	t.Helper()
	if err := os.MkdirAll(data, 0o700); err != nil {
		t.Fatal(err)
	}
	if err := os.WriteFile(filepath.Join(data, "PG_VERSION"), []byte(version+"\n"), 0o600); err != nil {
		t.Fatal(err)
	}
}

func TestDataOfAVersionThatIsGoneAreKept(t *testing.T) {
	t.Parallel()
	s := start(t, Options{})
	stop(t, s)
	if err := os.WriteFile(filepath.Join(s.data(), "PG_VERSION"), []byte("99\n"), 0o600); err != nil {
		t.Fatal(err)
	}
	_, err := Start(limit(t), Options{Dir: s.Dir()})
	if err == nil {
		t.Fatal("started data of a version that is not installed")
	}
	mustContain(t, err.Error(), s.data(), "PostgreSQL 99", "postgresql-99", "pg_dump", "DATABASE_URL")
	if !exists(filepath.Join(s.data(), "base")) {
		t.Error("the data are gone")
	}
	again := start(t, Options{Dir: s.Dir(), Volatile: true}) // a test's cluster is made anew instead
	if again.major == 99 {
		t.Error("the test's cluster kept its old data")
	}
}

func TestDataOfTheBundleWithoutTheBundle(t *testing.T) {
	t.Parallel()
	dir := tempDir(t)
	pretend(t, filepath.Join(dir, "data"), "18")
	_, err := Start(limit(t), Options{Dir: dir, cache: t.TempDir(), search: &search{}})
	if err == nil {
		t.Fatal("started without PostgreSQL")
	}
	mustContain(t, err.Error(), "PostgreSQL 18", "install it")
}

func TestDirectoryThatIsNoCluster(t *testing.T) {
	t.Parallel()
	dir := tempDir(t)
	if err := os.MkdirAll(filepath.Join(dir, "data", "photographs"), 0o755); err != nil {
		t.Fatal(err)
	}
	_, err := Start(limit(t), Options{Dir: dir})
	if err == nil || !exists(filepath.Join(dir, "data", "photographs")) {
		t.Errorf("a directory of something else: %v", err)
	}
}

func TestNoPostgreSQLAtAll(t *testing.T) {
	t.Parallel()
	_, err := Start(limit(t), Options{Dir: filepath.Join(tempDir(t), "rounds"), cache: t.TempDir(), search: &search{}})
	if err == nil {
		t.Fatal("started without PostgreSQL")
	}
	mustContain(t, err.Error(), "apt-get install postgresql", "dnf install postgresql-server", "brew install postgresql", "DATABASE_URL")
	if diff := cmp.Diff(1, len(strings.Split(err.Error(), "\n"))); diff != "" {
		t.Errorf("not one line: %v", err)
	}
}
