package api_test

import (
	"bufio"
	"context"
	"encoding/json"
	"io"
	"net"
	"net/http"
	"net/http/httptest"
	"strings"
	"testing"
	"time"

	"rounds"
	"rounds/api"
)

// watched are the events of a proposal, read one by one.
type watched struct {
	t      *testing.T
	lines  *bufio.Scanner
	cancel context.CancelFunc
}

func (f *fixture) watch(t *testing.T, as, proposal string) watched {
	t.Helper()
	ctx, cancel := context.WithTimeout(context.Background(), 5*time.Minute)
	t.Cleanup(cancel)
	req, err := http.NewRequestWithContext(ctx, "GET", f.url+"/v1/territory-proposals/"+proposal+"/events", nil)
	f.must(err)
	req.Header.Set("Authorization", "Bearer "+f.as(as).token)
	req.Header.Set("Accept-Encoding", "gzip")
	res, err := f.http.Do(req)
	f.must(err)
	t.Cleanup(func() { res.Body.Close() })
	if res.StatusCode != 200 || res.Header.Get("Content-Type") != "text/event-stream" || res.Header.Get("Content-Encoding") != "" {
		t.Fatalf("%d %v", res.StatusCode, res.Header)
	}
	return watched{t, bufio.NewScanner(res.Body), cancel}
}

// next is the status that the next event tells; "" at the end.
func (w watched) next() string {
	w.t.Helper()
	for w.lines.Scan() {
		data, ok := strings.CutPrefix(w.lines.Text(), "data: ")
		if !ok {
			continue
		}
		var p object
		if err := json.Unmarshal([]byte(data), &p); err != nil {
			w.t.Fatal(err)
		}
		return p["status"].(string)
	}
	if err := w.lines.Err(); err != nil { // it was left waiting
		w.t.Error(err)
	}
	return ""
}

func (w watched) want(statuses ...string) {
	w.t.Helper()
	for _, want := range statuses {
		if got := w.next(); got != want {
			w.t.Errorf("%q, want %q", got, want)
		}
	}
}

func TestAProposalIsWatched(t *testing.T) {
	t.Parallel()
	f := setup(t)
	id := f.askCut().text("id")
	w := f.watch(t, "supervisor", id)
	w.want("planning")
	f.workCut(id)
	status := w.next()
	for status == "planning" { // how far it was meanwhile
		status = w.next()
	}
	if end := w.next(); status != "proposed" || end != "" {
		t.Errorf("%q, %q", status, end)
	}
	w = f.watch(t, "supervisor", id)
	w.want("proposed", "")
}

// Whoever goes away, loses the right or watches a server that stops is left by the server, which then can end.
func TestWatchingEnds(t *testing.T) {
	t.Parallel()
	ending := make(chan struct{})
	f := serve(t, theDatabase(), func(c *api.Config) { c.Ending = ending }).orgFor(t)
	id := f.askCut().text("id")
	gone := f.watch(t, "planner", id)
	gone.want("planning")
	gone.cancel()

	barred := f.watch(t, "supervisor", id)
	barred.want("planning")
	f.as("admin").patch("/v1/users/"+f.users["supervisor"].ID.String(), object{"role": string(rounds.RoleRep)}).want(200)
	f.move(2 * time.Second)
	barred.want("")

	w := f.watch(t, "admin", id)
	w.want("planning")
	close(ending)
	w.want("")
}

// narrow connections keep next to nothing for those who do not read.
type narrow struct{ net.Listener }

func (n narrow) Accept() (net.Conn, error) {
	c, err := n.Listener.Accept()
	if err == nil {
		err = c.(*net.TCPConn).SetWriteBuffer(1)
	}
	return c, err
}

// Whoever connects and never reads keeps no server from stopping.
func TestWatchingWithoutReadingEnds(t *testing.T) {
	t.Parallel()
	ending := make(chan struct{})
	f := serve(t, theDatabase(), func(c *api.Config) { c.Ending = ending }).orgFor(t)
	id := f.askCut().text("id")
	proposal, err := rounds.ParseID[rounds.TerritoryProposal](id)
	f.must(err)
	f.must(f.store.SaveCutProgress(context.Background(), f.org.ID, proposal, rounds.CutProgress{Worst: make([]float64, 100_000)}))
	server := httptest.NewUnstartedServer(f.echo)
	server.Listener = narrow{server.Listener}
	server.Start()
	for range 5 {
		c, err := net.Dial("tcp", server.Listener.Addr().String())
		f.must(err)
		t.Cleanup(func() { c.Close() })
		f.must(c.(*net.TCPConn).SetReadBuffer(1))
		_, err = io.WriteString(c, "GET /v1/territory-proposals/"+id+"/events HTTP/1.1\r\nHost: h\r\nAuthorization: Bearer "+f.as("planner").token+"\r\n\r\n")
		f.must(err)
		_, err = io.ReadFull(c, make([]byte, 1)) // it is being answered
		f.must(err)
	}
	close(ending)
	ctx, cancel := context.WithTimeout(context.Background(), 10*time.Second)
	defer cancel()
	f.must(server.Config.Shutdown(ctx))
}
