package api_test

import (
	"encoding/base32"
	"encoding/csv"
	"net/http"
	"slices"
	"strings"
	"testing"
	"time"

	"rounds/fieldwork/evidence"

	"github.com/google/go-cmp/cmp"
)

// unsure lets a check-in's position not decide: too imprecise for any verdict.
func unsure(e object) {
	e["fixes"] = []any{with(e["fixes"].([]any)[0].(object), "accuracy_m", 900)}
}

func shown(items ...any) func(object) { return func(e object) { e["evidence"] = items } }

// now is the minute of the working day at which tests take place.
const now = 11 * 60

func TestTokensAreToldOnce(t *testing.T) {
	t.Parallel()
	f := setup(t)
	planner, path := f.as("planner"), "/v1/retailers/"+f.first("rep1").ID.String()+"/tokens"
	display := planner.post(path, object{"kind": "totp"}).want(201)
	list := planner.post(path, object{"kind": "codes", "count": 3}).want(201)
	sign := planner.post(path, object{"kind": "tag"}).want(201)
	if got := len(textsOf(list.at("codes"))); got != 3 || display.text("secret") == "" || !strings.HasPrefix(display.text("uri"), "otpauth://totp/") || !strings.HasPrefix(sign.text("uri"), "rounds://tag/") {
		t.Errorf("%s %s %s", display, list, sign)
	}
	file := planner.post(path+"?csv=true", object{"kind": "codes"}).want(201)
	rows, err := csv.NewReader(strings.NewReader(strings.TrimPrefix(string(file.body), "\ufeff"))).ReadAll()
	if err != nil || len(rows) != 51 || rows[50][0] != f.first("rep1").Code || len(rows[50][2]) != 8 {
		t.Errorf("%v: %s", err, file)
	}
	a := planner.get(path).want(200)
	if diff := cmp.Diff([]string{"totp", "codes", "tag", "codes"}, each(a.at("items"), "kind")); diff != "" {
		t.Error(diff)
	}
	for _, secret := range append(textsOf(list.at("codes")), display.text("secret"), sign.text("uri")[13:]) {
		for _, a := range []answer{a, f.as("admin").get("/v1/me/data").want(200)} {
			if strings.Contains(string(a.body), secret) {
				t.Errorf("%s is told again: %s", secret, a)
			}
		}
	}
	planner.breaking().post(path, object{"kind": "codes", "count": 501}).want(400).wantField("/count", "too_large")
	planner.breaking().post(path, object{"kind": "key"}).want(400).wantField("/kind", "not_one_of")
	id := sign.text("token", "id")
	planner.do(http.MethodDelete, "/v1/retailers/"+f.first("rep2").ID.String()+"/tokens/"+id, nil).want(404)
	planner.do(http.MethodDelete, path+"/"+id, nil).want(204)
	if got := planner.get(path).want(200).at("items", 2, "revoked_at"); got == nil {
		t.Error("it is not revoked")
	}
}

// textsOf are the texts of a list.
func textsOf(items any) []string {
	var out []string
	for _, item := range list(items) {
		out = append(out, item.(string))
	}
	return out
}

func TestACodeCreditsAtOnce(t *testing.T) {
	t.Parallel()
	f := alone(t)
	r := f.first("rep1")
	made := f.as("planner").post("/v1/retailers/"+r.ID.String()+"/tokens", object{"kind": "codes"}).want(201)
	f.move(10 * time.Minute)
	a := f.as("rep1").post("/v1/visit-events", checkIn(r, now, unsure)).want(201)
	if diff := cmp.Diff([]any{"second_fix", "code", "confirmation"}, a.at("verdict", "settle_by")); diff != "" {
		t.Error(diff)
	}
	code := object{"kind": "code", "value": made.at("codes", 0)}
	a = f.as("rep1").post("/v1/visit-events", checkIn(r, now+1, unsure, shown(object{"kind": "wifi"}, code))).want(201)
	got := []any{a.at("credited_by"), a.at("verdict", "outcome"), a.at("verdict", "settle_by"), a.at("proofs", 0, "n"), a.at("proofs", 0, "status")}
	if diff := cmp.Diff([]any{"code", "undecided", nil, 1.0, "accepted"}, got); diff != "" {
		t.Error(diff)
	}
	late := f.as("rep2").post("/v1/visit-events", checkIn(r, now+2, unsure, shown(code))).want(201)
	if got := []any{late.at("credited"), late.at("proofs", 0, "reason")}; !cmp.Equal(got, []any{false, "code_used_before"}) {
		t.Error(got)
	}
	seen := f.as("supervisor").get("/v1/visits/" + a.text("id")).want(200)
	if got := []any{seen.at("credited_by"), seen.at("events", 0, "proofs", 0, "kind"), seen.at("events", 0, "event", "evidence")}; !cmp.Equal(got, []any{"code", "code", nil}) {
		t.Error(got)
	}
	held := f.as("rep1").get("/v1/me/data").want(200)
	if got := []any{held.at("events", 0, "proofs", 0, "status"), held.at("events", 1, "proofs", 0, "status")}; !slices.Contains(got, any("accepted")) {
		t.Error(got)
	}
}

func TestTheDisplayOfTheAnswerIsTheServers(t *testing.T) {
	t.Parallel()
	f := setup(t)
	r := f.first("rep1")
	made := f.as("planner").post("/v1/retailers/"+r.ID.String()+"/tokens", object{"kind": "totp"}).want(201)
	code := evidence.Rotating(secretOf(t, made.text("secret")), evening)
	a := f.as("rep1").post("/v1/visit-events", checkIn(r, now, unsure, shown(object{"kind": "code", "value": code}))).want(201)
	if got := a.at("credited_by"); got != "code" {
		t.Errorf("%v: %s", got, a)
	}
}

func secretOf(t *testing.T, text string) []byte {
	t.Helper()
	secret, err := base32.StdEncoding.WithPadding(base32.NoPadding).DecodeString(text)
	if err != nil {
		t.Fatal(err)
	}
	return secret
}

func TestAConfirmationIsEvidence(t *testing.T) {
	t.Parallel()
	f := setup(t)
	r := f.first("rep1")
	confirm := object{"decision": "confirm", "reason": "I called the shop"}
	review := func(id, who string, body object) answer {
		return f.as(who).post("/v1/visits/"+id+"/reviews", body)
	}
	open := f.visit("rep1", r, 0, unsure)
	far := f.visit("rep1", r, 1, secretly)
	near := f.visit("rep1", r, 2)
	own := f.visit("supervisor", r, 3, unsure)
	review(open, "rep1", confirm).want(403)
	review(own, "supervisor", confirm).want(403)
	for _, tt := range []struct {
		name, id string
		body     object
		want     any
	}{
		{"an undecided visit", open, confirm, "confirmation"},
		{"refused: that is stronger", open, object{"decision": "refuse", "reason": "another shop"}, nil},
		{"confirmed again: still refused", open, confirm, nil},
		{"credited", open, object{"decision": "credit", "reason": "the right shop after all"}, "review"},
		{"elsewhere", far, confirm, nil},
		{"at the retailer", near, confirm, "position"},
	} {
		a := review(tt.id, "supervisor", tt.body).want(201)
		if got := a.at("credited_by"); got != tt.want {
			t.Errorf("%s: credited by %v, want %v", tt.name, got, tt.want)
		}
	}
	f.as("admin").post("/v1/policies", object{"rules": object{"kind": "plain", "credits": []string{}}, "reason": "position alone"}).want(201)
	strict := f.visit("rep1", r, 4, unsure)
	if got := review(strict, "supervisor", confirm).want(201).at("credited_by"); got != nil {
		t.Errorf("by a policy without confirmations: %v", got)
	}
}
