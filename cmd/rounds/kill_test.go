package main

import (
	"bufio"
	"encoding/json"
	"net/http"
	"os"
	"os/exec"
	"path/filepath"
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

// TestKilledServerLosesNothing kills the server, and its PostgreSQL with it, again and again while phones
// upload. A phone keeps each event until it is answered and then sends the next: in the end every event is
// there once.
func TestKilledServerLosesNothing(t *testing.T) {
	t.Parallel()
	kills, each := 3, 60
	if os.Getenv("ROUNDS_SOAK") != "" {
		kills, each = 30, 500
	}
	dir, retailer := dataDir(t), uuid.NewString()
	at := "--data=" + dir
	shops := filepath.Join(t.TempDir(), "shops.csv")
	if err := os.WriteFile(shops, []byte("retailer_id,code,name,lat,lon\n"+retailer+",A1,Shop,30.01,120.61\n"), 0o600); err != nil {
		t.Fatal(err)
	}
	command(t, "", "org", "add", "north", at).want(t, exitDone, "north", "")
	command(t, "", "import", "retailers", shops, at).want(t, exitDone, "1 created", "")
	command(t, "a-long-password\n", "user", "add", "wang", "--role", "rep", at).want(t, exitDone, "wang", "")

	ledger := &ledger{ids: map[string]bool{}}
	unanswered := 0
	for round := range kills {
		process, url := startProcess(t, at)
		token := login(t, url, "wang", "a-long-password")
		var phones sync.WaitGroup
		ledger.until(each)
		for phone := range 4 {
			phones.Go(func() { ledger.upload(url, token, retailer, phone, round) })
		}
		<-ledger.enough
		if err := process.Process.Kill(); err != nil {
			t.Fatal(err)
		}
		phones.Wait()
		_ = process.Wait()
		unanswered += len(ledger.kept)
	}
	if unanswered == 0 {
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
	ledger.compare(t, storedEvents(t, dir))
	command(t, "", "rederive", at).want(t, exitDone, "0 were missing or different", "")
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
	lines := bufio.NewScanner(errs)
	for lines.Scan() {
		var line struct{ Msg, Address string }
		if json.Unmarshal(lines.Bytes(), &line) == nil && line.Msg == "serving" {
			go func() {
				for lines.Scan() { // so that the process never waits for us to read its log
				}
			}()
			return c, line.Address
		}
	}
	t.Fatal("rounds serve ended early")
	return nil, ""
}

// ledger is what phones know: which events were acknowledged, and which they keep.
type ledger struct {
	mu     sync.Mutex
	ids    map[string]bool
	kept   map[string]string // id to body
	left   int
	enough chan struct{}
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
		l.kept[id] = body
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

func (l *ledger) compare(t *testing.T, stored map[string]int) {
	t.Helper()
	for id := range l.ids {
		if stored[id] != 1 {
			t.Errorf("acknowledged event %s is stored %d times", id, stored[id])
		}
	}
	if len(stored) != len(l.ids) {
		t.Errorf("%d events are stored, %d were acknowledged", len(stored), len(l.ids))
	}
}
