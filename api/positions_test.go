package api_test

import (
	"bytes"
	"context"
	"fmt"
	"math/rand/v2"
	"net/url"
	"slices"
	"strings"
	"testing"
	"time"

	"rounds"
	"rounds/internal/pgtest"

	"github.com/google/go-cmp/cmp"
	"github.com/google/uuid"
	"github.com/jackc/pgx/v5"
	"github.com/xuri/excelize/v2"
)

// secretLat and secretLon are written nowhere but in events that are secretly; no pin is there.
const (
	secretLat = "31.4273251"
	secretLon = "120.0612347"
)

// secretly lets a check-in tell a place of its own, also where a server does not look.
func secretly(e object) {
	fix := with(e["fixes"].([]any)[0].(object), "lat", 31.4273251, "lon", 120.0612347, "altitude_m", 31.4273251, "hdop", secretLat)
	e["fixes"] = []any{fix}
	e["evidence"] = []any{object{"kind": "wifi", "near": secretLat + "," + secretLon}}
	e["raw_gps"] = object{"position": []any{31.4273251, 120.0612347}}
}

// tells reports whether an answer holds the secret place, to whole metres.
func tells(t *testing.T, a answer) bool {
	t.Helper()
	body, err := plain(a)
	if err != nil {
		t.Fatal(err)
	}
	if bytes.HasPrefix(body, []byte("PK")) {
		book, err := excelize.OpenReader(bytes.NewReader(body))
		if err != nil {
			t.Fatal(err)
		}
		defer book.Close()
		rows, err := book.GetRows(book.GetSheetName(0))
		if err != nil {
			t.Fatal(err)
		}
		body = []byte(fmt.Sprint(rows))
	}
	return bytes.Contains(body, []byte(secretLat[:8])) || bytes.Contains(body, []byte(secretLon[:9]))
}

// reads is the log of who looked at whose positions, "reader visit purpose" a line, oldest first.
func (f *fixture) reads(rep string) []string {
	f.t.Helper()
	found, err := f.store.PositionReads(context.Background(), f.org.ID, f.users[rep].ID, rounds.ID[rounds.PositionRead]{}, 1000)
	f.must(err)
	var lines []string
	for _, r := range found {
		lines = append(lines, strings.TrimSuffix(r.ReaderName, " "+f.canary)+" "+r.VisitID.String()+" "+r.Purpose)
	}
	return lines
}

// Every operation, asked by everybody but the rep, tells nobody where the rep was.
func TestNoOperationTellsPositions(t *testing.T) {
	t.Parallel()
	s := newScene(t)
	in := checkIn(s.first("rep1"), 2, secretly)
	nowhere := checkIn(s.first("rep1"), 3, secretly, func(e object) { e["retailer_id"] = uuid.NewString() })
	s.as("rep1").post(postBatch, batch(in, checkOut(in, 5), nowhere)).want(200)
	s.ids["{visit}"] = in["id"].(string)
	rows := matrix
	for operation, path := range map[string]string{"listVisits": "/v1/visits", "listExceptions": "/v1/exceptions", "listPinSuspects": "/v1/pins/suspects"} {
		for _, format := range []string{"csv", "xlsx"} {
			rows = append(slices.Clone(rows), struct{ operation, request, body, want string }{operation, "GET " + path + "?format=" + format, "", ""})
		}
	}
	seen := 0
	for _, row := range rows {
		for _, caller := range callers {
			if caller == "rep1" {
				continue
			}
			a := s.ask(t, caller, row.request, row.body, s.ids)
			if a.status < 300 {
				seen++
			}
			if tells(t, a) {
				t.Errorf("%s tells %s: %s", row.operation, caller, a)
			}
		}
	}
	if seen < 150 {
		t.Errorf("%d answers only", seen)
	}
	if !tells(t, s.as("rep1").get("/v1/visits/"+s.ids["{visit}"]).want(200)) || !tells(t, s.as("rep1").get("/v1/me/events?since=2026-01-01T00:00:00Z").want(200)) {
		t.Error("the rep is not told their own positions")
	}
	if got := s.reads("rep1"); len(got) != 2 || !strings.HasSuffix(got[0]+got[1], " case 7") { // of the photograph
		t.Errorf("the log has %v", got)
	}
}

func TestPositionsForAPurpose(t *testing.T) {
	t.Parallel()
	f := setup(t)
	id := f.visit("rep1", f.first("rep1"), 0, secretly)
	path := "/v1/visits/" + id
	purpose := "?positions_for=" + url.QueryEscape("顾客投诉 case 7")
	for _, tt := range []struct {
		who, query, positions string
		status                int
		told                  bool
	}{
		{"supervisor", "", "withheld", 200, false},
		{"admin", "", "withheld", 200, false},
		{"planner", "", "withheld", 200, false},
		{"rep1", "", "shown", 200, true},
		{"rep1", purpose, "shown", 200, true}, // and nothing is written down: they are their own
		{"planner", purpose, "", 403, false},
		{"rep2", purpose, "", 404, false},
		{"sibling", purpose, "", 404, false},
		{"supervisor", purpose, "shown", 200, true},
		{"admin", purpose, "shown", 200, true},
	} {
		a := f.as(tt.who).get(path + tt.query).want(tt.status)
		if told := tells(t, a); told != tt.told {
			t.Errorf("%s asks %q: told %t, want %t", tt.who, tt.query, told, tt.told)
		}
		if got := a.at("events", 0, "positions"); tt.status == 200 && got != tt.positions {
			t.Errorf("%s asks %q: %v, want %s", tt.who, tt.query, got, tt.positions)
		}
	}
	withheld := f.as("supervisor").get(path).want(200)
	if got := []any{withheld.at("events", 0, "event", "fixes", 0, "accuracy_m"), withheld.at("events", 0, "event", "fixes", 0, "source"), withheld.at("events", 0, "event", "evidence")}; !slices.Equal(got, []any{5.0, "gps", nil}) {
		t.Errorf("without positions: %v", got)
	}
	f.as("supervisor").breaking().get(path+"?positions_for=").want(400).wantField("positions_for", "too_short")
	f.as("supervisor").breaking().get(path+"?positions_for=%20").want(400).wantField("positions_for", "wrong_form")
	f.as("supervisor").breaking().get(path+"?positions_for="+strings.Repeat("x", 201)).want(400).wantField("positions_for", "too_long")
	f.as("supervisor").get(path + "?positions_for=%00").want(400)
	want := []string{"supervisor " + id + " 顾客投诉 case 7", "admin " + id + " 顾客投诉 case 7"}
	if diff := cmp.Diff(want, f.reads("rep1")); diff != "" {
		t.Errorf("the log (-want +got):\n%s", diff)
	}
}

func TestAReviewIsAnsweredWithoutPositions(t *testing.T) {
	t.Parallel()
	f := setup(t)
	id := f.visit("rep1", f.first("rep1"), 0, secretly)
	a := f.as("supervisor").post("/v1/visits/"+id+"/reviews", object{"decision": "credit", "reason": "seen"}).want(201)
	if tells(t, a) || a.at("events", 0, "positions") != "withheld" {
		t.Errorf("%s", a)
	}
}

// What cannot be written down is not shown.
func TestNoLogNoPositions(t *testing.T) {
	t.Parallel()
	address := pgtest.URL(t)
	f := serve(t, openStore(t, address)).orgFor(t)
	id := f.visit("rep1", f.first("rep1"), 0, secretly)
	conn, err := pgx.Connect(t.Context(), address)
	f.must(err)
	defer conn.Close(t.Context())
	path := "/v1/visits/" + id + "?positions_for=complaint"
	for _, tt := range []struct{ broken, whole string }{
		{`alter table position_reads rename to elsewhere`, `alter table elsewhere rename to position_reads`},
		{`alter table position_reads add check (at < '1999-01-01') not valid`, `alter table position_reads drop constraint position_reads_at_check`},
		// refused no sooner than at the commit
		{`create function refuse() returns trigger language plpgsql as $$ begin raise exception 'full'; end $$;
			create constraint trigger refuse after insert on position_reads
			deferrable initially deferred for each row execute function refuse()`, `drop trigger refuse on position_reads`},
	} {
		_, err := conn.Exec(t.Context(), tt.broken)
		f.must(err)
		c := f.as("supervisor")
		c.failing = true
		a := c.get(path)
		if a.status < 400 || tells(t, a) {
			t.Errorf("%s: %s", tt.broken, a)
		}
		_, err = conn.Exec(t.Context(), tt.whole)
		f.must(err)
	}
	if a := f.as("supervisor").get(path).want(200); !tells(t, a) {
		t.Errorf("%s", a)
	}
}

// Whatever two readers do, the log is what they were shown, no more and no less.
func TestTheLogIsWhatWasRead(t *testing.T) {
	t.Parallel()
	f := setup(t)
	var visits []string
	for i, rep := range []string{"rep1", "rep1", "rep2", "rep3"} {
		visits = append(visits, f.visit(rep, f.first(rep), i, secretly))
	}
	chance := rand.New(rand.NewPCG(1, 2))
	want := map[string][]string{}
	for i := range 120 {
		n := chance.IntN(len(visits))
		who, rep := []string{"supervisor", "admin"}[chance.IntN(2)], []string{"rep1", "rep1", "rep2", "rep3"}[n]
		path := "/v1/visits/" + visits[n]
		if chance.IntN(2) == 0 {
			path += fmt.Sprintf("?positions_for=case+%d", i)
		}
		if a := f.as(who).get(path); tells(t, a) {
			want[rep] = append(want[rep], fmt.Sprintf("%s %s case %d", who, visits[n], i))
		}
	}
	for _, rep := range []string{"rep1", "rep2", "rep3"} {
		if diff := cmp.Diff(want[rep], f.reads(rep)); diff != "" || len(want[rep]) < 5 {
			t.Errorf("%s: %d reads (-shown +logged):\n%s", rep, len(want[rep]), diff)
		}
	}
}

func TestAVisitWhosePositionsAreDeleted(t *testing.T) {
	t.Parallel()
	f := alone(t)
	in := checkIn(f.first("rep1"), 0, secretly)
	id := in["id"].(string)
	f.as("rep1").post("/v1/visit-events", in).want(201)
	f.move(24 * time.Hour)
	f.as("admin").post("/v1/closings", object{"through": today, "reason": "paid"}).want(201)
	f.move(60 * 24 * time.Hour)
	r, err := f.office.Retention(context.Background(), f.org.ID, func(int) {})
	f.must(err)
	if r.Events != 1 {
		t.Fatalf("%+v", r)
	}
	for _, who := range []string{"rep1", "supervisor"} {
		a := f.as(who).get("/v1/visits/" + id + "?positions_for=complaint").want(200)
		e := a.at("events", 0)
		got := []any{at(e, "positions"), at(e, "positions_deleted_at"), at(e, "event", "fixes"), at(e, "verdicts", 0, "outcome"), tells(t, a)}
		if want := []any{"deleted", "2026-05-02T12:00:00Z", nil, "elsewhere", false}; !cmp.Equal(got, want) {
			t.Errorf("%s: %v, want %v", who, got, want)
		}
	}
	if got := f.reads("rep1"); got != nil {
		t.Errorf("nothing was there to be read, and the log has %v", got)
	}
	f.as("rep1").post("/v1/visit-events", in).want(200)
	f.as("rep1").post("/v1/visit-events", with(in, "raw_gps", 1)).want(409).wantField("", "differs_in_deleted")
	f.as("rep1").get("/v1/me/events?since=2026-01-01T00:00:00Z").want(200)
}

// A pin proposed from one visit is where its rep stood.
func TestAProposalOfOneVisitIsAPosition(t *testing.T) {
	t.Parallel()
	f := alone(t)
	shop := f.as("planner").post("/v1/retailers", object{"code": "new", "name": "New", "territory_id": f.territories["rep1"].String()}).want(201).text("id")
	in := checkIn(f.first("rep1"), 0, secretly, func(e object) { e["retailer_id"] = shop })
	f.as("rep1").post(postBatch, batch(in)).want(200)
	f.move(24 * time.Hour)
	planner, supervisor := f.as("planner"), f.as("supervisor")
	proposed := planner.post("/v1/pins/proposals", object{"retailer_id": shop}).want(200)
	id := proposed.text("proposal", "id")
	path := "/v1/pins/proposals/" + id
	decide := func() answer {
		return planner.post(path+"/decision", object{"decision": "refuse", "reason": "no shop"}).want(200)
	}
	for what, a := range map[string]answer{
		"learned": proposed, "listed": supervisor.get("/v1/pins/proposals").want(200), "looked at": supervisor.get(path).want(200), "refused": decide(),
	} {
		if tells(t, a) || !strings.Contains(string(a.body), `"positions":"withheld"`) {
			t.Errorf("%s: %s", what, a)
		}
	}
	supervisor.breaking().get(path + "?positions_for=+").want(400)
	if reads := f.reads("rep1"); len(reads) != 0 {
		t.Errorf("nobody has looked yet: %v", reads)
	}
	shown := planner.get(path + "?positions_for=is+it+the+shop").want(200)
	if !tells(t, shown) || shown.at("positions") != "shown" {
		t.Errorf("%s", shown)
	}
	read := f.as("rep1").get("/v1/me/data").want(200)
	got := []any{len(list(read.at("position_reads"))), read.at("position_reads", 0, "proposal_id"), read.at("position_reads", 0, "visit_id"), read.at("position_reads", 0, "purpose"), read.at("position_reads", 0, "reader_name")}
	if want := []any{1, id, nil, "is it the shop", f.named("planner")}; !cmp.Equal(got, want) {
		t.Errorf("%v", got)
	}
	f.as("admin").post("/v1/closings", object{"through": today, "reason": "paid"}).want(201)
	f.move(60 * 24 * time.Hour)
	_, err := f.office.Retention(context.Background(), f.org.ID, func(int) {})
	f.must(err)
	if a := f.as("planner").get(path + "?positions_for=once+more").want(200); a.at("positions") != "deleted" || a.at("pin") != nil || a.at("status") != "refused" {
		t.Errorf("%s", a)
	}
	mine := f.as("rep1").get("/v1/me/data").want(200)
	if mine.at("pin_proposals", 0, "position") != nil || mine.at("pin_proposals", 0, "position_deleted_at") == nil || len(list(mine.at("position_reads"))) != 1 || tells(t, mine) {
		t.Errorf("%s", mine)
	}
}
