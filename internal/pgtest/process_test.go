package pgtest

import (
	"bufio"
	"bytes"
	"context"
	"errors"
	"fmt"
	"io"
	"os"
	"os/exec"
	"path/filepath"
	"strings"
	"testing"

	"github.com/jackc/pgx/v5"

	"rounds/internal/localpg"
)

// role is set in another test process that a test here runs. It tells its database's address and waits to be ended.
const role = "ROUNDS_TEST_OTHER"

func TestOther(t *testing.T) {
	if os.Getenv(role) == "" {
		return
	}
	fmt.Println("URL", URL(t))
	io.Copy(io.Discard, os.Stdin)
}

// other is another test process with a database.
type other struct {
	url     string
	process *exec.Cmd
	leave   io.Closer
}

func command(t *testing.T, env ...string) *exec.Cmd {
	t.Helper()
	self, err := os.Executable()
	if err != nil {
		t.Fatal(err)
	}
	cmd := exec.Command(self, "-test.run=^TestOther$", "-test.v")
	cmd.Env = append(append(os.Environ(), role+"=1"), env...)
	return cmd
}

func begin(t *testing.T, env ...string) *other {
	t.Helper()
	cmd := command(t, env...)
	in, inErr := cmd.StdinPipe()
	out, outErr := cmd.StdoutPipe()
	if err := errors.Join(inErr, outErr, cmd.Start()); err != nil {
		t.Fatal(err)
	}
	t.Cleanup(func() { in.Close(); cmd.Wait() })
	var said []string
	for lines := bufio.NewScanner(out); lines.Scan(); said = append(said, lines.Text()) {
		if url, found := strings.CutPrefix(lines.Text(), "URL "); found {
			go io.Copy(io.Discard, out)
			return &other{url: url, process: cmd, leave: in}
		}
	}
	t.Fatalf("the other process has no database:\n%s", strings.Join(said, "\n"))
	return nil
}

func (o *other) end(t *testing.T) {
	t.Helper()
	o.leave.Close()
	if err := o.process.Wait(); err != nil {
		t.Errorf("the other test process: %v", err)
	}
}

func (o *other) kill(t *testing.T) {
	t.Helper()
	if err := o.process.Process.Kill(); err != nil {
		t.Fatal(err)
	}
	o.process.Wait()
}

// tempDir is like t.TempDir, but the user that runs PostgreSQL when this is root can enter it.
func tempDir(t *testing.T) string {
	t.Helper()
	dir, err := os.MkdirTemp("", "pgtest-")
	if err == nil {
		err = os.Chmod(dir, 0o755)
	}
	if err != nil {
		t.Fatal(err)
	}
	t.Cleanup(func() {
		if err := os.RemoveAll(dir); err != nil {
			t.Error(err)
		}
	})
	return dir
}

// given is a server such as DATABASE_URL would name.
func given(t *testing.T) string {
	t.Helper()
	s := serve(t, filepath.Join(tempDir(t), "rounds"))
	t.Cleanup(func() { s.Stop(context.Background()) })
	return s.URL()
}

func serve(t *testing.T, dir string) *localpg.Server {
	t.Helper()
	ctx, cancel := context.WithTimeout(context.Background(), patience)
	defer cancel()
	s, err := localpg.Start(ctx, localpg.Options{Dir: dir, Volatile: true})
	if err != nil {
		t.Fatal(err)
	}
	return s
}

func testDatabases(t *testing.T, conn *pgx.Conn) int {
	t.Helper()
	return ask[int](t, conn, `select count(*) from pg_database where datname like 'rounds\_%\_test\_%'`)
}

func TestGivenServerIsUsedAndLeftClean(t *testing.T) {
	t.Parallel()
	server := given(t)
	conn := open(t, server)
	first := begin(t, "DATABASE_URL="+server)
	second := begin(t, "DATABASE_URL="+server)
	if got := testDatabases(t, conn); got != 2 {
		t.Errorf("two processes have %d databases there", got)
	}
	first.kill(t)
	waitForSession(t, conn, first)
	third := begin(t, "DATABASE_URL="+server) // drops what the killed one left, and nothing of the living one
	if got := testDatabases(t, conn); got != 2 {
		t.Errorf("one killed, one begun: %d databases", got)
	}
	open(t, second.url)
	second.end(t)
	third.end(t)
	if got := testDatabases(t, conn); got != 0 {
		t.Errorf("%d databases stay behind", got)
	}
}

// waitForSession returns when the server has noticed that the killed process is gone, by waiting for its lock.
func waitForSession(t *testing.T, conn *pgx.Conn, killed *other) {
	t.Helper()
	config, err := pgx.ParseConfig(killed.url)
	if err != nil {
		t.Fatal(err)
	}
	number := strings.Split(config.Database, "_")[3]
	do(t, conn, fmt.Sprintf(`select pg_advisory_lock(%d, %s), pg_advisory_unlock(%d, %s)`, lockSpace, number, lockSpace, number))
}

func TestGivenServerInKeywordForm(t *testing.T) {
	t.Parallel()
	config, err := pgx.ParseConfig(given(t))
	if err != nil {
		t.Fatal(err)
	}
	words := fmt.Sprintf("host='%s' port=%d user=%s dbname=%s", config.Host, config.Port, config.User, config.Database)
	o := begin(t, "DATABASE_URL="+words)
	if got := ask[string](t, open(t, o.url), `select current_database()::text`); !strings.Contains(got, "_test_") {
		t.Errorf("%s leads to %s", o.url, got)
	}
	o.end(t)
}

func TestMissingServerFailsTheTest(t *testing.T) {
	t.Parallel()
	out, err := command(t, "DATABASE_URL=postgres://127.0.0.1:1/none").CombinedOutput()
	if err == nil || !bytes.Contains(out, []byte("--- FAIL: TestOther")) || !bytes.Contains(out, []byte("no database for the test")) {
		t.Errorf("%v:\n%s", err, out)
	}
}

func TestPrivateServers(t *testing.T) {
	t.Parallel()
	home := tempDir(t)
	env := []string{"DATABASE_URL=", "HOME=" + home, "XDG_CACHE_HOME="}
	first, second := begin(t, env...), begin(t, env...)
	if hostOf(t, first) == hostOf(t, second) {
		t.Error("two processes share a private server")
	}
	conn := open(t, first.url)
	if got := ask[string](t, conn, `select current_setting('fsync')`); got != "off" {
		t.Errorf("fsync is %s", got)
	}
	first.kill(t)
	ctx, cancel := context.WithTimeout(t.Context(), patience)
	defer cancel()
	if _, err := conn.WaitForNotification(ctx); errors.Is(err, context.DeadlineExceeded) {
		t.Error("the private server outlives its killed process")
	}
	third := begin(t, env...)
	if hostOf(t, third) != hostOf(t, first) {
		t.Error("the freed cluster is not used again")
	}
	if got := testDatabases(t, open(t, third.url)); got != 1 {
		t.Errorf("%d databases where the killed process left one", got)
	}
	for _, o := range []*other{second, third} {
		host := hostOf(t, o)
		o.end(t)
		if err := serve(t, filepath.Dir(host)).Stop(t.Context()); err != nil { // waits until the other's is gone
			t.Error(err)
		}
	}
}

func hostOf(t *testing.T, o *other) string {
	t.Helper()
	config, err := pgx.ParseConfig(o.url)
	if err != nil {
		t.Fatal(err)
	}
	return config.Host
}
