package api_test

import (
	"net/http"
	"slices"
	"strings"
	"testing"
	"time"
)

// newAudit is what a supervisor asks for: so many of each rep's retailers, with a reserve.
func newAudit(n int, pairs ...any) object {
	return with(object{"from": "2026-02-01", "to": today, "spec": object{"n": n, "strata": []string{"rep"}, "reserves": 1}}, pairs...)
}

// commit opens an audit of the caller's unit.
func (c client) commit(n int, pairs ...any) answer {
	c.t.Helper()
	return c.post("/v1/audits", newAudit(n, pairs...)).want(201)
}

// drawnAudit opens an audit and draws it.
func (c client) drawnAudit(n int, value string, pairs ...any) answer {
	c.t.Helper()
	return c.post(auditPath(c.commit(n, pairs...))+"/value", object{"value": value}).want(200)
}

func auditPath(a answer) string { return "/v1/audits/" + a.text("id") }

func TestAnAuditFromItsCommitmentToItsEnd(t *testing.T) {
	t.Parallel()
	f := alone(t)
	super := f.as("supervisor")
	f.visit("rep1", f.first("rep1"), 0)
	u := super.commit(4)
	if got := u.at("retailers"); got != 8.0 {
		t.Errorf("the frame has %v retailers, want those of rep1 and rep2", got)
	}
	if got := u.text("protection", "kind"); got != "commit_reveal" || !strings.Contains(u.text("protection", "beyond"), "administrator") {
		t.Errorf("%v", u.at("protection"))
	}
	path := auditPath(u)
	super.get(path + "/record").want(409)
	u = super.post(path+"/value", object{"value": "4 2 6 1"}).want(200)
	if got := []any{u.text("status"), u.at("in"), u.at("found"), len(list(u.at("strata")))}; got[0] != "drawn" || got[1] != 4.0 || got[2] != 0.0 || got[3] != 2 {
		t.Errorf("%v", got)
	}
	again := super.post(path+"/value", object{"value": "4 2 6 1"}).want(200)
	if again.text("seed") != u.text("seed") {
		t.Error("the same value again drew again")
	}
	super.post(path+"/value", object{"value": "other"}).want(409)
	picks := list(super.get(path + "/picks").want(200).at("items"))
	if len(picks) != 6 || at(picks[0], "rep_id") != f.users["rep1"].ID.String() {
		t.Errorf("%v", picks)
	}
	if columns, rows := super.get(path + "/picks?format=csv").want(200).table("audit-1-picks-2026-02-01-to-" + today + ".csv"); !slices.Contains(columns, "inclusion_probability") || len(rows) != 6 {
		t.Errorf("%q %q", columns, rows)
	}
	super.post(path+"/finish", object{}).want(409).wantField("/reason", "required")
	super.post(path+"/finish", object{"reason": "a flood"}).want(200)
	super.post(path+"/finish", object{"reason": "a flood"}).want(409)
	super.post(path+"/cancel", object{"reason": "late"}).want(409)
	for _, everybody := range []string{"rep1", "rep3", "sibling", "planner", "admin"} {
		record := f.as(everybody).get(path + "/record").want(200)
		if record.text("secret") != u.text("secret") || len(list(record.at("picks"))) != 6 {
			t.Errorf("%s reads %s", everybody, record)
		}
	}
}

func TestWhatKeepsAnAuditFromBeingCommittedTo(t *testing.T) {
	t.Parallel()
	f := setup(t)
	super := f.as("supervisor")
	for _, row := range []struct {
		what    string
		body    object
		pointer string
		code    string
	}{
		{"a period that ends before it begins", newAudit(2, "from", "2026-03-01", "to", "2026-02-01"), "/to", "before_from"},
		{"a period that is not over", newAudit(2, "to", "2026-03-03"), "/to", "in_the_future"},
		{"a period of years", newAudit(2, "from", "2020-02-01"), "/from", "bad_range"},
		{"no date", newAudit(2, "from", "2026-02-31"), "/from", "not_a_date"},
		{"a beacon that has spoken", newAudit(2, "beacon", object{"source": "s", "round": "1", "at": "2026-03-01T00:00:00Z"}), "/beacon/at", "in_the_past"},
		{"a beacon in a month and a day", newAudit(2, "beacon", object{"source": "s", "round": "1", "at": "2026-04-02T12:00:00Z"}), "/beacon/at", "too_far"},
		{"a beacon at the end of all years", newAudit(2, "beacon", object{"source": "s", "round": "1", "at": "9999-12-31T23:59:59-12:00"}), "/beacon/at", "too_far"},
		{"more reserves than anything has", newAudit(2, "spec", object{"n": 2, "reserves": uint64(1<<63 - 1)}), "/spec", "cannot_be_drawn"},
		{"more than there are", newAudit(9), "/spec", "cannot_be_drawn"},
		{"an unknown column", newAudit(2, "spec", object{"n": 2, "strata": []string{"colour"}}), "/spec", "cannot_be_drawn"},
		{"an unknown word", newAudit(2, "spec", object{"n": 2, "seed": "mine"}), "/spec", "cannot_be_drawn"},
		{"visits as sizes where nobody was visited", newAudit(2, "spec", object{"n": 2, "method": "pps", "size": "visits"}), "/spec", "cannot_be_drawn"},
		{"somebody else's unit", newAudit(2, "unit_id", f.units["south"].String()), "/unit_id", "not_found"},
		{"somebody else's territory", newAudit(2, "territories", []string{f.territories["rep1"].String(), f.territories["rep3"].String()}), "/territories/1", "draws_nobody"},
		{"somebody else's rep", newAudit(2, "reps", []string{f.users["rep3"].ID.String()}), "/reps/0", "draws_nobody"},
		{"a class that nobody has", newAudit(2, "classes", []string{"Z"}), "/classes/0", "draws_nobody"},
		{"only visited ones where nobody was", newAudit(2, "visited", true), "", "draws_nobody"},
		{"a form that nobody wrote", newAudit(2, "form", object{"id": f.org.ID.String()}), "/form", "not_found"},
	} {
		a := super.post("/v1/audits", row.body)
		if a.status != http.StatusBadRequest {
			t.Errorf("%s: %s", row.what, a)
			continue
		}
		a.wantField(row.pointer, row.code)
	}
	if a := super.with("Accept-Language", "zh").post("/v1/audits", newAudit(9)).want(400); !strings.Contains(a.text("detail"), "稽查") {
		t.Errorf("%s", a)
	}
}

func TestAnAuditWithABeaconWaitsForIt(t *testing.T) {
	t.Parallel()
	f := alone(t)
	super := f.as("supervisor")
	beacon := func(in time.Duration) object {
		return object{"source": "drand quicknet", "round": "7", "at": f.now().Add(in).Format(time.RFC3339)}
	}
	late := super.commit(2, "beacon", beacon(time.Hour), "reps", []string{f.users["rep2"].ID.String()})
	super.post(auditPath(late)+"/beacon", object{"output": "00"}).want(409)
	u := super.commit(2, "beacon", beacon(2*time.Hour), "reps", []string{f.users["rep1"].ID.String()})
	path := auditPath(u)
	u = super.post(path+"/value", object{"value": "6"}).want(200)
	if got := []any{u.text("status"), u.at("secret"), u.text("protection", "kind")}; got[0] != "valued" || got[1] != nil || got[2] != "commit_reveal_and_beacon" {
		t.Errorf("%v", got)
	}
	super.post(path+"/value", object{"value": "6"}).want(200)
	super.post(path+"/value", object{"value": "7"}).want(409)
	super.post(path+"/beacon", object{"output": "00"}).want(409)
	f.move(2 * time.Hour)
	super = f.as("supervisor")
	super.post(auditPath(late)+"/value", object{"value": "6"}).want(409)
	u = super.post(path+"/beacon", object{"output": "00ff"}).want(200)
	if u.text("status") != "drawn" || u.text("beacon_output") != "00ff" {
		t.Errorf("%s", u)
	}
	super.post(path+"/beacon", object{"output": "00ff"}).want(200)
	super.post(path+"/beacon", object{"output": "01"}).want(409)
	plain := super.commit(1, "from", "2026-01-01", "to", "2026-01-31")
	super.post(auditPath(plain)+"/beacon", object{"output": "01"}).want(409)
}

// Nobody can value an audit after its time, whether or not the job that ends it has run.
func TestAnAuditThatIsNotDrawnLapses(t *testing.T) {
	t.Parallel()
	f := alone(t)
	super := f.as("supervisor")
	path := auditPath(super.commit(4))
	f.move(24*time.Hour - time.Minute)
	f.as("rep1").get(path + "/record").want(404)
	f.move(time.Minute)
	super = f.as("supervisor")
	super.post(path+"/value", object{"value": "6"}).want(409)
	super.post(path+"/cancel", object{"reason": "r"}).want(409)
	check := func(when string) {
		u := super.get(path).want(200)
		if got := []any{u.text("status"), u.text("ended_at"), u.at("ended_by"), len(u.text("secret"))}; got[0] != "lapsed" || got[1] != u.text("lapses_at") || got[2] != nil || got[3] != 64 {
			t.Errorf("%s: %v", when, got)
		}
		if got := len(list(super.get("/v1/audits?status=lapsed").want(200).at("items"))); got != 1 {
			t.Errorf("%s: %d have lapsed", when, got)
		}
		if got := len(list(super.get("/v1/audits?status=committed").want(200).at("items"))); got != 0 {
			t.Errorf("%s: %d are open", when, got)
		}
		record := f.as("rep1").get(path + "/record").want(200)
		if record.text("secret") != u.text("secret") || len(list(record.at("picks"))) != 0 {
			t.Errorf("%s: %s", when, record)
		}
	}
	check("before the job")
	f.must(f.office.LapseAuditsOf(t.Context(), f.org.ID))
	check("after it")
	next := super.commit(4)
	if got := next.at("beside", 0, "status"); got != "lapsed" {
		t.Errorf("beside the next one stands %v", next.at("beside"))
	}
}

func TestAuditsAreListedPageByPage(t *testing.T) {
	t.Parallel()
	f := setup(t)
	admin := f.as("admin")
	for _, rep := range []string{"rep1", "rep2", "rep3"} {
		admin.commit(1, "reps", []string{f.users[rep].ID.String()})
	}
	admin.commit(1, "unit_id", f.units["south"].String(), "from", "2026-01-01", "to", "2026-01-02")
	var got []any
	next := ""
	for range 3 {
		a := admin.get("/v1/audits?limit=2" + next).want(200)
		for _, u := range list(a.at("items")) {
			got = append(got, at(u, "commitment", "number"))
		}
		if a.at("next") == nil {
			break
		}
		next = "&after=" + a.text("next")
	}
	if len(got) != 4 || got[0] != 4.0 || got[3] != 1.0 {
		t.Errorf("%v", got)
	}
	if got := len(list(f.as("sibling").get("/v1/audits").want(200).at("items"))); got != 1 {
		t.Errorf("the supervisor of the south sees %d audits, want that of the south", got)
	}
	if got := len(list(admin.get("/v1/audits?unit=" + f.units["south"].String()).want(200).at("items"))); got != 1 {
		t.Errorf("%d audits of the south", got)
	}
	a := f.as("rep1").get("/v1/audit-chain?limit=3").want(200)
	b := f.as("rep1").get("/v1/audit-chain?after=" + a.text("next")).want(200)
	links := append(list(a.at("items")), list(b.at("items"))...)
	if len(links) != 4 || at(links[3], "hash") != b.at("head") || at(links[3], "previous") != at(links[2], "hash") || at(links[0], "commitment") != nil {
		t.Errorf("%v", links)
	}
	admin.get("/v1/audits?after=bm8").want(400)
	admin.get("/v1/audit-chain?after=bm8").want(400)
}

// What the frame holds of a retailer is what the register and the visits said when it was committed to.
func TestTheFrameIsFrozen(t *testing.T) {
	t.Parallel()
	f := alone(t)
	admin := f.as("admin")
	elsewhere := func(e object) { e["fixes"].([]any)[0].(object)["lat"] = 31.5 }
	f.visit("rep1", f.first("rep1"), 0, elsewhere)
	f.visit("rep1", f.first("rep1"), 30, elsewhere)
	f.visit("rep1", f.retailers["rep1"][1], 60)
	admin.patch("/v1/retailers/"+f.retailers["rep2"][0].ID.String(), object{"class": "A\r\nB"}).want(200)
	u := admin.commit(1, "spec", object{"n": 1, "method": "pps", "size": "risk", "strata": []string{"visits"}, "allocation": object{"2": 1}})
	admin.patch("/v1/retailers/"+f.first("rep1").ID.String(), object{"class": "B", "status": "closed"}).want(200)
	admin.post(auditPath(u)+"/value", object{"value": "1"}).want(200)
	admin.post(auditPath(u)+"/finish", object{"reason": "r"}).want(200)
	frame := admin.get(auditPath(u) + "/record").want(200).text("frame")
	if strings.Contains(frame, "\r") {
		t.Errorf("line breaks that readers of CSV disagree about: %q", frame)
	}
	lines := strings.Split(strings.TrimSpace(frame), "\n")
	r := f.first("rep1")
	want := strings.Join([]string{
		"R11", r.ID.String(), "A", "rep1", f.users["rep1"].ID.String(), f.named("territory of rep1"), f.territories["rep1"].String(), f.named("north"), "2", "3",
	}, ",")
	if len(lines) != 13 || lines[1] != want { // a class has a line break
		t.Errorf("%d lines: %s, want %s", len(lines), lines[1], want)
	}
	if last := lines[12]; !strings.HasPrefix(last, "R41,") || !strings.HasSuffix(last, ",A,,,,,,0,1") {
		t.Errorf("nobody's retailer is %s", last)
	}
	next := admin.commit(1, "spec", object{"n": 1, "method": "pps", "size": "visits"}, "visited", true)
	if got := next.at("retailers"); got != 1.0 {
		t.Errorf("%v active retailers with a visit, want 1", got)
	}
	if got := at(list(next.at("beside"))[0], "number"); got != 1.0 {
		t.Errorf("beside: %v", next.at("beside"))
	}
}

// What waits in the exceptions queue of colleagues' visits is in a frame that is drawn by it, and its record is not for everybody.
func TestOnlyWhoWatchesAuditsReadsRisk(t *testing.T) {
	t.Parallel()
	f := alone(t)
	admin := f.as("admin")
	plain := admin.drawnAudit(1, "1", "spec", object{"n": 1})
	by := admin.drawnAudit(1, "1", "from", "2026-01-01", "to", "2026-01-02", "spec", object{"n": 1, "method": "pps", "size": "risk"})
	south := admin.drawnAudit(1, "1", "unit_id", f.units["south"].String(), "spec", object{"n": 1, "strata": []string{"risk"}})
	for _, u := range []answer{plain, by, south} {
		admin.post(auditPath(u)+"/finish", object{"reason": "r"}).want(200)
	}
	for _, row := range []struct {
		who    string
		audit  answer
		status int
	}{
		{"rep1", plain, 200},
		{"rep1", by, 403},
		{"rep1", south, 403},
		{"supervisor", plain, 200},
		{"supervisor", by, 403},
		{"supervisor", south, 403},
		{"admin", by, 200},
		{"admin", south, 200},
	} {
		if a := f.as(row.who).get(auditPath(row.audit) + "/record"); a.status != row.status {
			t.Errorf("%s: %s", row.who, a)
		}
	}
	if frame := f.as("rep1").get(auditPath(plain) + "/record").text("frame"); !strings.HasPrefix(frame, "code,retailer_id,class,rep,rep_id,territory,territory_id,unit\n") {
		t.Errorf("%s", frame)
	}
	if faults := published(t, admin.get(auditPath(south)+"/record").want(200)).Check(); faults != nil {
		t.Errorf("%v", faults)
	}
}

// Whom an audit visits no other draws for so many days; whom somebody removed by hand, or cancelled, is as likely as before.
func TestAuditsOfTheSameRetailersStandApart(t *testing.T) {
	t.Parallel()
	f := alone(t)
	super := f.as("supervisor")
	first := super.drawnAudit(2, "1", "spec", object{"n": 2})
	second := super.drawnAudit(2, "2", "apart_days", 30, "spec", object{"n": 2})
	if got := []any{second.at("retailers"), second.at("beside", 0, "number")}; got[0] != 6.0 || got[1] != 1.0 {
		t.Errorf("%v", got)
	}
	super.post(auditPath(first)+"/cancel", object{"reason": "r"}).want(200)
	super.post(auditPath(second)+"/cancel", object{"reason": "r"}).want(200)
	third := super.drawnAudit(2, "3", "apart_days", 30, "spec", object{"n": 2})
	if got := third.at("retailers"); got != 8.0 {
		t.Errorf("%v retailers after two audits that visited nobody, want 8", got)
	}
	f.move(31 * 24 * time.Hour)
	super = f.as("supervisor")
	fourth := super.commit(2, "apart_days", 30, "spec", object{"n": 2})
	if got := fourth.at("retailers"); got != 8.0 {
		t.Errorf("%v retailers a month later, want 8", got)
	}
}
