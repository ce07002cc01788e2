//go:build unix

package localpg

import (
	"os"
	"os/exec"
	"os/user"
	"path/filepath"
	"syscall"
	"testing"
)

func TestDefaultDirectory(t *testing.T) {
	for name, test := range map[string]struct{ home, state, want string }{
		"XDG_STATE_HOME":                {"/h", "/s", "/s/rounds"},
		"no XDG_STATE_HOME":             {"/h", "", "/h/.local/state/rounds"},
		"a relative one does not count": {"/h", "state", "/h/.local/state/rounds"},
	} {
		t.Run(name, func(t *testing.T) {
			t.Setenv("HOME", test.home)
			t.Setenv("XDG_STATE_HOME", test.state)
			if got, err := (Options{}).wanted(); err != nil || got != test.want {
				t.Errorf("%s, %v; want %s", got, err, test.want)
			}
		})
	}
}

func TestNoHomeAtAll(t *testing.T) {
	t.Setenv("HOME", "")
	t.Setenv("XDG_STATE_HOME", "")
	if dir, err := (Options{}).wanted(); err == nil {
		t.Errorf("without a home the database would be in %q", dir)
	}
}

// asRoot skips where the test cannot be what it is about.
func asRoot(t *testing.T) {
	t.Helper()
	if os.Geteuid() != 0 {
		t.Skip("only root runs PostgreSQL as somebody else")
	}
}

func TestRootWithAClosedHome(t *testing.T) {
	t.Parallel()
	asRoot(t)
	home := tempDir(t)
	if err := os.Chmod(home, 0o700); err != nil {
		t.Fatal(err)
	}
	atHome := func(cmd *exec.Cmd) { cmd.Env = append(cmd.Env, "HOME="+home, "XDG_STATE_HOME=") }
	wanted := filepath.Join(home, ".local", "state", "rounds")
	moved := filepath.Join(rootDir, hash(wanted))
	t.Cleanup(func() { os.RemoveAll(moved) })

	rounds := begin(t, defaultDir, atHome)
	if rounds.Error != "" || rounds.Dir != moved {
		t.Fatalf("lives in %s, wanted %s; %s", rounds.Dir, moved, rounds.Error)
	}
	if len(rounds.Said) != 1 {
		t.Fatalf("said %q", rounds.Said)
	}
	mustContain(t, rounds.Said[0], wanted, moved)
	do(t, rounds.URL, `create table kept as select 'a row' as what`)
	rounds.end(t)

	if err := os.Chmod(home, 0o755); err != nil {
		t.Fatal(err)
	}
	again := begin(t, defaultDir, atHome) // now that the home is open, the data are still found
	if got := ask(t, again.URL, `select what from kept`); got != "a row" {
		t.Errorf("got %q", got)
	}
	again.end(t)
}

func TestUmaskThatShutsTheAccountOut(t *testing.T) {
	t.Parallel()
	asRoot(t)
	self, err := os.Executable()
	if err != nil {
		t.Fatal(err)
	}
	rounds := begin(t, filepath.Join(tempDir(t), "deep", "rounds"), func(cmd *exec.Cmd) {
		cmd.Path, cmd.Args = "/bin/sh", []string{"sh", "-c", `umask 077; exec "$0"`, self}
	})
	mustContain(t, rounds.Error, "may not enter", "deep")
}

func TestRootKeepsTheOwnerOfTheData(t *testing.T) {
	t.Parallel()
	asRoot(t)
	s := start(t, Options{Volatile: true})
	stop(t, s)
	giveAll(t, s.data(), "nobody")
	giveAll(t, s.address.host, "nobody")
	next := start(t, Options{Dir: s.Dir(), Volatile: true})
	if next.account.name != "nobody" {
		t.Errorf("runs as %s", next.account.name)
	}
}

func giveAll(t *testing.T, dir, name string) {
	t.Helper()
	a := lookup(t, name)
	err := filepath.WalkDir(dir, func(path string, _ os.DirEntry, err error) error {
		if err != nil {
			return err
		}
		return a.give(path)
	})
	if err != nil {
		t.Fatal(err)
	}
}

func lookup(t *testing.T, name string) *account {
	t.Helper()
	a, err := accountOf(user.Lookup(name))
	if err != nil {
		t.Fatal(err)
	}
	return a
}

func TestOrdinaryUser(t *testing.T) {
	t.Parallel()
	asRoot(t) // for everybody else all other tests show it
	nobody := lookup(t, "nobody")
	self, err := os.Executable()
	if err != nil {
		t.Fatal(err)
	}
	home := tempDir(t)
	if err := nobody.give(home); err != nil {
		t.Fatal(err)
	}
	text, err := os.ReadFile(self) // where it was built, the user could perhaps not reach it
	if err != nil {
		t.Fatal(err)
	}
	program := filepath.Join(home, "rounds.test")
	if err := os.WriteFile(program, text, 0o755); err != nil {
		t.Fatal(err)
	}
	rounds := begin(t, defaultDir, func(cmd *exec.Cmd) {
		cmd.Path, cmd.Dir = program, home
		cmd.Env = append(cmd.Env, "HOME="+home, "XDG_STATE_HOME=")
		cmd.SysProcAttr = &syscall.SysProcAttr{Credential: credential(nobody)}
	})
	if want := filepath.Join(home, ".local", "state", "rounds"); rounds.Error != "" || rounds.Dir != want {
		t.Fatalf("lives in %s, wanted %s; %s", rounds.Dir, want, rounds.Error)
	}
	if info, err := os.Stat(rounds.Dir); err != nil || info.Mode().Perm() != 0o700 {
		t.Errorf("the directory is open to others: %v %v", info.Mode(), err)
	}
	if got := ask(t, rounds.URL, `select 'served'`); got != "served" {
		t.Errorf("got %q", got)
	}
	rounds.end(t)
}

func TestBarrier(t *testing.T) {
	t.Parallel()
	asRoot(t)
	dir := tempDir(t)
	a := &account{uid: 4242, gid: 4343, groups: []uint32{4444}}
	for name, test := range map[string]struct {
		mode     os.FileMode
		uid, gid int
		barred   bool
	}{
		"open to all":               {0o701, 0, 0, false},
		"open to nobody else":       {0o770, 0, 0, true},
		"his own":                   {0o100, 4242, 0, false},
		"his own, closed to him":    {0o077, 4242, 0, true},
		"his group's":               {0o010, 0, 4343, false},
		"his group's, closed to it": {0o701, 0, 4343, true},
		"one of his groups'":        {0o010, 0, 4444, false},
		"readable only":             {0o744, 0, 0, true},
	} {
		t.Run(name, func(t *testing.T) {
			inner := filepath.Join(dir, hash(name))
			if err := os.Mkdir(inner, 0o700); err != nil {
				t.Fatal(err)
			}
			if err := os.Chown(inner, test.uid, test.gid); err != nil {
				t.Fatal(err)
			}
			if err := os.Chmod(inner, test.mode); err != nil {
				t.Fatal(err)
			}
			want := ""
			if test.barred {
				want = inner
			}
			if got := a.barrier(filepath.Join(inner, "not", "there", "yet")); got != want {
				t.Errorf("barrier %q, want %q", got, want)
			}
		})
	}
}
