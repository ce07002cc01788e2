package main

import (
	"encoding/json"
	"fmt"
	"io"
	"net/http"
	"net/http/httptest"
	"os"
	"path/filepath"
	"slices"
	"strings"
	"testing"
	"time"

	"rounds/locate"

	"github.com/google/uuid"
	"github.com/jackc/pgx/v5"
)

func TestTheExampleOfServicesIsOne(t *testing.T) {
	t.Parallel()
	text := serveCmd{}.Help()
	text = text[strings.Index(text, "{"):strings.LastIndex(text, "}")]
	config, err := locate.Read(strings.NewReader(text + "}"))
	if err != nil || len(config.Services) != 2 {
		t.Errorf("%v, %v", config, err)
	}
}

// stalled is a network service that answers nothing until it is released.
type stalled struct {
	*httptest.Server
	asked   chan bool
	release chan bool
}

func newStalled(t *testing.T, answer string) *stalled {
	s := &stalled{asked: make(chan bool, 10), release: make(chan bool)}
	s.Server = httptest.NewServer(http.HandlerFunc(func(w http.ResponseWriter, r *http.Request) {
		_, _ = io.Copy(io.Discard, r.Body)
		s.asked <- true
		select {
		case <-s.release:
			_, _ = io.WriteString(w, answer)
		case <-r.Context().Done():
		}
	}))
	t.Cleanup(s.Close)
	return s
}

func servicesFile(t *testing.T, url string) string {
	t.Helper()
	path := filepath.Join(t.TempDir(), "services.json")
	text := fmt.Sprintf(`{"services": [{"name": "masts", "kind": "ichnaea", "url": %q, "limits": {"timeout_s": 600}}]}`, url)
	if err := os.WriteFile(path, []byte(text), 0o600); err != nil {
		t.Fatal(err)
	}
	return path
}

// TestAStalledServiceHoldsUpNobody: neither the phone that uploads, nor the server that stops; and the next server
// asks again.
func TestAStalledServiceHoldsUpNobody(t *testing.T) {
	t.Parallel()
	dir, retailer, id := dataDir(t), uuid.NewString(), uuid.NewString()
	at := "--data=" + dir
	shops := filepath.Join(t.TempDir(), "shops.csv")
	if err := os.WriteFile(shops, []byte("retailer_id,code,name,lat,lon\n"+retailer+",A1,Shop,30.01,120.61\n"), 0o600); err != nil {
		t.Fatal(err)
	}
	command(t, "", "org", "add", "north", at).want(t, exitDone, "north", "")
	command(t, "", "import", "retailers", shops, at).want(t, exitDone, "1 created", "")
	command(t, "a-long-password\n", "user", "add", "wang", "--role", "rep", at).want(t, exitDone, "wang", "")
	masts := newStalled(t, `{"location": {"lat": 30.01, "lng": 120.61}, "accuracy": 20}`)
	services := "--locate=" + servicesFile(t, masts.URL)

	s := startServing(t, at, services)
	token := login(t, s.url, "wang", "a-long-password")
	var event map[string]any
	if err := json.Unmarshal([]byte(checkIn(id, retailer, 1, 1)), &event); err != nil {
		t.Fatal(err)
	}
	event["fixes"] = []any{}
	event["evidence"] = []any{map[string]any{"kind": "network", "cells": []any{map[string]any{"radio": "lte", "mcc": 460, "mnc": 0, "tac": 7, "cid": 8}}}}
	body, _ := json.Marshal(event)
	began := time.Now()
	answer, text, err := post(s.url+"/v1/visit-events", token, string(body))
	if err != nil || answer.StatusCode != http.StatusCreated || !strings.Contains(string(text), `"undecided"`) {
		t.Fatalf("%s %v", text, err)
	}
	t.Logf("the phone was answered after %v, the service not yet", time.Since(began))
	<-masts.asked
	_, text, err = post(s.url+"/v1/visit-events/status", token, fmt.Sprintf(`{"ids": [%q]}`, id))
	if err != nil || !strings.Contains(string(text), `"undecided"`) {
		t.Errorf("while it stalls: %s %v", text, err)
	}
	began = time.Now()
	s.stop()
	if status := <-s.status; status != exitDone || time.Since(began) > 5*time.Minute { // half of what the service is given
		t.Errorf("exit status %d after %v", status, time.Since(began))
	}

	close(masts.release)
	s = startServing(t, at, services)
	<-masts.asked
	s.stop()
	if status := <-s.status; status != exitDone {
		t.Errorf("exit status %d", status)
	}
	if got := outcomes(t, dir); !slices.Equal(got, []string{"undecided", "at_retailer"}) {
		t.Errorf("verdicts: %s", got)
	}
}

func outcomes(t *testing.T, dir string) []string {
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
	defer conn.Close(t.Context())
	rows, _ := conn.Query(t.Context(), `select outcome from verdicts order by revision`)
	found, err := pgx.CollectRows(rows, pgx.RowTo[string])
	if err != nil {
		t.Fatal(err)
	}
	return found
}
