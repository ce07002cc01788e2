package main

import (
	"bytes"
	"encoding/json"
	"errors"
	"image"
	"image/png"
	"io"
	"net/http"
	"net/url"
	"os"
	"os/exec"
	"path/filepath"
	"slices"
	"strconv"
	"strings"
	"testing"

	"rounds/store"
)

// served is a demo that serves, and what it has printed.
type served struct {
	*client
	out, err string
	table    [][]string
}

func (s served) look(t *testing.T) {
	_, after, _ := strings.Cut(s.out, "The API is ")
	s.base, _, _ = strings.Cut(after, ",")
	s.logIn(t, demoSupervisor)
	t.Run("the table adds up", s.tableAddsUp)
	t.Run("the table is aligned", s.tableIsAligned)
	t.Run("everything that goes wrong went wrong", s.oddities)
	t.Run("the cheat's far visits are not credited", s.cheatIsFound)
	t.Run("events sent twice count once", s.doubledOnce)
	t.Run("a check-out may come before its check-in", s.overtakingIsNoHarm)
	t.Run("the audit tells the truth", s.auditTellsTheTruth)
	t.Run("the lines to try work", s.linesWork)
	t.Run("photographs are kept", s.photographsAreKept)
}

func (s served) logIn(t *testing.T, name string) {
	t.Helper()
	if err := s.login(t.Context(), store.DemoOrg, name, demoPassword); err != nil {
		t.Fatal(err)
	}
}

// demoTable is the cells of the printed table.
func demoTable(t *testing.T, out string) [][]string {
	t.Helper()
	var rows [][]string
	for line := range strings.Lines(out) {
		cells := strings.Fields(line)
		if len(rows) > 0 || (len(cells) > 0 && cells[0] == "rep") {
			rows = append(rows, cells)
		}
		if len(cells) > 0 && cells[0] == "total" {
			return rows[1:]
		}
	}
	t.Fatalf("no table in:\n%s", out)
	return nil
}

func numbers(t *testing.T, cells []string) []float64 {
	t.Helper()
	var ns []float64
	for _, cell := range cells {
		n, err := strconv.ParseFloat(cell, 64)
		if err != nil {
			t.Fatal(err)
		}
		ns = append(ns, n)
	}
	return ns
}

func (s served) tableAddsUp(t *testing.T) {
	sum := make([]float64, 7)
	reps := s.table[:len(s.table)-1]
	if len(reps) != len(staff) {
		t.Fatalf("%d rows for %d reps", len(reps), len(staff))
	}
	for _, row := range reps {
		n := numbers(t, row[1:])
		if n[0] == 0 || n[1] > n[0] || n[2]+n[3]+n[4] != n[1] || n[6] > n[5] || n[6] == 0 {
			t.Errorf("this row cannot be: %v", row)
		}
		for i := range sum {
			sum[i] += n[i]
		}
	}
	total := numbers(t, s.table[len(reps)][1:])
	for i := range sum {
		if diff := total[i] - sum[i]; diff > 0.5 || diff < -0.5 { // kilometres are rounded
			t.Errorf("column %d: the total is %v, the rows make %v", i, total[i], sum[i])
		}
	}
}

func (s served) tableIsAligned(t *testing.T) {
	_, after, _ := strings.Cut(s.out, "\n\nrep")
	text, _, _ := strings.Cut(after, "\n\n")
	lines := strings.Split("rep"+text, "\n")
	for _, line := range lines {
		if columns(line) != columns(lines[0]) {
			t.Errorf("%q is %d columns wide, the heading %d", line, columns(line), columns(lines[0]))
		}
	}
}

func (s served) oddities(t *testing.T) {
	for _, want := range []string{"indoors", "the pin may be wrong", "the rep was not there (赵磊)", "made up", "without a check-out"} {
		if !strings.Contains(s.out, want) {
			t.Errorf("nothing is said of %q:\n%s", want, s.out)
		}
	}
}

// demoVisit is a visit with what these tests look at.
type demoVisit struct {
	visitSeen
	ID     string `json:"id"`
	StopID string `json:"stop_id"`
	Open   bool   `json:"open"`
}

func (s served) visitsOf(t *testing.T, name string) []demoVisit {
	t.Helper()
	visits, err := list[demoVisit](t.Context(), s.client, "/v1/visits", url.Values{})
	if err != nil {
		t.Fatal(err)
	}
	return slices.DeleteFunc(visits, func(v demoVisit) bool { return v.RepName != name })
}

func (s served) cheatIsFound(t *testing.T) {
	far := 0
	for _, v := range s.visitsOf(t, "赵磊") {
		if v.Distance != nil && *v.Distance > 1000 {
			far++
			if v.Credited || v.Outcome == "at_retailer" {
				t.Errorf("from %.0f m away: %+v", *v.Distance, v)
			}
		}
	}
	if want := len(claimedFromHome) + len(claimedFromTeahouse); far != want {
		t.Errorf("%d visits from far away, want %d", far, want)
	}
}

func (s served) doubledOnce(t *testing.T) {
	visits := s.visitsOf(t, "刘洋")
	stops := map[string]bool{}
	for _, v := range visits {
		stops[v.StopID] = true
	}
	if len(stops) != len(visits) {
		t.Errorf("%d visits of %d stops", len(visits), len(stops))
	}
	want := strconv.Itoa(2*len(visits)) + " of them sent twice and stored once"
	if !strings.Contains(s.err, want) {
		t.Errorf("want %q in:\n%s", want, s.err)
	}
	s.logIn(t, "liuyang")
	events, err := list[json.RawMessage](t.Context(), s.client, "/v1/me/events", url.Values{"since": {"2000-01-01T00:00:00Z"}})
	if err != nil || len(events) != 2*len(visits) {
		t.Errorf("%d events (%v) of %d visits", len(events), err, len(visits))
	}
}

func (s served) overtakingIsNoHarm(t *testing.T) {
	for _, v := range s.visitsOf(t, "周浩") {
		if v.Open || v.EndEstimated {
			t.Errorf("this visit has lost its check-out: %+v", v)
		}
	}
}

// auditTellsTheTruth compares what the audit says of claims with where phones were, and draws it again as the last line does.
func (s served) auditTellsTheTruth(t *testing.T) {
	s.logIn(t, demoSupervisor)
	audits, err := list[demoAudited](t.Context(), s.client, "/v1/audits", url.Values{})
	if err != nil || len(audits) != 1 || audits[0].Status != "done" || audits[0].Found != enough {
		t.Fatalf("%+v %v", audits, err)
	}
	path := "/v1/audits/" + audits[0].ID
	claims, err := list[demoClaim](t.Context(), s.client, path+"/claims", url.Values{})
	if err != nil || len(claims) != enough {
		t.Fatalf("%d claims, %v", len(claims), err)
	}
	made := map[string]bool{}
	for _, v := range s.visitsOf(t, "赵磊") {
		made[v.ID] = v.NeedsReview || v.Distance != nil && *v.Distance > 1000
	}
	refuted := 0
	for _, c := range claims {
		if refuted += strings.Count(c.Says, "refuted"); made[c.VisitID] != (c.Says == "refuted") || c.Says == "cannot_tell" {
			t.Errorf("invented %v: %+v", made[c.VisitID], c)
		}
	}
	if want := strconv.Itoa(refuted) + " refuted"; !strings.Contains(s.out, want) {
		t.Errorf("want %q in:\n%s", want, s.out)
	}
	var estimates estimatesSeen
	if err := s.get(t.Context(), "/v1/audit-estimates?audit="+audits[0].ID, &estimates); err != nil {
		t.Fatal(err)
	}
	if share := estimates.All.VisitsHappened; (share.Value < 1) != (refuted > 0) || !strings.Contains(s.out, "happened    "+share.String()) {
		t.Errorf("%+v with %d refuted in:\n%s", share, refuted, s.out)
	}
	s.logIn(t, demoSupervisor)
	_, record, err := s.exchange(t.Context(), http.MethodGet, path+"/record", nil, nil)
	file := filepath.Join(t.TempDir(), "record.json")
	if err := errors.Join(err, os.WriteFile(file, record, 0o600)); err != nil {
		t.Fatal(err)
	}
	line := path + `/record -H "Authorization: Bearer $TOKEN" | rounds audit check /dev/stdin`
	if status, said := runDemo(t, "audit", "check", file); status != exitDone || !strings.Contains(said, "all agrees") || !strings.Contains(s.out, line) {
		t.Errorf("checked with %d: %s\n%s", status, said, s.out)
	}
}

type demoAudited struct {
	ID, Status string
	Found      int
}

type demoClaim struct {
	VisitID string `json:"visit_id"`
	Says    string
}

// linesWork pastes the printed lines into a shell or, where there is none with curl, sends what they hold.
func (s served) linesWork(t *testing.T) {
	var lines []string
	for line := range strings.Lines(s.out) {
		if strings.HasPrefix(line, "TOKEN=") || strings.HasPrefix(line, "curl ") {
			lines = append(lines, line+"echo\n")
		}
	}
	if len(lines) != 5 {
		t.Fatalf("%d lines to try", len(lines))
	}
	answers := s.answers(t, lines[:3])
	var plan beatPlan
	if err := json.Unmarshal(answers[0], &plan); err != nil || len(plan.Stops) == 0 {
		t.Errorf("%v: no plan for today in %s", err, answers[0])
	}
	var checkIn struct {
		Result   string
		Credited bool
		Verdict  struct {
			Outcome string
			Reasons []string
		}
	}
	if err := json.Unmarshal(answers[1], &checkIn); err != nil {
		t.Fatalf("%v: %s", err, answers[1])
	}
	if checkIn.Result != string(created) || checkIn.Credited || checkIn.Verdict.Outcome != "elsewhere" || !slices.Contains(checkIn.Verdict.Reasons, "far_outside") {
		t.Errorf("the check-in is to be refused credit: %s", answers[1])
	}
}

// answers are those to today's plan and to the check-in of the last line.
func (s served) answers(t *testing.T, lines []string) [][]byte {
	t.Helper()
	if _, err := exec.LookPath("curl"); err != nil {
		return s.answersWithoutShell(t, lines[2])
	}
	out, err := exec.CommandContext(t.Context(), "sh", "-c", strings.Join(lines, "")).CombinedOutput()
	answers := bytes.Split(bytes.TrimSpace(out), []byte("\n\n"))
	if err != nil || len(answers) != 2 {
		t.Fatalf("%v: %s", err, out)
	}
	return answers
}

func (s served) answersWithoutShell(t *testing.T, line string) [][]byte {
	t.Helper()
	s.logIn(t, staff[0].login)
	_, after, _ := strings.Cut(line, "-d '")
	body, _, _ := strings.Cut(after, "'")
	_, plan, err1 := s.exchange(t.Context(), http.MethodGet, "/v1/me/plan", nil, nil)
	_, checkIn, err2 := s.exchange(t.Context(), http.MethodPost, "/v1/visit-events", nil, json.RawMessage(body))
	if err := errors.Join(err1, err2); err != nil {
		t.Fatal(err)
	}
	return [][]byte{plan, checkIn}
}

// photographsAreKept sends a rep's photograph and looks at it.
func (s served) photographsAreKept(t *testing.T) {
	s.logIn(t, staff[0].login)
	var picture bytes.Buffer
	if err := png.Encode(&picture, image.NewGray(image.Rect(0, 0, 8, 8))); err != nil {
		t.Fatal(err)
	}
	sent := s.photo(t, http.MethodPost, "", &picture, http.StatusCreated)
	var p struct{ SHA256 string }
	if err := json.Unmarshal(sent, &p); err != nil {
		t.Fatal(err)
	}
	if _, err := png.Decode(bytes.NewReader(s.photo(t, http.MethodGet, "/"+p.SHA256, nil, http.StatusOK))); err != nil {
		t.Error(err)
	}
}

func (s served) photo(t *testing.T, method, path string, body io.Reader, want int) []byte {
	t.Helper()
	r, err := http.NewRequestWithContext(t.Context(), method, s.base+"/v1/photos"+path, body)
	if err != nil {
		t.Fatal(err)
	}
	r.Header.Set("Content-Type", "image/png")
	r.Header.Set("Authorization", "Bearer "+s.token)
	answer, err := s.http.Do(r)
	if err != nil {
		t.Fatal(err)
	}
	defer answer.Body.Close()
	text, err := io.ReadAll(answer.Body)
	if err != nil || answer.StatusCode != want {
		t.Fatalf("%s %s: %d %s (%v)", method, path, answer.StatusCode, text, err)
	}
	return text
}
