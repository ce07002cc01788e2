package api_test

import (
	"bytes"
	"context"
	"encoding/xml"
	"errors"
	"fmt"
	"io"
	"math"
	"net/url"
	"os"
	"path/filepath"
	"regexp"
	"slices"
	"strings"
	"testing"
	"time"

	"rounds"
	"rounds/geo"
	"rounds/internal/browser"

	"github.com/google/go-cmp/cmp"
	"github.com/google/uuid"
	"github.com/paulmach/orb"
)

const tuesday, wednesday = "2026-03-03", "2026-03-04"

// auditor is a rep of a unit of their own, with a home at 120°E, and has no retailers.
func (f *fixture) auditor(name string) string {
	if f.units["audit"].IsZero() {
		f.units["audit"] = rounds.NewID[rounds.Unit]()
		f.must(f.store.InsertUnit(context.Background(), f.org.ID, rounds.Unit{ID: f.units["audit"], ParentID: f.units["root"], Name: f.named("audit")}))
	}
	return f.add(name, rounds.RoleRep, "audit").ID.String()
}

func routesFor(dates []any, auditors ...string) object {
	var who []any
	for _, id := range auditors {
		who = append(who, object{"user_id": id})
	}
	return object{"auditors": who, "dates": dates}
}

func TestAuditRoutesShareOutWhatWasDrawn(t *testing.T) {
	t.Parallel()
	f := setup(t)
	drawn := slices.Concat(f.retailers["rep1"], f.retailers["rep2"])
	id := f.drawnOf("north", drawn).ID
	path := "/v1/audits/" + id.String() + "/routes"
	question := routesFor([]any{tuesday, wednesday}, f.auditor("auditor1"), f.auditor("auditor2"))
	made := f.as("supervisor").post(path, question).want(201)

	var got []string
	var spread []float64
	for _, r := range list(made.at("items")) {
		got = append(got, each(at(r, "stops"), "retailer_id")...)
		starts, _ := time.Parse(time.RFC3339, at(r, "starts_at").(string))
		ends, _ := time.Parse(time.RFC3339, at(r, "ends_at").(string))
		spread = append(spread, ends.Sub(starts).Minutes())
		if m := at(r, "distance_m").(float64); m < 100 || m > 20_000 {
			t.Errorf("a way of %.0f m; at 90° less it would be thousands of kilometres", m)
		}
	}
	want := ids(drawn)
	slices.Sort(got)
	slices.Sort(want)
	if diff := cmp.Diff(want, got); diff != "" {
		t.Errorf("each once (-want +got):\n%s", diff)
	}
	if len(spread) != 4 || slices.Max(spread)-slices.Min(spread) > 25 {
		t.Errorf("days of %v minutes", spread)
	}
	if made.at("planned") != 8.0 || len(list(made.at("left_out")))+len(list(made.at("barred")))+len(list(made.at("no_day"))) != 0 {
		t.Errorf("%s", made)
	}
	if listed := f.as("planner").get(path).want(200); !cmp.Equal(listed.at("items"), made.at("items")) {
		t.Errorf("listed are %s", listed)
	}
	again := f.as("supervisor").post(path, question).want(201)
	if again.at("planned") != 0.0 || !cmp.Equal(again.at("items"), made.at("items")) {
		t.Errorf("planned again: %s", again)
	}
}

// Nobody audits a retailer in which they have an interest; somebody else does, or nobody.
func TestAuditorsGetNoRetailerOfTheirOwn(t *testing.T) {
	t.Parallel()
	f := setup(t)
	claimed := f.retailers["rep2"][1]
	f.visit("rep1", claimed, 10)
	drawn := slices.Concat(f.retailers["rep1"][:2], f.retailers["rep2"])
	id := f.drawnOf("north", drawn).ID
	question := routesFor([]any{tuesday}, f.users["rep1"].ID.String(), f.users["rep2"].ID.String())
	made := f.as("supervisor").post("/v1/audits/"+id.String()+"/routes", question).want(201)
	given := map[string][]string{}
	for _, r := range list(made.at("items")) {
		given[at(r, "auditor_id").(string)] = each(at(r, "stops"), "retailer_id")
	}
	rep2 := given[f.users["rep2"].ID.String()]
	slices.Sort(rep2)
	want := ids(f.retailers["rep1"][:2])
	slices.Sort(want)
	if diff := cmp.Diff([][]string{want, ids(f.retailers["rep2"][:1])}, [][]string{rep2, given[f.users["rep1"].ID.String()]}); diff != "" {
		t.Errorf("(-want +got):\n%s", diff)
	}
	if got := each(made.at("left_out"), "retailer_id"); !slices.Equal(got, []string{claimed.ID.String()}) || made.at("left_out", 0, "reason") != "interested" {
		t.Errorf("left out: %v", made.at("left_out"))
	}
	why := map[string]int{}
	for _, reason := range each(made.at("barred"), "reason") {
		why[reason]++
	}
	if diff := cmp.Diff(map[string]int{"owner": 4, "claims": 1}, why); diff != "" {
		t.Errorf("barred (-want +got):\n%s", diff)
	}
}

func TestWhatAuditRoutesCannotBePlannedFor(t *testing.T) {
	t.Parallel()
	f := setup(t)
	path := "/v1/audits/" + f.drawnOf("north", f.retailers["rep1"][:1]).ID.String() + "/routes"
	who := f.auditor("auditor")
	c := f.as("supervisor")
	c.post(path, routesFor([]any{"2026-03-01"}, who)).want(400).wantField("/dates/0", "in_the_past")
	c.post(path, routesFor([]any{tuesday, tuesday}, who)).want(400).wantField("/dates/1", "given_twice")
	c.post(path, routesFor([]any{"2028-03-01"}, who)).want(400).wantField("/dates/0", "too_far")
	c.post(path, routesFor([]any{"2026-02-30"}, who)).want(400).wantField("/dates/0", "not_a_date")
	c.post(path, routesFor([]any{tuesday}, who, who)).want(400).wantField("/auditors/1/user_id", "given_twice")
	c.post(path, routesFor([]any{tuesday}, uuid.NewString())).want(400).wantField("/auditors/0/user_id", "not_found")
	c.post(path, with(routesFor([]any{tuesday}, who), "begins", "17:00")).want(400).wantField("/ends", "not_after_start")
	var many []any
	for i := range 40 {
		many = append(many, string(rounds.Day(tuesday).Add(i)))
	}
	c.post(path, routesFor(many, who, f.auditor("auditor2"))).want(400).wantField("/dates", "too_many")
	c.breaking().post(path, with(routesFor([]any{tuesday}, who), "service_s", 0)).want(400)
	c.breaking().post(path, routesFor([]any{}, who)).want(400)
	c.breaking().post(path, object{"auditors": []any{object{"user_id": who, "start": object{"lat": 120, "lon": 31}}}, "dates": []any{tuesday}}).want(400)
	if got := c.post(path, routesFor([]any{"2026-03-07"}, who)).want(201); got.at("no_day", 0, "reason") != "weekday" || got.at("left_out", 0, "reason") != "no_day" {
		t.Errorf("on a Saturday: %s", got)
	}
	if got := c.post(path, with(routesFor([]any{"2026-03-07"}, who), "any_day", true)).want(201); got.at("planned") != 1.0 {
		t.Errorf("on any Saturday: %s", got)
	}
}

// routed is an audit of rep1's retailers with one route, of auditor1 on Tuesday.
func (f *fixture) routed(names ...string) (route string) {
	f.t.Helper()
	drawn := slices.Clone(f.retailers["rep1"][:3])
	for i, name := range names {
		_, err := f.office.ChangeRetailer(context.Background(), f.actor("admin"), drawn[i].ID, func(r *rounds.Retailer) { r.Name = name }, nil)
		f.must(err)
	}
	id := f.drawnOf("north", drawn).ID
	return f.as("supervisor").post("/v1/audits/"+id.String()+"/routes", routesFor([]any{tuesday}, f.auditor("auditor1"))).want(201).text("items", 0, "id")
}

// Whoever is audited learns nothing: a route of somebody else's is answered as one that does not exist.
func TestRepsLearnNothingOfAuditRoutes(t *testing.T) {
	t.Parallel()
	f := setup(t)
	path := "/v1/audit-routes/"
	route := f.routed()
	rep := f.as("rep1")
	for _, file := range []string{"", "/route.geojson", "/route.gpx", "/route.kml", "/page.html"} {
		hidden, none := rep.get(path+route+file).want(404), rep.get(path+uuid.NewString()+file).want(404)
		if a, b := without(hidden.json(), "request_id"), without(none.json(), "request_id"); !cmp.Equal(a, b) {
			t.Errorf("%s: %v, want %v", file, a, b)
		}
		f.as("sibling").get(path + route + file).want(404)
		f.as("auditor1").get(path + route + file).want(200)
		f.as("planner").get(path + route + file).want(200)
	}
	if got := list(rep.get("/v1/me/audit-routes?date=" + tuesday).want(200).at("routes")); len(got) != 0 {
		t.Errorf("a rep is told of %v", got)
	}
	if data := string(rep.get("/v1/me/data").want(200).body); strings.Contains(data, route) {
		t.Error("the data of a rep have an auditor's route")
	}
	if own := f.as("auditor1").get("/v1/me/data").want(200); own.at("audit_routes", 0, "id") != route || own.at("audit_routes", 0, "start", "lon") != 120.001 {
		t.Errorf("an auditor's own data have %v", own.at("audit_routes"))
	}
	for _, ask := range []string{uuid.NewString(), route} {
		rep.put(path+ask+"/stops", object{"revision": 1, "stop_ids": []any{}}).want(403)
		rep.do("DELETE", path+ask, nil).want(403)
	}
}

func without(o object, name string) object { delete(o, name); return o }

// The auditor's handset has all that is needed, and nothing that would tell what to find.
func TestAuditorsDownloadTheirRoutes(t *testing.T) {
	t.Parallel()
	f := setup(t)
	visited := f.first("rep1")
	visit := f.visit("rep1", visited, 95)
	f.routed("梅园烟酒店")
	c := f.as("auditor1")
	path := "/v1/me/audit-routes?date=" + tuesday
	got := c.get(path).want(200)
	if got.at("routes", 0, "from") != "2026-03-01" || got.at("routes", 0, "to") != today || got.at("routes", 0, "form_version") != 1.0 || got.at("routes", 0, "form_id") != nil {
		t.Errorf("%s", got)
	}
	stops := list(got.at("routes", 0, "stops"))
	claims := 0
	for _, s := range stops {
		if lat := at(s, "retailer", "pin", "lat").(float64); math.Abs(lat-31.41592) > 1e-6 {
			t.Errorf("lat %v", lat)
		}
		if at(s, "last_visit") != nil {
			t.Error("the rep's credit is told")
		}
		if at(s, "retailer", "id") != visited.ID.String() {
			continue
		}
		claims = len(list(at(s, "claims")))
		want := object{"visit_id": visit, "date": today, "time": "10:35"}
		if diff := cmp.Diff(want, at(s, "claims", 0)); diff != "" || at(s, "retailer", "name") != "梅园烟酒店" {
			t.Errorf("%v (-want +got):\n%s", at(s, "retailer"), diff)
		}
		if link, _ := url.Parse(at(s, "links", "amap").(string)); !strings.HasPrefix(link.Query().Get("to"), "120.00") {
			t.Errorf("%s", link)
		}
	}
	if len(stops) != 3 || claims != 1 {
		t.Fatalf("%d stops, %d claims", len(stops), claims)
	}
	shifted := c.get(path + "&datum=gcj02").want(200)
	if moved := at(shifted.at("routes", 0, "stops", 0), "retailer", "pin", "lon").(float64) - at(stops[0], "retailer", "pin", "lon").(float64); moved < 0.003 || moved > 0.008 {
		t.Errorf("in GCJ-02 %v° further east", moved)
	}
	tag := got.header.Get("ETag")
	if a := c.with("If-None-Match", tag).get(path).want(304); len(a.body) != 0 || a.header.Get("ETag") != tag {
		t.Errorf("%s", a)
	}
	f.visit("rep1", visited, 120)
	c.with("If-None-Match", tag).get(path).want(200)
	c.breaking().get("/v1/me/audit-routes?date=2026-04-30").want(400).wantField("date", "too_far")
}

func TestAuditRoutesAsFiles(t *testing.T) {
	t.Parallel()
	f := setup(t)
	path := "/v1/audit-routes/" + f.routed("北桥 <片区> & 梅园", "with a bell\u0001and \uFFFE", "]]><script>alert(1)</script>") + "/"
	own, other := f.as("auditor1"), f.as("supervisor")

	doc := kmlOf(t, own.get(path+"route.kml").want(200))
	if len(doc.Points) != 3 || len(doc.Line) < 5 || !strings.Contains(doc.Names, "北桥 <片区> & 梅园") {
		t.Fatalf("%+v", doc)
	}
	for _, p := range slices.Concat(doc.Points, doc.Line) {
		if math.Abs(p.Lon()-120) > 0.02 || math.Abs(p.Lat()-31.41592) > 1e-6 {
			t.Errorf("a point at %v", p)
		}
	}
	home := *f.users["auditor1"].Home
	if d := geo.Distance(doc.Line[0], home); !(d < 1) {
		t.Errorf("the auditor's way begins %.0f m from home", d)
	}
	if told := kmlOf(t, other.get(path+"route.kml").want(200)); len(told.Line) != 3 {
		t.Errorf("others are told of a line through %v", told.Line)
	}
	if shifted := kmlOf(t, own.get(path+"route.kml?datum=bd09").want(200)); geo.Distance(shifted.Points[0], doc.Points[0]) < 300 {
		t.Errorf("in BD-09 at %v", shifted.Points[0])
	}
	if got := gpxPoints(t, own.get(path+"route.gpx").want(200)); len(got) != 5 || geo.Distance(got[0], home) > 1 {
		t.Errorf("gpx: %v", got)
	}
	if got := gpxPoints(t, other.get(path+"route.gpx").want(200)); len(got) != 3 {
		t.Errorf("gpx for others: %v", got)
	}
	features := list(other.get(path + "route.geojson").want(200).at("features"))
	if len(features) != 4 || at(features[1], "geometry", "coordinates", 0).(float64) < 119 {
		t.Errorf("%v", features)
	}
	page := other.get(path + "page.html").want(200)
	if got := page.header.Get("Content-Security-Policy"); !strings.Contains(got, "default-src 'none'") {
		t.Errorf("policy %q", got)
	}
	if found := regexp.MustCompile(`(?i)<script|<img|<link|@import|url\(|\b(src|href)=|ZgotmplZ`).Find(page.body); found != nil {
		t.Errorf("the page has %s", found)
	}
	for _, want := range []string{"北桥 &lt;片区&gt; &amp; 梅园", "]]&gt;&lt;script&gt;alert(1)&lt;/script&gt;", f.named("auditor1"), "3 stops"} {
		if !strings.Contains(string(page.body), want) {
			t.Errorf("the page does not say %s", want)
		}
	}
}

type kmlDoc struct {
	Names  string
	Points []orb.Point
	Line   []orb.Point
}

// kmlOf reads a file to its end, which fails on what is no XML.
func kmlOf(t *testing.T, a answer) (doc kmlDoc) {
	t.Helper()
	d := xml.NewDecoder(bytes.NewReader(a.body))
	var path []string
	for {
		token, err := d.Token()
		if errors.Is(err, io.EOF) {
			return doc
		}
		if err != nil {
			t.Fatalf("%v in %s", err, a.body)
		}
		switch token := token.(type) {
		case xml.StartElement:
			path = append(path, token.Name.Local)
		case xml.EndElement:
			path = path[:len(path)-1]
		case xml.CharData:
			switch in := strings.Join(path, "/"); in {
			case "kml/Document/Placemark/name":
				doc.Names += string(token)
			case "kml/Document/Placemark/Point/coordinates":
				doc.Points = append(doc.Points, lonLats(t, string(token))...)
			case "kml/Document/Placemark/LineString/coordinates":
				doc.Line = append(doc.Line, lonLats(t, string(token))...)
			}
		}
	}
}

func lonLats(t *testing.T, text string) (points []orb.Point) {
	t.Helper()
	for _, pair := range strings.Fields(text) {
		var p orb.Point
		if _, err := fmt.Sscanf(pair, "%g,%g", &p[0], &p[1]); err != nil {
			t.Fatalf("%s: %v", pair, err)
		}
		points = append(points, p)
	}
	return points
}

// TestAuditRoutePageInABrowser looks at a page as an auditor would. Where there is no browser it is skipped, but not in CI.
func TestAuditRoutePageInABrowser(t *testing.T) {
	t.Parallel()
	f := setup(t)
	path := "/v1/audit-routes/" + f.routed("栖澜烟酒") + "/page.html"
	page := f.as("auditor1").get(path).want(200)
	file := filepath.Join(t.TempDir(), "route.html")
	if err := os.WriteFile(file, page.body, 0o600); err != nil {
		t.Fatal(err)
	}
	dom := browser.Shown(t, "file://"+file, 5*time.Second)
	if dots := strings.Count(dom, "<circle"); dots != 3 {
		t.Errorf("%d dots", dots)
	}
	for _, want := range []string{"栖澜烟酒", "<path d=\"M", "</html>", "08:3"} {
		if !strings.Contains(dom, want) {
			t.Errorf("the browser does not show %q", want)
		}
	}
}

// TestAuditRoutePageFitsAPhone makes the page as narrow as one. Where there is no browser it is skipped, but not in CI.
func TestAuditRoutePageFitsAPhone(t *testing.T) {
	t.Parallel()
	f := setup(t)
	path := "/v1/audit-routes/" + f.routed("栖澜烟酒") + "/page.html"
	page := string(f.as("auditor1").get(path).want(200).body)
	_, rest, _ := strings.Cut(page, "<style>") // without the policy that forbids scripts
	measured := "<style>html { width: 360px }" + rest + "<script>let m = document.querySelector('main'); document.title = m.clientWidth + ' of ' + m.scrollWidth</script>"
	file := filepath.Join(t.TempDir(), "route.html")
	if err := os.WriteFile(file, []byte(measured), 0o600); err != nil {
		t.Fatal(err)
	}
	if dom := browser.Shown(t, "file://"+file, 5*time.Second); !strings.Contains(dom, "<title>360 of 360</title>") {
		t.Errorf("the page is wider than a phone: %.200s", dom)
	}
}

func TestAuditRoutesAreOrderedByHandAndTakenOff(t *testing.T) {
	t.Parallel()
	f := setup(t)
	route := f.routed()
	path := "/v1/audit-routes/" + route
	c := f.as("supervisor")
	before := c.get(path).want(200)
	order := each(before.at("stops"), "stop_id")
	slices.Reverse(order)
	after := c.put(path+"/stops", object{"revision": 1, "stop_ids": order}).want(200)
	if got := each(after.at("stops"), "stop_id"); !slices.Equal(got, order) || after.at("revision") != 2.0 {
		t.Errorf("%s", after)
	}
	if times := each(after.at("stops"), "planned_at"); !slices.IsSorted(times) {
		t.Errorf("times %v", times)
	}
	if now := c.get(path).want(200); !cmp.Equal(each(now.at("stops"), "stop_id"), order) {
		t.Errorf("stored is %s", now)
	}
	c.put(path+"/stops", object{"revision": 1, "stop_ids": order}).want(409)
	c.put(path+"/stops", object{"revision": 2, "stop_ids": order[:2]}).want(400)
	c.put(path+"/stops", object{"revision": 2, "stop_ids": []string{order[0], order[1], order[1]}}).want(400).wantField("/stop_ids/2", "given_twice")
	c.put(path+"/stops", object{"revision": 2, "stop_ids": []string{order[0], order[1], uuid.NewString()}}).want(400).wantField("/stop_ids/2", "not_found")

	taken := rounds.StopID(uuid.MustParse(order[2]))
	c.do("DELETE", path, nil).want(204)
	c.do("DELETE", path, nil).want(404)
	f.as("auditor1").get(path).want(404)
	if got := f.as("auditor1").get("/v1/me/audit-routes?date=" + tuesday).want(200); len(list(got.at("routes"))) != 0 {
		t.Errorf("%s", got)
	}
	visit := f.visit("auditor1", f.first("rep1"), 60, atStop(taken))
	if got := f.as("auditor1").get("/v1/visits/" + visit).want(200); got.at("audit") != true {
		t.Errorf("a visit at a stop taken off is no auditor's: %s", got)
	}
	audit := before.text("audit_id")
	made := c.post("/v1/audits/"+audit+"/routes", routesFor([]any{tuesday}, f.users["auditor1"].ID.String())).want(201)
	if made.at("planned") != 3.0 || made.text("items", 0, "id") == route {
		t.Errorf("%s", made)
	}
}

// Whoever asks at the same time is told so, and no retailer is given twice.
func TestAuditRoutesArePlannedOnce(t *testing.T) {
	t.Parallel()
	f := setup(t)
	drawn := f.retailers["rep1"]
	path := "/v1/audits/" + f.drawnOf("north", drawn).ID.String() + "/routes"
	question := routesFor([]any{tuesday, wednesday}, f.auditor("auditor1"), f.auditor("auditor2"))
	statuses := make(chan int)
	for range 4 {
		go func() { statuses <- f.as("supervisor").post(path, question).status }()
	}
	made := 0
	for range 4 {
		switch status := <-statuses; status {
		case 201:
			made++
		case 409:
		default:
			t.Errorf("answered %d", status)
		}
	}
	var got []string
	for _, r := range list(f.as("supervisor").get(path).want(200).at("items")) {
		got = append(got, each(at(r, "stops"), "retailer_id")...)
	}
	slices.Sort(got)
	want := ids(drawn)
	slices.Sort(want)
	if !slices.Equal(got, want) || made == 0 {
		t.Errorf("%d made, stops at %v, want %v", made, got, want)
	}
}
