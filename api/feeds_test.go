package api_test

import (
	"regexp"
	"slices"
	"strings"
	"testing"
	"time"
	"unicode/utf8"

	"rounds"

	"github.com/google/uuid"
)

// feed makes one of a rep and gives its path.
func (f *fixture) feed(rep string) (path, id string) {
	f.t.Helper()
	a := f.as(rep).post("/v1/users/"+f.users[rep].ID.String()+"/calendar-feeds", nil).want(201)
	return a.text("path"), a.text("id")
}

// unfolded are the lines of a calendar, held to what RFC 5545 says of them.
func unfolded(t *testing.T, body []byte) []string {
	t.Helper()
	text := string(body)
	if !utf8.ValidString(text) || !strings.HasSuffix(text, "\r\n") || strings.Contains(strings.ReplaceAll(text, "\r\n", ""), "\n") {
		t.Fatalf("%q", text)
	}
	for _, line := range strings.Split(text, "\r\n") {
		if len(line) > 75 || !utf8.ValidString(line) {
			t.Errorf("a line of %d octets: %q", len(line), line)
		}
	}
	return strings.Split(strings.TrimSuffix(strings.ReplaceAll(text, "\r\n ", ""), "\r\n"), "\r\n")
}

func TestARepsStopsAreACalendar(t *testing.T) {
	t.Parallel()
	f := setup(t)
	name := strings.Repeat("烟草专卖店", 12) + `; "a", b\` + " " + f.canary
	f.as("admin").patch("/v1/retailers/"+f.first("rep1").ID.String(), object{"name": name, "address": "line 1\nline 2 " + f.canary}).want(200)
	p := f.plan("rep1", "2026-03-03", f.retailers["rep1"][:2])
	path, _ := f.feed("rep1")
	a := f.nobodyOf(f.canary).get(path).want(200)
	if got := a.header.Get("Content-Type"); !strings.HasPrefix(got, "text/calendar") {
		t.Error(got)
	}
	lines := unfolded(t, a.body)
	begins := regexp.MustCompile(`^DTSTART:\d{8}T\d{6}Z$`)
	if n := len(slices.DeleteFunc(slices.Clone(lines), func(l string) bool { return !begins.MatchString(l) })); n != 2 {
		t.Errorf("%d events", n)
	}
	first := p.Stops[slices.IndexFunc(p.Stops, func(s rounds.Stop) bool { return s.RetailerID == f.first("rep1").ID })]
	for _, want := range []string{
		"BEGIN:VCALENDAR", "VERSION:2.0", "UID:2026-03-03-" + first.RetailerID.String() + "@rounds",
		"DTSTART:" + first.PlannedAt.UTC().Format("20060102T150405Z"), "DTEND:" + first.PlannedAt.Add(10*time.Minute).UTC().Format("20060102T150405Z"),
		"SUMMARY:" + strings.Repeat("烟草专卖店", 12) + `\; "a"\, b\\ ` + f.canary, `LOCATION:line 1\nline 2 ` + f.canary,
	} {
		if !slices.Contains(lines, want) {
			t.Errorf("no %s in\n%s", want, strings.Join(lines, "\n"))
		}
	}
	if again := unfolded(t, f.nobodyOf(f.canary).get(path).want(200).body); !slices.Equal(again, lines) {
		t.Error("read twice, it differs")
	}
}

func TestACalendarGoesOnWithTheJourneyPlan(t *testing.T) {
	t.Parallel()
	f := setup(t)
	id := f.journey("rep1").text("id")
	f.as("admin").post("/v1/journey-plans/"+id+"/accept", object{"from": "2026-03-03", "reason": "good"}).want(200)
	path, _ := f.feed("rep1")
	lines := unfolded(t, f.nobodyOf(f.canary).get(path).want(200).body)
	events := len(slices.DeleteFunc(slices.Clone(lines), func(l string) bool { return l != "BEGIN:VEVENT" }))
	if events < 24 || events > 32 { // six weekly retailers in five weeks
		t.Errorf("%d events", events)
	}
	uids := slices.DeleteFunc(lines, func(l string) bool { return !strings.HasPrefix(l, "UID:") })
	slices.Sort(uids)
	if n := len(slices.Compact(uids)); n != events {
		t.Errorf("%d UIDs of %d events", n, events)
	}
}

func TestFeedsAreRevokedAndGuessesLimited(t *testing.T) {
	t.Parallel()
	f := alone(t)
	path, id := f.feed("rep1")
	other, _ := f.feed("rep1")
	feeds := "/v1/users/" + f.users["rep1"].ID.String() + "/calendar-feeds"
	if items := list(f.as("admin").get(feeds).want(200).at("items")); len(items) != 2 || at(items[0], "path") != nil {
		t.Errorf("%v", items)
	}
	f.as("admin").do("DELETE", feeds+"/"+id, nil).want(204)
	f.as("rep1").do("DELETE", feeds+"/"+id, nil).want(204)
	f.as("rep1").do("DELETE", feeds+"/"+uuid.NewString(), nil).want(404)
	f.nobodyOf(f.canary).get(path).want(404)
	f.nobodyOf(f.canary).get(other).want(200)
	f.as("admin").post("/v1/users/"+f.users["planner"].ID.String()+"/calendar-feeds", nil).want(400)
	for range 9 {
		f.nobodyOf(f.canary).get("/v1/calendars/" + f.org.ID.String() + ".AAAA").want(404)
	}
	f.nobodyOf(f.canary).get(other).want(429)
	f.move(11 * time.Minute)
	f.nobodyOf(f.canary).get(other).want(200)
	f.nobodyOf(f.canary).get("/v1/calendars/no-token").want(404)
	f.as("admin").patch("/v1/users/"+f.users["rep1"].ID.String(), object{"active": false}).want(200)
	f.nobodyOf(f.canary).get(other).want(404)
}

// nobodyOf is a caller without a login who may see an org's canary.
func (f *fixture) nobodyOf(canary string) client {
	c := f.nobody(f.t)
	c.org = canary
	return c
}
