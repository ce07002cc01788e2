package main

import (
	"bytes"
	"context"
	"encoding/json"
	"fmt"
	"io"
	"net/http"
	"os"
	"path/filepath"
	"regexp"
	"slices"
	"strings"
	"sync"
	"testing"
	"time"

	"github.com/google/uuid"
	"github.com/jackc/pgx/v5"
)

// ran is what a command said and how it ended.
type ran struct {
	status   int
	out, err string
}

func command(t *testing.T, in string, args ...string) ran {
	t.Helper()
	var out, errs bytes.Buffer
	status := runOf(t.Context(), commandsFor(args), args, terminal{strings.NewReader(in), &out, &errs})
	return ran{status, out.String(), errs.String()}
}

// commandsFor leaves out all commands but the one that is run, if tests run it hundreds of times: to read the flags of all takes longer
// than it does. Help is of all.
func commandsFor(args []string) any {
	if len(args) == 0 || slices.Contains(args, "--help") {
		return &cli{}
	}
	switch args[0] {
	case "datum":
		return &struct {
			Datum datumCmd `cmd:""`
		}{}
	case "journey":
		return &struct {
			Journey journeyCmd `cmd:""`
		}{}
	case "route":
		return &struct {
			Route routeCmd `cmd:""`
		}{}
	case "territories":
		return &struct {
			Territories territoriesCmd `cmd:""`
		}{}
	case "town":
		return &struct {
			Town townCmd `cmd:""`
		}{}
	case "verify":
		return &struct {
			Verify verifyCmd `cmd:""`
		}{}
	}
	return &cli{}
}

func (r ran) want(t *testing.T, status int, out, errs string) {
	t.Helper()
	if r.status != status || !strings.Contains(r.out, out) || !strings.Contains(r.err, errs) {
		t.Fatalf("exit status %d, want %d; output %q, want %q in it; errors %q, want %q in them", r.status, status, r.out, out, r.err, errs)
	}
}

func TestUsage(t *testing.T) {
	t.Parallel()
	command(t, "").want(t, exitDone, "rounds <command>", "")
	command(t, "", "--help").want(t, exitDone, "derive every visit again"[1:], "")
	command(t, "", "serve", "--nonsense").want(t, exitUsage, "", "--help")
	command(t, "", "serve", "--listen", "nonsense").want(t, exitUsage, "", "nonsense")
	command(t, "", "serve", "--metrics", "127.0.0.1:99999").want(t, exitUsage, "", "99999")
	command(t, "", "serve", "--locate", "no-such-file.json").want(t, exitUsage, "", "no-such-file.json")
	command(t, "", "serve", "--locate", "main.go").want(t, exitUsage, "", "main.go: locate: the configuration is not JSON")
	command(t, "", "serve", "--help").want(t, exitDone, `"kind": "ichnaea"`, "")
	command(t, "", "import", "retailers", "main.go", "--bounds", "1,2").want(t, exitUsage, "", "south,west,north,east")
	command(t, "", "nonsense").want(t, exitUsage, "", "--help")
	command(t, "", "import", "retailers", "no-such-file.csv").want(t, exitUsage, "", "no-such-file.csv")
	command(t, "", "user", "add", "li", "--role", "king").want(t, exitUsage, "", "role")
	command(t, "", "version").want(t, exitDone, "rounds ", "")
}

func TestHelpNamesTheEnvironmentOfEveryFlag(t *testing.T) {
	t.Parallel()
	flag := regexp.MustCompile(`(?m)^ +(?:-\w, )?--(\w[\w-]*)`)
	for _, words := range []string{"serve", "demo", "import retailers", "import calendar", "datum", "org add", "user add", "migrate", "rederive", "retention", "pins learn", "route"} {
		help := command(t, "", append(strings.Fields(words), "--help")...)
		help.want(t, exitDone, "Usage: rounds "+words, "")
		text := strings.Join(strings.Fields(help.out), " ")
		for _, m := range flag.FindAllStringSubmatch(help.out, -1) {
			env := "$ROUNDS_" + strings.ToUpper(strings.ReplaceAll(m[1], "-", "_"))
			if words == "demo" { // apart, so that no production setting reaches it
				env = strings.Replace(env, "$ROUNDS_", "$ROUNDS_DEMO_", 1)
			}
			if m[1] == "help" || strings.HasPrefix(m[1], "database-") {
				continue
			}
			if !strings.Contains(text, env) {
				t.Errorf("rounds %s --help does not name %s", words, env)
			}
		}
	}
}

// TestAFirstDayByHand runs the commands of the README one after the other.
func TestAFirstDayByHand(t *testing.T) {
	t.Parallel()
	at := "--data=" + dataDir(t)
	shops := filepath.Join(t.TempDir(), "shops.csv")
	file := "零售户编码,店名,经营地址,纬度,经度,客户经理\nA1,北门便利店,北门街1号,30.01,120.61,wang\nA2,,南门街2号,30.02,120.62,wang\n"
	if err := os.WriteFile(shops, []byte(file), 0o600); err != nil {
		t.Fatal(err)
	}

	command(t, "", "migrate", at).want(t, exitDone, "schema", "")
	command(t, "", "import", "retailers", shops, at).want(t, exitFailed, "", "rounds org add")
	command(t, "", "org", "add", "North!", at).want(t, exitFailed, "", "lower-case")
	command(t, "", "org", "add", "north", "--name", "北城公司", "--time-zone", "Mars/Olympus", at).want(t, exitFailed, "", "Asia/Shanghai")
	command(t, "", "org", "add", "north", "--name", "北城公司", at).want(t, exitDone, "北城公司", "rounds user add")
	command(t, "", "org", "add", "north", at).want(t, exitFailed, "", "already")
	command(t, "short\n", "user", "add", "wang", "--role", "rep", at).want(t, exitFailed, "", "at least 10")
	command(t, "", "user", "add", "wang", "--role", "rep", at).want(t, exitFailed, "", "one line on standard input")
	command(t, "a-long-password\n", "user", "add", "wang", "--role", "rep", "--unit", "no such", at).want(t, exitFailed, "", "no such")
	command(t, "a-long-password\n", "user", "add", "wang", "--role", "rep", at).want(t, exitDone, "wang", "")

	command(t, "", "import", "retailers", shops, at).want(t, exitFailed, "Nothing was imported", "line 3")
	fixed := strings.Replace(file, "A2,,", "A2,南门超市,", 1)
	if err := os.WriteFile(shops, []byte(fixed), 0o600); err != nil {
		t.Fatal(err)
	}
	command(t, "", "import", "retailers", shops, "--dry-run", at).want(t, exitDone, "2 created", "")
	command(t, "", "import", "retailers", shops, "--datum", "gcj02", at).want(t, exitDone, "2 created", "")
	command(t, "", "import", "retailers", shops, "--datum", "gcj02", at).want(t, exitDone, "2 unchanged", "")
	calendar := filepath.Join(t.TempDir(), "calendar.csv")
	if err := os.WriteFile(calendar, []byte("日期,名称,上班\n2026-02-14,春节,是\n2026-02-16,春节,perhaps\n"), 0o600); err != nil {
		t.Fatal(err)
	}
	command(t, "", "import", "calendar", calendar, at).want(t, exitFailed, "", "/lines/3/上班 [not_yes_or_no]")
	if err := os.WriteFile(calendar, []byte("日期,名称,上班\n2026-02-14,春节,是\n2026-02-16,春节,否\n"), 0o600); err != nil {
		t.Fatal(err)
	}
	command(t, "", "import", "calendar", calendar, "--dry-run", at).want(t, exitDone, "2 changed\nA dry run", "")
	command(t, "", "import", "calendar", calendar, at).want(t, exitDone, "2026 the year", "")
	command(t, "", "import", "calendar", calendar, at).want(t, exitDone, "0 changed\nImported", "")
	command(t, "", "pins", "learn", at).want(t, exitDone, "near after", "2 retailers looked at: 0 proposals")
	command(t, "", "rederive", at).want(t, exitDone, "0 visits", "")
	command(t, "", "retention", "--org", "south", at).want(t, exitFailed, "", "there are: north")
	command(t, "", "retention", "--dry-run", at).want(t, exitDone, "north", "Nothing was deleted")
	command(t, "", "retention", at).want(t, exitDone, "days through", "")
}

// liveServer is a `rounds serve` in this process.
type liveServer struct {
	url    string
	stop   context.CancelFunc
	status chan int
}

func startServing(t *testing.T, args ...string) *liveServer {
	t.Helper()
	ctx, stop := context.WithCancel(context.Background())
	errs, said := io.Pipe()
	s := &liveServer{stop: stop, status: make(chan int, 1)}
	go func() {
		s.status <- run(ctx, append([]string{"serve", "--listen=127.0.0.1:0", "--metrics=", "--log=json"}, args...), terminal{nil, io.Discard, said})
		said.Close()
	}()
	lines := json.NewDecoder(errs)
	for s.url == "" {
		var line struct{ Msg, Address string }
		if err := lines.Decode(&line); err != nil {
			t.Fatalf("rounds serve ended early: %v", err)
		}
		if line.Msg == "serving" {
			s.url = line.Address
		}
	}
	go func() { _, _ = io.Copy(io.Discard, errs) }()
	t.Cleanup(stop)
	return s
}

func post(url, token, body string) (*http.Response, []byte, error) {
	request, err := http.NewRequest(http.MethodPost, url, strings.NewReader(body))
	if err != nil {
		return nil, nil, err
	}
	request.Header.Set("Content-Type", "application/json")
	if token != "" {
		request.Header.Set("Authorization", "Bearer "+token)
	}
	answer, err := http.DefaultClient.Do(request)
	if err != nil {
		return nil, nil, err
	}
	defer answer.Body.Close()
	text, err := io.ReadAll(answer.Body)
	return answer, text, err
}

func login(t *testing.T, url, name, password string) string {
	t.Helper()
	_, text, err := post(url+"/v1/auth/login", "", fmt.Sprintf(`{"name":%q,"password":%q}`, name, password))
	var tokens struct {
		AccessToken string `json:"access_token"`
	}
	if err != nil || json.Unmarshal(text, &tokens) != nil || tokens.AccessToken == "" {
		t.Fatalf("login: %s %v", text, err)
	}
	return tokens.AccessToken
}

// TestStopLosesNothing stops a server in the middle of uploads: what it acknowledged is there afterwards.
func TestStopLosesNothing(t *testing.T) {
	t.Parallel()
	dir := dataDir(t)
	at := "--data=" + dir
	retailer := uuid.NewString()
	shops := filepath.Join(t.TempDir(), "shops.csv")
	if err := os.WriteFile(shops, []byte("retailer_id,code,name,lat,lon\n"+retailer+",A1,Shop,30.01,120.61\n"), 0o600); err != nil {
		t.Fatal(err)
	}
	command(t, "", "org", "add", "north", at).want(t, exitDone, "north", "")
	command(t, "", "import", "retailers", shops, at).want(t, exitDone, "1 created", "")
	command(t, "a-long-password\n", "user", "add", "wang", "--role", "rep", at).want(t, exitDone, "wang", "")

	s := startServing(t, at)
	token := login(t, s.url, "wang", "a-long-password")
	var mu sync.Mutex
	acknowledged := map[string]bool{}
	var phones sync.WaitGroup
	enough := make(chan struct{})
	for phone := range 8 {
		phones.Go(func() {
			for seq := 0; ; seq++ {
				id := uuid.NewString()
				answer, _, err := post(s.url+"/v1/visit-events", token, checkIn(id, retailer, phone, seq))
				if err != nil || answer.StatusCode != http.StatusCreated {
					return // stopped: the phone keeps this one
				}
				mu.Lock()
				acknowledged[id] = true
				if len(acknowledged) == 200 {
					close(enough)
				}
				mu.Unlock()
			}
		})
	}
	<-enough
	s.stop()
	phones.Wait()
	if status := <-s.status; status != exitDone {
		t.Errorf("exit status %d", status)
	}
	stored := storedEvents(t, dir)
	for id := range acknowledged {
		if stored[id] != 1 {
			t.Errorf("acknowledged event %s is stored %d times", id, stored[id])
		}
	}
	command(t, "", "rederive", at).want(t, exitDone, "0 were missing or different", "")
}

func checkIn(id, retailer string, phone, seq int) string {
	at := time.Now().UTC().Format(time.RFC3339Nano)
	return fmt.Sprintf(`{"id":%q,"kind":"check_in","retailer_id":%q,"fixes":[{"lat":30.01,"lon":120.61,"accuracy_m":8,"accuracy_kind":"ios","fix_time":%q}],
		"device":{"id":"phone-%d","boot_id":"b","seq":%d,"time":%q,"uptime_ms":%d}}`, id, retailer, at, phone, seq, at, seq)
}

// dataDir is a directory for a private PostgreSQL, which a test run by root must be able to enter as
// another user.
func dataDir(t *testing.T) string {
	t.Helper()
	dir, err := os.MkdirTemp("", "rounds-test-")
	if err != nil {
		t.Fatal(err)
	}
	t.Cleanup(func() { os.RemoveAll(dir) })
	if err := os.Chmod(dir, 0o755); err != nil {
		t.Fatal(err)
	}
	return filepath.Join(dir, "data")
}

// storedEvents counts the events of every id in the database.
func storedEvents(t *testing.T, dir string) map[string]int {
	t.Helper()
	db, err := database{Data: dir}.open(t.Context(), io.Discard)
	if err != nil {
		t.Fatal(err)
	}
	defer db.Close()
	conn, err := pgx.Connect(t.Context(), db.private.URL())
	if err != nil {
		t.Fatal(err)
	}
	defer conn.Close(context.Background())
	rows, _ := conn.Query(t.Context(), `select id::text from visit_events`)
	ids, err := pgx.CollectRows(rows, pgx.RowTo[string])
	if err != nil {
		t.Fatal(err)
	}
	counts := map[string]int{}
	for _, id := range ids {
		counts[id]++
	}
	return counts
}
