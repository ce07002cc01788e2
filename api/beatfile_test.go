package api_test

import (
	"encoding/csv"
	"fmt"
	"slices"
	"strings"
	"testing"

	"github.com/google/go-cmp/cmp"
)

const importBeats = "/v1/journey-plans/import?from=" + nextMonday

func (f *fixture) sendBeats(by, path, text string) answer {
	f.t.Helper()
	return f.as(by).with("Content-Type", "application/octet-stream").post(path, text)
}

// calendarOf are the stops of a plan, a line each.
func (f *fixture) calendarOf(plan string) []string {
	f.t.Helper()
	var lines []string
	for _, b := range list(f.as("admin").get("/v1/journey-plans/" + plan + "/beats?limit=1000").want(200).at("items")) {
		for i, stop := range list(at(b, "stops")) {
			lines = append(lines, fmt.Sprint(at(b, "rep_name"), " ", at(b, "date"), " ", i+1, " ", at(stop, "code"), " ", at(stop, "planned_at")))
		}
	}
	return lines
}

// What one plan says as a file is the same plan when it comes back, whichever format and whichever day it begins on.
func TestBeatPlansComeBackFromTheirFiles(t *testing.T) {
	t.Parallel()
	for _, format := range []string{"csv", "xlsx"} {
		for _, from := range []string{nextMonday, "2026-03-12"} {
			f := setup(t)
			a := f.as("admin").post("/v1/journey-plans", object{"from": from, "weeks": 2, "rep_ids": []string{f.users["rep1"].ID.String(), f.users["rep2"].ID.String()}}).want(202)
			f.work(a.text("id"), "rep1", "rep2")
			file := f.as("admin").get("/v1/journey-plans/" + a.text("id") + "/beats?format=" + format).want(200)
			if got := file.header.Get("Content-Disposition"); got != `attachment; filename="beats-`+from+"."+format+`"` {
				t.Error(got)
			}
			back := f.sendBeats("admin", "/v1/journey-plans/import?name=back&from="+from, string(file.body)).want(201)
			if back.at("rows") != 16.0 || back.at("plan", "origin") != "file" || back.at("plan", "status") != "proposed" || back.at("plan", "weeks") != 2.0 {
				t.Errorf("%s", back)
			}
			id := at(back.at("plan"), "id").(string)
			if diff := cmp.Diff(f.calendarOf(a.text("id")), f.calendarOf(id)); diff != "" {
				t.Errorf("%s from %s: %s", format, from, diff)
			}
			f.as("admin").post("/v1/journey-plans/"+id+"/accept", object{"from": from, "reason": "by hand"}).want(200)
		}
	}
}

func TestBeatPlansInChinese(t *testing.T) {
	t.Parallel()
	f := setup(t)
	for _, days := range [][2]string{{"星期二", "周五"}, {"2", "5"}, {"2.0", "5.0"}, {"Tue", "FRIDAY"}} {
		back := f.sendBeats("planner", importBeats, "客户经理,第几周,星期,零售户编码,店名\nREP1,第1周,"+days[0]+",R12,甲\nrep1,2,"+days[1]+",R11,乙\nrep1,2,"+days[1]+",R13,丙\n").want(201)
		got := f.calendarOf(at(back.at("plan"), "id").(string))
		if len(got) != 3 || !strings.HasPrefix(got[0], "rep1 2026-03-10 1 R12") || !strings.HasPrefix(got[1], "rep1 2026-03-20 1 R1") {
			t.Errorf("%v: %v", days, got)
		}
		left := list(f.as("planner").get("/v1/journey-plans/" + at(back.at("plan"), "id").(string) + "/left-out").want(200).at("items"))
		if len(left) != 6 || at(left[0], "reason") != "not_in_file" || at(left[0], "wanted") != 2.0 {
			t.Errorf("%v", left)
		}
	}
}

// Weeks that are under way come in as they are: what counts is that they are not all over. Days on which nobody works count
// as days.
func TestBeatPlansUnderWay(t *testing.T) {
	t.Parallel()
	f := setup(t)
	const from = "/v1/journey-plans/import?from=2026-02-23"
	rows := "rep,week,weekday,retailer_code\n"
	f.sendBeats("admin", from, rows+"rep1,1,mon,R11\n").want(400).wantField("/from", "too_far")
	for w := 1; w <= 2; w++ {
		for _, day := range []string{"mon", "tue", "wed", "thu", "fri", "sat", "sun"} {
			rows += fmt.Sprintf("rep1,%d,%s,R11\n", w, day)
		}
	}
	back := f.sendBeats("admin", from, rows+"rep1,1,mon,R12\n").want(201)
	share := list(f.as("admin").get("/v1/journey-plans/" + at(back.at("plan"), "id").(string) + "/reps").want(200).at("items"))
	if back.at("plan", "visits") != 15.0 || at(share[0], "days") != 14.0 || at(share[0], "cv").(float64) < 0.1 {
		t.Errorf("%s, %v", back, share)
	}
}

// Nothing is half applied, and every cell that keeps a file out is named.
func TestBeatPlansWithErrors(t *testing.T) {
	t.Parallel()
	f := setup(t)
	head := "rep,week,weekday,retailer_code,position\n"
	for _, tt := range []struct{ says, rows, want string }{
		{"nobody by that name", "nobody,1,mon,R11,1\n", "2 rep not_a_rep"},
		{"another rep's retailer", "rep1,1,mon,R21,1\n", "2 retailer_code not_the_reps"},
		{"a week that is none", "rep1,9,mon,R11,1\nrep1,x,mon,R12,1\n", "2 week not_between; 3 week not_between"},
		{"a weekday that is none", "rep1,1,moon,R11,1\n", "2 weekday unknown_day"},
		{"twice on a day", "rep1,1,mon,R11,1\nrep1,1,mon,R11,2\n", "3 retailer_code given_twice"},
		{"no code", "rep1,1,mon,,1\n", "2 retailer_code required"},
		{"a position that is none", "rep1,1,mon,R11,first\n", "2 position not_between"},
		{"no rows", "", "1  too_few"},
		{"good and bad", "rep1,1,mon,R11,1\nrep3,1,mon,R11,1\n", "3 retailer_code not_the_reps"},
	} {
		a := f.sendBeats("admin", importBeats, head+tt.rows).want(422)
		var got []string
		for _, finding := range list(a.at("findings")) {
			column, _ := at(finding, "column").(string)
			got = append(got, fmt.Sprint(at(finding, "row"), " ", column, " ", at(finding, "code")))
			if at(finding, "detail") == "" {
				t.Error("no words for", at(finding, "code"))
			}
		}
		if strings.Join(got, "; ") != tt.want {
			t.Errorf("%s: %v, want %s", tt.says, got, tt.want)
		}
	}
	f.as("admin").patch("/v1/retailers/"+f.first("rep1").ID.String(), object{"status": "suspended"}).want(200)
	f.sendBeats("admin", importBeats, head+"rep1,1,mon,R11,1\n").want(422)
	f.sendBeats("admin", importBeats+"&weeks=1", head+"rep1,2,mon,R12,1\n").want(422)
	f.sendBeats("supervisor", importBeats, head+"rep3,1,mon,R31,1\n").want(422)
	f.sendBeats("admin", importBeats, "name,age\nx,1\n").want(400)
	f.sendBeats("admin", importBeats, "\x00\x01").want(400)
	if got := list(f.as("admin").get("/v1/journey-plans").want(200).at("items")); len(got) != 0 {
		t.Errorf("%d plans are stored", len(got))
	}
}

// A name that a spreadsheet would run is text in the file, and the same name again when it comes back.
func TestBeatPlansRunNoFormulas(t *testing.T) {
	t.Parallel()
	f := setup(t)
	evil := f.addRetailer("=1+2", f.first("rep1").Pin.Point)
	f.as("admin").patch("/v1/territories/"+f.territories["rep1"].String(), object{"reason": "r", "add_retailer_ids": []string{evil.ID.String()}}).want(200)
	file := f.as("admin").get("/v1/journey-plans/" + f.journey("rep1").text("id") + "/beats?format=csv").want(200)
	rows, err := csv.NewReader(strings.NewReader(string(file.body))).ReadAll()
	f.must(err)
	if !slices.ContainsFunc(rows, func(r []string) bool { return r[5] == "'=1+2" }) {
		t.Errorf("%v", rows)
	}
	back := f.sendBeats("admin", "/v1/journey-plans/import?from="+today, string(file.body)).want(201)
	if !slices.ContainsFunc(f.calendarOf(at(back.at("plan"), "id").(string)), func(l string) bool { return strings.Contains(l, " =1+2 ") }) {
		t.Errorf("%s", back)
	}
}
