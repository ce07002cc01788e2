package main

import (
	"context"
	"encoding/json"
	"fmt"
	"io"
	"net/http"
	"net/http/httptest"
	"slices"
	"strings"
	"testing"
	"time"
)

// scripted answers each request with the next of its lines, "STATUS BODY", and notes the ids it was sent. The
// last line is for all further requests.
type scripted struct {
	lines []string
	sent  [][]string
}

func (s *scripted) ServeHTTP(w http.ResponseWriter, r *http.Request) {
	var body struct {
		ID     string
		Events []struct{ ID string }
	}
	json.NewDecoder(r.Body).Decode(&body)
	var ids []string
	if body.ID != "" {
		ids = append(ids, body.ID)
	}
	for _, e := range body.Events {
		ids = append(ids, e.ID)
	}
	s.sent = append(s.sent, ids)
	var status int
	line := s.lines[0]
	fmt.Sscan(line, &status)
	if len(s.lines) > 1 {
		s.lines = s.lines[1:]
	}
	w.WriteHeader(status)
	io.WriteString(w, line[3:])
}

func scriptedHandset(t *testing.T, lines []string, ids ...string) (*handset, *scripted) {
	t.Helper()
	script := &scripted{lines: lines}
	server := httptest.NewServer(script)
	t.Cleanup(server.Close)
	h := &handset{client: client{base: server.URL, http: server.Client()}, results: map[result]int{}}
	for _, id := range ids {
		h.pending = append(h.pending, event{ID: id})
	}
	return h, script
}

func TestHandsetKeepsEventsUntilTheyAreDealtWith(t *testing.T) {
	t.Parallel()
	cases := []struct {
		name    string
		pending []string
		deaf    bool
		answers []string
		sent    string // the ids of each request
		left    int
	}{
		{name: "stored", pending: []string{"a"}, answers: []string{`201 {"result":"created"}`}, sent: "[[a]]"},
		{name: "stored before", pending: []string{"a"}, answers: []string{`200 {"result":"exists"}`}, sent: "[[a]]"},
		{name: "something else stored", pending: []string{"a"}, answers: []string{`409 {"result":"conflict"}`}, sent: "[[a]]"},
		{name: "no event", pending: []string{"a"}, answers: []string{`422 {"result":"rejected"}`}, sent: "[[a]]"},
		{name: "server busy, then not", pending: []string{"a"}, answers: []string{`503 {"result":"retry"}`, `201 {"result":"created"}`}, sent: "[[a] [a]]"},
		{name: "a proxy's error page", pending: []string{"a"}, answers: []string{`502 <html>`, `201 {"result":"created"}`}, sent: "[[a] [a]]"},
		{name: "a batch", pending: []string{"a", "b"}, answers: []string{`200 {"results":[{"result":"created"},{"result":"exists"}]}`}, sent: "[[a b]]"},
		{
			name: "a batch of which one must wait", pending: []string{"a", "b", "c"},
			answers: []string{`200 {"results":[{"result":"created"},{"result":"retry"},{"result":"rejected"}]}`, `201 {"result":"created"}`},
			sent:    "[[a b c] [b]]",
		},
		{name: "a batch that failed", pending: []string{"a", "b"}, answers: []string{`500 {}`, `200 {"results":[{"result":"created"},{"result":"created"}]}`}, sent: "[[a b] [a b]]"},
		{name: "fewer results than events", pending: []string{"a", "b"}, answers: []string{`200 {"results":[{"result":"created"}]}`, `201 {"result":"created"}`}, sent: "[[a b] [b]]"},
		{name: "an answer that got lost", pending: []string{"a"}, deaf: true, answers: []string{`201 {"result":"created"}`, `200 {"result":"exists"}`}, sent: "[[a] [a]]"},
		{name: "a server that stays away", pending: []string{"a"}, answers: []string{`503 {}`}, sent: "[[a] [a] [a] [a] [a]]", left: 1},
	}
	for _, c := range cases {
		t.Run(c.name, func(t *testing.T) {
			t.Parallel()
			h, script := scriptedHandset(t, c.answers, c.pending...)
			h.deaf = c.deaf
			err := h.flush(t.Context())
			if (err != nil) != (c.left > 0) || len(h.pending) != c.left {
				t.Errorf("%d events are left (%v), want %d", len(h.pending), err, c.left)
			}
			if got := fmt.Sprint(script.sent); got != c.sent {
				t.Errorf("sent %s, want %s", got, c.sent)
			}
		})
	}
}

func TestHandsetCountsWhatBecameOfItsEvents(t *testing.T) {
	t.Parallel()
	h, _ := scriptedHandset(t, []string{`200 {"results":[{"result":"created"},{"result":"exists"},{"result":"created"}]}`}, "a", "b", "c")
	if err := h.flush(t.Context()); err != nil {
		t.Fatal(err)
	}
	if h.results[created] != 2 || h.results[exists] != 1 {
		t.Errorf("counted %v", h.results)
	}
}

func TestHandsetStopsWaitingWhenTold(t *testing.T) {
	t.Parallel()
	h, _ := scriptedHandset(t, []string{`503 {}`}, "a")
	h.pause = 1 << 62
	ctx, cancel := context.WithCancel(t.Context())
	cancel()
	if err := h.flush(ctx); err == nil || len(h.pending) != 1 {
		t.Errorf("%v, and %d events are left", err, len(h.pending))
	}
}

func TestLateCheckInIsSentAfterItsCheckOut(t *testing.T) {
	t.Parallel()
	w := (&demo{demoCmd: demoCmd{Seed: 1}, city: newCity(1), day: "2026-03-02", zone: shanghai(t)}).workday(rep{habit: habit{overtakes: true}}, 0)
	w.stop = overtakenAt
	events := w.visit(beatStop{ServiceSeconds: 600, PlannedAt: w.phone.boot}, w.city.shops[0])
	if len(events) != 2 || events[0].CheckInID != events[1].ID || events[0].Device.Seq != 2 {
		t.Errorf("got %+v", events)
	}
	if !slices.IsSortedFunc(events, func(a, b event) int { return b.Device.Time.Compare(a.Device.Time) }) {
		t.Error("the check-out was not after the check-in")
	}
}

func TestRefusalSaysWhatTheServerSaid(t *testing.T) {
	t.Parallel()
	h, _ := scriptedHandset(t, []string{`404 {"code":"not_found"}`})
	err := h.get(t.Context(), "/v1/nothing", nil)
	if err == nil || !strings.Contains(err.Error(), "GET /v1/nothing: 404") || !strings.Contains(err.Error(), "not_found") {
		t.Errorf("got %v", err)
	}
}

func shanghai(t *testing.T) *time.Location {
	t.Helper()
	zone, err := time.LoadLocation(demoZone)
	if err != nil {
		t.Fatal(err)
	}
	return zone
}
