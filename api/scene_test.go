package api_test

import (
	"context"
	"fmt"
	"strings"
	"testing"
	"time"

	"rounds"
	"rounds/blobs"
	"rounds/fieldwork"
	"rounds/geo"

	"github.com/google/uuid"
	"github.com/paulmach/orb"
)

// scene is an org with something of everything, and the names that stand for it in the matrix.
type scene struct {
	*fixture
	foreign *fixture
	ids     map[string]string
	days    int
}

func newScene(t *testing.T) *scene {
	keeper, err := blobs.OpenDir(t.TempDir())
	if err != nil {
		t.Fatal(err)
	}
	t.Cleanup(func() { _ = keeper.Close() })
	f := alone(t)
	f.office.KeepPhotos(keeper)
	s := &scene{fixture: f, foreign: f.orgFor(t)}
	plan := s.plan("rep1", today, f.retailers["rep1"][:1])
	visit := s.visit("rep1", s.first("rep1"), 0)
	s.ids = map[string]string{
		"{journey}": f.journey("rep1").text("id"), "{journey2}": f.journey("rep1").text("id"), "{journey3}": f.askJourney("rep1").text("id"),
		"{cut}": f.askCut().text("id"), "{cut2}": f.cut().text("id"), "{cut3}": f.cut().text("id"),
		"{request}": s.dispute("rep1", visit), "{request2}": s.dispute("rep1", visit),
		"{rep}": f.users["rep1"].ID.String(), "{retailer}": f.first("rep1").ID.String(), "{unit}": f.units["north"].String(),
		"{territory}": f.territories["rep1"].String(), "{visit}": visit,
		"{plan}": plan.ID.String(), "{stop}": plan.Stops[0].ID.String(),
		"{audit}": f.as("supervisor").commit(8, "spec", object{"n": 8}).text("id"), "{audit2}": f.awaitingBeacon(),
		"{quiet}": f.retailers["rep1"][1].ID.String(), "{proposal}": f.proposal("rep1", 2).String(),
	}
	s.ids["{audit3}"], s.ids["{change}"] = f.changed()
	s.routeAudits()
	data := picture(t, 200)
	f.as("rep1").sendPhoto(data).want(201)
	f.visit("rep1", f.first("rep1"), 90, shown(object{"kind": "photo", "sha256": hexOf(data)}))
	s.ids["{photo}"] = hexOf(data)
	feed, _, err := f.office.AddFeed(context.Background(), f.actor("rep1"), f.users["rep1"].ID)
	f.must(err)
	s.ids["{feed}"] = feed.ID.String()
	s.ids["{form}"] = f.as("planner").post("/v1/audit-forms", questions("first")).want(201).text("id")
	token, err := f.office.AddToken(context.Background(), f.actor("admin"), f.first("rep1").ID, rounds.TokenTOTP, 0)
	f.must(err)
	s.ids["{token}"] = token.ID.String()
	return s
}

// routeAudits lets rep1 audit two retailers of rep2's, one in each of two audits.
func (s *scene) routeAudits() {
	for i, name := range []string{"", "2"} {
		audit := s.drawnOf("north", s.retailers["rep2"][i:i+1]).ID
		made, err := s.office.PlanAuditRoutes(context.Background(), s.actor("admin"), audit, fieldwork.NewAuditRoutes{
			Auditors: []fieldwork.RouteAuditor{{ID: s.users["rep1"].ID}}, Days: []rounds.Day{tuesday}, Service: 600,
		})
		s.must(err)
		route := made.Routes[0]
		s.ids["{routed"+name+"}"], s.ids["{auditroute"+name+"}"], s.ids["{auditstop"+name+"}"] = audit.String(), route.ID.String(), route.Stops[0].ID.String()
	}
}

// auditRevision is that of the first of them.
func (s *scene) auditRevision() int {
	r, err := s.store.AuditRoute(context.Background(), s.everything(), rounds.UserID{}, rounds.AuditRouteID(uuid.MustParse(s.ids["{auditroute}"])))
	s.must(err)
	return r.Revision
}

// proposal is an open one for a rep's retailer, as its visitors might have made it.
func (f *fixture) proposal(rep string, n int) rounds.PinProposalID {
	f.t.Helper()
	r := f.retailers[rep][n]
	p := rounds.PinProposal{
		ID: rounds.NewID[rounds.PinProposal](), RetailerID: r.ID, FromVersion: 1, MadeFrom: []rounds.UserID{f.users[rep].ID}, SeenThrough: today,
		Pin:         geo.Pin{Point: orb.Point{r.Pin.Point.Lon() + 0.003, r.Pin.Point.Lat()}, Sigma: 8, Source: geo.Learned},
		PinEvidence: rounds.PinEvidence{People: 3, Visits: 4, Days: 2, Shift: new(geo.Meters(286)), NearNew: 1},
		CreatedAt:   f.now(),
	}
	f.must(f.store.InsertPinProposals(context.Background(), f.org.ID, []rounds.PinProposal{p}))
	return p.ID
}

// awaitingBeacon is an audit whose beacon has spoken a moment ago.
func (f *fixture) awaitingBeacon() string {
	f.t.Helper()
	u := f.as("supervisor").commit(1, "from", "2026-01-01", "to", "2026-01-31",
		"beacon", object{"source": "s", "round": "1", "at": f.now().Add(time.Second).Format(time.RFC3339)})
	f.as("supervisor").post(auditPath(u)+"/value", object{"value": "6"}).want(200)
	f.move(time.Second)
	return u.text("id")
}

// changed is an audit with a change that waits for a second person.
func (f *fixture) changed() (audit, change string) {
	f.t.Helper()
	super := f.as("supervisor")
	u := super.drawnAudit(1, "6", "from", "2025-12-01", "to", "2025-12-31", "reps", []string{f.users["rep2"].ID.String()})
	body := object{"id": uuid.NewString(), "kind": "add", "retailer_id": f.first("rep1").ID.String(), "reason": "r"}
	return u.text("id"), super.post(auditPath(u)+"/changes", body).want(201).text("id")
}

// dispute asks for credit for a visit and gives the request's id.
func (f *fixture) dispute(rep, visit string) string {
	f.t.Helper()
	return f.as(rep).post("/v1/requests", object{"id": uuid.NewString(), "kind": "dispute", "visit_id": visit, "reason": "I was there"}).want(201).text("id")
}

func (f *fixture) plan(rep string, day rounds.Day, retailers []rounds.Retailer) rounds.Plan {
	f.t.Helper()
	n := fieldwork.NewPlan{RepID: f.users[rep].ID, Day: day, RoundTrip: true}
	for _, r := range retailers {
		n.Retailers = append(n.Retailers, r.ID)
	}
	plan, err := f.office.MakePlan(context.Background(), f.actor("admin"), n)
	f.must(err)
	return plan
}

func (f *fixture) actor(name string) rounds.Actor {
	f.t.Helper()
	a, err := f.store.Actor(context.Background(), f.org.ID, f.users[name].ID)
	f.must(err)
	return a
}

// fill puts the scene's ids, and what must be fresh each time, in their places.
func (s *scene) fill(text string, ids map[string]string) string {
	for name, id := range ids {
		text = strings.ReplaceAll(text, name, id)
	}
	fresh := map[string]func() string{
		"{org}":      func() string { return s.org.Slug },
		"{password}": func() string { return password },
		"{new}":      uuid.NewString,
		"{day}":      func() string { s.days++; return string(rounds.Day(today).Add(30 + s.days)) },
		"{over}":     func() string { s.days++; return string(rounds.Day(today).Add(s.days - 1000)) },
		"{event}":    func() string { return string(bytesOf(s.t, checkIn(s.first("rep1"), 1))) },
		"{finding}": func() string {
			return string(bytesOf(s.t, seen(rounds.Audit{ID: rounds.NewID[rounds.Audit]()}, s.first("rep1"))))
		},
		"{questions}": func() string { s.days++; return questions(fmt.Sprint(s.days)) },
		"{workbook}":  func() string { return string(workbook(s.t, nil)) },
		"{picture}":   func() string { s.days++; return string(picture(s.t, s.days)) },
		"{ground}":    func() string { return ground("somebody") },
		"{leave}":     s.leave,
		"{refresh}":   func() string { return s.login().text("refresh_token") },
		"{feedtoken}": func() string {
			_, token, err := s.office.AddFeed(context.Background(), s.actor("rep1"), s.users["rep1"].ID)
			s.must(err)
			return token
		},
		"{revision}":      func() string { return fmt.Sprint(s.revision()) },
		"{auditrevision}": func() string { return fmt.Sprint(s.auditRevision()) },
	}
	for name, make := range fresh {
		if strings.Contains(text, name) {
			text = strings.ReplaceAll(text, name, make())
		}
	}
	return text
}

// leave is a fresh one of rep1's.
func (s *scene) leave() string {
	s.days++
	from := rounds.Day(today).Add(300 + s.days)
	l, err := s.office.AddLeave(context.Background(), s.actor("admin"), rounds.Leave{RepID: s.users["rep1"].ID, From: from, Until: from})
	s.must(err)
	return l.ID.String()
}

func (s *scene) login() answer {
	return s.nobody(s.t).post("/v1/auth/login", object{"org": s.org.Slug, "name": "rep1", "password": password}).want(200)
}

func (s *scene) revision() int {
	for _, p := range list(s.as("admin").get("/v1/plans").want(200).at("items")) {
		if at(p, "id") == s.ids["{plan}"] {
			return int(at(p, "revision").(float64))
		}
	}
	s.t.Fatal("the plan is gone")
	return 0
}

func (s *scene) caller(name string) client {
	switch name {
	case "nobody":
		return s.nobody(s.t)
	case "foreign":
		return s.foreign.as("admin")
	}
	return s.as(name)
}

func (s *scene) ask(t *testing.T, caller, request, body string, ids map[string]string) answer {
	t.Helper()
	c := s.caller(caller)
	c.t = t
	if strings.Contains(request, "auth/") {
		c.org = "" // whoever logs in as somebody is told of nobody's org
	}
	if strings.Contains(request, "/calendars/") {
		c.org = s.canary // a feed is for whoever knows its address
	}
	if strings.HasSuffix(request, "/photos") {
		c = c.with("Content-Type", "image/png")
	}
	if strings.HasSuffix(request, "/import") {
		c = c.with("Content-Type", "application/octet-stream")
	}
	method, path, _ := strings.Cut(s.fill(request, ids), " ")
	if body == "" {
		return c.do(method, path, nil)
	}
	return c.do(method, path, s.fill(body, ids))
}
