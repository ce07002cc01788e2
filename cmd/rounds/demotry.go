package main

import (
	"context"
	"encoding/json"
	"fmt"
	"math"
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

Check in 2 km from its first retailer: it is recorded, gets no credit, and its reasons say why:
curl -sS {{.URL}}/v1/visit-events -H "Authorization: Bearer $TOKEN" -H 'Content-Type: application/json' -d '{{.CheckIn}}'
`))

type invited struct {
	URL, Org, Password, Logins string
	Name, Login                string
	Today                      rounds.Day
	CheckIn                    string
}

// invite writes the invitation for the first rep.
func (d *demo) invite(ctx context.Context) error {
	var logins []string
	for _, u := range d.city.users() {
		logins = append(logins, u.Name)
	}
	first := d.city.reps[0]
	checkIn, err := d.refusedCheckIn(ctx, first)
	if err != nil {
		return err
	}
	return invitation.Execute(d.out, invited{
		URL: d.server.URL(), Org: store.DemoOrg, Password: demoPassword, Logins: strings.Join(logins, ", "),
		Name: first.name, Login: first.login, Today: d.today, CheckIn: checkIn,
	})
}

// refusedCheckIn is a check-in of now, 2 km north of the first retailer of the rep's plan for today.
func (d *demo) refusedCheckIn(ctx context.Context, r rep) (string, error) {
	c, err := d.client(ctx, r.login)
	if err != nil {
		return "", err
	}
	var plan beatPlan
	if err := c.get(ctx, "/v1/me/plan?date="+string(d.today), &plan); err != nil {
		return "", err
	}
	if len(plan.Stops) == 0 {
		return "", fmt.Errorf("the plan of %s for %s has no stops", r.name, d.today)
	}
	now := time.Now().In(d.zone).Truncate(time.Second)
	phone := handset{boot: now.Add(-time.Hour)}
	e := claim("check_in", plan.Stops[0], phone.at(now))
	e.Device.ID, e.Device.Seq = "curl", 1
	pin := plan.Stops[0].Retailer.Pin
	e.Fixes = []fix{{
		Lat: math.Round((pin.Lat+2000.0/degree)*1e6) / 1e6, Lon: pin.Lon,
		Accuracy: 8, AccuracyKind: "android_68", Source: "gps", Time: now,
	}}
	text, err := json.Marshal(e)
	return string(text), err
}
