package main

import (
	"context"
	"encoding/json"
	"fmt"
	"math"
	"slices"
	"strings"
	"text/template"
	"time"

	"rounds"
	"rounds/store"
)

// show asks the API what came of the day, and tells how to go on from there.
func (d *demo) show(ctx context.Context) error {
	supervisor, err := d.client(ctx, demoSupervisor)
	if err != nil {
		return err
	}
	r, err := readReport(ctx, &supervisor, d.day)
	if err != nil {
		return err
	}
	if err := r.write(d.out); err != nil {
		return err
	}
	if err := d.audited.write(d.out); err != nil {
		return err
	}
	return d.invite(ctx)
}

// invitation is pasted into a shell line by line, so its lines are whole and need nothing but curl and sed.
var invitation = template.Must(template.New("invitation").Parse(`
The API is {{.URL}}, its pages are {{.URL}}/docs.
Log in to the org {{.Org}} with the password {{.Password}} as {{.Logins}}.

Be {{.Name}}, and keep the token, which serves for 15 minutes:
TOKEN=$(curl -sS {{.URL}}/v1/auth/login -H 'Content-Type: application/json' -d '{"org":"{{.Org}}","name":"{{.Login}}","password":"{{.Password}}"}' | sed 's/.*"access_token":"\([^"]*\)".*/\1/')

Look at today's plan:
curl -sS '{{.URL}}/v1/me/plan?date={{.Today}}' -H "Authorization: Bearer $TOKEN"

Check in 2 km from one of its retailers, as two fixes say: it is recorded, gets no credit, and its reasons say why:
curl -sS {{.URL}}/v1/visit-events -H "Authorization: Bearer $TOKEN" -H 'Content-Type: application/json' -d '{{.CheckIn}}'

Be the supervisor, and draw the audit again by nothing but what was published of it, now that it is over:
TOKEN=$(curl -sS {{.URL}}/v1/auth/login -H 'Content-Type: application/json' -d '{"org":"{{.Org}}","name":"{{.Supervisor}}","password":"{{.Password}}"}' | sed 's/.*"access_token":"\([^"]*\)".*/\1/')
curl -sS {{.URL}}/v1/audits/{{.Audit}}/record -H "Authorization: Bearer $TOKEN" | rounds audit check /dev/stdin
`))

type invited struct {
	URL, Org, Password, Logins string
	Name, Login, Supervisor    string
	Today                      rounds.Day
	CheckIn, Audit             string
}

// invite writes the invitation for the first rep.
func (d *demo) invite(ctx context.Context) error {
	var logins []string
	for _, u := range d.city.users() {
		logins = append(logins, u.Name)
	}
	for _, u := range auditors {
		logins = append(logins, u.Name)
	}
	first := d.city.reps[0]
	checkIn, err := d.refusedCheckIn(ctx, first)
	if err != nil {
		return err
	}
	return invitation.Execute(d.out, invited{
		URL: d.server.URL(), Org: store.DemoOrg, Password: demoPassword, Logins: strings.Join(logins, ", "),
		Name: first.name, Login: first.login, Supervisor: demoSupervisor, Today: d.today, CheckIn: checkIn, Audit: d.audited.ID,
	})
}

// refusedCheckIn is a check-in of now, with two fixes 2 km north of the first retailer of the rep's plan for today
// whose pin is confirmed.
func (d *demo) refusedCheckIn(ctx context.Context, r rep) (string, error) {
	c, err := d.client(ctx, r.login)
	if err != nil {
		return "", err
	}
	var plan beatPlan
	if err := c.get(ctx, "/v1/me/plan?date="+string(d.today), &plan); err != nil {
		return "", err
	}
	at := slices.IndexFunc(plan.Stops, func(stop beatStop) bool {
		s, _ := d.city.shop(stop.Retailer.Code)
		return s.surveyed
	})
	if at < 0 {
		return "", fmt.Errorf("the plan of %s for %s has no surveyed stop", r.name, d.today)
	}
	stop := plan.Stops[at]
	now := time.Now().In(d.zone).Truncate(time.Second)
	phone := handset{boot: now.Add(-time.Hour)}
	e := claim("check_in", stop, phone.at(now))
	e.Device.ID, e.Device.Seq = "curl", 1
	pin := stop.Retailer.Pin
	for _, seconds := range []int{-30, 0} {
		e.Fixes = append(e.Fixes, fix{
			Lat: microdegree(pin.Lat + 2000.0/degree), Lon: microdegree(pin.Lon),
			Accuracy: 8, AccuracyKind: "android_68", Source: "gps", Time: now.Add(time.Duration(seconds) * time.Second),
		})
	}
	text, err := json.Marshal(e)
	return string(text), err
}

// microdegree is about as finely as phones tell where they are.
func microdegree(d float64) float64 { return math.Round(d*1e6) / 1e6 }
