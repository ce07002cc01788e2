package main

import (
	"bufio"
	"encoding/json"
	"net/http"
	"os"
	"os/exec"
	"path/filepath"
	"strconv"
	"strings"
	"sync"
	"testing"

	"github.com/google/uuid"
)

// asProgram makes this test binary the program itself.
const asProgram = "ROUNDS_TEST_AS_PROGRAM"

func TestMain(m *testing.M) {
	if os.Getenv(asProgram) != "" {
		main()
	}
	os.Exit(m.Run())
}

// A phone keeps each event until it is answered and then sends the next: in the end every event is there once.
func TestKilledServerLosesNothing(t *testing.T) {
	t.Parallel()
	kills, each := 4, 40
	if os.Getenv("ROUNDS_SOAK") != "" {
		kills, each = 60, 100
	}
	l, stored := underKills(t, kills, each, false)
	if lost, doubled := l.compare(stored); lost+doubled > 0 || len(stored) != len(l.ids) {
		t.Errorf("of %d acknowledged events %d are lost and %d stored more than once; %d are stored", len(l.ids), lost, doubled, len(stored))
	}
}

// The test above can fail: phones that take silence for an answer lose events, and it sees that.
func TestTheLedgerSeesALostEvent(t *testing.T) {
	t.Parallel()
	l, stored := underKills(t, 2, 30, true)
	if lost, _ := l.compare(stored); lost == 0 {
		t.Errorf("%d events are held for acknowledged, %d are stored, and none is missed", len(l.ids), len(stored))
	}
}

// underKills kills, by turns, the server, which takes its PostgreSQL with it, and PostgreSQL alone, while phones upload;
// at last everything that phones kept is sent again. Broken phones hold what nobody answered for acknowledged.
func underKills(t *testing.T, kills, each int, broken bool) (*ledger, map[string]int) {
	t.Helper()
	dir, retailer := dataDir(t), uuid.NewString()
	at := "--data=" + dir
	shops := filepath.Join(t.TempDir(), "shops.csv")
	if err := os.WriteFile(shops, []byte("retailer_id,code,name,lat,lon\n"+retailer+",A1,Shop,30.01,120.61\n"), 0o600); err != nil {
		t.Fatal(err)
	}
	command(t, "", "org", "add", "north", at).want(t, exitDone, "north", "")
	command(t, "", "import", "retailers", shops, at).want(t, exitDone, "1 created", "")
	command(t, "a-long-password\n", "user", "add", "wang", "--role", "rep", at).want(t, exitDone, "wang", "")

	ledger := &ledger{ids: map[string]bool{}, broken: broken}
	for round := range kills {
		process, url := startProcess(t, at)
		token := login(t, url, "wang", "a-long-password")
		victim := process.Process
		if round%2 == 1 {
			victim = postmaster(t, dir)
		}
		var phones sync.WaitGroup
		ledger.until(each)
		for phone := range 4 {
			phones.Go(func() { ledger.upload(url, token, retailer, phone, round) })
		}
		<-ledger.enough
		if err := victim.Kill(); err != nil {
			t.Fatal(err)
		}
		phones.Wait()
		_ = process.Wait() // without its PostgreSQL it ends by itself
	}
	if ledger.unanswered == 0 {
		t.Error("no event was ever left without an answer: the test has tested nothing")
	}
	process, url := startProcess(t, at)
	ledger.until(1 << 30)
	ledger.sendKept(t, url, login(t, url, "wang", "a-long-password"))
	if err := process.Process.Signal(os.Interrupt); err != nil {
		t.Fatal(err)
	}
	if err := process.Wait(); err != nil {
		t.Errorf("stopping: %v", err)
	}
	stored := storedEvents(t, dir)
	command(t, "", "rederive", at).want(t, exitDone, "0 were missing or different", "")
	return ledger, stored
}

// postmaster is PostgreSQL's first process, by the number that it leaves in its data directory.
func postmaster(t *testing.T, dir string) *os.Process {
	t.Helper()
	lines, err := os.ReadFile(filepath.Join(dir, "data", "postmaster.pid"))
	if err != nil {
		t.Fatal(err)
	}
	first, _, _ := strings.Cut(string(lines), "\n")
	id, err := strconv.Atoi(first)
	if err != nil {
		t.Fatal(err)
	}
	process, err := os.FindProcess(id)
	if err != nil {
		t.Fatal(err)
	}
	return process
}

// startProcess runs `rounds serve` as a process of its own.
func startProcess(t *testing.T, at string) (*exec.Cmd, string) {
	t.Helper()
	c := exec.Command(os.Args[0], "serve", "--listen=127.0.0.1:0", "--metrics=", "--log=json", at)
	c.Env = append(os.Environ(), asProgram+"=1")
	errs, err := c.StderrPipe()
	if err != nil {
		t.Fatal(err)
	}
	if err := c.Start(); err != nil {
		t.Fatal(err)
	}
	t.Cleanup(func() { _ = c.Process.Kill() })
	lines, said := bufio.NewScanner(errs), ""
	for lines.Scan() {
		said += lines.Text() + "\n"
		var line struct{ Msg, Address string }
		if json.Unmarshal(lines.Bytes(), &line) == nil && line.Msg == "serving" {
			go func() {
				for lines.Scan() { // so that the process never waits for us to read its log
				}
			}()
			return c, line.Address
		}
	}
	t.Fatalf("rounds serve ended early:\n%s", said)
	return nil, ""
}

// ledger is what phones know: which events were acknowledged, and which they keep.
type ledger struct {
	mu     sync.Mutex
	ids    map[string]bool
	kept   map[string]string // id to body
	left   int
	enough chan struct{}

	broken     bool // takes silence for an answer
	unanswered int
}

// until makes enough close after so many more acknowledged events.
func (l *ledger) until(more int) {
	l.mu.Lock()
	defer l.mu.Unlock()
	l.left, l.enough = more, make(chan struct{})
	if l.kept == nil {
		l.kept = map[string]string{}
	}
}

// upload sends new events until the server no longer answers.
func (l *ledger) upload(url, token, retailer string, phone, round int) {
	for seq := 0; ; seq++ {
		id := uuid.NewString()
		if !l.send(url, token, id, checkIn(id, retailer, phone, round*1_000_000+seq)) {
			return
		}
	}
}

func (l *ledger) send(url, token, id, body string) bool {
	answer, _, err := post(url+"/v1/visit-events", token, body)
	l.mu.Lock()
	defer l.mu.Unlock()
	if err != nil || answer.StatusCode > http.StatusCreated {
		l.unanswered++
		if l.broken {
			l.ids[id] = true
		} else {
			l.kept[id] = body
		}
		return false
	}
	delete(l.kept, id)
	l.ids[id] = true
	if l.left--; l.left == 0 {
		close(l.enough)
	}
	return true
}

func (l *ledger) sendKept(t *testing.T, url, token string) {
	t.Helper()
	kept := map[string]string{}
	for id, body := range l.kept {
		kept[id] = body
	}
	for id, body := range kept {
		if !l.send(url, token, id, body) {
			t.Errorf("event %s is refused when it is sent again", id)
		}
	}
}

// compare counts acknowledged events that are not stored, and those stored more than once.
func (l *ledger) compare(stored map[string]int) (lost, doubled int) {
	for id := range l.ids {
		if stored[id] == 0 {
			lost++
		}
	}
	for _, n := range stored {
		doubled += min(n-1, 1)
	}
	return lost, doubled
}
