package main

import (
	"bufio"
	"context"
	"encoding/json"
	"fmt"
	"net"
	"net/http"
	"net/url"
	"os"
	"os/exec"
	"os/user"
	"path/filepath"
	"strings"
	"sync"
	"testing"
	"time"

	"rounds/internal/localpg"

	"github.com/google/uuid"
	"github.com/jackc/pgx/v5"
)

// TestBehindPgBouncer runs what the service does behind a pooler in transaction mode that shares two connections
// among all: none keeps what a client set, prepared or locked.
func TestBehindPgBouncer(t *testing.T) {
	t.Parallel()
	p := startPooled(t, pgBouncer(t))
	retailer := uuid.NewString()
	shops := filepath.Join(t.TempDir(), "shops.csv")
	if err := os.WriteFile(shops, []byte("retailer_id,code,name,lat,lon\n"+retailer+",A1,Shop,30.01,120.61\n"), 0o600); err != nil {
		t.Fatal(err)
	}
	p.command("", "org", "add", "north").want(t, exitDone, "north", "")
	p.command("", "import", "retailers", shops).want(t, exitDone, "1 created", "")
	for name, role := range map[string]string{"boss": "admin", "wang": "rep", "zhou": "rep"} {
		p.command("a-long-password\n", "user", "add", name, "--role", role).want(t, exitDone, name, "")
	}

	masts := newStalled(t, `{"location": {"lat": 30.01, "lng": 120.61}, "accuracy": 20}`)
	close(masts.release)
	p.liveServer = startServing(t, append(p.at, "--locate="+servicesFile(t, masts.URL))...)
	boss, wang, zhou := login(t, p.url, "boss", "a-long-password"), login(t, p.url, "wang", "a-long-password"), login(t, p.url, "zhou", "a-long-password")
	var phones sync.WaitGroup
	for n, token := range []string{wang, wang, zhou, zhou} {
		phones.Go(func() {
			for batch := range 3 {
				p.upload(token, retailer, n, batch*10)
				p.get("/v1/me/data", token)
				p.get("/v1/exceptions", boss)
			}
		})
	}
	phones.Wait()
	networked := uuid.NewString()
	p.post("/v1/visit-events", wang, networkEvent(t, networked, retailer))
	<-masts.asked
	const form = "2006-01-02T"
	now := time.Now().UTC()
	p.post("/v1/visit-events", wang, strings.ReplaceAll(checkIn(uuid.NewString(), retailer, 99, 1), now.Format(form), now.AddDate(0, 0, -100).Format(form)))
	p.post("/v1/closings", boss, fmt.Sprintf(`{"through": %q, "reason": "the period is over"}`, now.AddDate(0, 0, -90).Format(time.DateOnly)))
	p.stop()
	if status := <-p.status; status != exitDone {
		t.Errorf("exit status %d", status)
	}

	p.wantCount(4*3*10+2, `select count(*) from visit_events`)
	p.wantCount(1, `select count(*) from verdicts where event_id = $1 and outcome = 'at_retailer'`, networked)
	p.wantCount(1, `with earlier as (update closings set closed_at = closed_at - interval '100 days' returning 1) select count(*) from earlier`)
	p.command("", "retention").want(t, exitDone, "north", "")
	p.wantCount(1, `select count(*) from visit_events where positions_deleted_at is not null`)
	p.command("", "rederive").want(t, exitDone, "0 were missing or different", "")
}

// pooled is a private PostgreSQL with a pooler in front, and the server that uses both.
type pooled struct {
	*liveServer
	t      *testing.T
	at     []string // the flags that lead there
	direct string
}

func startPooled(t *testing.T, program string) *pooled {
	t.Helper()
	private, err := localpg.Start(t.Context(), localpg.Options{Dir: dataDir(t)})
	if err != nil {
		t.Fatal(err)
	}
	t.Cleanup(func() {
		if err := private.Stop(context.Background()); err != nil {
			t.Error(err)
		}
	})
	url := startPgBouncer(t, program, private)
	return &pooled{t: t, direct: private.URL(), at: []string{"--database-url=" + url, "--database-direct-url=" + private.URL()}}
}

func (p *pooled) command(in string, args ...string) ran {
	p.t.Helper()
	return command(p.t, in, append(args, p.at...)...)
}

func (p *pooled) upload(token, retailer string, phone, seq int) {
	var events []string
	for i := range 10 {
		events = append(events, checkIn(uuid.NewString(), retailer, phone, seq+i))
	}
	text := p.post("/v1/visit-events/batch", token, `{"events":[`+strings.Join(events, ",")+`]}`)
	if created := strings.Count(text, `"result":"created"`); created != len(events) {
		p.t.Errorf("%d of a batch were taken: %s", created, text)
	}
}

func (p *pooled) post(path, token, body string) string {
	answer, text, err := post(p.url+path, token, body)
	if err != nil || answer.StatusCode > http.StatusCreated {
		p.t.Errorf("%s: %s %v", path, text, err)
	}
	return string(text)
}

func (p *pooled) get(path, token string) {
	request, err := http.NewRequest(http.MethodGet, p.url+path, nil)
	if err != nil {
		p.t.Error(err)
		return
	}
	request.Header.Set("Authorization", "Bearer "+token)
	answer, err := http.DefaultClient.Do(request)
	if err != nil {
		p.t.Error(err)
		return
	}
	defer answer.Body.Close()
	if answer.StatusCode != http.StatusOK {
		p.t.Errorf("%s: %s", path, answer.Status)
	}
}

// wantCount asks PostgreSQL itself.
func (p *pooled) wantCount(want int, q string, args ...any) {
	p.t.Helper()
	conn, err := pgx.Connect(p.t.Context(), p.direct)
	if err != nil {
		p.t.Fatal(err)
	}
	defer conn.Close(context.Background())
	var got int
	if err := conn.QueryRow(p.t.Context(), q, args...).Scan(&got); err != nil || got != want {
		p.t.Errorf("%s: %d, want %d; %v", q, got, want, err)
	}
}

func pgBouncer(t *testing.T) string {
	t.Helper()
	for _, name := range []string{"pgbouncer", "/usr/sbin/pgbouncer"} {
		if program, err := exec.LookPath(name); err == nil {
			return program
		}
	}
	t.Skip("pgbouncer is not installed (Debian: apt-get install pgbouncer)")
	return ""
}

// startPgBouncer puts a pooler in front of the server, as the user who may reach its socket, and gives its URL.
func startPgBouncer(t *testing.T, program string, private *localpg.Server) string {
	t.Helper()
	at, err := url.Parse(private.URL())
	if err != nil {
		t.Fatal(err)
	}
	free, err := net.Listen("tcp", "127.0.0.1:0")
	if err != nil {
		t.Fatal(err)
	}
	port := free.Addr().(*net.TCPAddr).Port
	free.Close()
	settings := fmt.Sprintf(`[databases]
rounds = host=%s port=%s dbname=rounds user=postgres
[pgbouncer]
listen_addr = 127.0.0.1
listen_port = %d
unix_socket_dir =
auth_type = any
pool_mode = transaction
default_pool_size = 2
`, at.Query().Get("host"), at.Query().Get("port"), port)
	path := filepath.Join(filepath.Dir(private.Dir()), "pgbouncer.ini")
	if err := os.WriteFile(path, []byte(settings), 0o644); err != nil {
		t.Fatal(err)
	}
	args := []string{path}
	if os.Getuid() == 0 { // which it refuses to be
		args = []string{"-u", notRoot(t), path}
	}
	c := exec.Command(program, args...)
	errs, err := c.StderrPipe()
	if err != nil {
		t.Fatal(err)
	}
	if err := c.Start(); err != nil {
		t.Fatal(err)
	}
	t.Cleanup(func() { _ = c.Process.Kill(); _ = c.Wait() })
	lines, said := bufio.NewScanner(errs), ""
	for lines.Scan() {
		said += lines.Text() + "\n"
		if strings.Contains(lines.Text(), "process up") {
			go func() {
				for lines.Scan() { // so that it never waits for us to read its log
				}
			}()
			return fmt.Sprintf("postgres://rounds@127.0.0.1:%d/rounds?sslmode=disable", port)
		}
	}
	t.Fatalf("pgbouncer ended early:\n%s", said)
	return ""
}

// notRoot is the user whom a private PostgreSQL runs as where root starts it.
func notRoot(t *testing.T) string {
	t.Helper()
	for _, name := range []string{"postgres", "nobody"} {
		if _, err := user.Lookup(name); err == nil {
			return name
		}
	}
	t.Fatal("no user postgres or nobody")
	return ""
}

func networkEvent(t *testing.T, id, retailer string) string {
	t.Helper()
	var event map[string]any
	if err := json.Unmarshal([]byte(checkIn(id, retailer, 98, 1)), &event); err != nil {
		t.Fatal(err)
	}
	event["fixes"] = []any{}
	event["evidence"] = []any{map[string]any{"kind": "network", "cells": []any{map[string]any{"radio": "lte", "mcc": 460, "mnc": 0, "tac": 7, "cid": 8}}}}
	body, err := json.Marshal(event)
	if err != nil {
		t.Fatal(err)
	}
	return string(body)
}
