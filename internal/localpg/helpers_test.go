//go:build unix

package localpg

import (
	"context"
	"os"
	"os/exec"
	"path/filepath"
	"strings"
	"sync"
	"testing"
	"time"

	"github.com/jackc/pgx/v5"
	"go.uber.org/goleak"
)

func TestMain(m *testing.M) {
	if dir := os.Getenv(serveIn); dir != "" {
		serve(dir)
		return
	}
	goleak.VerifyTestMain(m, goleak.Cleanup(func(status int) {
		os.RemoveAll(template.dir)
		os.Exit(status)
	}))
}

// template is a stopped cluster, made once, that the tests which are not about making one begin with a copy of.
var template struct {
	once sync.Once
	dir  string
	err  error
}

func makeTemplate() {
	if template.dir, template.err = openTempDir(); template.err != nil {
		return
	}
	ctx, cancel := context.WithTimeout(context.Background(), patience)
	defer cancel()
	s, err := Start(ctx, Options{Dir: template.dir})
	if template.err = err; err == nil {
		template.err = s.Stop(ctx)
	}
}

// madeDir is a directory with a cluster in it.
func madeDir(t testing.TB) string {
	t.Helper()
	template.once.Do(makeTemplate)
	if template.err != nil {
		t.Fatal(template.err)
	}
	dir := filepath.Join(tempDir(t), "rounds")
	if out, err := exec.Command("cp", "-a", template.dir, dir).CombinedOutput(); err != nil {
		t.Fatalf("%v: %s", err, out)
	}
	return dir
}

// openTempDir is a new directory that root's account can enter.
func openTempDir() (string, error) {
	dir, err := os.MkdirTemp("", "localpg-")
	if err == nil {
		err = os.Chmod(dir, 0o755)
	}
	return resolve(dir), err
}

// tempDir is like t.TempDir, but root's account can enter it.
func tempDir(t testing.TB) string {
	t.Helper()
	dir, err := openTempDir()
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

// patience is far beyond what any step here takes.
const patience = 5 * time.Minute

func limit(t testing.TB) context.Context {
	ctx, cancel := context.WithTimeout(context.Background(), patience)
	t.Cleanup(cancel)
	return ctx
}

// start runs a server, of a cluster made before where the options name no directory, and stops it with the test.
func start(t testing.TB, o Options) *Server {
	t.Helper()
	if o.Dir == "" {
		o.Dir = madeDir(t)
	}
	s, err := Start(limit(t), o)
	if err != nil {
		t.Fatal(err)
	}
	t.Cleanup(func() { s.Stop(limit(t)) })
	return s
}

func stop(t testing.TB, s *Server) {
	t.Helper()
	if err := s.Stop(limit(t)); err != nil {
		t.Fatal(err)
	}
}

func connect(t testing.TB, url string) *pgx.Conn {
	t.Helper()
	conn, err := pgx.Connect(limit(t), url)
	if err != nil {
		t.Fatal(err)
	}
	t.Cleanup(func() { conn.Close(context.Background()) })
	return conn
}

func ask(t testing.TB, url, query string) string {
	t.Helper()
	conn := connect(t, url)
	defer conn.Close(context.Background())
	var answer string
	if err := conn.QueryRow(limit(t), query).Scan(&answer); err != nil {
		t.Fatalf("%s: %v", query, err)
	}
	return answer
}

func do(t testing.TB, url, statement string) {
	t.Helper()
	conn := connect(t, url)
	defer conn.Close(context.Background())
	if _, err := conn.Exec(limit(t), statement); err != nil {
		t.Fatalf("%s: %v", statement, err)
	}
}

func settings(t testing.TB, s *Server, names ...string) map[string]string {
	t.Helper()
	got := map[string]string{}
	for _, name := range names {
		got[name] = ask(t, s.URL(), "select current_setting('"+name+"')")
	}
	return got
}

func logOf(t testing.TB, s *Server) string {
	t.Helper()
	text, err := os.ReadFile(s.logPath())
	if err != nil {
		t.Fatal(err)
	}
	return string(text)
}

func mustContain(t testing.TB, text string, parts ...string) {
	t.Helper()
	for _, part := range parts {
		if !strings.Contains(text, part) {
			t.Errorf("want %q in:\n%s", part, text)
		}
	}
}
