package main

import (
	"encoding/hex"
	"encoding/json"
	"slices"
	"strings"
	"testing"

	"rounds/audit"
)

// publishedRecord is one as a server gives it, of six retailers of which two are drawn.
func publishedRecord(t *testing.T, number int64, previous string) map[string]any {
	t.Helper()
	class := map[string]string{}
	rows := [][]string{{"1", "A"}, {"2", "A"}, {"3", "A"}, {"4", "B"}, {"5", "B"}, {"6", "B"}}
	frame, err := audit.NewFrame([]string{"code", "class"}, rows)
	if err != nil {
		t.Fatal(err)
	}
	spec, secret, sum := `{"n":2,"strata":["class"],"reserves":1}`, []byte(strings.Repeat("s", 32)), frame.Hash()
	c := audit.Commitment{
		Number: number, Previous: previous, By: "somebody", At: "2026-03-02T12:00:00Z", Scope: "all", From: "2026-02-01", To: "2026-02-28",
		Frame: hex.EncodeToString(sum[:]), Spec: audit.HashOf([]byte(spec)), Secret: audit.HashOf(secret),
	}
	seed := audit.Seed(secret, c.Hash(), "4 2 6 1", "")
	parsed, err := audit.ParseSpec([]byte(spec))
	if err != nil {
		t.Fatal(err)
	}
	draw, err := frame.Draw(parsed, seed)
	if err != nil {
		t.Fatal(err)
	}
	for _, row := range rows {
		class[row[0]] = row[1]
	}
	var picks []map[string]any
	for _, p := range draw.Picks {
		standing := map[audit.Role]string{audit.Drawn: "in", audit.Reserve: "waiting"}[p.Role]
		picks = append(picks, map[string]any{
			"retailer_id": "id of " + p.Code, "code": p.Code, "stratum": p.Stratum, "rank": p.Rank, "inclusion_probability": p.Probability, "role": p.Role, "standing": standing, "class": class[p.Code],
		})
	}
	csv := "code,class\n"
	for _, row := range rows {
		csv += strings.Join(row, ",") + "\n"
	}
	return map[string]any{
		"status": "done", "commitment": c, "hash": c.Hash(), "secret": hex.EncodeToString(secret), "value": "4 2 6 1", "seed": seed, "spec": spec,
		"frame": csv, "picks": picks, "changes": []any{}, "beside": []any{},
	}
}

func asJSON(t *testing.T, name string, value any) string {
	t.Helper()
	text, err := json.Marshal(value)
	if err != nil {
		t.Fatal(err)
	}
	return written(t, name, string(text))
}

func link(record map[string]any) map[string]any {
	c := record["commitment"].(audit.Commitment)
	return map[string]any{"number": c.Number, "previous": c.Previous, "hash": record["hash"], "commitment": c}
}

func TestWhatWasPublishedIsChecked(t *testing.T) {
	t.Parallel()
	first := publishedRecord(t, 1, "")
	second := publishedRecord(t, 2, first["hash"].(string))
	second["beside"] = []any{map[string]any{"number": 1}}
	chain := map[string]any{"number": 2, "head": second["hash"], "items": []any{link(first), link(second)}}
	got := command(t, "", "audit", "check", asJSON(t, "1.json", first), asJSON(t, "2.json", second), "--chain="+asJSON(t, "chain.json", chain), "--head="+first["hash"].(string))
	for _, part := range []string{"Audit 1 done, of 2026-02-01 to 2026-02-28, all agrees ", "frame 6 retailers, ", "picks 4, 0 changes", "beside [1]", "Chain 2 commitments, all agrees"} {
		if !strings.Contains(strings.Join(strings.Fields(got.out), " "), part) {
			t.Errorf("%q is missing from\n%s", part, got.out)
		}
	}
	if got.status != exitDone || got.err != "" {
		t.Errorf("exit status %d, %s", got.status, got.err)
	}
	page := func(of ...any) string {
		text, _ := json.Marshal(map[string]any{"head": second["hash"], "items": of})
		return string(text)
	}
	pages := written(t, "pages.json", page(link(first))+"\n"+page(link(second)))
	if got := command(t, "", "audit", "check", "--chain="+pages); got.status != exitDone {
		t.Errorf("of two pages: exit status %d, %s", got.status, got.err)
	}
}

// What a record does not name is held against it only where it was told after the other's end.
func TestWhatARecordDoesNotName(t *testing.T) {
	t.Parallel()
	for _, row := range []struct {
		what        string
		ended, told any
		status      int
		said        string
	}{
		{"told an hour after the other's end", "2026-03-02T12:00:00Z", "2026-03-02T21:00:00+08:00", exitFailed, "Not as it should be: commitment 2 could draw"},
		{"told before it", "2026-03-02T12:00:00Z", "2026-03-02T11:00:00Z", exitDone, "Not known: commitment 2 could draw"},
		{"told in the same moment", "2026-03-02T12:00:00Z", "2026-03-02T12:00:00.5Z", exitDone, "ask for it again"},
		{"told at no time that it says", "2026-03-02T12:00:00Z", nil, exitDone, "Not known:"},
		{"the other has not ended", nil, "2026-03-02T12:00:00Z", exitDone, "Not known:"},
	} {
		first := publishedRecord(t, 1, "")
		second := publishedRecord(t, 2, first["hash"].(string))
		first["ended_at"], second["told_at"] = row.ended, row.told
		got := command(t, "", "audit", "check", asJSON(t, "1.json", first), asJSON(t, "2.json", second))
		if got.status != row.status || !strings.Contains(got.err, row.said) {
			t.Errorf("%s: exit status %d, %s", row.what, got.status, got.err)
		}
	}
}

// Whoever saved what the server said instead of a record reads what it said.
func TestAnAnswerThatIsNoRecordIsRead(t *testing.T) {
	t.Parallel()
	answer := asJSON(t, "record.json", map[string]any{
		"type": "about:blank", "title": "Not Found", "status": 404, "detail": "there is no such thing here", "code": "not_found", "request_id": "1",
	})
	for _, args := range [][]string{{answer}, {"--chain=" + answer}} {
		got := command(t, "", append([]string{"audit", "check"}, args...)...)
		if got.status != exitFailed || !strings.Contains(got.err, "404 Not Found: there is no such thing here") || !strings.Contains(got.err, answer) {
			t.Errorf("exit status %d, %s", got.status, got.err)
		}
	}
}

func TestWhatWasPublishedAndIsNotTrueIsNamed(t *testing.T) {
	t.Parallel()
	for want, edit := range map[string]func(r map[string]any) any{
		"the secret is not the one committed to":           func(r map[string]any) any { r["secret"] = strings.Repeat("ab", 32); return r },
		"the frame is not the one committed to":            func(r map[string]any) any { r["frame"] = "code,class\n1,A\n2,A\n4,B\n"; return r },
		"the picks are not those that the seed gives":      func(r map[string]any) any { r["picks"] = slices.Delete(r["picks"].([]map[string]any), 0, 1); return r },
		"the seed is not that of the secret":               func(r map[string]any) any { r["seed"] = strings.Repeat("0", 64); return r },
		"the commitment is not the one that was published": func(r map[string]any) any { r["hash"] = strings.Repeat("0", 64); return r },
		"by the draw and its changes it is in":             func(r map[string]any) any { r["picks"].([]map[string]any)[0]["standing"] = "out"; return r },
		"a change is of nobody, which is no pick": func(r map[string]any) any {
			r["changes"] = []any{map[string]any{"kind": "remove", "retailer_id": "nobody", "decision": "accept", "reason": "r", "decided_by": "b"}}
			return r
		},
		"what was drawn is left out":   func(r map[string]any) any { delete(r, "seed"); delete(r, "picks"); return r },
		`the record has "picks" twice`: func(r map[string]any) any { r["PICKS"], r["picks"] = r["picks"], []any{}; return r },
		`has the class "C"`:            func(r map[string]any) any { r["picks"].([]map[string]any)[0]["class"] = "C"; return r },
		"it says that a beacon protects it": func(r map[string]any) any {
			r["protection"] = map[string]any{"kind": "commit_reveal_and_beacon"}
			return r
		},
		`can be remove, add or replace`: func(r map[string]any) any {
			r["changes"] = []any{map[string]any{"kind": "forget", "retailer_id": r["picks"].([]map[string]any)[0]["retailer_id"], "decision": "accept", "reason": "r", "decided_by": "b"}}
			return r
		},
		"it was never drawn, and has picks":        func(r map[string]any) any { delete(r, "seed"); return r },
		"the secret is not hexadecimal":            func(r map[string]any) any { r["secret"] = "x"; return r },
		"this is no record of an audit":            func(map[string]any) any { return map[string]any{"items": 1} },
		"the record is not as it should be":        func(map[string]any) any { return []int{} },
		"the frame is not CSV":                     func(r map[string]any) any { r["frame"] = "code\n\"1"; return r },
		"the frame is empty":                       func(r map[string]any) any { r["frame"] = "\n"; return r },
		"the specification is not as it should be": func(r map[string]any) any { r["spec"] = "{"; return r },
	} {
		got := command(t, "", "audit", "check", asJSON(t, "record.json", edit(publishedRecord(t, 1, ""))))
		if got.status != exitFailed || !strings.Contains(got.err, want) {
			t.Errorf("exit status %d, %s, want %s", got.status, got.err, want)
		}
	}
	if got := command(t, "", "audit", "check"); got.status != exitUsage || !strings.Contains(got.err, "name a record") {
		t.Errorf("exit status %d, %s", got.status, got.err)
	}
	record := publishedRecord(t, 1, "")
	chain := asJSON(t, "chain.json", map[string]any{"head": record["hash"], "items": []any{link(record)}})
	if got := command(t, "", "audit", "check", "--chain="+chain, "--head=another"); got.status != exitFailed || !strings.Contains(got.err, "the head that was kept") {
		t.Errorf("exit status %d, %s", got.status, got.err)
	}
}

func TestWhatIsNoChainIsRefused(t *testing.T) {
	t.Parallel()
	for text, want := range map[string]string{
		"":                                       "the chain is not as it should be",
		"]":                                      "the chain is not as it should be",
		"null":                                   "this is no page of a chain",
		`{"items": []}`:                          "this is no page of a chain",
		`{"head": ""}`:                           "this is no page of a chain",
		`{"head": "", "items": []} x`:            "the chain is not as it should be",
		`{"head": "a", "items": [], "Head": ""}`: `the chain has "Head" twice`,
	} {
		if got := command(t, "", "audit", "check", "--chain="+written(t, "chain.json", text)); got.status != exitFailed || !strings.Contains(got.err, want) {
			t.Errorf("%q: exit status %d, %s%s", text, got.status, got.out, got.err)
		}
	}
	none := written(t, "chain.json", `{"number": 0, "head": "", "items": []}`)
	if got := command(t, "", "audit", "check", "--chain="+none); got.status != exitDone || !strings.Contains(got.out, "0 commitments, all agrees") {
		t.Errorf("of no commitment yet: exit status %d, %s%s", got.status, got.out, got.err)
	}
}

// Whoever adds the value writes it; a check must not repeat it in such a way that it passes for what was checked.
func TestAValueCannotPassForAVerdict(t *testing.T) {
	t.Parallel()
	record := publishedRecord(t, 1, "")
	record["value"] = "1\n\nAudit 2  done, all agrees\x1b[2J"
	got := command(t, "", "audit", "check", asJSON(t, "record.json", record))
	if strings.Contains(got.out, "\nAudit 2") || strings.Contains(got.out, "\x1b") || !strings.Contains(got.out, `"1\n\nAudit 2`) {
		t.Errorf("%s", got.out)
	}
}
