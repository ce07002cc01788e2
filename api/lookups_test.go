package api_test

import (
	"context"
	"io"
	"net/http"
	"net/http/httptest"
	"strings"
	"testing"
	"time"

	"rounds"
	"rounds/fieldwork"
	"rounds/locate"

	"github.com/google/go-cmp/cmp"
)

// sees is the evidence of a phone that knows one cell and two access points, and no position.
func sees(e object) {
	e["fixes"] = []any{}
	e["evidence"] = []any{object{
		"kind":  "network",
		"cells": []any{object{"radio": "lte", "mcc": 460, "mnc": 0, "tac": 22533, "cid": 123456789}},
		"wifi":  []any{object{"mac": "00:25:9c:cf:1c:ac"}, object{"mac": "00:25:9c:cf:1c:ad"}},
	}}
}

// located is an org whose server asks a network service that says this.
func located(t *testing.T, said string) *fixture {
	t.Helper()
	masts := httptest.NewServer(http.HandlerFunc(func(w http.ResponseWriter, _ *http.Request) { _, _ = io.WriteString(w, said) }))
	t.Cleanup(masts.Close)
	f := alone(t)
	r, err := locate.New(locate.Config{Services: []locate.Service{{Name: "masts", Kind: locate.Ichnaea, URL: masts.URL}}})
	f.must(err)
	t.Cleanup(r.Close)
	f.office.AskBy(r)
	return f
}

// firstShop is where rep1's first retailer is, as a network service says it.
const firstShop = `{"location": {"lat": 31.41592, "lng": 120}, "accuracy": 25}`

func (f *fixture) locate(id string) {
	f.t.Helper()
	event, err := rounds.ParseID[rounds.VisitEvent](id)
	f.must(err)
	f.must(f.office.LocateEvent(context.Background(), fieldwork.LocateJob{OrgID: f.org.ID, EventID: event}))
}

func TestAVerdictIsCompletedByWhatThePhoneSaw(t *testing.T) {
	t.Parallel()
	f := located(t, firstShop)
	rep, event := f.as("rep1"), checkIn(f.first("rep1"), 0, sees)
	id := event["id"].(string)
	first := rep.post(postEvent, event).want(201)
	if first.at("verdict", "outcome") != "undecided" || first.at("credited") != false || first.at("warnings") != nil {
		t.Fatalf("%s", first)
	}
	if got := f.as("supervisor").get("/v1/visits/"+id).want(200).at("events", 0, "lookup"); got != nil {
		t.Errorf("an answer before anybody asked: %v", got)
	}
	f.locate(id)
	for _, result := range []any{f.status(t, "rep1", id).at("results", 0), rep.post(postEvent, event).want(200).json()} {
		if at(result, "result") != "exists" || at(result, "verdict", "outcome") != "at_retailer" || at(result, "credited_by") != "position" {
			t.Errorf("%v", result)
		}
	}
	if got := f.as("supervisor").get("/v1/visits/"+id).want(200).at("events", 0, "located"); len(list(got)) > 0 {
		t.Errorf("without a purpose the supervisor is shown %v", got)
	}
	detail := rep.get("/v1/visits/" + id).want(200)
	want := object{
		"service": "masts", "lat": 31.41592, "lon": 120.0, "accuracy_m": 25.0, "accuracy_kind": "web_95", "source": "network",
		"datum": "wgs84", "fix_time": monday.Format(time.RFC3339), // the tap's
	}
	if diff := cmp.Diff([]any{want}, list(detail.at("events", 0, "located"))); diff != "" {
		t.Errorf("located: %s", diff)
	}
	got := []any{detail.at("outcome"), detail.at("credited"), detail.at("events", 0, "lookup", "answer"), detail.at("events", 0, "event", "fixes")}
	if diff := cmp.Diff([]any{"at_retailer", true, "found", []any{}}, got); diff != "" {
		t.Errorf("%s", diff)
	}
	if got := each(detail.at("events", 0, "verdicts"), "outcome"); strings.Join(got, " ") != "undecided at_retailer" {
		t.Errorf("verdicts %v", got)
	}
}

func TestWhyNobodyKnowsIsTold(t *testing.T) {
	t.Parallel()
	f := located(t, `{"location": {"lat": 0, "lng": 0}, "accuracy": 25}`)
	id := f.visit("rep1", f.first("rep1"), 0, sees)
	f.locate(id)
	detail := f.as("supervisor").get("/v1/visits/" + id).want(200)
	if l := detail.at("events", 0, "lookup"); at(l, "answer") != "not_found" || at(l, "reason") != "null_island" || detail.at("outcome") != "undecided" {
		t.Errorf("%s", detail)
	}
}

func TestWarningsOfNetworksAreReadable(t *testing.T) {
	t.Parallel()
	f := setup(t)
	event := checkIn(f.first("rep1"), 0, func(e object) {
		e["evidence"] = []any{object{"kind": "network", "wifi": []any{object{"mac": "x", "channel": 5180}}}}
	})
	for language, want := range map[string]string{"en": "must lie between 0 and 255", "zh": "必须在 0 到 255 之间"} {
		a := f.as("rep1").with("Accept-Language", language).post(postEvent, event)
		w := list(a.at("warnings"))
		if len(w) != 2 || at(w[0], "code") != "not_a_mac" || at(w[1], "pointer") != "/evidence/0/wifi/0/channel" || at(w[1], "detail") != want {
			t.Errorf("%s: %s", language, a)
		}
	}
}

func TestOnlyAdministratorsSeeNumbers(t *testing.T) {
	t.Parallel()
	f := setup(t)
	const number = "+8613800138000"
	user, users := "/v1/users/"+f.users["rep1"].ID.String(), "/v1/users?role=rep"
	admin := f.as("admin")
	if got := admin.patch(user, object{"subscriber": number}).want(200).at("subscriber"); got != number {
		t.Errorf("answered %v", got)
	}
	admin.breaking().patch(user, object{"subscriber": "my phone"}).want(400).wantField("/subscriber", "wrong_form")
	for _, who := range []string{"admin", "supervisor", "planner", "rep1"} {
		for _, path := range []string{user, users, "/v1/me"} {
			a := f.as(who).get(path).want(200)
			if sees := strings.Contains(string(a.body), number); sees != (who == "admin" && path != "/v1/me") {
				t.Errorf("%s at %s: %s", who, path, a)
			}
		}
	}
	if got := admin.patch(user, object{"subscriber": ""}).want(200).at("subscriber"); got != nil {
		t.Errorf("it stays %v", got)
	}
}

func TestCarriersMayBeAskedOnceTheOrgSaysSo(t *testing.T) {
	t.Parallel()
	admin := setup(t).as("admin")
	if admin.get("/v1/settings").want(200).at("ask_carriers") != false {
		t.Error("they may from the start")
	}
	admin.put("/v1/settings", object{"settings": object{"position_days": 60, "ask_carriers": true}, "reason": "agreed with the reps"}).want(200)
	if admin.get("/v1/settings").want(200).at("ask_carriers") != true {
		t.Error("they may not")
	}
}
