package api_test

import (
	"context"
	"encoding/base64"
	"fmt"
	"io"
	"net/http"
	"runtime"
	"slices"
	"strings"
	"sync/atomic"
	"testing"
	"time"

	"rounds/internal/pgtest"

	"github.com/google/go-cmp/cmp"
	"github.com/google/uuid"
	"github.com/jackc/pgx/v5"
)

func TestMyDataIsAllThatIsHeldAboutMe(t *testing.T) {
	t.Parallel()
	f := alone(t)
	rep, colleague := f.as("rep1"), f.visit("rep2", f.first("rep2"), 4)
	f.nobody(t).post("/v1/auth/login", object{"org": f.org.Slug, "name": "rep1", "password": password}).want(200)
	f.plan("rep1", today, f.retailers["rep1"][:2])
	in := checkIn(f.first("rep1"), 0, secretly)
	id := in["id"].(string)
	nowhere := checkIn(f.first("rep1"), 3, secretly, func(e object) { e["retailer_id"] = uuid.NewString() })
	rep.post(postBatch, batch(in, checkOut(in, 5), nowhere)).want(200)
	f.as("supervisor").post("/v1/visits/"+id+"/reviews", object{"decision": "refuse", "reason": "the shop was shut"}).want(201)
	f.as("admin").patch("/v1/users/"+f.users["rep1"].ID.String(), object{"display_name": f.named("rep1")}).want(200)
	f.as("supervisor").get("/v1/visits/" + id + "?positions_for=complaint+7").want(200)

	a := rep.get("/v1/me/data").want(200)
	var raw []byte
	if text, ok := a.at("quarantined", 0, "raw").(string); ok {
		raw, _ = base64.StdEncoding.DecodeString(text)
	}
	got := []any{
		a.at("person", "name"), len(list(a.at("sessions"))), a.at("territories", 0, "from"), len(list(a.at("plans", 0, "stops"))),
		len(list(a.at("events"))), a.at("events", 0, "event", "fixes", 0, "lat"), a.at("events", 0, "event", "raw_gps", "position", 1),
		a.at("events", 0, "verdicts", 0, "verdict", "outcome"), a.at("events", 0, "verdicts", 0, "measured", "has_pin"),
		a.at("visits", 0, "id"), a.at("reviews", 0, "reason"), a.at("reviews", 0, "reviewer_name"),
		strings.Contains(string(raw), secretLat), a.at("actions", 0, "action"), a.at("actions", 0, "actor_name"),
		a.at("position_reads", 0, "purpose"), a.at("position_reads", 0, "reader_name"), a.at("position_reads", 0, "visit_id"),
		a.at("deletions", 0, "events"), a.at("deletions", 0, "deleted_at"),
	}
	want := []any{
		"rep1", 1, string(longAgo), 2,
		2, 31.4273251, 120.0612347,
		"elsewhere", true,
		id, "the shop was shut", f.named("supervisor"),
		true, "user.change", f.named("admin"),
		"complaint 7", f.named("supervisor"), id,
		2.0, nil,
	}
	if diff := cmp.Diff(want, got); diff != "" {
		t.Errorf("(-want +got):\n%s", diff)
	}
	body := string(a.body)
	for what, part := range map[string]string{"a colleague's visit": colleague, "a hash of a password": "argon2", "any hash": "hash"} {
		if strings.Contains(body, part) {
			t.Errorf("it holds %s: %s", what, part)
		}
	}

	f.move(24 * time.Hour)
	f.as("admin").post("/v1/closings", object{"through": today, "reason": "paid"}).want(201)
	f.as("supervisor").post("/v1/visits/"+id+"/reviews", object{"decision": "credit", "reason": "it was open"}).want(201)
	a = f.as("rep1").get("/v1/me/data").want(200)
	if got := []any{a.at("deletions", 0, "deleted_at"), a.at("late_visits", 0, "after", "credited_by")}; !cmp.Equal(got, []any{"2026-05-02T12:00:00Z", "review"}) {
		t.Errorf("after closing: %v", got)
	}
	f.move(60 * 24 * time.Hour)
	_, err := f.office.Retention(context.Background(), f.org.ID, func(int) {})
	f.must(err)
	a = f.as("rep1").get("/v1/me/data").want(200)
	got = []any{
		a.at("events", 1, "positions_deleted_at"), a.at("events", 1, "event", "fixes"), a.at("events", 1, "verdicts", 0, "measured", "has_pin"),
		a.at("quarantined", 0, "raw_deleted_at"), a.at("quarantined", 0, "raw"), len(list(a.at("deletions"))), tells(t, a),
	}
	if want := []any{"2026-05-02T12:00:00Z", nil, true, "2026-05-02T12:00:00Z", nil, 0, false}; !cmp.Equal(got, want) {
		t.Errorf("after retention: %v", cmp.Diff(want, got))
	}
}

// A rep is told of every pin that was proposed from visits of theirs, and what became of it.
func TestMyDataTellsOfPinsMadeFromMyVisits(t *testing.T) {
	t.Parallel()
	f := alone(t)
	planner := f.as("planner")
	shop := planner.post("/v1/retailers", object{"code": "new", "name": "New", "territory_id": f.territories["rep1"].String()}).want(201).text("id")
	in := checkIn(f.first("rep1"), 0, secretly, func(e object) { e["retailer_id"] = shop })
	f.as("rep1").post(postBatch, batch(in)).want(200)
	f.move(24 * time.Hour)
	planner, rep := f.as("planner"), f.as("rep1")
	proposed := planner.post("/v1/pins/proposals", object{"retailer_id": shop}).want(200).text("proposal", "id")
	told := rep.get("/v1/me/data").want(200)
	if got := []any{told.at("pin_proposals", 0, "id"), told.at("pin_proposals", 0, "status"), told.at("pin_proposals", 0, "people"), told.at("pin_proposals", 0, "decided_at"), tells(t, told)}; !cmp.Equal(got, []any{proposed, "proposed", 1.0, nil, true}) {
		t.Errorf("%v", got)
	}
	f.as("supervisor").post("/v1/pins/proposals/"+proposed+"/decision", object{"decision": "refuse", "reason": "no shop"}).want(403)
	planner.post("/v1/pins/proposals/"+proposed+"/decision", object{"decision": "refuse", "reason": "no shop there"}).want(200)
	told = rep.get("/v1/me/data").want(200)
	if got := []any{told.at("pin_proposals", 0, "status"), told.at("pin_proposals", 0, "decided_by_name"), told.at("pin_proposals", 0, "reason")}; !cmp.Equal(got, []any{"refused", f.named("planner"), "no shop there"}) {
		t.Errorf("%v", got)
	}
	if got := list(f.as("rep2").get("/v1/me/data").want(200).at("pin_proposals")); len(got) != 0 {
		t.Errorf("a colleague is told of %v", got)
	}
}

// More than a page of everything is given once, in order.
func TestMyDataGoesPageByPage(t *testing.T) {
	t.Parallel()
	f := setup(t)
	var want []string
	for page := range 3 {
		var events []object
		for i := range 400 {
			in := checkIn(f.first("rep1"), -400*page-i)
			in["id"] = uuid.Must(uuid.NewV7()).String() // all are received in one moment
			events, want = append(events, in), append(want, in["id"].(string))
		}
		f.as("rep1").post(postBatch, batch(events...)).want(200)
	}
	c := f.as("rep1")
	c.large = true
	a := c.get("/v1/me/data").want(200)
	var got []string
	for _, e := range list(a.at("events")) {
		got = append(got, at(e, "event", "id").(string))
	}
	if diff := cmp.Diff(want, got); diff != "" {
		t.Errorf("events (-want +got):\n%s", diff)
	}
	visits := each(a.at("visits"), "id")
	slices.Sort(visits)
	if diff := cmp.Diff(slices.Sorted(slices.Values(want)), visits); diff != "" {
		t.Errorf("visits (-want +got):\n%s", diff)
	}
}

// inMyData says in which list of the document each reference to a person is told, or why in none.
var inMyData = map[string]string{
	"sessions.user_id":                   "sessions",
	"territory_reps.rep_id":              "territories",
	"day_plans.rep_id":                   "plans",
	"leaves.rep_id":                      "leave",
	"leaves.created_by":                  "no: a signature under the leave of its rep; the act is in actions",
	"calendar_years.changed_by":          "no: a signature under the org's record; the act is in actions",
	"visit_events.rep_id":                "events",
	"visits.rep_id":                      "visits and late_visits",
	"photos.rep_id":                      "photos",
	"quarantine.resolved_by":             "no: it is told to whose item it was",
	"integrity_signals.rep_id":           "signals",
	"visit_integrity.rep_id":             "no: sums of signals",
	"rep_days_due.rep_id":                "no: a mark that the day's events are to be looked at",
	"quarantine.rep_id":                  "quarantined",
	"requests.rep_id":                    "requests",
	"requests.decided_by":                "no: it is told to the person who asked",
	"device_boots.rep_id":                "no: sums over the clocks of each event, which are in events",
	"audit_log.actor_id":                 "actions",
	"position_reads.rep_id":              "position_reads",
	"position_reads.reader_id":           "no: it is told to the person who was looked at",
	"reviews.reviewer_id":                "no: it is told to the person who was reviewed",
	"pins.created_by":                    "no: a signature under the org's record; the act is in actions",
	"pin_proposals.made_from":            "pin_proposals",
	"pins.made_from":                     "pin_proposals, or by hand: actions",
	"pin_proposals.decided_by":           "no: a signature under the org's record; the act is in actions",
	"policies.created_by":                "no: a signature under the org's record; the act is in actions",
	"closings.closed_by":                 "no: a signature under the org's record; the act is in actions",
	"journey_reps.rep_id":                "journey_plans",
	"calendar_feeds.rep_id":              "no: addresses, without what they rest on; the acts are in actions",
	"calendar_feeds.created_by":          "no: a signature; the act is in actions",
	"missed_calls.rep_id":                "missed_calls",
	"journey_plans.created_by":           "no: a signature under the org's record; the act is in actions",
	"journey_plans.decided_by":           "no: a signature under the org's record; the act is in actions",
	"territory_proposals.created_by":     "no: a signature under the org's record; the act is in actions",
	"territory_proposals.decided_by":     "no: a signature under the org's record; the act is in actions",
	"proposal_territories.rep_id":        "no: what somebody proposes; what comes of it is in territories",
	"proposal_territories.before_rep_id": "no: what it was when somebody proposed; it is in territories",
	"proposal_edits.by_id":               "no: a signature under the org's record; the act is in actions",
	"audits.committed_by":                "no: a signature under the org's record; the act is in actions",
	"audits.valued_by":                   "no: a signature under the org's record; the act is in actions",
	"audits.drawn_by":                    "no: a signature under the org's record; the act is in actions",
	"audits.ended_by":                    "no: a signature under the org's record; the act is in actions",
	"audit_routes.created_by":            "no: a signature under the org's record; the act is in actions",
	"audit_forms.created_by":             "no: a signature under the org's record; the act is in actions",
	"audit_changes.asked_by":             "no: a signature under the org's record; the act is in actions",
	"audit_changes.decided_by":           "no: a signature under the org's record; the act is in actions",
	"audit_picks.rep_id":                 "no: whose the retailer was; what was found of the claims is told when the audit is done",
	"audit_routes.auditor_id":            "audit_routes",
	"audit_findings.auditor_id":          "audit_findings",
	"audit_claims.rep_id":                "audit_claims, once the audit is done",
	"day_plans.created_by":               "no: a signature under the plan of its rep",
	"retailer_tokens.created_by":         "no: a signature under the org's record; the act is in actions",
}

// Whoever adds a table about people decides what they are told of it.
func TestMyDataKnowsEveryTableAboutPeople(t *testing.T) {
	t.Parallel()
	rows, _ := pgtest.Tx(t).Query(t.Context(), `
		select k.conrelid::regclass || '.' || a.attname
		from pg_constraint k
		join pg_attribute a on a.attrelid = k.conrelid and a.attnum = any(k.conkey) and a.attname <> 'org_id'
		where k.contype = 'f' and k.confrelid = 'users'::regclass
		union all
		select a.attrelid::regclass || '.' || a.attname
		from pg_attribute a
		join pg_class c on c.oid = a.attrelid and c.relkind = 'r' and c.relnamespace = 'public'::regnamespace
		where a.atttypid = 'uuid[]'::regtype`)
	found, err := pgx.CollectRows(rows, pgx.RowTo[string])
	if err != nil {
		t.Fatal(err)
	}
	for _, reference := range found {
		if inMyData[reference] == "" {
			t.Errorf("%s: put it into GET /v1/me/data (api/mydata.go), or say here why not", reference)
		}
	}
	if len(found) != len(inMyData) {
		t.Errorf("%d references to people, %d here", len(found), len(inMyData))
	}
}

// career makes the rep's events of so many days, twenty visits a day, each with its verdicts, by copying one visit.
func (f *fixture) career(t testing.TB, address, rep string, days int) {
	in := checkIn(f.first(rep), 0)
	f.as(rep).post(postBatch, batch(in, checkOut(in, 5))).want(200)
	conn, err := pgx.Connect(context.Background(), address)
	f.must(err)
	defer conn.Close(context.Background())
	for _, q := range []string{
		`create temp table copies as
			select e.id as old, gen_random_uuid() as id, d.n, e.org_id from visit_events e, generate_series(1, $2::int * 20) d(n) where e.org_id = $1`,
		`insert into visit_events (org_id, id, rep_id, kind, retailer_id, check_in_id, device_id, boot_id, seq, device_time, uptime_ms, happened_at, received_at, day, content_hash)
			select e.org_id, c.id, rep_id, kind, retailer_id,
				(select b.id from copies b where b.n = c.n and b.old = e.check_in_id), device_id, boot_id, seq, device_time, uptime_ms, happened_at - c.n * interval '72 minutes',
				received_at - c.n * interval '72 minutes', day - c.n / 20, content_hash
			from copies c join visit_events e on e.org_id = c.org_id and e.id = c.old where $1::uuid is not null and $2::int > 0`,
		`insert into event_fixes (org_id, event_id, n, lat, lon, accuracy_m, accuracy_kind, source, datum, fix_time, mock)
			select f.org_id, c.id, f.n, lat, lon, accuracy_m, accuracy_kind, source, datum, fix_time, mock
			from copies c join event_fixes f on f.org_id = c.org_id and f.event_id = c.old where $1::uuid is not null and $2::int > 0`,
		`insert into verdicts select v.org_id, c.id, revision, policy_version, outcome, reasons, flags, verdict, measured, judged_at
			from copies c join verdicts v on v.org_id = c.org_id and v.event_id = c.old where $1::uuid is not null and $2::int > 0`,
		`insert into visits (org_id, id, rep_id, retailer_id, day, started_at, outcome, credited, credited_by, needs_review, reasons)
			select v.org_id, c.id, rep_id, retailer_id, day - c.n / 20, started_at, outcome, credited, credited_by, needs_review, reasons
			from copies c join visits v on v.org_id = c.org_id and v.id = c.old where $1::uuid is not null and $2::int > 0`,
		`insert into reviews select org_id, gen_random_uuid(), id, rep_id, 'note', 'a reason as people write them', started_at
			from visits where org_id = $1 and $2::int > 0`,
	} {
		if strings.HasPrefix(q, "insert into visit_events") {
			_, err := conn.Exec(context.Background(), `create index on copies (n, old)`)
			f.must(err)
		}
		_, err := conn.Exec(context.Background(), q, pgx.QueryExecModeExec, f.org.ID.UUID(), days)
		f.must(err)
	}
}

// BenchmarkMyData reads everything about a rep of three years, and reports the most memory in use meanwhile.
func BenchmarkMyData(b *testing.B) {
	address := pgtest.URL(b)
	f := serve(b, openStore(b, address)).orgFor(b)
	f.career(b, address, "rep1", 3*365)
	var bytes int64
	var most uint64
	for b.Loop() {
		runtime.GC()
		n, heap := f.download(b, "rep1")
		bytes, most = n, max(most, heap)
	}
	b.ReportMetric(float64(bytes)/1e6, "MB")
	b.ReportMetric(float64(most)/1e6, "MB-heap")
}

// download reads and forgets; this process is server and client.
func (f *fixture) download(t testing.TB, name string) (int64, uint64) {
	req, err := http.NewRequest("GET", f.url+"/v1/me/data", nil)
	f.must(err)
	req.Header.Set("Authorization", "Bearer "+f.as(name).token)
	res, err := f.http.Do(req)
	f.must(err)
	defer res.Body.Close()
	var done atomic.Bool
	heap := make(chan uint64)
	go func() {
		var m runtime.MemStats
		var most uint64
		for !done.Load() {
			runtime.ReadMemStats(&m)
			most = max(most, m.HeapAlloc)
			time.Sleep(20 * time.Millisecond)
		}
		heap <- most
	}()
	tail := &lastByte{}
	n, err := io.Copy(tail, res.Body)
	done.Store(true)
	most := <-heap
	f.must(err)
	if tail.last != "}\n" {
		f.must(fmt.Errorf("it ends in %q", tail.last))
	}
	return n, most
}

// lastByte keeps the last two bytes.
type lastByte struct{ last string }

// Write forgets all but the last bytes.
func (l *lastByte) Write(b []byte) (int, error) {
	end := l.last + string(b[max(0, len(b)-2):])
	l.last = end[max(0, len(end)-2):]
	return len(b), nil
}
