package api_test

import (
	"encoding/json"
	"fmt"
	"net/http"
	"slices"
	"strings"
	"testing"
	"time"

	"github.com/google/go-cmp/cmp"
	"github.com/google/uuid"
)

// callers are the columns of the matrix. Everything asked for is rep1's, of the unit north.
var callers = []string{"nobody", "rep1", "rep2", "supervisor", "sibling", "planner", "admin", "foreign"}

// matrix says how each operation answers each caller. In braces are ids of the org; foreign is the administrator
// of another org, and the same request with ids that nobody has must be answered the same.
var matrix = []struct{ operation, request, body, want string }{
	//                                                                               nobody rep1 rep2 super sibling planner admin foreign
	{"login", "POST /v1/auth/login", `{"org":"{org}","name":"rep1","password":"{password}"}`, "200 200 200 200 200 200 200 200"},
	{"refresh", "POST /v1/auth/refresh", `{"refresh_token":"{refresh}"}`, "200 200 200 200 200 200 200 200"},
	{"logout", "POST /v1/auth/logout", `{"refresh_token":"{refresh}"}`, "204 204 204 204 204 204 204 204"},
	{"getKeys", "GET /.well-known/jwks.json", "", "200 200 200 200 200 200 200 200"},
	{"getHealth", "GET /healthz", "", "200 200 200 200 200 200 200 200"},
	{"getReady", "GET /readyz", "", "200 200 200 200 200 200 200 200"},

	{"getMe", "GET /v1/me", "", "401 200 200 200 200 200 200 200"},
	{"getMyPlan", "GET /v1/me/plan", "", "401 200 200 200 200 200 200 200"},
	{"getMyEvents", "GET /v1/me/events?since=2026-01-01T00:00:00Z", "", "401 200 200 200 200 200 200 200"},
	{"getMyData", "GET /v1/me/data", "", "401 200 200 200 200 200 200 200"},
	{"getMyDecisions", "GET /v1/me/decisions?since=2026-01-01T00:00:00Z", "", "401 200 200 200 200 200 200 200"},
	{"postVisitEvent", "POST /v1/visit-events", `{event}`, "401 201 201 201 201 201 201 422"},
	{"postAuditFindings", "POST /v1/me/audit-findings", `{"findings":[{finding}]}`, "401 200 200 200 200 200 200 200"},
	{"getMyAuditFindings", "GET /v1/me/audit-findings?audit={audit}", "", "401 200 200 200 200 200 200 200"},
	{"postVisitEvents", "POST /v1/visit-events/batch", `{"events":[{event}]}`, "401 200 200 200 200 200 200 200"},
	{"postVisitEventStatus", "POST /v1/visit-events/status", `{"ids":["{visit}"]}`, "401 200 200 200 200 200 200 200"},

	{"postPhoto", "POST /v1/photos", `{picture}`, "401 201 201 201 201 201 201 201"},
	{"getPhoto", "GET /v1/photos/{photo}?purpose=case+7", "", "401 200 404 200 404 403 200 404"},

	{"listVisits", "GET /v1/visits?rep={rep}&retailer={retailer}", "", "401 200 200 200 200 200 200 200"},
	{"getVisit", "GET /v1/visits/{visit}", "", "401 200 404 200 404 200 200 404"},
	{"postReview", "POST /v1/visits/{visit}/reviews", `{"decision":"note","reason":"seen"}`, "401 403 403 201 404 403 201 404"},

	{"listAudits", "GET /v1/audits", "", "401 403 403 200 200 200 200 200"},
	{"postAudit", "POST /v1/audits", `{"unit_id":"{unit}","from":"2025-01-01","to":"2025-01-31","spec":{"n":1}}`, "401 403 403 201 400 403 409 400"},
	{"getAudit", "GET /v1/audits/{audit}", "", "401 403 403 200 404 200 200 404"},
	{"postAuditValue", "POST /v1/audits/{audit}/value", `{"value":"6"}`, "401 403 403 200 404 403 409 404"},
	{"postAuditBeacon", "POST /v1/audits/{audit2}/beacon", `{"output":"6"}`, "401 403 403 200 404 403 409 404"},
	{"listAuditPicks", "GET /v1/audits/{audit}/picks", "", "401 403 403 200 404 200 200 404"},
	{"listAuditChanges", "GET /v1/audits/{audit}/changes", "", "401 403 403 200 404 200 200 404"},
	{"postAuditChange", "POST /v1/audits/{audit}/changes", `{"id":"{new}","kind":"remove","retailer_id":"{retailer}","reason":"r"}`, "401 403 403 201 404 403 409 404"},
	{"postAuditChangeDecision", "POST /v1/audits/{audit3}/changes/{change}/decision", `{"decision":"accept"}`, "401 404 404 403 404 404 200 404"},
	{"getAuditRecord", "GET /v1/audits/{audit}/record", "", "401 404 404 200 404 200 200 404"},
	{"postAuditFinish", "POST /v1/audits/{audit}/finish", `{"reason":"r"}`, "401 403 403 200 404 403 409 404"},
	{"postAuditCancel", "POST /v1/audits/{audit2}/cancel", `{"reason":"r"}`, "401 403 403 200 404 403 409 404"},
	{"listAuditFindings", "GET /v1/audits/{audit}/findings", "", "401 403 403 200 404 200 200 404"},
	{"listAuditClaims", "GET /v1/audits/{audit}/claims", "", "401 403 403 200 404 200 200 404"},
	{"getMyAuditClaims", "GET /v1/me/audit-claims", "", "401 200 200 200 200 200 200 200"},
	{"getAuditEstimates", "GET /v1/audit-estimates?audit={audit}", "", "401 403 403 200 404 200 200 404"},
	{"getAuditFavour", "GET /v1/audit-favour", "", "401 403 403 200 200 403 200 200"},
	{"getAuditChain", "GET /v1/audit-chain", "", "401 200 200 200 200 200 200 200"},

	{"listRequests", "GET /v1/requests?rep={rep}", "", "401 200 200 200 200 200 200 200"},
	{"postRequest", "POST /v1/requests", `{"id":"{new}","kind":"dispute","visit_id":"{visit}","reason":"r"}`, "401 201 400 400 400 400 400 400"},
	{"getRequest", "GET /v1/requests/{request}", "", "401 200 404 200 404 200 200 404"},
	{"postRequestDecision", "POST /v1/requests/{request}/decision", `{"decision":"refuse","reason":"r"}`, "401 403 403 200 404 403 409 404"},
	{"postRequestWithdraw", "POST /v1/requests/{request2}/withdraw", "", "401 200 404 403 404 403 403 404"},
	{"listExceptions", "GET /v1/exceptions?rep={rep}", "", "401 200 200 200 200 200 200 200"},
	{"postExceptionDecisions", "POST /v1/exceptions/decisions", `{"items":[{"kind":"visit_elsewhere","id":"{visit}"}],"decision":"note","reason":"seen"}`, "401 403 403 200 200 403 200 200"},

	{"listClosings", "GET /v1/closings", "", "401 200 200 200 200 200 200 200"},
	{"postClosing", "POST /v1/closings", `{"through":"{over}","reason":"paid"}`, "401 403 403 403 403 403 201 201"},
	{"listLateVisits", "GET /v1/late-visits?rep={rep}", "", "401 200 200 200 200 200 200 200"},

	{"listPlans", "GET /v1/plans?rep={rep}", "", "401 200 200 200 200 200 200 200"},
	{"postPlan", "POST /v1/plans", `{"rep_id":"{rep}","date":"{day}","retailer_ids":["{retailer}"]}`, "401 403 403 201 400 201 201 400"},
	{"getPlan", "GET /v1/plans/{plan}", "", "401 200 404 200 404 200 200 404"},
	{"putPlanStops", "PUT /v1/plans/{plan}/stops", `{"revision":{revision},"stop_ids":["{stop}"]}`, "401 403 403 200 404 200 200 404"},
	{"postPlanEdit", "POST /v1/plans/{plan}/edits", `{"revision":{revision},"action":"lock","stop_id":"{stop}"}`, "401 403 403 200 404 200 200 404"},
	{"postPlanOptimize", "POST /v1/plans/{plan}/optimize", `{"revision":{revision}}`, "401 403 403 200 404 200 200 404"},
	{"getPlanActual", "GET /v1/plans/{plan}/actual", "", "401 200 404 200 404 200 200 404"},
	{"getPlanGeoJSON", "GET /v1/plans/{plan}/route.geojson", "", "401 200 404 200 404 200 200 404"},
	{"getPlanGPX", "GET /v1/plans/{plan}/route.gpx", "", "401 200 404 200 404 200 200 404"},
	{"listAuditRoutes", "GET /v1/audits/{routed}/routes", "", "401 403 403 200 404 200 200 404"},
	{"postAuditRoutes", "POST /v1/audits/{routed}/routes", `{"auditors":[{"user_id":"{rep}"}],"dates":["{day}"]}`, "401 403 403 201 404 403 201 404"},
	{"getAuditRoute", "GET /v1/audit-routes/{auditroute}", "", "401 200 404 200 404 200 200 404"},
	{"putAuditRouteStops", "PUT /v1/audit-routes/{auditroute}/stops", `{"revision":{auditrevision},"stop_ids":["{auditstop}"]}`, "401 403 403 200 404 403 200 404"},
	{"getAuditRouteGeoJSON", "GET /v1/audit-routes/{auditroute}/route.geojson", "", "401 200 404 200 404 200 200 404"},
	{"getAuditRouteGPX", "GET /v1/audit-routes/{auditroute}/route.gpx", "", "401 200 404 200 404 200 200 404"},
	{"getAuditRouteKML", "GET /v1/audit-routes/{auditroute}/route.kml", "", "401 200 404 200 404 200 200 404"},
	{"getAuditRoutePage", "GET /v1/audit-routes/{auditroute}/page.html", "", "401 200 404 200 404 200 200 404"},
	{"deleteAuditRoute", "DELETE /v1/audit-routes/{auditroute2}", "", "401 403 403 204 404 403 404 404"},
	{"getMyAuditRoutes", "GET /v1/me/audit-routes", "", "401 200 200 200 200 200 200 200"},
	{"postRouteOptimize", "POST /v1/routes/optimize", `{"stops":[{"id":"a","lat":30.1,"lon":120.2},{"id":"b","lat":30.2,"lon":120.2}]}`, "401 403 403 200 200 200 200 200"},

	{"listJourneyPlans", "GET /v1/journey-plans", "", "401 200 200 200 200 200 200 200"},
	{"postJourneyPlan", "POST /v1/journey-plans", `{"from":"{day}","weeks":1,"rep_ids":["{rep}"]}`, "401 403 403 202 400 202 202 400"},
	{"getJourneyPlan", "GET /v1/journey-plans/{journey}", "", "401 200 404 200 404 200 200 404"},
	{"listJourneyReps", "GET /v1/journey-plans/{journey}/reps", "", "401 200 404 200 404 200 200 404"},
	{"listBeats", "GET /v1/journey-plans/{journey}/beats", "", "401 200 404 200 404 200 200 404"},
	{"listLeftOut", "GET /v1/journey-plans/{journey}/left-out", "", "401 200 404 200 404 200 200 404"},
	{"postJourneyCancel", "POST /v1/journey-plans/{journey3}/cancel", `{"reason":"r"}`, "401 403 403 200 404 409 409 404"},
	{"postJourneyAccept", "POST /v1/journey-plans/{journey}/accept", `{"from":"2026-03-03","reason":"r"}`, "401 403 403 200 404 409 409 404"},
	{"postJourneyDiscard", "POST /v1/journey-plans/{journey2}/discard", `{"reason":"r"}`, "401 403 403 200 404 409 409 404"},

	{"listRetailers", "GET /v1/retailers?territory={territory}", "", "401 200 200 200 200 200 200 200"},
	{"postRetailer", "POST /v1/retailers", `{"code":"{new}","name":"n","territory_id":"{territory}"}`, "401 403 403 403 403 201 201 400"},
	{"getRetailer", "GET /v1/retailers/{retailer}", "", "401 200 404 200 404 200 200 404"},
	{"patchRetailer", "PATCH /v1/retailers/{retailer}", `{"class":"B"}`, "401 403 403 403 403 200 200 404"},
	{"importRetailers", "POST /v1/retailers/import?dry_run=true", "code,name\n{new},n\n", "401 403 403 403 403 200 200 200"},
	{"importBeats", "POST /v1/journey-plans/import?from=2026-03-09", "rep,week,weekday,code\nrep1,1,mon,R11\n", "401 403 403 201 422 201 201 201"},
	{"listMissedCalls", "GET /v1/missed-calls?rep={rep}", "", "401 200 200 200 200 200 200 200"},
	{"getRhythm", "GET /v1/retailers/{retailer}/rhythm", "", "401 200 404 200 404 200 200 404"},
	{"putRhythm", "PUT /v1/retailers/{quiet}/rhythm", `{"weekdays":["tue"]}`, "401 403 403 403 403 200 200 404"},
	{"listTokens", "GET /v1/retailers/{retailer}/tokens", "", "401 403 403 403 403 200 200 404"},
	{"postToken", "POST /v1/retailers/{retailer}/tokens", `{"kind":"tag"}`, "401 403 403 403 403 201 201 404"},
	{"deleteToken", "DELETE /v1/retailers/{retailer}/tokens/{token}", "", "401 403 403 403 403 204 204 404"},

	{"listPinProposals", "GET /v1/pins/proposals?status=proposed", "", "401 403 403 200 200 200 200 200"},
	{"postPinProposal", "POST /v1/pins/proposals", `{"retailer_id":"{quiet}"}`, "401 403 403 403 403 200 200 404"},
	{"getPinProposal", "GET /v1/pins/proposals/{proposal}", "", "401 403 403 200 404 200 200 404"},
	{"postPinDecision", "POST /v1/pins/proposals/{proposal}/decision", `{"decision":"refuse","reason":"r"}`, "401 403 403 403 403 200 409 404"},
	{"listPinSuspects", "GET /v1/pins/suspects", "", "401 403 403 200 200 200 200 200"},

	{"listUsers", "GET /v1/users", "", "401 200 200 200 200 200 200 200"},
	{"postUser", "POST /v1/users", `{"name":"{new}","password":"{password}","role":"rep","unit_id":"{unit}"}`, "401 403 403 403 403 403 201 400"},
	{"getUser", "GET /v1/users/{rep}", "", "401 200 404 200 404 200 200 404"},
	{"patchUser", "PATCH /v1/users/{rep}", `{"display_name":"d"}`, "401 403 403 403 403 403 200 404"},
	{"listLeave", "GET /v1/users/{rep}/leave", "", "401 200 404 200 404 200 200 404"},
	{"postLeave", "POST /v1/users/{rep}/leave", `{"from":"{day}","until":"{day}","reason":"r"}`, "401 403 403 201 404 201 201 404"},
	{"deleteLeave", "DELETE /v1/users/{rep}/leave/{leave}", "", "401 403 403 204 404 204 204 404"},
	{"getCalendar", "GET /v1/calendar?year=2026", "", "401 200 200 200 200 200 200 200"},
	{"importCalendar", "POST /v1/calendar/import?dry_run=true", "date,working\n2026-01-01,no\n", "401 403 403 403 403 403 200 200"},
	{"putCalendar", "PUT /v1/calendar/2026", `{"days":[],"reason":"r"}`, "401 403 403 403 403 403 200 200"},
	{"listCalendarFeeds", "GET /v1/users/{rep}/calendar-feeds", "", "401 200 404 403 404 403 200 404"},
	{"postCalendarFeed", "POST /v1/users/{rep}/calendar-feeds", "", "401 201 404 403 404 403 201 404"},
	{"deleteCalendarFeed", "DELETE /v1/users/{rep}/calendar-feeds/{feed}", "", "401 204 404 403 404 403 204 404"},
	{"getCalendarFeed", "GET /v1/calendars/{feedtoken}", "", "200 200 200 200 200 200 200 200"},
	{"listUnits", "GET /v1/units", "", "401 200 200 200 200 200 200 200"},
	{"postUnit", "POST /v1/units", `{"parent_id":"{unit}","name":"{new}"}`, "401 403 403 403 403 403 201 400"},
	{"patchUnit", "PATCH /v1/units/{unit}", `{"name":"{new}"}`, "401 403 403 403 403 403 200 404"},
	{"listTerritories", "GET /v1/territories", "", "401 200 200 200 200 200 200 200"},
	{"postTerritory", "POST /v1/territories", `{"name":"{new}","purpose":"visit","unit_id":"{unit}","rep_id":"{rep}"}`, "401 403 403 403 403 201 201 400"},
	{"getTerritory", "GET /v1/territories/{territory}", "", "401 200 404 200 404 200 200 404"},
	{"patchTerritory", "PATCH /v1/territories/{territory}", `{"reason":"r","name":"{new}"}`, "401 403 403 403 403 200 200 404"},
	{"postVisitDays", "POST /v1/territories/{territory}/visit-days", `{"weekdays":["mon","tue"]}`, "401 403 403 403 403 202 202 404"},
	{"listTerritoryProposals", "GET /v1/territory-proposals", "", "401 403 403 200 200 200 200 200"},
	{"postTerritoryProposal", "POST /v1/territory-proposals", `{"purpose":"visit","unit_id":"{unit}"}`, "401 403 403 403 403 202 202 400"},
	{"getTerritoryProposal", "GET /v1/territory-proposals/{cut}", "", "401 403 403 200 404 200 200 404"},
	{"listCutRetailers", "GET /v1/territory-proposals/{cut}/retailers", "", "401 403 403 200 404 200 200 404"},
	{"postTerritoryCancel", "POST /v1/territory-proposals/{cut}/cancel", `{"reason":"r"}`, "401 403 403 403 403 200 409 404"},
	{"postTerritoryDiscard", "POST /v1/territory-proposals/{cut3}/discard", `{"reason":"r"}`, "401 403 403 403 403 200 409 404"},
	{"getTerritoryEvents", "GET /v1/territory-proposals/{cut2}/events", "", "401 403 403 200 404 200 200 404"},
	{"listTerritoryEdits", "GET /v1/territory-proposals/{cut2}/edits", "", "401 403 403 200 404 200 200 404"},
	{"postTerritoryEdit", "POST /v1/territory-proposals/{cut2}/edits", `{"revision":1,"reason":"r","dry_run":true,"repair":true}`, "401 403 403 403 403 200 200 404"},
	{"compareTerritoryProposals", "GET /v1/territory-proposals/{cut2}/compare?with={cut3}", "", "401 403 403 200 404 200 200 404"},
	{"postTerritoryAccept", "POST /v1/territory-proposals/{cut2}/accept", `{"from":"2026-03-03","reason":"r"}`, "401 403 403 403 403 200 409 404"},
	{"postTerritoryRollBack", "POST /v1/territory-proposals/{cut2}/roll-back", `{"from":"2026-03-03","reason":"r"}`, "401 403 403 403 403 200 409 404"},
	{"getTerritoryGeoJSON", "GET /v1/territory-proposals/{cut2}/outlines.geojson", "", "401 403 403 200 404 200 200 404"},
	{"getTerritoryKML", "GET /v1/territory-proposals/{cut2}/outlines.kml", "", "401 403 403 200 404 200 200 404"},
	{"getTerritoryPage", "GET /v1/territory-proposals/{cut2}/page.html", "", "401 403 403 200 404 200 200 404"},
	{"importTerritories", "POST /v1/territories/import?purpose=visit&unit={unit}", "code,territory\nR11,{new}\n", "401 403 403 403 403 201 201 400"},
	{"exportTerritories", "GET /v1/territories/export?purpose=visit&format=csv", "", "401 403 403 200 200 200 200 200"},
	{"postTerritoryDisagreements", "POST /v1/territories/disagreements?purpose=visit", `{ground}`, "401 403 403 200 200 200 200 200"},
	{"listRetailerTerritories", "GET /v1/retailers/{retailer}/territories", "", "401 200 404 200 404 200 200 404"},
	{"listAuditForms", "GET /v1/audit-forms", "", "401 200 200 200 200 200 200 200"},
	{"postAuditForm", "POST /v1/audit-forms?form={form}", `{questions}`, "401 403 403 201 201 201 201 404"},
	{"importAuditForm", "POST /v1/audit-forms/import", `{workbook}`, "401 403 403 201 201 201 201 201"},
	{"getDefaultAuditForm", "GET /v1/audit-forms/default", "", "401 200 200 200 200 200 200 200"},
	{"getAuditForm", "GET /v1/audit-forms/{form}?version=1", "", "401 404 404 200 200 200 200 404"},
	{"getSiting", "GET /v1/siting?lat=31.4&lon=120", "", "401 403 403 200 200 200 200 200"},
	{"getSettings", "GET /v1/settings", "", "401 200 200 200 200 200 200 200"},
	{"putSettings", "PUT /v1/settings", `{"settings":{"position_days":60},"reason":"r"}`, "401 403 403 403 403 403 200 200"},
	{"listPolicies", "GET /v1/policies", "", "401 200 200 200 200 200 200 200"},
	{"postPolicy", "POST /v1/policies", `{"rules":{"radius_m":90},"reason":"r"}`, "401 403 403 403 403 403 201 201"},
}

func TestEveryOperationAsEveryRole(t *testing.T) {
	t.Parallel()
	var rows []string
	s := newScene(t)
	for _, row := range matrix {
		rows = append(rows, row.operation)
		for i, want := range strings.Fields(row.want) {
			a := s.ask(t, callers[i], row.request, row.body, s.ids)
			if fmt.Sprint(a.status) != want {
				t.Errorf("%s as %s: %s; want %s", row.operation, callers[i], a, want)
			}
		}
	}
	slices.Sort(rows)
	if diff := cmp.Diff(theContract.operations(), rows); diff != "" {
		t.Errorf("operations without a row (-contract +matrix):\n%s", diff)
	}
}

func TestAnotherOrgsIdsAreAnsweredLikeMissingOnes(t *testing.T) {
	t.Parallel()
	s := newScene(t)
	missing := map[string]string{}
	for name := range s.ids {
		missing[name] = uuid.NewString()
		if name == "{photo}" {
			missing[name] = hexOf([]byte(missing[name]))
		}
	}
	for _, row := range matrix {
		if row.request+row.body == s.strip(row.request+row.body) {
			continue
		}
		for _, caller := range []string{"rep2", "sibling", "foreign"} {
			if caller != "foreign" && !strings.HasPrefix(row.request, "GET") {
				continue
			}
			if caller == "sibling" && row.operation == "getAuditForm" { // forms are the whole org's
				continue
			}
			there, nowhere := s.ask(t, caller, row.request, row.body, s.ids), s.ask(t, caller, row.request, row.body, missing)
			if diff := cmp.Diff(essence(there), essence(nowhere)); diff != "" {
				t.Errorf("%s as %s (-there +nowhere):\n%s", row.operation, caller, diff)
			}
		}
	}
}

// strip takes the names of ids out.
func (s *scene) strip(text string) string {
	for name := range s.ids {
		text = strings.ReplaceAll(text, name, "")
	}
	return text
}

// essence is an answer without what differs from one to the next, and without the ids asked for.
func essence(a answer) object {
	e := object{"status": a.status, "type": a.header.Get("Content-Type")}
	var body object
	if json.Unmarshal(a.body, &body) == nil {
		delete(body, "request_id")
		delete(body, "time")
		for _, result := range list(body["results"]) {
			delete(result.(object), "id")
		}
		e["body"] = body
	}
	return e
}

// A rep of another org who names this org's retailer and event is told what anybody would be told.
func TestEventsOfAnotherOrgAreApart(t *testing.T) {
	t.Parallel()
	f, other := setup(t), setup(t)
	event := checkIn(f.first("rep1"), 0)
	f.as("rep1").post("/v1/visit-events", event).want(201)
	other.as("rep1").post("/v1/visit-events", event).want(422).wantField("/retailer_id", "unknown_retailer")
	event["retailer_id"] = other.first("rep1").ID.String()
	other.as("rep1").post("/v1/visit-events", event).want(201)
	if got := f.as("rep1").get("/v1/visits").want(200).at("items"); len(list(got)) != 1 {
		t.Errorf("the org has %d visits, want 1", len(list(got)))
	}
}

func TestNobodyTakesWhatTheirUnitsDoNotHold(t *testing.T) {
	t.Parallel()
	f := setup(t)
	planner := f.as("planner")
	south := f.first("rep3").ID.String()
	planner.patch("/v1/retailers/"+south, object{"class": "C"}).want(404)
	planner.patch("/v1/territories/"+f.territories["rep3"].String(), object{"reason": "r", "name": "mine"}).want(404)
	planner.patch("/v1/territories/"+f.territories["rep1"].String(), object{"reason": "r", "unit_id": f.units["south"].String()}).want(404)
	planner.patch("/v1/territories/"+f.territories["rep1"].String(), object{"reason": "r", "rep_id": f.users["rep3"].ID.String()}).
		want(400).wantField("/rep_id", "not_a_rep")
	planner.post("/v1/plans", object{"rep_id": f.users["rep3"].ID.String(), "date": today}).want(400).wantField("/rep_id", "not_a_rep")
	planner.post("/v1/plans", object{"rep_id": f.users["rep1"].ID.String(), "date": today, "retailer_ids": []string{south}}).
		want(400).wantField("/retailer_ids/0", "not_found")
	planner.post("/v1/retailers", object{"code": "new", "name": "n", "territory_id": f.territories["rep3"].String()}).
		want(400).wantField("/territory_id", "not_found")
}

// An id in a body is never the id of what is changed.
func TestBodyCannotNameWhatThePathNames(t *testing.T) {
	t.Parallel()
	f := setup(t)
	admin := f.as("admin").breaking()
	other := f.first("rep2").ID.String()
	for path, body := range map[string]object{
		"/v1/retailers/" + f.first("rep1").ID.String():      {"id": other, "name": "n"},
		"/v1/users/" + f.users["rep1"].ID.String():          {"id": f.users["rep2"].ID.String(), "display_name": "n"},
		"/v1/units/" + f.units["north"].String():            {"id": f.units["south"].String(), "name": "n"},
		"/v1/territories/" + f.territories["rep1"].String(): {"id": f.territories["rep2"].String(), "name": "n", "reason": "r"},
		"/v1/users/" + f.users["rep3"].ID.String():          {"org_id": f.org.ID.String(), "display_name": "n"},
	} {
		admin.patch(path, body).want(http.StatusBadRequest)
	}
	if got := f.as("admin").get("/v1/retailers/" + other).want(200).text("name"); got != f.first("rep2").Name {
		t.Errorf("the other retailer is named %q", got)
	}
}

func TestRightsEndWithinASecond(t *testing.T) {
	t.Parallel()
	f := alone(t)
	admin, rep := f.as("admin"), f.as("rep1")
	path := func(name string) string { return "/v1/users/" + f.users[name].ID.String() }
	rep.get("/v1/me").want(200)
	admin.patch(path("rep1"), object{"active": false}).want(200)
	f.move(time.Second)
	rep.get("/v1/me").want(401)
	f.as("rep1").get("/v1/me").want(401)

	supervisor := f.as("supervisor")
	plan := object{"rep_id": f.users["rep2"].ID.String(), "date": today}
	supervisor.post("/v1/plans", plan).want(201)
	admin.patch(path("supervisor"), object{"role": "rep"}).want(200)
	f.move(time.Second)
	supervisor.post("/v1/plans", with(plan, "replace", true)).want(403)
	supervisor.get(path("rep2")).want(404)

	sibling := f.as("sibling")
	sibling.get(path("rep3")).want(200)
	admin.patch(path("sibling"), object{"unit_id": f.units["north"].String()}).want(200)
	f.move(time.Second)
	sibling.get(path("rep3")).want(404)
	sibling.get(path("rep2")).want(200)
}

func TestTheLastAdministratorStays(t *testing.T) {
	t.Parallel()
	f := setup(t)
	for _, change := range []object{{"active": false}, {"role": "rep"}} {
		f.as("admin").patch("/v1/users/"+f.users["admin"].ID.String(), change).want(409)
	}
	f.as("admin").get("/v1/policies").want(200)
}
