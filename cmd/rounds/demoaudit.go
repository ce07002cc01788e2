package main

import (
	"context"
	"encoding/json"
	"fmt"
	"io"
	"net/http"
	"net/url"
	"slices"
	"strconv"
	"time"

	"rounds"
	"rounds/audit"
)

// auditors are nobody's reps, so that every retailer can be theirs to ask.
var auditors = []rounds.User{
	{Name: "heping", DisplayName: "何平", Role: rounds.RoleRep},
	{Name: "songjing", DisplayName: "宋静", Role: rounds.RoleRep},
}

// enough retailers find a cheat who invents one visit in twenty, 95 times of 100.
const enough = 59

// dice are what the supervisor throws once the server has committed itself.
const dice = "4 2 6 1 1 5 3"

// audited is what the API says of an audit.
type audited struct {
	ID         string `json:"id"`
	Retailers  int    `json:"retailers"`
	In         int    `json:"in"`
	Protection struct {
		Kind string `json:"kind"`
	} `json:"protection"`
	faults   []error // of its record
	claims   []auditClaim
	happened shareSeen
}

// shareSeen is an estimated share of all claimed visits.
type shareSeen struct {
	Value float64 `json:"value"`
	Low   float64 `json:"low"`
	High  float64 `json:"high"`
}

// estimatesSeen is what the demo reads of the estimates.
type estimatesSeen struct {
	All struct {
		VisitsHappened shareSeen `json:"visits_happened"`
	} `json:"all"`
}

type auditClaim struct {
	RepName string `json:"rep_name"`
	Says    string `json:"says"`
}

// auditRoute is what an auditor's handset downloads of a route.
type auditRoute struct {
	AuditID     string     `json:"audit_id"`
	FormVersion int        `json:"form_version"`
	Stops       []beatStop `json:"stops"`
}

// audit has the day's claimed visits looked at by others: drawn by a supervisor, asked about by auditors.
func (d *demo) audit(ctx context.Context) error {
	supervisor, err := d.client(ctx, demoSupervisor)
	if err != nil {
		return err
	}
	people, err := d.hireAuditors(ctx)
	if err != nil {
		return err
	}
	if err := d.drawAudit(ctx, &supervisor); err != nil {
		return err
	}
	path := "/v1/audits/" + d.audited.ID
	tomorrow := d.today.Add(1)
	routes := map[string]any{"auditors": people, "dates": []rounds.Day{tomorrow}, "any_day": true, "service_s": 300, "begins": "07:00", "ends": "20:00"}
	if err := supervisor.post(ctx, path+"/routes", routes, &struct{}{}); err != nil {
		return err
	}
	found := 0
	for _, u := range auditors {
		n, err := d.ask(ctx, u.Name, tomorrow)
		if err != nil {
			return err
		}
		found += n
	}
	if err := supervisor.post(ctx, path+"/finish", map[string]string{"reason": "as far as the day went"}, &struct{}{}); err != nil {
		return err
	}
	d.done("an audit of %s: drawn, shared out among %d auditors, %d findings", d.day, len(auditors), found)
	return d.readAudit(ctx, &supervisor)
}

// hireAuditors adds them when the reps' plans are made: no plan of visits is theirs.
func (d *demo) hireAuditors(ctx context.Context) (people []map[string]string, err error) {
	admin, err := d.client(ctx, demoAdmin)
	if err != nil {
		return nil, err
	}
	for _, u := range auditors {
		var added userSeen
		body := map[string]string{"name": u.Name, "display_name": u.DisplayName, "role": string(u.Role), "password": demoPassword}
		if err := admin.post(ctx, "/v1/users", body, &added); err != nil {
			return nil, err
		}
		people = append(people, map[string]string{"user_id": added.ID})
	}
	return people, nil
}

// drawAudit commits to an audit of the retailers with a claimed visit, and draws: rather those whose visits wait for somebody to look at them.
func (d *demo) drawAudit(ctx context.Context, supervisor *client) error {
	claimed := 0
	for _, w := range d.workdays {
		claimed += w.stop
	}
	body := map[string]any{"from": d.day, "to": d.day, "visited": true, "spec": audit.Spec{N: min(enough, claimed), Method: audit.ProportionalToSize, Size: "risk"}}
	if err := supervisor.post(ctx, "/v1/audits", body, &d.audited); err != nil {
		return err
	}
	return supervisor.post(ctx, "/v1/audits/"+d.audited.ID+"/value", map[string]string{"value": dice}, &d.audited)
}

// ask goes an auditor's route and sends what the retailers say. They tell the truth.
func (d *demo) ask(ctx context.Context, login string, day rounds.Day) (int, error) {
	c, err := d.client(ctx, login)
	if err != nil {
		return 0, err
	}
	var download struct {
		Routes []auditRoute `json:"routes"`
	}
	if err := c.get(ctx, "/v1/me/audit-routes?date="+string(day), &download); err != nil {
		return 0, err
	}
	var findings []map[string]any
	for _, r := range download.Routes {
		for _, stop := range r.Stops {
			findings = append(findings, d.finding(r, stop))
		}
	}
	if len(findings) == 0 {
		return 0, nil
	}
	var answer struct {
		Results []struct {
			Result  result          `json:"result"`
			Problem json.RawMessage `json:"problem"`
		} `json:"results"`
	}
	if err := c.post(ctx, "/v1/me/audit-findings", map[string]any{"findings": findings}, &answer); err != nil {
		return 0, err
	}
	for _, r := range answer.Results {
		if r.Result != created {
			return 0, fmt.Errorf("a finding of %s is %s: %s", login, r.Result, r.Problem)
		}
	}
	return len(findings), nil
}

func (d *demo) finding(r auditRoute, stop beatStop) map[string]any {
	happened := "yes"
	if slices.ContainsFunc(d.workdays, func(w *workday) bool { return slices.Contains(w.invented, stop.Retailer.Code) }) {
		happened = "no"
	}
	return map[string]any{
		"id": rounds.NewID[rounds.Finding](), "audit_id": r.AuditID, "retailer_id": stop.Retailer.ID, "form_version": r.FormVersion,
		"met": "visited", "answered_at": time.Now(),
		"answers": map[string]any{"prices_tagged": "yes", "policies_known": happened, "satisfaction": 4, "visit_happened": happened},
	}
}

// readAudit reads what came of it, and draws again by nothing but the record.
func (d *demo) readAudit(ctx context.Context, c *client) error {
	path := "/v1/audits/" + d.audited.ID
	_, text, err := c.exchange(ctx, http.MethodGet, path+"/record", nil, nil)
	if err != nil {
		return err
	}
	record, err := audit.ParsePublished(text)
	if err != nil {
		return err
	}
	d.audited.faults = record.Check()
	if d.audited.claims, err = list[auditClaim](ctx, c, path+"/claims", url.Values{}); err != nil {
		return err
	}
	var estimates estimatesSeen
	err = c.get(ctx, "/v1/audit-estimates?audit="+d.audited.ID, &estimates)
	d.audited.happened = estimates.All.VisitsHappened
	return err
}

// String is the share in words.
func (s shareSeen) String() string {
	return fmt.Sprintf("%.0f %% of all claimed visits; %.0f to %.0f %%, and 95 of 100 such intervals hold the truth", 100*s.Value, 100*s.Low, 100*s.High)
}

// write says what the audit came to.
func (a audited) write(w io.Writer) error {
	says, liars := map[string]int{}, []string(nil)
	for _, c := range a.claims {
		if says[c.Says]++; c.Says == "refuted" {
			liars = append(liars, c.RepName)
		}
	}
	again := "its record alone gives the same draw again"
	if len(a.faults) > 0 {
		again = fmt.Sprintf("its record DOES NOT AGREE: %v", a.faults)
	}
	refuted := strconv.Itoa(says["refuted"]) + " refuted"
	if len(liars) > 0 {
		refuted += " (" + whose(liars) + ")"
	}
	_, err := fmt.Fprintf(w, `
An audit of that day's visits, as the API tells it:

drawn       %d of %d retailers by chance, the likelier where a visit is in doubt; %s
protection  %s: neither the server nor the supervisor could steer it alone
claims      %d confirmed, %s, %d cannot be told
happened    %s
`, a.In, a.Retailers, again, a.Protection.Kind, says["confirmed"], refuted, says["cannot_tell"], a.happened)
	return err
}
